"""The network that a rule set takes the gradient of: the model with some values held constant.

Rules such as those of AttnLRP are the gradient of the model in which scales of norms, slopes of
activations, denominators and so on are constants (Arras et al. 2025, arXiv:2502.15886). Here that
network is written out, with no backward pass: run once it remembers what it holds constant, run
again on another signal it computes with that. Differences of its outputs then tell whether the
engine's coefficients are right.
"""

from collections import Counter
from fnmatch import fnmatchcase
from functools import partial

import torch

from eeglrp.lrp import attention, recurrent, rules
from eeglrp.lrp.composites import FIRST, cases, rule_name, rule_table
from eeglrp.lrp.first_layer import enters
from eeglrp.lrp.mode import Propagation
from eeglrp.lrp.operations import operation_name
from eeglrp.lrp.rulebook import make_rules
from eeglrp.lrp.tensors import flat_tensors, replace_tensors


class FrozenRun(Propagation):
    """A forward pass that remembers values, or computes with those of an earlier one.

    Parameters
    ----------
    model, rule_set, n_samples, on_missing
        As `eeglrp.lrp.explain.explain` has them.
    memory : list, optional
        What an earlier run remembered, in its `memory`.

    Attributes
    ----------
    memory : list of Tensor
    counts : Counter
        (operation, kind, rule) -> calls.
    untested : set of str
        Rules that are not the gradient of such a network.
    held : Counter
        Module -> values that it detaches.
    """

    def __init__(
        self, model, rule_set, n_samples, on_missing="error", memory=None
    ):
        table, real = rule_table(rule_set), make_rules(rule_set)
        frozen = {
            kind: _frozen(kind, entry, real[kind])
            for kind, entry in table.items()
        }
        super().__init__(
            model, frozen, n_samples, booking=False, on_missing=on_missing
        )
        self.counts, self.untested, self.held = Counter(), set(), Counter()
        self._recalled = None if memory is None else iter(memory)
        self.memory, self._deriving = [], False

    def recall(self, *tensors):
        """Values that these tensors have in the first run."""
        if self._recalled is not None:
            return [next(self._recalled) for _ in tensors]
        kept = [tensor.detach().clone() for tensor in tensors]
        self.memory += kept
        return kept

    def constant(self, output):
        """What an operation yields in the first run, as a constant."""
        (kept,) = self.recall(output)
        return super().label(kept, "detached")

    def label(self, output, source):
        """Also hold constant what the model detaches."""
        is_tensor = isinstance(output, torch.Tensor)
        if source == "detached" and is_tensor and not self._deriving:
            self.held[self._where()] += 1
            (output,) = self.recall(output)
        return super().label(output, source)

    def _constant(self, *arguments):
        # What follows from constants is one.
        self._deriving = True
        try:
            return super()._constant(*arguments)
        finally:
            self._deriving = False


def _frozen(kind, entry, real_rule):
    """Rule of a kind of operation in the frozen network."""
    by_pattern = cases(entry)

    def rule(run, function, *args, **kwargs):
        name = _chosen(run, by_pattern, args, kwargs)
        operation = operation_name(function)
        run.counts[operation, kind, name] += 1
        frozen = _RULES.get((kind, name))
        if frozen is None:
            run.untested.add(f"{name} of {kind}")
            return real_rule(run, function, *args, **kwargs)
        return frozen(run, function, *args, **kwargs)

    return rule


def _chosen(run, by_pattern, args, kwargs):
    """Name of the rule for the running module."""
    if len(by_pattern) == 1:
        return rule_name(by_pattern["*"])
    input = args[0] if args else kwargs["input"]
    if FIRST in by_pattern and run.depends(input) and enters(input):
        return rule_name(by_pattern[FIRST])
    module = run.modules[-1] if run.modules else ""
    fitting = (
        rule_name(case)
        for pattern, case in by_pattern.items()
        if pattern != FIRST and fnmatchcase(module, pattern)
    )
    return next(fitting)


def _plain(run, function, *args, **kwargs):
    return function(*args, **kwargs)


def _constant(run, function, *args, **kwargs):
    return run.constant(function(*args, **kwargs))


def _product(run, function, *args, **kwargs):
    """y0 + sum_i (f(x_i, others at 0) - y0) / n over the n factors that are not constant."""
    tensors = flat_tensors(args, kwargs)
    factors = [tensor for tensor in tensors if run.depends(tensor)]
    if len(factors) < 2:
        return function(*args, **kwargs)
    before = run.recall(*factors)
    known = {id(t): t0 for t, t0 in zip(factors, before, strict=True)}
    old_args, old_kwargs = replace_tensors(args, kwargs, known)
    start = function(*old_args, **old_kwargs)
    output = start
    # A tensor that is several factors moves in all of them at once.
    for moving in known:
        others = {key: known[key] for key in known if key != moving}
        new_args, new_kwargs = replace_tensors(args, kwargs, others)
        moved = function(*new_args, **new_kwargs)
        output = output + (moved - start) / len(factors)
    return output


def _weighted(run, function, input, weight, bias=None, *args, **kwargs):
    if not run.depends(weight):
        return function(input, weight, bias, *args, **kwargs)
    output = _product(run, function, input, weight, None, *args, **kwargs)
    return output if bias is None else run.again(torch.add, output, bias)


def _division(run, function, input, other, **options):
    turned = operation_name(function).startswith("__r")
    numerator, denominator = (other, input) if turned else (input, other)
    if isinstance(denominator, torch.Tensor) and run.depends(denominator):
        (denominator,) = run.recall(denominator)
    output = numerator / denominator
    return output if output.requires_grad else run.constant(output)


