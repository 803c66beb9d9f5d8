"""Relevance inside a model: conservation at each layer, heads, positions; rules by module."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error

RULES = [
    "attn_lrp",
    "cp_lrp",
    "epsilon",
    "gamma",
    "z_plus",
    "alpha_beta",
    "pa_lrp",
]


@pytest.mark.slow
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("mean_pooling", [True, False])
def test_every_layer_conserves_with_the_sources_above_it(
    labram, named, signal, rules, mean_pooling
):
    model = labram(trained=True, mean_pooling=mean_pooling, layers=3)
    found = explain(
        model, signal, [1, 2], rules, forward_kwargs=named(3), layers=True
    )
    assert list(found.layer_ledger) == list(found.layer_relevance)
    assert len(found.layer_ledger) == 4
    for name, ledger in found.layer_ledger.items():
        torch.testing.assert_close(
            ledger["layer"], found.layer_relevance[name].sum((1, 2))
        )
        total = torch.stack(list(ledger.values()))
        gap = (total.sum(0) - found.output).abs() / total.abs().sum(0)
        assert gap.max() < 1e-10


def test_sources_come_in_below_the_layer_that_follows_them(
    labram, named, signal
):
    model = labram(trained=True)
    found = explain(model, signal, 0, forward_kwargs=named(3), layers=True)
    entry, first, last = (
        found.layer_ledger[name] for name in found.layer_ledger
    )
    for ledger in (entry, first, last):
        assert ledger["spatial_embedding"].abs().max() == 0
        assert ledger["bias_conv"].abs().max() == 0
    assert last["softmax"].abs().max() == 0
    assert first["softmax"].abs().min() > 0
    assert (entry["softmax"] - found.ledger["softmax"]).abs().max() < 1e-12
    assert (entry["bias_norm"] - found.ledger["bias_norm"]).abs().min() > 0


@pytest.mark.parametrize("rules", ["attn_lrp", "cp_lrp"])
def test_heads_together_are_what_the_projection_takes(
    labram, named, signal, rules
):
    model = labram(trained=True)
    names = ["blocks.1.attn.heads", "blocks.1.attn.proj.input"]
    found = explain(
        model, signal, 2, rules, forward_kwargs=named(3), layers=names
    )
    heads, joined = (found.layer_relevance[name] for name in names)
    assert heads.shape == (2, 10, 7, 20)
    torch.testing.assert_close(heads.transpose(1, 2).flatten(2), joined)


def test_a_model_without_heads_is_told(signal):
    with pytest.raises(InputError, match=r"add \.input or \.heads"):
        explain(lambda v: v.sum(2), signal, 0, layers=[".heads"])


def test_positions_receive_in_place_what_the_ledger_says(
    labram, named, signal
):
    model = labram(trained=True)
    found = explain(model, signal, 1, "pa_lrp", forward_kwargs=named(3))
    plain = explain(model, signal, 1, "attn_lrp", forward_kwargs=named(3))
    assert plain.position_relevance is None
    torch.testing.assert_close(found.relevance, plain.relevance)
    assert set(found.position_relevance) == {
        "spatial_embedding",
        "temporal_embedding",
    }
    for source, places in found.position_relevance.items():
        torch.testing.assert_close(places.sum((1, 2)), found.ledger[source])
    # The class token and two patches of each of three electrodes; the class token has no time.
    assert found.position_relevance["spatial_embedding"].shape == (2, 7, 200)
    assert found.position_relevance["temporal_embedding"].shape == (2, 6, 200)


class Rotated(nn.Module):
    """Scores of tokens rotated by their position."""

    def __init__(self):
        super().__init__()
        angle = torch.arange(4, dtype=torch.float64)
        self.register_buffer("rope_cos", angle.cos()[:, None])
        self.register_buffer("rope_sin", angle.sin()[:, None])

    def forward(self, x):
        turned = torch.cat([-x[..., 1:], x[..., :1]], -1)
        return (x * self.rope_cos + turned * self.rope_sin).sum((1, 2))[
            :, None
        ]


def test_a_rotation_by_position_is_a_factor_under_pa_lrp():
    torch.manual_seed(0)
    x = torch.randn(3, 4, 2, dtype=torch.float64)
    plain, found = (
        explain(Rotated().eval(), x, 0, rules)
        for rules in ("attn_lrp", "pa_lrp")
    )
    torch.testing.assert_close(found.relevance, plain.relevance / 2)
    torch.testing.assert_close(plain.relevance.sum((1, 2)), plain.output)
    angle = torch.arange(4, dtype=torch.float64)[:, None]
    torch.testing.assert_close(
        found.position_relevance["rope_cos"], x * angle.cos() / 2
    )
    both = found.ledger["rope_cos"] + found.ledger["rope_sin"]
    torch.testing.assert_close(both, found.output / 2)


def test_rules_are_chosen_by_the_name_of_the_module(labram, named, signal):
    model, kwargs = labram(trained=True), {"forward_kwargs": named(3)}
    gamma = {"rule": "gamma", "gamma": 0.5}
    everywhere = explain(
        model, signal, 0, {"linear": gamma}, **kwargs
    ).relevance
    by_name = {"linear": {"blocks.*": gamma, "final_layer": gamma}}
    torch.testing.assert_close(
        explain(model, signal, 0, by_name, **kwargs).relevance, everywhere
    )
    nowhere = {"linear": {"nothing*": gamma}}
    plain = explain(model, signal, 0, **kwargs).relevance
    assert torch.equal(
        explain(model, signal, 0, nowhere, **kwargs).relevance, plain
    )
    some = explain(
        model, signal, 0, {"linear": {"blocks.0.mlp.*": gamma}}, **kwargs
    )
    assert closure_error(some) < 1e-10
    for other in (plain, everywhere):
        assert (some.relevance - other).abs().max() > 1e-6


def test_the_first_pattern_that_fits_counts():
    torch.manual_seed(0)
    model = (
        nn.Sequential(nn.Flatten(), nn.Linear(6, 5), nn.Linear(5, 2))
        .double()
        .eval()
    )
    x = torch.randn(2, 3, 2, dtype=torch.float64)
    table = {"linear": {"2": "gradient", "*": "z_plus"}}
    found = explain(model, x, 0, table)
    weight, bias = model[1].weight, model[1].bias
    hidden = F.linear(x.flatten(1), weight, bias)
    received = hidden * model[2].weight[0]
    parts = (x.flatten(1)[:, None] * weight).clamp_min(0)
    total = parts.sum(2) + bias.clamp_min(0) + 1e-9
    expected = (parts * (received / total)[..., None]).sum(1).view(x.shape)
    torch.testing.assert_close(
        found.relevance, expected.detach(), rtol=1e-6, atol=1e-9
    )


# --- operations without a rule -------------------------------------------------------------------


class Odd(nn.Module):
    """An operation that has no rule between two linear maps."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Linear(6, 5), nn.Linear(5, 2)

    def forward(self, x):
        return self.second(
            torch.erfinv(torch.tanh(self.first(x.flatten(1))) / 2)
        )


