"""Softmax, and attention written out in operations that have rules.

AttnLRP (Achtibat et al. 2024, arXiv:2402.05602) expands the softmax s(x) to first order:
c_i = s_i (c'_i - sum_j s_j c'_j), the true gradient, and books what x does not explain,
sum_j s_j c'_j - sum_i x_i c_i. CP-LRP (Ali et al. 2022) holds the attention weights constant.
"""

import math
import sys

import torch
import torch.nn.functional as F

from eeglrp.lrp.sources import per_sample_dot


def taylor(run, function, input, *args, **kwargs):
    """Propagate the softmax's gradient; the rest of its relevance is the source `softmax`."""
    view = input.view_as(input)
    output = function(view, *args, **kwargs)
    # Let go when used, so that the backward pass finds memory.
    weights, scores, clock = run.held(output), run.held(input), run.clock

    def book_output(coefficient):
        term = per_sample_dot(coefficient, weights(), run.n_samples)
        run.add("softmax", term, clock)

    def book_input(coefficient):
        term = -_masked_dot(coefficient, scores(), run.n_samples)
        run.add("softmax", term, clock)

    if run.booking:
        output.register_hook(book_output)
        view.register_hook(book_input)
    return run.attends(output)


def _masked_dot(coefficient, scores, n_samples):
    """Dot product in which an infinite score, which no relevance reaches, counts nothing."""
    total = per_sample_dot(coefficient, scores, n_samples)
    if total.isnan().any():
        finite = scores.clamp_min(torch.finfo(scores.dtype).min)
        total = per_sample_dot(coefficient, finite, n_samples)
    return total


def constant(run, function, input, *args, **kwargs):
    """Hold the softmax's output constant: no relevance goes to queries and keys."""
    weights = function(input.detach(), *args, **kwargs)
    run.label(weights, "softmax")
    return run.attends(weights)


def _is_causal_bias(mask):
    """Whether a mask is torch's own class, whose module takes a second to import."""
    module = sys.modules.get("torch.nn.attention.bias")
    return module is not None and isinstance(mask, module.CausalBias)


def scaled_dot_product(
    run,
    function,
    query,
    key,
    value,
    attn_mask=None,
    dropout_p=0.0,
    is_causal=False,
    scale=None,
    enable_gqa=False,
):
    """Fused attention as product, mask, softmax and product, each by its own rule."""
    with run:
        if enable_gqa:
            n_heads = query.shape[-3]
            key = key.repeat_interleave(n_heads // key.shape[-3], -3)
            value = value.repeat_interleave(n_heads // value.shape[-3], -3)
        if _is_causal_bias(attn_mask):
            run.refuse(
                "scaled_dot_product_attention with a mask of torch.nn.attention.bias"
            )
        if is_causal:
            attn_mask = _later(query.shape[-2], key)
        elif attn_mask is not None and attn_mask.dtype == torch.bool:
            attn_mask = ~attn_mask
        attended, _ = _attend(query, key, value, [attn_mask], dropout_p, scale)
        return attended


def _later(n_queries, key):
    """Mask of the keys that come after a query."""
    shape = (n_queries, key.shape[-2])
    hidden = torch.ones(shape, dtype=torch.bool, device=key.device)
    return hidden.triu(1)


def _attend(query, key, value, masks, dropout, scale=None):
    """Attended values and attention weights; masks are True where hidden, or are added.

    Queries that look nowhere have no weights, as in torch.
    """
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1])
    scores = (query * scale) @ key.transpose(-2, -1)
    blind = None
    for mask in masks:
        if mask is None:
            continue
        if mask.dtype == torch.bool:
            hidden = mask
            scores = scores.masked_fill(mask, -math.inf)
        else:
            hidden = mask == -math.inf
            scores = scores + mask
        blind = hidden if blind is None else blind | hidden
    if blind is not None:
        blind = blind.all(-1, keepdim=True)
    if blind is not None and blind.any():
        weights = scores.masked_fill(blind, 0).softmax(-1)
        weights = weights.masked_fill(blind, 0)
    else:
        weights = scores.softmax(-1)
    if dropout:
        weights = torch.dropout(weights, dropout, True)
    return weights @ value, weights