def _activation(run, function, input, *args, **kwargs):
    """The line through (0, f(0)) and (x0, f(x0))."""
    if input.is_complex():
        return function(input, *args, **kwargs)
    (x,) = run.recall(input)
    y = function(x, *args, **kwargs)
    zero = torch.zeros_like(x).requires_grad_()
    at_zero = function(zero, *args, **kwargs)
    (derivative,) = torch.autograd.grad(at_zero.sum(), zero)
    offset = at_zero.detach().nan_to_num(0, 0, 0)
    derivative = derivative.nan_to_num(0, 0, 0)
    slope = torch.where(x == 0, derivative, (y - offset) / x)
    return y + slope * (input - x)


def _power(run, function, input, exponent):
    is_number = isinstance(exponent, (int, float))
    if not is_number or operation_name(function) == "__rpow__":
        return function(input, exponent)
    rule = _constant if exponent < 0 else _activation
    return rule(run, torch.pow, input, exponent)


def _spread(run, function, *args, **kwargs):
    """y0 + (f(x) - y0) / k for a function of degree k."""
    output = function(*args, **kwargs)
    name = operation_name(function)
    if name == "var_mean":
        (start,) = run.recall(output[0])
        return start + (output[0] - start) / 2, output[1]
    if name in ("var", "cov"):
        (start,) = run.recall(output)
        return start + (output - start) / 2
    return output


def _layer_norm(
    run,
    function,
    input,
    normalized_shape,
    weight=None,
    bias=None,
    eps=1e-5,
    cudnn_enable=True,
):
    axes = tuple(range(-len(normalized_shape), 0))
    return _normalised(run, input, input.shape, axes, weight, bias, eps)


def _group_norm(
    run,
    function,
    input,
    num_groups,
    weight=None,
    bias=None,
    eps=1e-5,
    cudnn_enabled=True,
):
    grouped = (len(input), num_groups, -1)
    shape = (-1, *(1 for _ in input.shape[2:]))
    weight, bias = (
        value if value is None else value.view(shape)
        for value in (weight, bias)
    )
    return _normalised(run, input, grouped, (-1,), weight, bias, eps)


def _normalised(run, input, shape, axes, weight, bias, eps):
    """(x - mean(x)) / sd(x0) w + b."""
    (x,) = run.recall(input)
    variance = x.reshape(shape).var(axes, correction=0, keepdim=True)
    groups = input.reshape(shape)
    centred = groups - groups.mean(axes, keepdim=True)
    output = (centred / (variance + eps).sqrt()).reshape(input.shape)
    output = output if weight is None else output * weight
    return output if bias is None else output + bias


def _instance_norm(run, function, input, *args, **kwargs):
    names = ("running_mean", "running_var", "weight", "bias")
    names = (*names, "use_input_stats", "momentum", "eps")
    values = {**dict(zip(names, args, strict=False)), **kwargs}
    if not values.get("use_input_stats", True):
        return function(input, **values)
    own = {key: values.get(key) for key in ("weight", "bias")}
    n_channels = input.shape[1]
    return _group_norm(
        run, function, input, n_channels, **own, eps=values.get("eps", 1e-5)
    )


def _rms_norm(run, function, input, normalized_shape, weight=None, eps=None):
    eps = torch.finfo(input.dtype).eps if eps is None else eps
    axes = tuple(range(-len(normalized_shape), 0))
    (x,) = run.recall(input)
    scale = 1 / (x.square().mean(axes, keepdim=True) + eps).sqrt()
    return input * scale if weight is None else input * scale * weight


def _unit_norm(run, function, input, p=2.0, dim=1, eps=1e-12, out=None):
    (x,) = run.recall(input)
    return input / x.norm(p, dim, keepdim=True).clamp_min(eps)


#: (kind, rule) -> that rule in the frozen network.
_RULES = {
    ("linear_map", "gradient"): _plain,
    ("selection", "winner"): _plain,
    ("addition", "proportional"): _plain,
    ("addition", "position_aware"): _plain,
    ("join", "proportional"): _plain,
    ("join", "position_aware"): _plain,
    ("linear", "gradient"): _weighted,
    ("linear", "constant"): _constant,
    ("convolution", "gradient"): _weighted,
    ("convolution", "constant"): _constant,
    ("batch_norm", "running_statistics"): _plain,
    ("layer_norm", "constant_scale"): _layer_norm,
    ("group_norm", "constant_scale"): _group_norm,
    ("instance_norm", "constant_scale"): _instance_norm,
    ("rms_norm", "constant_scale"): _rms_norm,
    ("unit_norm", "constant_scale"): _unit_norm,
    ("activation", "identity"): _activation,
    ("power", "identity"): _power,
    ("scale", "constant"): _constant,
    ("spread", "homogeneous"): _spread,
    ("softmax", "taylor"): _plain,
    ("softmax", "constant"): _constant,
    ("curve", "taylor"): _plain,
    ("product", "uniform"): _product,
    ("division", "constant_denominator"): _division,
    ("attention", "written_out"): attention.scaled_dot_product,
    ("multi_head_attention", "written_out"): attention.multi_head,
    ("gated_unit", "written_out"): attention.gated,
    ("recurrent", "written_out"): recurrent.unrolled,
    ("recurrent_cell", "written_out"): recurrent.cell,
    ("recurrent", "signal_take_all"): partial(
        recurrent.unrolled, take_all=True
    ),
    ("recurrent_cell", "signal_take_all"): partial(
        recurrent.cell, take_all=True
    ),
    ("biased_product", "written_out"): rules.biased_product,
}
