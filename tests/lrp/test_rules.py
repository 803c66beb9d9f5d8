"""Every rule against its formula, computed in float64 from the Jacobian of the plain operation."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd.functional import jacobian

from eeglrp.lrp.explain import explain

SIZE = 6


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def explained(function, x, rules="attn_lrp"):
    """Relevance of x and ledger for the output weighted by fixed random numbers, and these."""
    weights = rand(*function(x[:1]).shape[1:], seed=99)
    target = lambda y: (y * weights).flatten(1).sum(1)
    result = explain(function, x, target, rules)
    return result, weights


def matrix(function, x):
    """Jacobian of one sample's flat output by its flat input."""
    shape = x.shape
    flat = lambda v: function(v.view(1, *shape)).flatten()
    return jacobian(flat, x.flatten())


def linear_oracle(function, x, weights, plain=None):
    """R_i = sum_j J_ji x_i / z_j R_j with R_j = w_j z_j; `plain` has the Jacobian to use."""
    rows = []
    for sample in x:
        z = function(sample[None]).flatten()
        received = weights.flatten() * z
        jacobian_ = matrix(plain(sample) if plain else function, sample)
        rows.append(
            (jacobian_ * sample.flatten() * (received / z)[:, None]).sum(0)
        )
    return torch.stack(rows).view(x.shape)


def check(result, expected, absorbed=None):
    torch.testing.assert_close(
        result.relevance, expected, rtol=1e-9, atol=1e-11
    )
    closes = sum(result.ledger.values())
    torch.testing.assert_close(closes, result.output, rtol=1e-10, atol=1e-11)
    for source, value in (absorbed or {}).items():
        torch.testing.assert_close(
            result.ledger[source], value, rtol=1e-9, atol=1e-11
        )


def test_linear_gives_inputs_and_bias_their_share_of_the_sum():
    weight, bias, x = rand(4, SIZE), rand(4, seed=1), rand(3, SIZE, seed=2)
    function = lambda v: F.linear(v, weight, bias)
    result, weights = explained(function, x)
    expected = linear_oracle(function, x, weights)
    check(result, expected, {"bias_linear": (weights * bias).sum().expand(3)})


def test_linear_on_tokens_sums_the_bias_over_them():
    weight, bias, x = rand(4, SIZE), rand(4, seed=1), rand(2, 5, SIZE, seed=2)
    function = lambda v: F.linear(input=v, weight=weight, bias=bias)
    result, weights = explained(function, x)
    absorbed = {"bias_linear": (weights * bias).sum().expand(2)}
    check(result, linear_oracle(function, x, weights), absorbed)


@pytest.mark.parametrize("stride", [1, 3])
def test_convolution(stride):
    weight, bias, x = rand(4, 2, 3), rand(4, seed=1), rand(2, 2, 9, seed=2)
    function = lambda v: F.conv1d(v, weight, bias, stride=stride, padding=1)
    result, weights = explained(function, x)
    absorbed = (weights * bias[:, None]).sum().expand(2)
    check(result, linear_oracle(function, x, weights), {"bias_conv": absorbed})


def test_epsilon_damps_and_books_what_it_damps():
    weight, bias, x = rand(4, SIZE), rand(4, seed=1), rand(3, SIZE, seed=2)
    function = lambda v: F.linear(v, weight, bias)
    result, weights = explained(
        function, x, {"linear": {"rule": "epsilon", "epsilon": 0.3}}
    )
    z = function(x)
    received = weights * z
    share = received / (z + 0.3 * z.sign())
    expected = x * (share @ weight)
    absorbed = {
        "bias_linear": (share * bias).sum(1),
        "epsilon": (received - share * z).sum(1),
    }
    check(result, expected, absorbed)


