"""Rules of the layer that the signal enters, against explicit contributions."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from eeglrp.errors import InputError
from eeglrp.lrp.composites import CONVENTIONS, absorbing
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error
from eeglrp.lrp.rulebook import make_rules


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def flat(x, w):
    return torch.ones_like(w)


def w_squared(x, w):
    return w**2


def z_box(x, w):
    low, high = min(x.min().item(), 0), max(x.max().item(), 0)
    return x * w - low * w.clamp(min=0) - high * w.clamp(max=0)


def z_box_given(x, w):
    return x * w + 3 * w.clamp(min=0) - 5 * w.clamp(max=0)


RULES = {
    "flat": ("flat", flat),
    "w_squared": ("w_squared", w_squared),
    "z_box": ("z_box", z_box),
    "z_box_given": ({"rule": "z_box", "low": -3, "high": 5.0}, z_box_given),
}


def oracle(x, weight, received, contributions):
    """R_i = sum_j q_ij / sum_i q_ij R_j, entry by entry."""
    relevance = torch.zeros_like(x)
    for n in range(len(x)):
        q = contributions(x[n], weight)
        for j in range(len(weight)):
            relevance[n] += q[j] / q[j].sum() * received[n, j]
    return relevance


@pytest.mark.parametrize("name", RULES)
def test_a_linear_layer_is_shared_by_the_formula(name):
    rule, contributions = RULES[name]
    weight, bias, x = rand(4, 6), rand(4, seed=1), rand(3, 6, seed=2)
    x[0, 2] = 0
    v = rand(4, seed=3)
    found = explain(
        lambda s: F.linear(s, weight, bias),
        x,
        lambda y: y @ v,
        {"linear": {"<first>": rule}},
    )
    received = v * (x @ weight.T + bias)
    expected = oracle(x, weight, received, contributions)
    torch.testing.assert_close(found.relevance, expected)
    assert found.relevance[0, 2] != 0
    # All goes to the signal: the bias has no share.
    torch.testing.assert_close(found.relevance.sum(1), found.output)
    assert closure_error(found) < 1e-10


@pytest.mark.parametrize("name", ["flat", "w_squared", "z_box"])
def test_padding_of_a_convolution_receives_nothing(name):
    weight, x, v = rand(3, 2, 3), rand(2, 2, 5, seed=1), rand(3, 5, seed=2)
    found = explain(
        lambda s: F.conv1d(s, weight, padding=1),
        x,
        lambda y: (y * v).sum((1, 2)),
        {"convolution": {"<first>": name}},
    )
    # The same convolution as a matrix whose rows are the outputs.
    eye = torch.eye(10, dtype=torch.float64).view(10, 2, 5)
    matrix = F.conv1d(eye, weight, padding=1).flatten(1).T
    pattern = F.conv1d(eye, weight.abs() + 1, padding=1).flatten(1).T > 0
    flat_x = x.flatten(1)
    received = v.flatten() * (flat_x @ matrix.T)
    expected = torch.zeros_like(flat_x)
    for n in range(2):
        q = RULES[name][1](flat_x[n], matrix) * pattern
        shares = q / q.sum(1, keepdim=True)
        expected[n] = received[n] @ shares
    torch.testing.assert_close(found.relevance.flatten(1), expected)


class Two(nn.Module):
    """Two branches into one; both see the signal first."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.a, self.b = nn.Conv1d(2, 3, 3), nn.Conv1d(2, 3, 3)
        self.c, self.head = nn.Conv1d(3, 3, 2), nn.Linear(15, 2)
        self.double().eval()

    def forward(self, x):
        x = x / 50
        y = torch.relu(self.a(x)) + torch.relu(self.b(x))
        return self.head(torch.relu(self.c(y)).flatten(1))


def test_first_layers_are_those_with_no_sum_before():
    x = rand(2, 2, 8)
    by_name = {"a": "flat", "b": "flat", "*": "z_plus"}
    base = {"base": "epsilon_plus_flat"}
    named = {**base, "convolution": by_name, "linear": {"*": "gradient"}}
    found = explain(Two(), x, 1, {**base, "linear": "gradient"})
    expected = explain(Two(), x, 1, named)
    torch.testing.assert_close(found.relevance, expected.relevance)
    other = explain(Two(), x, 1, {**named, "convolution": "z_plus"})
    assert not torch.allclose(found.relevance, other.relevance)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_known_composites_close_and_leave_the_output_as_it_is(name):
    model, x = Two(), rand(3, 2, 8)
    x[:, 0] = 0
    found = explain(model, x, 1, name)
    torch.testing.assert_close(found.output, model(x)[:, 1].detach())
    assert closure_error(found) < 1e-8
    has_first = "flat" in name or "box" in name
    assert (found.relevance[:, 0].abs().sum() > 0) == has_first
    assert absorbing(name) == has_first


def test_single_precision_and_units_do_not_matter():
    x = rand(2, 2, 8)
    x[0, 0, :4] = 0
    exact = explain(Two(), x, 1, "epsilon_plus_flat")
    found = explain(Two().float(), x.float(), 1, "epsilon_plus_flat")
    assert closure_error(found) < 1e-4
    torch.testing.assert_close(
        found.relevance.double(), exact.relevance, rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"linear": {"rule": "z_box", "low": 1}}, "at most 0"),
        ({"linear": {"rule": "z_box", "high": -1}}, "at least 0"),
        ({"linear": {"rule": "z_box", "high": "signal"}}, "is signal"),
        ({"linear": {"rule": "z_box", "low": float("nan")}}, "is nan"),
        ({"linear": {"rule": "flat", "epsilon": 1}}, "not a parameter"),
        ({"softmax": {"<first>": "taylor"}}, "linear or convolution"),
    ],
)
def test_mistakes_are_named(table, words):
    with pytest.raises(InputError, match=words):
        make_rules(table)
