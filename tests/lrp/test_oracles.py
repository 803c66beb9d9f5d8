"""Rules of weighted sums on single operations, against the matrix of all contributions z_ij."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from eeglrp.lrp.explain import explain

from .reference import (
    SETS,
    Layers,
    as_matrix,
    chain,
    contributions,
    elementwise,
    parts_of,
    rand,
    share,
)

#: Operation, shapes of a sample and of the weight, length of the bias, and the weight's axis over
#: input channels.
OPERATIONS = {
    "linear": (F.linear, (6,), (4, 6), 4, 1),
    "linear_tokens": (F.linear, (3, 6), (4, 6), 4, 1),
    "conv1d": (F.conv1d, (2, 9), (4, 2, 3), 4, 1),
    "conv1d_strided": (
        partial(F.conv1d, stride=3, padding=2, dilation=2),
        (2, 11),
        (4, 2, 3),
        4,
        1,
    ),
    "conv1d_same": (
        partial(F.conv1d, padding="same"),
        (2, 7),
        (3, 2, 4),
        3,
        1,
    ),
    "conv2d_groups": (
        partial(F.conv2d, stride=(2, 1), padding=(1, 0), groups=2),
        (4, 5, 4),
        (6, 2, 3, 2),
        6,
        1,
    ),
    "conv3d": (
        partial(F.conv3d, padding=(0, 1, 0)),
        (2, 2, 3, 2),
        (3, 2, 2, 3, 1),
        3,
        1,
    ),
    "conv_transpose1d": (
        partial(
            F.conv_transpose1d, stride=2, padding=1, output_padding=1, groups=2
        ),
        (4, 5),
        (4, 3, 3),
        6,
        0,
    ),
    "conv_transpose2d": (
        partial(F.conv_transpose2d, stride=(1, 2), dilation=(2, 1)),
        (2, 3, 2),
        (2, 3, 2, 3),
        3,
        0,
    ),
}
RULES = {
    "gradient": "gradient",
    "epsilon": {"rule": "epsilon", "epsilon": 0.3},
    "gamma": {"rule": "gamma", "gamma": 0.25},
    "gamma_large": {"rule": "gamma", "gamma": 100.0},
    "gamma_epsilon": {"rule": "gamma", "gamma": 0.5, "epsilon": 0.2},
    "z_plus": {"rule": "z_plus", "epsilon": 1e-9},
    "z_plus_damped": {"rule": "z_plus", "epsilon": 0.3},
    "alpha_beta": {
        "rule": "alpha_beta",
        "alpha": 2.0,
        "beta": 1.0,
        "epsilon": 1e-9,
    },
    "alpha_beta_damped": {
        "rule": "alpha_beta",
        "alpha": 1.5,
        "beta": 0.5,
        "epsilon": 0.3,
    },
}
#: Functions that turn random inputs, weight and bias into those of a special kind, by name.
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


@case
def signed(x, weight, bias, axes):
    return x, weight, bias


@case
def without_bias(x, weight, bias, axes):
    return x, weight, None


@case
def non_negative(x, weight, bias, axes):
    return x.abs(), weight, bias


@case
def exact_zeros(x, weight, bias, axes):
    x[x.abs() < 0.5] = 0
    x[0] = 0
    return (
        x,
        torch.where(weight.abs() < 0.3, 0, weight),
        torch.where(bias > 0, bias, 0),
    )


@case
def all_negative(x, weight, bias, axes):
    return x.abs(), -weight.abs(), -bias.abs()


@case
def all_negative_but_the_bias(x, weight, bias, axes):
    return x.abs(), -weight.abs(), bias.abs()


@case
def all_positive(x, weight, bias, axes):
    return -x.abs(), -weight.abs(), bias.abs()


@case
def cancelling(x, weight, bias, axes):
    """Every second channel all but undoes the one before: sums far smaller than their parts."""
    x_axis, weight_axis = axes
    odd = torch.arange(1, x.shape[x_axis], 2)
    x.index_copy_(
        x_axis, odd, x.index_select(x_axis, odd - 1) + 1e-4 * x[0].mean()
    )
    odd = torch.arange(1, weight.shape[weight_axis], 2)
    opposite = -weight.index_select(weight_axis, odd - 1)
    return x, weight.index_copy(weight_axis, odd, opposite), None


def build(name, kind_of_input):
    """The operation, and input, weight and bias for it."""
    operation, shape, weight_shape, n_outputs, weight_axis = OPERATIONS[name]
    x_axis = 1 if name.startswith("conv") else -1
    x, weight, bias = (
        rand(3, *shape),
        rand(*weight_shape, seed=1),
        rand(n_outputs, seed=2),
    )
    return operation, *CASES[kind_of_input](
        x, weight, bias, (x_axis, weight_axis)
    )


def kind_of(name):
    return "convolution" if name.startswith("conv") else "linear"


def explained(operation, x, weight, bias, rules):
    """Explanation of the outputs weighted by fixed random numbers, and these."""
    function = lambda v: operation(v, weight, bias)
    weights = rand(*function(x[:1]).shape[1:], seed=99)
    return explain(
        function, x, lambda y: (y * weights).flatten(1).sum(1), rules
    ), weights


def oracle(operation, x, weight, bias, weights, rule):
    """Relevance of x (n_samples, ...), of the bias and of what epsilon absorbs (n_samples,)."""
    matrix = as_matrix(lambda v: operation(v, weight, None), x.shape[1:])
    constant = torch.zeros(1, len(matrix), dtype=x.dtype)
    if bias is not None:
        constant = operation(torch.zeros_like(x[:1]), weight, bias).flatten(1)
    z = contributions(x.flatten(1), matrix, constant)
    received = weights.flatten() * z.sum(-1)
    each = parts_of(rule)(z) * received[:, :, None]
    absorbed = received.sum(1) - each.sum((1, 2))
    return (
        each[:, :, :-1].sum(1).view(x.shape),
        each[:, :, -1].sum(1),
        absorbed,
    )


def close(found, expected, scale=1.0):
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11 * scale)


def ledger_of(result, source):
    return result.ledger.get(source, torch.zeros_like(result.output))


# Where sums all but cancel, rounding is large beside them: closing is asserted here.
@pytest.mark.filterwarnings(
    "ignore:the ledger misses", "ignore:Using padding='same'"
)
@pytest.mark.parametrize("inputs", CASES)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_gives_every_contribution_its_part(name, rule, inputs):
    operation, x, weight, bias = build(name, inputs)
    kind = kind_of(name)
    result, weights = explained(
        operation, x, weight, bias, {kind: RULES[rule]}
    )
    relevance, to_bias, absorbed = oracle(
        operation, x, weight, bias, weights, RULES[rule]
    )
    close(result.relevance, relevance, 10)
    source = {"linear": "bias_linear", "convolution": "bias_conv"}[kind]
    close(ledger_of(result, source), to_bias, 10)
    close(ledger_of(result, "epsilon"), absorbed, 100)
    close(sum(result.ledger.values()), result.output, 100)
    sources = {
        name for name, value in result.ledger.items() if value.abs().max() > 0
    }
    assert sources <= {"input", source, "epsilon"}
    assert (result.relevance[x == 0] == 0).all()


def test_the_cases_are_what_they_are_called():
    for name in OPERATIONS:
        operation, x, weight, bias = build(name, "cancelling")
        matrix = as_matrix(
            lambda v, o=operation, w=weight: o(v, w, None), x.shape[1:]
        )
        z = matrix * x.flatten(1)[:, None, :]
        assert (z.sum(-1).abs() <= 1e-2 * z.abs().sum(-1)).float().mean() > 0.9
        for inputs, below in (("all_negative", True), ("all_positive", False)):
            operation, x, weight, bias = build(name, inputs)
            z = operation(x, weight, bias)
            assert ((z < 0) if below else (z > 0)).all()


def test_what_only_negative_contributions_could_carry_is_absorbed():
    x, weight, bias = (
        rand(3, 6).abs(),
        -rand(4, 6, seed=1).abs(),
        -rand(4, seed=2).abs(),
    )
    for rule in (RULES["z_plus"], {**RULES["z_plus"], "epsilon": 0.0}):
        result, _ = explained(F.linear, x, weight, bias, {"linear": rule})
        assert (result.relevance == 0).all()
        assert (result.ledger["bias_linear"] == 0).all()
        close(result.ledger["epsilon"], result.output)


def test_a_sum_of_exactly_nothing_hands_on_nothing():
    x = torch.tensor([[1.0, 1.0, 2.0]], dtype=torch.float64)
    weight = torch.tensor(
        [[1.0, 1.0, -1.0], [1.0, 2.0, 3.0]], dtype=torch.float64
    )
    for rule in ("gamma", "gamma_epsilon", "z_plus", "alpha_beta", "epsilon"):
        result = explain(
            lambda v: F.linear(v, weight), x, 0, {"linear": RULES[rule]}
        )
        assert (result.relevance == 0).all(), rule
        assert all((value == 0).all() for value in result.ledger.values()), (
            rule
        )


@pytest.mark.parametrize("name", OPERATIONS)
def test_gamma_of_nothing_is_the_gradient(name):
    arguments, kind = build(name, "signed"), kind_of(name)
    gamma, _ = explained(*arguments, {kind: {"rule": "gamma", "gamma": 0.0}})
    gradient, _ = explained(*arguments, {kind: "gradient"})
    close(gamma.relevance, gradient.relevance)
    for source in gradient.ledger:
        close(gamma.ledger[source], gradient.ledger[source])


@pytest.mark.parametrize("name", OPERATIONS)
def test_gamma_without_end_leaves_contributions_of_the_sums_sign(name):
    operation, x, weight, bias = build(name, "signed")
    table = {kind_of(name): {"rule": "gamma", "gamma": 1e12}}
    result, weights = explained(operation, x, weight, bias, table)
    matrix = as_matrix(lambda v: operation(v, weight, None), x.shape[1:])
    z = matrix * x.flatten(1)[:, None, :]
    constant = operation(torch.zeros_like(x[:1]), weight, bias).flatten(1)
    total = z.sum(-1) + constant
    alike = torch.where(z.sign() == total.sign()[:, :, None], z, 0)
    alike_bias = torch.where(constant.sign() == total.sign(), constant, 0)
    per_unit = share(weights.flatten() * total, alike.sum(-1) + alike_bias)
    expected = (alike * per_unit[:, :, None]).sum(1).view(x.shape)
    torch.testing.assert_close(
        result.relevance, expected, rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("name", OPERATIONS)
def test_gamma_without_end_is_z_plus_where_sums_are_positive(name):
    operation, x, weight, bias = build(name, "signed")
    bias, kind = bias.abs() + 50, kind_of(name)
    assert (operation(x, weight, bias) > 0).all()
    gamma, _ = explained(
        operation, x, weight, bias, {kind: {"rule": "gamma", "gamma": 1e12}}
    )
    z_plus, _ = explained(operation, x, weight, bias, {kind: RULES["z_plus"]})
    torch.testing.assert_close(
        gamma.relevance, z_plus.relevance, rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("epsilon", [1e-9, 0.3])
@pytest.mark.parametrize("name", OPERATIONS)
def test_alpha_one_beta_nothing_is_z_plus(name, epsilon):
    arguments, kind = build(name, "signed"), kind_of(name)
    table = {
        "rule": "alpha_beta",
        "alpha": 1.0,
        "beta": 0.0,
        "epsilon": epsilon,
    }
    one, _ = explained(*arguments, {kind: table})
    other, _ = explained(
        *arguments, {kind: {"rule": "z_plus", "epsilon": epsilon}}
    )
    close(one.relevance, other.relevance)
    for source in other.ledger:
        close(one.ledger[source], other.ledger[source], 10)


SIZES = st.integers(1, 5)
POSITIVE = st.one_of(st.just(0.0), st.floats(1e-9, 1e3))


def gamma_rules():
    return st.builds(
        lambda g, e: {"rule": "gamma", "gamma": g, "epsilon": e},
        POSITIVE,
        POSITIVE,
    )


def alpha_beta_rules():
    return st.builds(
        lambda b, e: {
            "rule": "alpha_beta",
            "alpha": 1 + b,
            "beta": b,
            "epsilon": e,
        },
        st.floats(0, 10),
        POSITIVE,
    )


def epsilon_rules(name):
    return st.builds(lambda e: {"rule": name, "epsilon": e}, POSITIVE)


ANY_RULE = st.one_of(
    gamma_rules(),
    alpha_beta_rules(),
    epsilon_rules("epsilon"),
    epsilon_rules("z_plus"),
)


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(SIZES, SIZES, SIZES, SIZES),
    st.integers(0, 1000),
    ANY_RULE,
    st.booleans(),
)
def test_input_bias_and_what_is_absorbed_make_the_output(
    sizes, seed, rule, convolve
):
    n_samples, n_inputs, n_outputs, length = sizes
    x = rand(n_samples, n_inputs, length + 2, seed=seed)
    bias = rand(n_outputs, seed=seed + 1)
    if convolve:
        weight, operation = (
            rand(n_outputs, n_inputs, 3, seed=seed + 2),
            F.conv1d,
        )
    else:
        weight, operation = (
            rand(n_outputs, length + 2, seed=seed + 2),
            F.linear,
        )
    table = {"convolution": rule, "linear": rule}
    result, weights = explained(operation, x, weight, bias, table)
    scale = (
        sum(value.abs() for value in result.ledger.values())
        + result.relevance.abs().sum()
    )
    assert (
        (sum(result.ledger.values()) - result.output).abs() <= 1e-10 * scale
    ).all()
    expected = oracle(operation, x, weight, bias, weights, rule)[0]
    torch.testing.assert_close(
        result.relevance, expected, rtol=1e-7, atol=1e-9 * scale.max()
    )


@pytest.mark.parametrize("rule", RULES)
def test_single_precision_agrees_to_its_precision(rule):
    operation, x, weight, bias = build("conv1d", "signed")
    exact, _ = explained(
        operation, x, weight, bias, {"convolution": RULES[rule]}
    )
    weights = rand(*exact.logits.shape[1:], seed=99).float()
    found = explain(
        lambda v: operation(v, weight.float(), bias.float()),
        x.float(),
        lambda y: (y * weights).flatten(1).sum(1),
        {"convolution": RULES[rule]},
    )
    assert found.relevance.dtype == torch.float32
    scale = exact.relevance.abs().sum().item()
    torch.testing.assert_close(
        found.relevance.double(), exact.relevance, rtol=1e-3, atol=1e-5 * scale
    )


# --- rules by the name of the running module ------------------------------------------------------


class Mixer(nn.Module):
    """A linear map that is no module of its own."""

    def __init__(self):
        super().__init__()
        self.weight, self.bias = (
            nn.Parameter(rand(5, 5, seed=8)),
            nn.Parameter(rand(5, seed=9)),
        )

    def forward(self, x):
        return F.linear(x, self.weight, self.bias)


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        block = lambda: nn.ModuleDict(
            {
                "attn": Mixer(),
                "mlp": nn.Sequential(
                    nn.Linear(5, 7), nn.GELU(), nn.Linear(7, 5)
                ),
            }
        )
        self.blocks = nn.ModuleList([block(), block()])
        self.head = nn.Linear(5, 3)

    def forward(self, x):
        for block in self.blocks:
            x = block["mlp"](block["attn"](x))
        return self.head(x)


def named_reference(model, parts):
    """Layers of the model, with parts(name of the module) for each weighted sum."""
    layers = Layers("cp_lrp")
    steps = []
    for i, block in enumerate(model.blocks):
        name = f"blocks.{i}"
        steps += [
            layers.linear_module(block["attn"], parts(f"{name}.attn")),
            layers.linear_module(block["mlp"][0], parts(f"{name}.mlp.0")),
            elementwise(F.gelu),
            layers.linear_module(block["mlp"][2], parts(f"{name}.mlp.2")),
        ]
    return layers, chain(
        *steps, layers.linear_module(model.head, parts("head"))
    )


GAMMA, ALPHA_BETA = RULES["gamma"], RULES["alpha_beta"]
TABLES = {
    "mlp": (
        {"blocks.*.mlp.*": GAMMA, "*": "gradient"},
        lambda name: GAMMA if ".mlp." in name else "gradient",
    ),
    "first match": (
        {"blocks.0.*": GAMMA, "blocks.*": ALPHA_BETA, "*": "gradient"},
        lambda name: {"b0": GAMMA, "b1": ALPHA_BETA}.get(
            name[0] + name[7:8], "gradient"
        ),
    ),
    "the order counts": (
        {"*": "gradient", "blocks.*": GAMMA},
        lambda name: "gradient",
    ),
    "no module of its own": (
        {"*.attn": ALPHA_BETA, "*": GAMMA},
        lambda name: ALPHA_BETA if name.endswith(".attn") else GAMMA,
    ),
    "one module": (
        {"head": GAMMA, "blocks.1.mlp.2": ALPHA_BETA, "*": "gradient"},
        lambda name: {"head": GAMMA, "blocks.1.mlp.2": ALPHA_BETA}.get(
            name, "gradient"
        ),
    ),
    "sets of characters": (
        {"blocks.[!0].mlp.?": GAMMA, "*": "gradient"},
        lambda name: GAMMA if name.startswith("blocks.1.mlp") else "gradient",
    ),
}


@torch.no_grad()
@pytest.mark.parametrize("name", TABLES)
def test_patterns_choose_rules_by_the_name_of_the_module(name):
    table, rule_of = TABLES[name]
    model, x = Named().double().eval(), rand(2, 5)
    found = explain(model, x, 1, {"linear": table})
    for i, sample in enumerate(x):
        layers, network = named_reference(
            model, lambda n: parts_of(rule_of(n))
        )
        y, back = network(sample[None])
        relevance = back(y * torch.tensor([0, 1, 0]))[0]
        close(found.relevance[i], relevance, relevance.abs().sum())
        close(found.ledger["bias_linear"][i], layers.book["bias_linear"], 100)


def test_a_module_outside_every_pattern_has_the_rule_of_the_base():
    model, x = Named().double().eval(), rand(2, 5)
    table = {"base": "gamma", "linear": {"blocks.*": "gradient"}}
    found = explain(model, x, 1, table)
    written_out = {
        "linear": {"blocks.*": "gradient", "*": SETS["gamma"]["linear"]}
    }
    close(found.relevance, explain(model, x, 1, written_out).relevance)


def test_tables_start_from_their_base():
    model, x = Named().double().eval(), rand(2, 5)
    for base in SETS:
        found, named = (
            explain(model, x, 1, {"base": base}),
            explain(model, x, 1, base),
        )
        close(found.relevance, named.relevance)
    # The base is replaced where the table says something.
    plain = explain(model, x, 1, {"base": "gamma", "linear": "gradient"})
    close(plain.relevance, explain(model, x, 1, "cp_lrp").relevance)
