"""Attention in every form torch offers it, against the same attention written out."""

import math
import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention.bias import causal_lower_right

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error

N, TOKENS, WIDTH, HEADS = 2, 5, 8, 2


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


class Around(nn.Module):
    """A module and how it is called; its further tensors are buffers."""

    def __init__(self, call, module=None, **buffers):
        super().__init__()
        self.module, self.call = module, call
        for name, value in buffers.items():
            self.register_buffer(name, value)
        self.double().eval()
        torch.manual_seed(1)
        for parameter in self.parameters():
            nn.init.normal_(parameter, 0, 0.4)

    def forward(self, x):
        return self.call(self, x)


def weights_like(y):
    return rand(*y.shape[1:], seed=9)


def score(y):
    return (y * weights_like(y)).flatten(1).sum(1)


@pytest.fixture
def x():
    return rand(N, TOKENS, WIDTH, seed=3)


def check(model, x, rules="attn_lrp", **options):
    """The explanation of a model's own output, its ledger closed."""
    with torch.no_grad():
        expected = score(model(x))
    found = explain(model, x, score, rules, **options)
    torch.testing.assert_close(found.output, expected, rtol=1e-11, atol=1e-11)
    assert closure_error(found) < 1e-10
    return found


def same(found, expected):
    torch.testing.assert_close(
        found.relevance, expected.relevance, rtol=1e-9, atol=1e-11
    )
    for source, value in expected.ledger.items():
        torch.testing.assert_close(
            found.ledger[source], value, rtol=1e-9, atol=1e-11
        )


# --- the module ----------------------------------------------------------------------------------

PADDED = torch.tensor([[False] * 4 + [True]])
CAUSAL = torch.ones(TOKENS, TOKENS, dtype=torch.bool).triu(1)
FAINT = PADDED * torch.tensor(-3.0, dtype=torch.float64)
#: As torch has it, also where keys were appended: these are hidden then.
SAID = torch.ones(TOKENS, TOKENS + 2, dtype=torch.bool).triu(1)
PER_HEAD = (rand(HEADS * N, TOKENS, TOKENS, seed=4) > 0.5) & ~torch.eye(
    TOKENS, dtype=torch.bool
)

#: Arguments of the call, and the same as one mask that is added to the scores.
MASKS = {
    "none": ({}, None),
    "padding": ({"key_padding_mask": PADDED.expand(N, -1)}, PADDED),
    "padding, float": ({"key_padding_mask": FAINT.expand(N, -1)}, FAINT),
    "causal": ({"attn_mask": CAUSAL}, CAUSAL),
    "causal, said": (
        {"attn_mask": CAUSAL, "is_causal": True, "need_weights": False},
        SAID,
    ),
    "float": ({"attn_mask": rand(TOKENS, TOKENS)}, rand(TOKENS, TOKENS)),
    "per head": (
        {"attn_mask": PER_HEAD},
        PER_HEAD.view(N, HEADS, TOKENS, TOKENS),
    ),
    "both": (
        {"attn_mask": CAUSAL, "key_padding_mask": PADDED.expand(N, -1)},
        CAUSAL | PADDED,
    ),
    "no weights": ({"need_weights": False}, None),
}
VARIANTS = {
    "plain": {},
    "no bias": {"bias": False},
    "bias_kv": {"add_bias_kv": True},
    "zero": {"add_zero_attn": True},
    "bias_kv and zero": {"add_bias_kv": True, "add_zero_attn": True},
}


def written(m, query, key, value, mask=None):
    """What `nn.MultiheadAttention` m computes, by linear maps, softmax and products."""
    projections = (
        m.in_proj_weight.chunk(3)
        if m.in_proj_weight is not None
        else (m.q_proj_weight, m.k_proj_weight, m.v_proj_weight)
    )
    biases = (None,) * 3 if m.in_proj_bias is None else m.in_proj_bias.chunk(3)
    q, k, v = map(F.linear, (query, key, value), projections, biases)
    if m.bias_k is not None:
        k = torch.cat([k, m.bias_k.expand(len(k), 1, -1)], 1)
        v = torch.cat([v, m.bias_v.expand(len(v), 1, -1)], 1)
    if m.add_zero_attn:
        k, v = (
            torch.cat([each, torch.zeros_like(each[:, :1])], 1)
            for each in (k, v)
        )
    q, k, v = (
        each.unflatten(-1, (HEADS, -1)).transpose(1, 2) for each in (q, k, v)
    )
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if mask is not None:
        mask = F.pad(mask, (0, scores.shape[-1] - mask.shape[-1]))
        hides = mask.dtype == torch.bool
        scores = (
            scores.masked_fill(mask, -math.inf) if hides else scores + mask
        )
    weights = scores.softmax(-1)
    mixed = (weights @ v).transpose(1, 2).flatten(2)
    return F.linear(mixed, m.out_proj.weight, m.out_proj.bias), weights


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("masks", MASKS)
def test_the_module_is_the_attention_written_out(x, masks, variant):
    arguments, mask = MASKS[masks]
    module = nn.MultiheadAttention(
        WIDTH, HEADS, batch_first=True, **VARIANTS[variant]
    )
    fused = Around(lambda s, v: s.module(v, v, v, **arguments)[0], module)
    plain = Around(lambda s, v: written(s.module, v, v, v, mask)[0], module)
    for rules in ("attn_lrp", "cp_lrp"):
        same(check(fused, x, rules), check(plain, x, rules))