def multi_head(
    run,
    function,
    query,
    key,
    value,
    embed_dim_to_check,
    num_heads,
    in_proj_weight,
    in_proj_bias,
    bias_k,
    bias_v,
    add_zero_attn,
    dropout_p,
    out_proj_weight,
    out_proj_bias,
    training=True,
    key_padding_mask=None,
    need_weights=True,
    attn_mask=None,
    use_separate_proj_weight=False,
    q_proj_weight=None,
    k_proj_weight=None,
    v_proj_weight=None,
    static_k=None,
    static_v=None,
    average_attn_weights=True,
    is_causal=False,
):
    """Attention of `torch.nn.MultiheadAttention`, written out.

    Signal and tokens come as (n_tokens, n_samples, width) or (n_tokens, width).
    """
    if static_k is not None or static_v is not None:
        run.refuse("multi_head_attention_forward with static keys or values")
    with run:
        batched = query.dim() == 3
        tokens = [
            tensor.transpose(0, 1) if batched else tensor[None]
            for tensor in (query, key, value)
        ]
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
        if not use_separate_proj_weight:
            weights = in_proj_weight.chunk(3)
        projected = _projected(tokens, weights, in_proj_bias)
        if bias_k is not None:
            projected[1] = _appended(projected[1], bias_k)
            projected[2] = _appended(projected[2], bias_v)
        queries, keys, values = _by_head(projected, num_heads)
        if add_zero_attn:
            keys = F.pad(keys, (0, 0, 0, 1))
            values = F.pad(values, (0, 0, 0, 1))
        if is_causal and key_padding_mask is None and not need_weights:
            # Torch then takes the mask as a hint, and makes its own.
            masks = [_later(queries.shape[2], keys)]
        else:
            shape = tokens[1].shape[:2]
            masks = _masks(attn_mask, key_padding_mask, shape, keys)
        dropout = dropout_p if training else 0.0
        mixed, attention = _attend(queries, keys, values, masks, dropout)
        joined = mixed.transpose(1, 2).flatten(2)
        output = F.linear(joined, out_proj_weight, out_proj_bias)
        output = output.transpose(0, 1) if batched else output[0]
        if not need_weights:
            return output, None
        if average_attn_weights:
            attention = attention.mean(1)
        return output, attention if batched else attention[0]


def _projected(tokens, weights, in_proj_bias):
    """Queries, keys and values (n_samples, n_tokens, width)."""
    biases = (None, None, None)
    if in_proj_bias is not None:
        biases = in_proj_bias.chunk(3)
    return [
        F.linear(input, weight, bias)
        for input, weight, bias in zip(tokens, weights, biases, strict=True)
    ]


def _appended(tokens, bias):
    """Tokens of every sample with one more that is the same for all."""
    n_samples = len(tokens)
    more = bias.expand(n_samples, -1, -1)
    return torch.cat([tokens, more], 1)


def _by_head(projected, n_heads):
    """The same as (n_samples, n_heads, n_tokens, width of a head)."""
    return [
        tensor.unflatten(-1, (n_heads, -1)).transpose(1, 2)
        for tensor in projected
    ]


def _masks(attn_mask, key_padding_mask, shape, keys):
    """Masks that fit scores (n_samples, n_heads, n_queries, n_keys).

    `shape` is (n_samples, n_keys) before keys were appended.
    """
    if attn_mask is not None and attn_mask.dim() == 3:
        attn_mask = attn_mask.unflatten(0, keys.shape[:2])
    if key_padding_mask is not None:
        # A mask of one sample has no axis of samples.
        key_padding_mask = key_padding_mask.reshape(shape)[:, None, None]
    masks = []
    for mask in (attn_mask, key_padding_mask):
        if mask is not None:
            # Keys that bias_k or add_zero_attn appended are never hidden.
            n_appended = keys.shape[2] - mask.shape[-1]
            mask = F.pad(mask, (0, n_appended))
        masks.append(mask)
    return masks


def gated(run, function, input, dim=-1):
    """Gated linear unit (Dauphin et al. 2017, arXiv:1612.08083) as sigmoid and product."""
    with run:
        first, second = input.chunk(2, dim)
        return first * second.sigmoid()