ACTIVATIONS = {
    "gelu": F.gelu,
    "gelu_tanh": lambda v: F.gelu(v, approximate="tanh"),
    "relu": F.relu,
    "elu": F.elu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "leaky_relu": lambda v: F.leaky_relu(v, 0.2),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_hands_all_relevance_to_its_input(name):
    function, x = ACTIVATIONS[name], rand(3, SIZE)
    result, weights = explained(function, x)
    check(
        result,
        weights * function(x),
        {"input": (weights * function(x)).sum(1)},
    )


def test_activation_at_zero_has_the_derivative_as_coefficient():
    # The relevance of x = 0 is 0 whatever c is: let a linear map with a bias before it show c.
    weight = torch.eye(2, dtype=torch.float64)
    x = torch.tensor([[1.0, 2.0]], dtype=torch.float64)
    function = lambda v: F.gelu(F.linear(v, weight, -x[0]))
    result, weights = explained(function, x)
    torch.testing.assert_close(result.relevance, 0.5 * weights * x)


@pytest.mark.parametrize("function", [torch.sigmoid, F.softplus, torch.exp])
def test_activation_away_from_zero_books_its_value_there(function):
    x = torch.cat(
        [rand(3, SIZE), torch.full((1, SIZE), 1e-12, dtype=torch.float64)]
    )
    result, weights = explained(function, x)
    at_zero = function(torch.zeros(1, dtype=torch.float64))
    expected = weights * (function(x) - at_zero)
    check(
        result, expected, {"activation": (weights * at_zero).sum().expand(4)}
    )


def layer_norm_with(sd, weight, bias):
    return lambda v: (v - v.mean(-1, keepdim=True)) / sd * weight + bias


def test_layer_norm_holds_its_scale_constant():
    weight, bias, x = rand(SIZE), rand(SIZE, seed=1), rand(3, 2, SIZE, seed=2)
    function = lambda v: F.layer_norm(v, (SIZE,), weight, bias, 1e-6)
    result, weights = explained(function, x)

    def frozen(sample):
        sd = (sample.var(-1, unbiased=False, keepdim=True) + 1e-6).sqrt()
        return layer_norm_with(sd, weight, bias)

    expected = linear_oracle(function, x, weights, frozen)
    check(result, expected, {"bias_norm": (weights * bias).sum().expand(3)})


def test_group_norm_holds_its_scale_constant():
    weight, bias, x = rand(4), rand(4, seed=1), rand(2, 4, 3, 2, seed=2)
    function = lambda v: F.group_norm(
        v, num_groups=2, weight=weight, bias=bias
    )
    result, weights = explained(function, x)

    def frozen(sample):
        groups = sample.reshape(1, 2, -1)
        sd = (groups.var(-1, unbiased=False, keepdim=True) + 1e-5).sqrt()

        def run(v):
            v = v.reshape(1, 2, -1)
            v = ((v - v.mean(-1, keepdim=True)) / sd).reshape(1, 4, 3, 2)
            return v * weight.view(1, 4, 1, 1) + bias.view(1, 4, 1, 1)

        return run

    absorbed = {"bias_norm": (weights * bias[:, None, None]).sum().expand(2)}
    check(result, linear_oracle(function, x, weights, frozen), absorbed)


def test_rms_norm_holds_its_scale_constant():
    weight, x = rand(SIZE), rand(3, SIZE, seed=2)
    function = lambda v: F.rms_norm(v, (SIZE,), weight, 1e-6)
    result, weights = explained(function, x)
    check(result, weights * function(x))


def test_batch_norm_is_the_affine_map_of_its_running_statistics():
    mean, var, weight, bias = (
        rand(3),
        rand(3, seed=1).square(),
        rand(3, seed=2),
        rand(3, seed=3),
    )
    x = rand(2, 3, 5, seed=4)
    function = lambda v: F.batch_norm(v, mean, var, weight, bias)
    result, weights = explained(function, x)
    constant = function(torch.zeros(1, 3, 5, dtype=torch.float64))
    absorbed = {"bias_norm": (weights * constant).sum().expand(2)}
    check(result, linear_oracle(function, x, weights), absorbed)


def test_softmax_is_expanded_to_first_order():
    x = rand(3, SIZE)
    function = lambda v: v.softmax(dim=-1)
    result, weights = explained(function, x)
    s = function(x)
    received = weights * s
    expected = x * (received - s * received.sum(1, keepdim=True))
    check(result, expected, {"softmax": (received - expected).sum(1)})


def test_masked_softmax_closes():
    x = rand(3, SIZE)
    mask = torch.tensor(
        [0, 0, -math.inf, 0, -math.inf, 0], dtype=torch.float64
    )
    result, weights = explained(lambda v: (v + mask).softmax(-1), x)
    assert result.relevance[:, mask < 0].abs().max() == 0
    torch.testing.assert_close(sum(result.ledger.values()), result.output)


def halves(x):
    """Two factors that depend on the signal, from its two halves."""
    return x[:, :2], x[:, 2:].transpose(1, 2)


def test_product_gives_each_factor_half():
    x = rand(2, 4, 3)
    result, weights = explained(lambda v: halves(v)[0] @ halves(v)[1], x)
    first, second = halves(x)
    expected_first = first * (weights @ second.transpose(1, 2)) / 2
    expected_second = second * (first.transpose(1, 2) @ weights) / 2
    expected = torch.cat([expected_first, expected_second.transpose(1, 2)], 1)
    check(result, expected)


@pytest.mark.parametrize("size", [1, 5])
def test_large_and_small_products_are_the_same_rule(size):
    x = rand(2, 2 * 5, size)
    function = lambda v: v[:, :5] @ v[:, 5:].transpose(1, 2)
    result, weights = explained(function, x)
    expected = (
        x
        * torch.cat(
            [weights @ x[:, 5:], weights.transpose(0, 1) @ x[:, :5]], 1
        )
        / 2
    )
    check(result, expected)


def test_gate_gives_each_factor_half():
    x = rand(2, SIZE)
    result, weights = explained(lambda v: v[:, :3] * v[:, 3:], x)
    half = weights * x[:, :3] * x[:, 3:] / 2
    check(result, torch.cat([half, half], 1))


def test_square_by_product_keeps_its_relevance():
    x = rand(2, SIZE)
    result, weights = explained(lambda v: v * v, x)
    check(result, weights * x * x)


def test_product_of_three_by_einsum_gives_each_a_third():
    x = rand(2, 3, 4)
    result, weights = explained(
        lambda v: torch.einsum("ni,ni,ni->ni", *v.unbind(1)), x
    )
    check(result, (weights * x.prod(1) / 3)[:, None].expand_as(x))


def test_attention_with_constant_weights_propagates_to_values_alone():
    x = rand(2, 4, 3)

    def attention(v):
        queries, keys, values = v, 2 * v, v.flip(-1)
        return (queries @ keys.transpose(1, 2)).softmax(-1) @ values

    result, weights = explained(attention, x, "cp_lrp")
    scores = (x @ (2 * x).transpose(1, 2)).softmax(-1)
    expected = x * (scores.transpose(1, 2) @ weights).flip(-1)
    check(result, expected, {"softmax": torch.zeros(2, dtype=torch.float64)})


@pytest.mark.parametrize("rules", ["attn_lrp", "cp_lrp"])
@pytest.mark.parametrize("masked", [None, "causal", "bool", "float"])
def test_fused_attention_is_the_written_attention(rules, masked):
    x = rand(2, 1, 4, 6)
    allowed = (
        torch.rand(4, 4, generator=torch.Generator().manual_seed(0)) < 0.7
    )
    allowed |= torch.eye(4, dtype=torch.bool)
    added = rand(4, 4, seed=7)
    options = {"bool": {"attn_mask": allowed}, "float": {"attn_mask": added}}
    options["causal"] = {"is_causal": True}

    def fused(v):
        q, k, w = v.chunk(3, -1)
        return F.scaled_dot_product_attention(
            q, k, w, **options.get(masked, {})
        )

    def written(v):
        q, k, w = v.chunk(3, -1)
        scores = q @ k.transpose(-2, -1) * 2**-0.5
        if masked == "float":
            scores = scores + added
        elif masked:
            allow = (
                allowed
                if masked == "bool"
                else torch.ones(4, 4, dtype=torch.bool).tril()
            )
            scores = scores.masked_fill(~allow, -math.inf)
        return scores.softmax(-1) @ w

    first, second = (
        explained(fused, x, rules)[0],
        explained(written, x, rules)[0],
    )
    torch.testing.assert_close(first.output, second.output)
    check(first, second.relevance, second.ledger)


def test_addition_gives_constants_their_share():
    class Plus(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.offset = torch.nn.Parameter(rand(SIZE))

        def forward(self, x):
            return x + self.offset + 2

    x = rand(3, SIZE, seed=1)
    model = Plus().eval()
    result, weights = explained(model, x)
    absorbed = {
        "offset": (weights * model.offset.detach()).sum().expand(3),
        "constant": 2 * weights.sum().expand(3),
    }
    check(result, weights * x, absorbed)


def test_division_holds_the_denominator_constant():
    x = rand(2, SIZE)
    result, weights = explained(lambda v: v / (v * v).sum(1, True), x)
    check(result, weights * x / (x * x).sum(1, keepdim=True))


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.sampled_from(["linear", "gelu", "norm", "gate", "attend", "add"]),
        max_size=5,
    ),
    st.integers(0, 1000),
)
def test_the_ledger_of_any_chain_closes(steps, seed):
    weights = rand(SIZE, SIZE, seed=seed)

    def step(name, v):
        return {
            "linear": lambda: F.linear(v, weights, weights[0]),
            "gelu": lambda: F.gelu(v),
            "norm": lambda: F.layer_norm(v, (SIZE,), weights[1], weights[2]),
            "gate": lambda: v * v.flip(-1),
            "attend": lambda: (v @ v.transpose(1, 2)).softmax(-1) @ v,
            "add": lambda: v + F.relu(v) + weights[3],
        }[name]()

    def chain(v):
        for name in steps:
            v = step(name, v)
        return v

    result, _ = explained(chain, rand(2, 3, SIZE, seed=seed + 1))
    scale = sum(value.abs() for value in result.ledger.values())
    assert (
        (sum(result.ledger.values()) - result.output).abs() <= 1e-10 * scale
    ).all()
