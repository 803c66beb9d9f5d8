"""Softmax, and attention written out in operations that have rules.

AttnLRP (Achtibat et al. 2024, arXiv:2402.05602) expands the softmax s(x) to first order:
c_i = s_i (c'_i - sum_j s_j c'_j), the true gradient, and books what x does not explain,
sum_j s_j c'_j - sum_i x_i c_i. CP-LRP (Ali et al. 2022) holds the attention weights constant.
"""

import math

import torch

from eeglrp.lrp.sources import per_sample_dot


def taylor(run, function, input, *args, **kwargs):
    """Propagate the softmax's gradient; the rest of its relevance is the source `softmax`."""
    view = input.view_as(input)
    output = function(view, *args, **kwargs)
    # Detached, so that the hooks do not keep their own tensor alive; let go when used, so that the
    # backward pass finds memory.
    held = [output.detach(), input.detach()]

    def book_output(coefficient):
        run.add("softmax", per_sample_dot(coefficient, held.pop(0), run.n_samples))

    def book_input(coefficient):
        run.add("softmax", -_masked_dot(coefficient, held.pop(), run.n_samples))

    output.register_hook(book_output)
    view.register_hook(book_input)
    return output


def _masked_dot(coefficient, scores, n_samples):
    """Dot product in which an infinite score, which no relevance reaches, counts nothing."""
    total = per_sample_dot(coefficient, scores, n_samples)
    if total.isnan().any():
        finite = scores.clamp_min(torch.finfo(scores.dtype).min)
        total = per_sample_dot(coefficient, finite, n_samples)
    return total


def constant(run, function, input, *args, **kwargs):
    """Hold the softmax's output constant: no relevance goes to queries and keys."""
    return run.label(function(input.detach(), *args, **kwargs), "softmax")


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
            key = key.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
            value = value.repeat_interleave(query.shape[-3] // value.shape[-3], -3)
        scores = (query * (scale or 1 / math.sqrt(query.shape[-1]))) @ key.transpose(-2, -1)
        if is_causal:
            attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=key.device).tril()
        if attn_mask is not None and attn_mask.dtype == torch.bool:
            scores = scores.masked_fill(~attn_mask, -math.inf)
        elif attn_mask is not None:
            scores = scores + attn_mask
        weights = torch.dropout(scores.softmax(-1), dropout_p, True)
        return weights @ value


def gated(run, function, input, dim=-1):
    """Gated linear unit (Dauphin et al. 2017, arXiv:1612.08083) as sigmoid and product."""
    with run:
        first, second = input.chunk(2, dim)
        return first * second.sigmoid()
