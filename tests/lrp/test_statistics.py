"""Variances, norms, powers, logarithms and limits; norms written by hand; zeros everywhere."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error

N, CHANNELS, TIMES = 2, 3, 8


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def score(y):
    return (y * rand(*y.shape[1:], seed=9)).flatten(1).sum(1)


@pytest.fixture
def x():
    return rand(N, CHANNELS, TIMES, seed=3)


def check(model, x):
    model = model.double().eval() if isinstance(model, nn.Module) else model
    found = explain(model, x, score)
    expected = score(model(x)).detach()
    torch.testing.assert_close(found.output, expected, rtol=1e-11, atol=1e-11)
    assert found.relevance.isfinite().all()
    assert closure_error(found) < 1e-10
    return found


def input_times_gradient(model, x):
    leaf = x.clone().requires_grad_()
    return x * torch.autograd.grad(score(model(leaf)).sum(), leaf)[0]


def booked(found, source):
    return found.ledger.get(source, torch.zeros(N, dtype=torch.float64))


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11)


# --- spread --------------------------------------------------------------------------------------

#: Functions of a degree: all goes to the input, in proportion to input times gradient.
HOMOGENEOUS = {
    "var": (lambda v: v.var(-1), 2),
    "var, biased": (lambda v: v.var(-1, correction=0, keepdim=True), 2),
    "std": (lambda v: v.std((1, 2), keepdim=True), 1),
    "norm": (lambda v: v.norm(dim=-1), 1),
    "norm 1": (lambda v: v.norm(1, dim=-1), 1),
    "norm 3": (lambda v: torch.linalg.vector_norm(v, 3, dim=-1), 1),
    "largest": (lambda v: torch.linalg.vector_norm(v, math.inf, dim=-1), 1),
    "matrix": (lambda v: torch.linalg.norm(v, dim=(1, 2), keepdim=True), 1),
    "variance of a pair": (lambda v: torch.var_mean(v, -1)[0], 2),
    "mean of a pair": (lambda v: torch.var_mean(v, -1)[1], 1),
    "deviation of a pair": (lambda v: torch.std_mean(v, -1)[0], 1),
    "covariance": (lambda v: torch.stack([torch.cov(each) for each in v]), 2),
}


@pytest.mark.parametrize("name", HOMOGENEOUS)
def test_spread_belongs_to_the_signal(x, name):
    function, degree = HOMOGENEOUS[name]
    found = check(function, x)
    close(found.relevance, input_times_gradient(function, x) / degree)
    close(found.ledger["input"], found.output)


def test_both_of_a_pair(x):
    found = check(lambda v: torch.stack(torch.var_mean(v, -1), -1), x)
    apart = check(lambda v: torch.stack([v.var(-1), v.mean(-1)], -1), x)
    close(found.relevance, apart.relevance)


def test_variance_is_what_deviations_square_to(x):
    found = check(lambda v: v.var(-1), x)
    deviation = x - x.mean(-1, keepdim=True)
    # The product rule gives each deviation its square, its mean what the mean is made of.
    given = rand(CHANNELS, seed=9)[:, None] * deviation / (TIMES - 1)
    close(found.relevance, x * (given - given.mean(-1, keepdim=True)))


@pytest.mark.parametrize(
    "function", [lambda v: v.std(-1), lambda v: v.norm(dim=-1)]
)
def test_no_spread_at_all(x, function):
    found = check(lambda v: function(v * 0) + v.sum(-1), x)
    close(found.relevance, check(lambda v: v.sum(-1), x).relevance)


# --- norms by hand -------------------------------------------------------------------------------

WEIGHT, BIAS = rand(TIMES, seed=5), rand(TIMES, seed=6)


def variance(v, axes):
    return v.var(axes, correction=0, keepdim=True)


def centred(v):
    return v - v.mean(-1, keepdim=True)


BY_HAND = {
    "rms, rsqrt": (
        lambda v: (
            v * torch.rsqrt(v.pow(2).mean(-1, keepdim=True) + 1e-5) * WEIGHT
        ),
        lambda v: F.rms_norm(v, (TIMES,), WEIGHT, 1e-5),
    ),
    "rms, power": (
        lambda v: (
            WEIGHT * (v * (v.square().mean(-1, keepdim=True) + 1e-5) ** -0.5)
        ),
        lambda v: F.rms_norm(v, (TIMES,), WEIGHT, 1e-5),
    ),
    "layer, sqrt": (
        lambda v: centred(v) / (variance(v, -1) + 1e-5).sqrt() * WEIGHT + BIAS,
        lambda v: F.layer_norm(v, (TIMES,), WEIGHT, BIAS, 1e-5),
    ),
    "layer, reciprocal": (
        lambda v: (
            centred(v)
            * (centred(v).pow(2).mean(-1, True) + 1e-5).sqrt().reciprocal()
        ),
        lambda v: F.layer_norm(v, (TIMES,), eps=1e-5),
    ),
    "group": (
        lambda v: (
            (v - v.mean((1, 2), True)) / (variance(v, (1, 2)) + 1e-5) ** 0.5
        ),
        lambda v: F.group_norm(v, 1, eps=1e-5),
    ),
    "instance": (
        lambda v: centred(v) * (1 / torch.sqrt(variance(v, -1) + 1e-5)),
        lambda v: F.instance_norm(v, eps=1e-5),
    ),
    "unit": (
        lambda v: v / v.norm(dim=-1, keepdim=True),
        lambda v: F.normalize(v, dim=-1),
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_norms_by_hand_are_those_of_torch(x, name):
    by_hand, of_torch = (check(function, x) for function in BY_HAND[name])
    close(by_hand.output, of_torch.output)
    close(by_hand.relevance, of_torch.relevance)
    close(booked(by_hand, "constant"), booked(of_torch, "bias_norm"))


def test_a_z_score_holds_its_deviation(x):
    found = check(lambda v: centred(v) / v.std(-1, keepdim=True), x)
    given = rand(CHANNELS, TIMES, seed=9) / x.std(-1, keepdim=True)
    close(found.relevance, x * centred(given))


# --- powers --------------------------------------------------------------------------------------

WAYS = {
    "method": lambda v, k: v.pow(k),
    "operator": lambda v, k: v**k,
    "float_power": lambda v, k: v.float_power(k),
    "tensor": lambda v, k: v ** torch.tensor(k),
    "parameter": lambda v, k: torch.pow(
        v, nn.Parameter(torch.tensor(float(k)))
    ),
}


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 0.5, 1.5, 4.0])
@pytest.mark.parametrize("way", WAYS)
def test_a_power_hands_all_to_its_base_but_for_that_of_zero(x, way, exponent):
    x = x.abs()
    x[:, 0, ::2] = 0
    found = check(lambda v: WAYS[way](v, exponent), x)
    given = rand(CHANNELS, TIMES, seed=9)
    at_zero = float(exponent == 0)
    close(found.relevance, given * (x**exponent - at_zero))
    close(booked(found, "activation"), at_zero * given.sum().expand(N))


@pytest.mark.parametrize("exponent", [-0.5, -1, -2, -1.5])
@pytest.mark.parametrize("way", WAYS)
def test_a_negative_power_is_a_scale(x, way, exponent):
    found = check(lambda v: v * WAYS[way](v.abs(), exponent), x)
    close(
        found.relevance,
        rand(CHANNELS, TIMES, seed=9) * x * x.abs() ** exponent,
    )


@pytest.mark.parametrize("shape", [(TIMES,), (1, 1, 1), (1, 1, 1, 1)])
def test_a_power_has_the_shape_that_torch_gives_it(x, shape):
    power = torch.full(shape, 2.0, dtype=torch.float64)
    shapes = []

    def target(y):
        shapes.append(y.shape)
        return y.reshape(-1, CHANNELS * TIMES).sum(1)

    explain(lambda v: v**power, x, target)
    assert {len(shape) for shape in shapes} == {(x**power).ndim}


def test_float_power_is_double_precision(x):
    types = []

    def target(y):
        types.append(y.dtype)
        return y.sum((1, 2))

    explain(lambda v: v.float_power(2), x.float(), target)
    assert set(types) == {torch.float64}


FIRST_ORDER = {
    "exponent": lambda v: 2.0**v,
    "exponents": lambda v: (
        v.abs() ** torch.linspace(-1, 3, TIMES, dtype=torch.float64)
    ),
    "prod": lambda v: v.prod(-1),
    "cumprod": lambda v: v.cumprod(-1),
    "log_softmax": lambda v: v.log_softmax(-1),
    "logsumexp": lambda v: v.logsumexp(-1),
    "softmin": lambda v: F.softmin(v, -1),
    "similarity": lambda v: F.cosine_similarity(v, v.flip(1), dim=-1),
    "distances": lambda v: torch.cdist(v, v.flip(-1)),
}


@pytest.mark.parametrize("name", FIRST_ORDER)
def test_what_has_no_rule_of_its_own_is_expanded(x, name):
    function = FIRST_ORDER[name]
    found = check(function, x)
    expected = input_times_gradient(function, x)
    close(found.relevance, expected)
    close(found.ledger["curvature"], found.output - expected.sum((1, 2)))


HIDDEN = torch.arange(TIMES) < 3
MASKED = {
    "logsumexp": lambda v: v.masked_fill(HIDDEN, -math.inf).logsumexp(-1),
    "log_softmax": lambda v: v.masked_fill(HIDDEN, -math.inf).log_softmax(-1)[
        ..., 3:
    ],
    "softmin": lambda v: F.softmin(v.masked_fill(HIDDEN, math.inf), -1),
}


@pytest.mark.parametrize("name", MASKED)
def test_masked_entries_get_nothing(x, name):
    plain = {
        "logsumexp": lambda v: v[..., 3:].logsumexp(-1),
        "log_softmax": lambda v: v[..., 3:].log_softmax(-1),
        "softmin": lambda v: F.pad(F.softmin(v[..., 3:], -1), (3, 0)),
    }[name]
    found, expected = check(MASKED[name], x), check(plain, x)
    close(found.relevance, expected.relevance)
    close(found.ledger["curvature"], expected.ledger["curvature"])


# --- element-wise functions ----------------------------------------------------------------------

ACTIVATIONS = [
    *(
        nn.GELU(),
        nn.GELU("tanh"),
        nn.ReLU(),
        nn.ReLU6(),
        nn.LeakyReLU(0.2),
        nn.ELU(0.5),
        nn.SELU(),
    ),
    *(
        nn.CELU(0.5),
        nn.SiLU(),
        nn.Mish(),
        nn.Hardswish(),
        nn.Hardtanh(-0.3, 0.4),
        nn.Tanh(),
    ),
    *(
        nn.Tanhshrink(),
        nn.Softsign(),
        nn.Sigmoid(),
        nn.Softplus(2, 1),
        nn.LogSigmoid(),
    ),
    *(
        nn.Hardsigmoid(),
        nn.Hardshrink(),
        nn.Softshrink(),
        nn.Threshold(0.1, 0.5),
    ),
    *(nn.PReLU(), nn.PReLU(CHANNELS, 0.1), nn.RReLU()),
    *(
        torch.exp,
        torch.exp2,
        torch.expm1,
        torch.sin,
        torch.cos,
        torch.atan,
        torch.asinh,
        torch.erf,
    ),
    *(torch.sinh, torch.cosh, torch.abs, torch.square),
    *(
        lambda v: v.clamp(-0.5, 0.7),
        lambda v: v.clamp(min=0.3),
        lambda v: torch.clamp(v, max=-0.2),
    ),
    *(
        lambda v: v.clamp(LOW, HIGH),
        lambda v: v.clip(max=HIGH),
        lambda v: v.clamp_min(LOW),
    ),
]
LOW = torch.linspace(-0.5, 0.1, TIMES, dtype=torch.float64)
HIGH = torch.full((CHANNELS, 1), 0.4, dtype=torch.float64)
NAMES = [getattr(f, "__name__", str(f)) for f in ACTIVATIONS]


@pytest.mark.parametrize("function", ACTIVATIONS, ids=NAMES)
@pytest.mark.parametrize("size", [1, 1e-9, 1e4])
def test_a_function_of_each_entry_hands_on_what_exceeds_its_value_at_zero(
    x, function, size
):
    if size > 1 and function in (
        torch.exp,
        torch.exp2,
        torch.expm1,
        torch.sinh,
        torch.cosh,
    ):
        pytest.skip("not finite")
    x = x * size
    x[..., ::2] = 0
    found = check(function, x)
    given = rand(CHANNELS, TIMES, seed=9)
    with torch.no_grad():
        at_zero = function(torch.zeros_like(x))
        # Of tiny inputs, f(x) - f(0) has few digits.
        precision = 1e-7 * size if size < 1 else 1e-9 * size
        expected = given * (function(x) - at_zero)
        torch.testing.assert_close(
            found.relevance, expected, rtol=1e-6, atol=precision
        )
    total = found.relevance.sum((1, 2)) + booked(found, "activation")
    close(total, found.output)


@pytest.mark.parametrize("function", ACTIVATIONS, ids=NAMES)
def test_at_zero_the_coefficient_is_the_derivative(x, function):
    start = x[:1].abs() + 0.5
    found = explain(lambda v: function(v - start), start, score)
    leaf = torch.zeros_like(start).requires_grad_()
    (slope,) = torch.autograd.grad(score(function(leaf)).sum(), leaf)
    # At a corner that tensors make, any value between the two derivatives would do.
    if (
        not isinstance(function, nn.PReLU)
        and getattr(function, "__name__", "") != "<lambda>"
    ):
        close(found.relevance, start * slope)
    assert found.relevance.isfinite().all()
    assert closure_error(found) < 1e-10


def test_where_a_function_returns_to_its_value_at_zero(x):
    start = torch.full_like(x, 2 * math.pi)
    for offset in (0, 1e-12, 1e-9):
        found = check(torch.cos, start + offset)
        assert found.relevance.abs().max() < 1e-6
        close(found.ledger["activation"], found.output)


ROOTS = {"sqrt": torch.sqrt, "log1p": torch.log1p}


@pytest.mark.parametrize("name", ROOTS)
def test_roots_of_nothing_and_of_next_to_nothing(x, name):
    x = x.abs() * 1e-300
    x[..., ::2] = 0
    found = check(ROOTS[name], x)
    close(found.relevance, rand(CHANNELS, TIMES, seed=9) * ROOTS[name](x))


def test_a_logarithm_runs_through_the_origin(x):
    found = check(torch.log, x.abs())
    close(found.relevance, rand(CHANNELS, TIMES, seed=9) * x.abs().log())


def test_a_limit_that_depends_on_the_signal_is_refused(x):
    with pytest.raises(InputError, match="clamp"):
        explain(lambda v: v.clamp(max=v.mean()), x, score)


def magnitude(v, function):
    size = v.abs()
    return function(size, size)


TWICE = {
    "sum": (lambda v: v + v, lambda v: 2 * v),
    "product": (lambda v: v * v, torch.square),
    "einsum": (lambda v: torch.einsum("nct,nct->nct", v, v), torch.square),
    "join": (lambda v: torch.cat([v, v], -1), lambda v: v.repeat(1, 1, 2)),
    "choice": (lambda v: torch.where(v > 0, v, v), lambda v: v * 1),
    "power": (lambda v: magnitude(v, torch.pow), lambda v: v.abs() ** v.abs()),
    "similarity": (
        lambda v: F.cosine_similarity(v, v, dim=-1),
        lambda v: F.cosine_similarity(v, v * 1, dim=-1),
    ),
    "distances": (
        lambda v: torch.cdist(v, v)[:, 0, 1:],
        lambda v: torch.cdist(v, v * 1)[:, 0, 1:],
    ),
    "larger": (lambda v: torch.maximum(v, v), lambda v: v * 1),
}


@pytest.mark.parametrize("name", TWICE)
def test_a_tensor_given_twice(x, name):
    twice, once = TWICE[name]
    close(check(twice, x).relevance, check(once, x).relevance)
