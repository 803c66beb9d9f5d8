"""Positions that receive relevance in their place, rotations, and what single heads receive."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error

N, TOKENS, WIDTH, HEADS = 2, 5, 8, 2


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def score(y):
    return (y * rand(*y.shape[1:], seed=9)).flatten(1).sum(1)


@pytest.fixture
def x():
    return rand(N, TOKENS, WIDTH, seed=3)


class Attention(nn.Module):
    """Attention over heads, whose queries and keys a function may turn by position."""

    def __init__(self, turn=lambda v: v):
        super().__init__()
        torch.manual_seed(0)
        self.qkv, self.proj = (
            nn.Linear(WIDTH, 3 * WIDTH),
            nn.Linear(WIDTH, WIDTH),
        )
        self.turn = turn

    def forward(self, x):
        q, k, v = (
            self.qkv(x).unflatten(-1, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        )
        weights = (
            self.turn(q) @ self.turn(k).mT / math.sqrt(WIDTH // HEADS)
        ).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).flatten(2))


class Model(nn.Module):
    """Attention after a function of the tokens that may use named buffers and parameters."""

    def __init__(self, before=lambda self, v: v, turn=None, **tensors):
        super().__init__()
        for name, value in tensors.items():
            if isinstance(value, nn.Parameter):
                self.register_parameter(name, value)
            else:
                self.register_buffer(name, value)
        self.attn = Attention(*([lambda v: turn(self, v)] if turn else []))
        self.before = before
        self.double().eval()

    def forward(self, x):
        return self.attn(self.before(self, x))


def check(model, x, rules="attn_lrp", **options):
    found = explain(model, x, score, rules, **options)
    torch.testing.assert_close(
        found.output, score(model(x)).detach(), rtol=1e-11, atol=1e-11
    )
    assert closure_error(found) < 1e-10
    return found


# --- embeddings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("pos_embed", "spatial_embedding"),
        ("time_embed", "temporal_embedding"),
        ("pos", "pos"),
    ],
)
@pytest.mark.parametrize(
    "shape", [(1, TOKENS, WIDTH), (TOKENS, WIDTH), (TOKENS, 1)]
)
def test_an_added_embedding_receives_in_its_place(x, name, source, shape):
    places = nn.Parameter(rand(*shape, seed=5))
    model = Model(lambda self, v: v + getattr(self, name), **{name: places})
    found = check(model, x, "pa_lrp")
    # Relevance is value times coefficient, and both summands have the coefficient of the sum.
    coefficient = found.relevance / x
    expected = (coefficient * places.detach()).expand_as(x)
    received = found.position_relevance[source]
    torch.testing.assert_close(received, expected, rtol=1e-8, atol=1e-11)
    torch.testing.assert_close(found.ledger[source], received.sum((1, 2)))
    torch.testing.assert_close(found.relevance, check(model, x).relevance)


def test_a_joined_position_receives_in_its_place(x):
    token = nn.Parameter(rand(1, 1, WIDTH, seed=5))
    model = Model(
        lambda self, v: torch.cat([self.pos.expand(N, -1, -1), v], 1),
        pos=token,
    )
    found = check(model, x, "pa_lrp")
    received = found.position_relevance["pos"]
    torch.testing.assert_close(found.ledger["pos"], received.flatten(1).sum(1))
    assert received[:, 0].abs().min() > 0
    assert received[:, 1:].abs().max() == 0


@pytest.mark.parametrize("name", ["post_scale", "composed"])
def test_a_scale_that_is_no_rotation_is_no_factor(x, name):
    model = Model(
        lambda self, v: v * getattr(self, name),
        **{name: nn.Parameter(rand(WIDTH))},
    )
    found, plain = check(model, x, "pa_lrp"), check(model, x)
    torch.testing.assert_close(found.relevance, plain.relevance)


def test_without_positions_the_rules_are_those_of_attn_lrp(x):
    model = Model()
    found, plain = check(model, x, "pa_lrp"), check(model, x)
    assert torch.equal(found.relevance, plain.relevance)
    assert not found.position_relevance


# --- rotations -----------------------------------------------------------------------------------

ANGLES = torch.arange(TOKENS, dtype=torch.float64)[
    :, None
] * 0.5 ** torch.arange(2)
#: Cosine and sine for pairs of neighbours, (n_tokens, width of a head).
COS, SIN = (f(ANGLES).repeat_interleave(2, -1) for f in (torch.cos, torch.sin))


def turned(v, cos, sin):
    """Each pair of neighbours turned by the angle of its place."""
    first, second = v[..., ::2], v[..., 1::2]
    return v * cos + torch.stack([-second, first], -1).flatten(-2) * sin


def by_tables(self, v):
    return turned(v, self.rope_cos, self.rope_sin)


def by_complex_numbers(self, v):
    pairs = torch.view_as_complex(v.unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * self.rope).flatten(-2)


def by_polar(self, v):
    pairs = torch.view_as_complex(v.unflatten(-1, (-1, 2)))
    return torch.view_as_real(
        pairs * torch.polar(torch.ones_like(self.rope), self.rope)
    ).flatten(-2)


TABLES = {"rope_cos": COS, "rope_sin": SIN}
ROTATIONS = {
    "tables": (by_tables, TABLES),
    "complex": (
        by_complex_numbers,
        {"rope": torch.polar(torch.ones_like(ANGLES), ANGLES)},
    ),
    "polar": (by_polar, {"rope": ANGLES}),
}


@pytest.mark.parametrize("name", ROTATIONS)
def test_rotations_are_linear_maps_by_whatever_numbers(x, name):
    turn, tables = ROTATIONS[name]
    plain = Model(turn=lambda self, v: turned(v, COS, SIN))
    model = Model(turn=turn, **tables)
    if name == "complex":
        # .double() would take its imaginary part.
        model.rope = tables["rope"]
    found, expected = check(model, x), check(plain, x)
    torch.testing.assert_close(found.output, expected.output)
    torch.testing.assert_close(
        found.relevance, expected.relevance, rtol=1e-9, atol=1e-11
    )
    for source in ("bias_linear", "softmax"):
        torch.testing.assert_close(
            found.ledger[source], expected.ledger[source]
        )


@pytest.mark.parametrize("name", ROTATIONS)
def test_a_rotation_gets_half_of_what_queries_and_keys_get(x, name):
    turn, tables = ROTATIONS[name]
    model = Model(turn=turn, **tables)
    if name == "complex":
        model.rope = tables["rope"]
    # Under CP-LRP the values get all, under AttnLRP half of that; the rest is queries' and keys'.
    to_values = check(model, x, "cp_lrp").relevance / 2
    to_both = check(model, x).relevance - to_values
    found = check(model, x, "pa_lrp")
    torch.testing.assert_close(
        found.relevance, to_values + to_both / 2, rtol=1e-9, atol=1e-11
    )
    received = sum(
        each.flatten(1).sum(1) for each in found.position_relevance.values()
    )
    torch.testing.assert_close(
        sum(found.ledger[name] for name in tables), received
    )


def test_a_rotation_alone_receives_in_its_place(x):
    class Turn(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("rope_cos", torch.cos(ANGLES).repeat(1, 4))
            self.register_buffer("rope_sin", torch.sin(ANGLES).repeat(1, 4))

        def forward(self, v):
            return turned(v, self.rope_cos, self.rope_sin)

    found = check(Turn().double().eval(), x, "pa_lrp")
    given = rand(TOKENS, WIDTH, seed=9)
    pairs = torch.stack([-x[..., 1::2], x[..., ::2]], -1).flatten(-2)
    expected = {
        "rope_cos": given * x * torch.cos(ANGLES).repeat(1, 4) / 2,
        "rope_sin": given * pairs * torch.sin(ANGLES).repeat(1, 4) / 2,
    }
    for source, value in expected.items():
        torch.testing.assert_close(found.position_relevance[source], value)


# --- heads ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", ["attn_lrp", "cp_lrp", "pa_lrp"])
def test_heads_side_by_side_are_what_the_projection_takes(x, rules):
    found = check(
        Model(),
        x,
        rules,
        layers=["attn.heads", "attn.proj.input", "attn.proj"],
    )
    heads, taken, given = found.layer_relevance.values()
    assert heads.shape == (N, HEADS, TOKENS, WIDTH // HEADS)
    torch.testing.assert_close(heads.transpose(1, 2).flatten(2), taken)
    assert (heads.sum((1, 2, 3)) - given.sum((1, 2))).abs().min() > 1e-3


@pytest.mark.parametrize("batch_first", [True, False])
def test_heads_of_the_module_of_torch(x, batch_first):
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.attn = nn.MultiheadAttention(
                WIDTH, HEADS, batch_first=batch_first
            )
            nn.init.normal_(self.attn.out_proj.bias)

        def forward(self, v):
            v = v if batch_first else v.transpose(0, 1)
            y = self.attn(v, v, v, need_weights=False)[0]
            return y if batch_first else y.transpose(0, 1)

    model = Plain().double().eval()
    found = check(model, x, layers=["attn.heads"])
    heads = found.layer_relevance["attn.heads"]
    assert heads.shape == (N, HEADS, TOKENS, WIDTH // HEADS)
    # All of the output, token by token, but for the share of the projection's bias.
    given = rand(TOKENS, WIDTH, seed=9)
    expected = (given * (model(x) - model.attn.out_proj.bias)).sum(-1)
    torch.testing.assert_close(heads.sum((1, 3)), expected.detach())


def single_precision(weights):
    """As models do that compute the softmax in another precision."""
    return F.dropout(weights.softmax(-1, dtype=torch.float32), 0.1, False).to(
        torch.float64
    )


def scaled(weights):
    """As models do that switch heads on and off."""
    return weights.softmax(-1) * torch.ones(HEADS, 1, 1, dtype=torch.float64)


def masked(weights):
    return weights.softmax(-1).masked_fill(
        torch.zeros(TOKENS, dtype=torch.bool), 0
    )


def fused(q, k, v):
    return F.scaled_dot_product_attention(q, k, v)


def by(to_weights):
    return lambda q, k, v: to_weights(q @ k.mT / math.sqrt(WIDTH // HEADS)) @ v


MIXED = {
    "fused": (fused, 1e-9),
    "dropout": (
        by(lambda scores: F.dropout(scores.softmax(-1), 0.1, False)),
        1e-9,
    ),
    "single precision": (by(single_precision), 1e-5),
    "scaled": (by(scaled), 1e-9),
    "masked": (by(masked), 1e-9),
}


@pytest.mark.parametrize("name", MIXED)
def test_heads_are_found_however_values_are_mixed(x, name):
    mix, precision = MIXED[name]

    class Other(Attention):
        def forward(self, x):
            q, k, v = (
                self.qkv(x)
                .unflatten(-1, (3, HEADS, -1))
                .permute(2, 0, 3, 1, 4)
            )
            return self.proj(mix(q, k, v).transpose(1, 2).flatten(2))

    plain, other = Model(), Model()
    other.attn = Other().double().eval()
    heads = [
        explain(model, x, score, layers=["attn.heads"]).layer_relevance[
            "attn.heads"
        ]
        for model in (plain, other)
    ]
    torch.testing.assert_close(
        heads[1], heads[0], rtol=precision, atol=precision
    )