def test_the_plain_gradient_of_a_missing_rule_is_noted_and_booked():
    model = Odd().double().eval()
    x = torch.randn(
        3,
        3,
        2,
        dtype=torch.float64,
        generator=torch.Generator().manual_seed(1),
    )
    with pytest.raises(InputError, match="on_missing='gradient'"):
        explain(model, x, 0)
    found = explain(model, x, 0, on_missing="gradient")
    assert found.missing == ("torch.erfinv in forward",)
    inside = torch.tanh(model.first(x.flatten(1))).detach() / 2
    inside.requires_grad_()
    value = torch.erfinv(inside)
    weight = model.second.weight[0].detach()
    (slope,) = torch.autograd.grad(value.sum(), inside)
    expected = ((value - slope * inside) * weight).sum(1).detach()
    torch.testing.assert_close(found.ledger["missing"], expected)
    assert closure_error(found) < 1e-10
    assert (
        explain(nn.Flatten().eval(), x, 0, on_missing="gradient").missing == ()
    )


def test_a_missing_operation_in_place_is_noted_once():
    x = torch.rand(2, 3, 2, dtype=torch.float64) / 2

    def model(v):
        v.erfinv_()
        return v.sum(2)

    found = explain(model, x, 0, on_missing="gradient")
    assert len(found.missing) == 1
    torch.testing.assert_close(found.output, torch.erfinv(x).sum(2)[:, 0])
    assert closure_error(found) < 1e-10


def test_what_torch_does_not_show_is_the_rest_of_the_ledger():
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, v):
            ctx.save_for_backward(v)
            return v**3

        @staticmethod
        def backward(ctx, c):
            (v,) = ctx.saved_tensors
            return 3 * v**2 * c

    x = torch.rand(2, 3, 2, dtype=torch.float64)
    found = explain(
        lambda v: Cube.apply(v).sum(2), x, 0, on_missing="gradient"
    )
    assert "CubeBackward" in found.missing[0]
    torch.testing.assert_close(found.relevance[:, 0], 3 * x[:, 0] ** 3)
    torch.testing.assert_close(
        found.ledger["missing"], -2 * (x[:, 0] ** 3).sum(1)
    )
    assert closure_error(found) < 1e-10


def test_another_choice_is_refused():
    with pytest.raises(InputError, match="choose error or gradient"):
        explain(
            lambda v: v.sum(2), torch.ones(2, 3, 4), 0, on_missing="ignore"
        )


def test_without_the_ledger_relevance_is_the_same(labram, named, signal):
    model = labram(trained=True)
    with_it = explain(model, signal, 0, forward_kwargs=named(3), layers=True)
    without = explain(
        model, signal, 0, forward_kwargs=named(3), layers=True, ledger=False
    )
    assert torch.equal(with_it.relevance, without.relevance)
    assert list(without.ledger) == ["input", "unexplained"]
    torch.testing.assert_close(sum(without.ledger.values()), without.output)
    assert without.layer_ledger is None


@pytest.mark.parametrize(
    "gate", [lambda v: v * v.flip(-1), lambda v: v @ v.mT, lambda v: v.var(2)]
)
def test_a_module_that_returns_a_product_shows_all_its_relevance(gate):
    class Gate(nn.Module):
        def forward(self, v):
            return gate(v)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate = Gate()

        def forward(self, v):
            return self.gate(v).flatten(1)

    x = torch.randn(
        2,
        3,
        4,
        dtype=torch.float64,
        generator=torch.Generator().manual_seed(1),
    )
    found = explain(Model().eval(), x, 1, layers=["gate"])
    inside = found.layer_relevance["gate"].flatten(1)
    torch.testing.assert_close(inside[:, 1], found.output)
    assert inside.abs().sum() == inside[:, 1].abs().sum()