LAYOUTS = {
    "tokens first": lambda m, v: m(*[v.transpose(0, 1)] * 3)[0].transpose(
        0, 1
    ),
    "one at a time": lambda m, v: torch.stack(
        [m(each, each, each)[0] for each in v]
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(x, layout):
    module = nn.MultiheadAttention(
        WIDTH, HEADS, batch_first=layout != "tokens first"
    )
    fused = Around(lambda s, v: LAYOUTS[layout](s.module, v), module)
    same(
        check(fused, x),
        check(Around(lambda s, v: written(s.module, v, v, v)[0], module), x),
    )


def test_keys_and_values_of_other_widths(x):
    module = nn.MultiheadAttention(
        WIDTH, HEADS, kdim=3, vdim=4, batch_first=True
    )
    parts = lambda v: (v[:, :2], v[..., :3], v[..., 4:])
    fused = Around(lambda s, v: s.module(*parts(v))[0], module)
    same(
        check(fused, x),
        check(Around(lambda s, v: written(s.module, *parts(v))[0], module), x),
    )


@pytest.mark.parametrize("average", [True, False])
def test_attention_weights_as_output(x, average):
    module = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
    fused = Around(
        lambda s, v: s.module(v, v, v, average_attn_weights=average)[1], module
    )

    def plain(s, v):
        weights = written(s.module, v, v, v)[1]
        return weights.mean(1) if average else weights

    same(check(fused, x), check(Around(plain, module), x))


def test_a_mask_for_another_number_of_samples_is_an_error_as_in_torch(x):
    module = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
    masked = Around(
        lambda s, v: s.module(v, v, v, key_padding_mask=PADDED.expand(N, -1))[
            0
        ],
        module,
    )
    for run in (masked, lambda v: explain(masked, v, score)):
        with pytest.raises((AssertionError, RuntimeError)):
            run(x[:1])


@pytest.mark.parametrize("rules", ["attn_lrp", "cp_lrp"])
def test_relevance_by_hand(x, rules):
    module = nn.MultiheadAttention(WIDTH, 1, batch_first=True)
    found = check(Around(lambda s, v: s.module(v, v, v)[0], module), x, rules)
    (w_q, w_k, w_v), (b_q, b_k, b_v) = (
        module.in_proj_weight.chunk(3),
        module.in_proj_bias.chunk(3),
    )
    q, k, v = (
        (x @ w_q.T + b_q) / math.sqrt(WIDTH),
        x @ w_k.T + b_k,
        x @ w_v.T + b_v,
    )
    scores = q @ k.mT
    weights, share = scores.softmax(-1), 1 if rules == "cp_lrp" else 0.5
    given = weights_like(x).expand_as(x)
    mixed = given @ module.out_proj.weight
    to_v = share * weights.mT @ mixed
    to_weights = (1 - share) * mixed @ v.mT
    to_scores = weights * (
        to_weights - (weights * to_weights).sum(-1, keepdim=True)
    )
    to_q, to_k = to_scores @ k / 2 / math.sqrt(WIDTH), to_scores.mT @ q / 2
    expected = x * (to_q @ w_q + to_k @ w_k + to_v @ w_v)
    torch.testing.assert_close(
        found.relevance, expected, rtol=1e-9, atol=1e-11
    )
    added = given * module.out_proj.bias + to_q * b_q + to_k * b_k + to_v * b_v
    torch.testing.assert_close(found.ledger["bias_linear"], added.sum((1, 2)))
    curved = (to_weights * weights - to_scores * scores).sum((1, 2))
    torch.testing.assert_close(found.ledger["softmax"], curved)


# --- transformer layers, whose fast paths no rule can see ----------------------------------------


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_encoder_and_layers(x, norm_first, padded):
    options = {
        "norm_first": norm_first,
        "activation": "gelu",
        "batch_first": True,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 16, **options)
        encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(WIDTH))
        # Nested tensors, where torch uses them, have no rows for hidden tokens.
        mask = PADDED if padded else None
        expand = lambda v: mask if mask is None else mask.expand(len(v), -1)
        call = lambda s, v: s.module(v, src_key_padding_mask=expand(v))[:, :4]
        found = check(Around(call, encoder), x)

    def block(layer, v):
        attend = lambda v: written(layer.self_attn, v, v, v, mask)[0]
        feed = lambda v: layer.linear2(F.gelu(layer.linear1(v)))
        if norm_first:
            v = v + attend(layer.norm1(v))
            return v + feed(layer.norm2(v))
        v = layer.norm1(v + attend(v))
        return layer.norm2(v + feed(v))

    def plain(s, v):
        for layer in s.module.layers:
            v = block(layer, v)
        return s.module.norm(v)[:, :4]

    same(found, check(Around(plain, encoder), x))


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_decoder_layer(x, batch_first, bias):
    layer = nn.TransformerDecoderLayer(
        WIDTH, HEADS, 16, batch_first=batch_first, bias=bias
    )
    turn = (lambda v: v) if batch_first else (lambda v: v.transpose(0, 1))
    call = lambda s, v: turn(
        s.module(turn(v), turn(v.flip(1)), tgt_mask=CAUSAL)
    )

    def plain(s, v):
        m, memory = s.module, v.flip(1)
        v = m.norm1(v + written(m.self_attn, v, v, v, CAUSAL)[0])
        v = m.norm2(v + written(m.multihead_attn, v, memory, memory)[0])
        return m.norm3(v + m.linear2(F.relu(m.linear1(v))))

    same(check(Around(call, layer), x), check(Around(plain, layer), x))


# --- the function --------------------------------------------------------------------------------


def heads_of(v):
    return v.unflatten(-1, (HEADS, -1)).transpose(1, 2)


def dot_product(q, k, v, allowed=None, scale=None):
    scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    if allowed is None:
        return scores.softmax(-1) @ v
    weights = scores.masked_fill(~allowed, -math.inf).softmax(-1)
    # A query that may look nowhere sees nothing.
    return weights.masked_fill(~allowed.any(-1, keepdim=True), 0) @ v


def triangle(n, m, shift=0):
    return torch.ones(n, m, dtype=torch.bool).tril(shift)


NOWHERE = triangle(TOKENS, TOKENS) & (torch.arange(TOKENS) != 0)[:, None]
attend = F.scaled_dot_product_attention


def scaled(scale):
    """Both forms with a factor of the scores."""
    return (
        lambda v: attend(v, v, v, scale=scale),
        lambda v: dot_product(v, v, v, scale=scale),
    )


FUNCTIONS = {
    "fewer queries": (
        lambda v: attend(v[:, :3], v, v, is_causal=True),
        lambda v: dot_product(v[:, :3], v, v, triangle(3, TOKENS)),
    ),
    "fewer keys": (
        lambda v: attend(v, v[:, :3], v[:, :3], is_causal=True),
        lambda v: dot_product(v, v[:, :3], v[:, :3], triangle(TOKENS, 3)),
    ),
    "no scale": scaled(0.0),
    "tiny scale": scaled(1e-9),
    "negative scale": scaled(-1.0),
    "sharp": scaled(100.0),
    "grouped": (
        lambda v: attend(
            heads_of(v),
            heads_of(v)[:, :1],
            heads_of(v)[:, 1:],
            enable_gqa=True,
        ),
        lambda v: dot_product(
            heads_of(v), heads_of(v)[:, :1], heads_of(v)[:, 1:]
        ),
    ),
    "looks nowhere": (
        lambda v: attend(v, v, v, attn_mask=NOWHERE, dropout_p=0.0),
        lambda v: dot_product(v, v, v, NOWHERE),
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_fused_attention(x, name):
    fused, plain = FUNCTIONS[name]
    found, expected = check(fused, x), explain(plain, x, score)
    torch.testing.assert_close(found.output, expected.output)
    torch.testing.assert_close(
        found.relevance, expected.relevance, rtol=1e-9, atol=1e-11
    )


def test_a_mask_that_is_no_plain_tensor_is_refused(x):
    mask = causal_lower_right(3, TOKENS)
    with pytest.raises(InputError, match="mask"):
        explain(
            lambda v: attend(
                v[:, None, :3], v[:, None], v[:, None], attn_mask=mask
            ),
            x,
            score,
        )


# --- gates ---------------------------------------------------------------------------------------


def swish(v):
    return v.sigmoid() * v


GATES = {
    "GLU": (F.glu, torch.sigmoid),
    "SwiGLU": (lambda v: v.chunk(2, -1)[0] * F.silu(v.chunk(2, -1)[1]), swish),
    "GEGLU": (lambda v: v.chunk(2, -1)[0] * F.gelu(v.chunk(2, -1)[1]), F.gelu),
}


@pytest.mark.parametrize("name", GATES)
def test_gated_units_share_evenly_but_for_the_gate_at_nothing(x, name):
    unit, gate = GATES[name]
    found = check(unit, x)
    values, gates = x.chunk(2, -1)
    half = weights_like(values) * values / 2
    at_zero = gate(torch.zeros_like(gates))
    expected = torch.cat(
        [half * gate(gates), half * (gate(gates) - at_zero)], -1
    )
    torch.testing.assert_close(found.relevance, expected)
    booked = found.ledger.get(
        "activation", torch.zeros(N, dtype=torch.float64)
    )
    torch.testing.assert_close(booked, (half * at_zero).sum((1, 2)))
