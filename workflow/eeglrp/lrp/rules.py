"""The rules, each a function of the intercepted operation.

Relevance is R = x * c with c a modified gradient (Arras et al. 2025, arXiv:2502.15886): a rule
computes the operation's own result and decides what its backward pass does to c. What a rule does
not pass on to its inputs it books to a source, so that nothing vanishes.

Signature of a rule: `rule(run, function, *args, **kwargs)`, with `run` the
`eeglrp.lrp.mode.Propagation`; parameter names are torch's own, since models pass keywords.
"""

import torch

from eeglrp.lrp.operations import OPERATIONS, operation_name
from eeglrp.lrp.sources import per_sample_dot
from eeglrp.lrp.tensors import flat_tensors, replace_tensors


def gradient(run, function, *args, **kwargs):
    """Pass the plain gradient, exact for linear maps without constants."""
    output = function(*args, **kwargs)
    if hasattr(output, "__next__"):
        # The iterator of Tensor.__iter__, whose tensors must be seen.
        return iter([run.mark(tensor) for tensor in output])
    if isinstance(output, torch.Tensor) and not output.requires_grad:
        # A constant in the shape or type of the signal.
        return run.label(output, run.source(*flat_tensors(args, kwargs)))
    return output


def winner(run, function, *args, **kwargs):
    """Give all relevance to the entry that was selected."""
    for tensor in flat_tensors(args, kwargs):
        if tensor.is_floating_point() and not run.depends(tensor):
            run.refuse(f"{operation_name(function)} with a constant operand")
    return function(*args, **kwargs)


def proportional(run, function, *args, **kwargs):
    """Give each summand its share, and constants theirs to the sources they come from."""
    parts = _constant_parts(run, function, args, kwargs)
    output = function(*args, **kwargs)
    for source, value in parts:
        run.absorb(output, source, value)
    return output


def _constant_parts(run, function, args, kwargs):
    """What each source adds: the operation with all other operands at zero."""
    tensors = flat_tensors(args, kwargs)
    floats = [tensor for tensor in tensors if tensor.is_floating_point()]
    by_source = {}
    for tensor in floats:
        if not run.depends(tensor):
            by_source.setdefault(run.source(tensor), []).append(tensor)
    if not by_source and _adds_numbers(function, args, kwargs, len(tensors) > len(floats)):
        by_source["constant"] = []
    parts = []
    for source, kept in by_source.items():
        zeros = {id(t): torch.zeros_like(t) for t in floats if not any(t is k for k in kept)}
        new_args, new_kwargs = replace_tensors(args, kwargs, zeros)
        with torch.no_grad():
            value = function(*new_args, **new_kwargs)
        # An attention mask adds -inf, where c is 0.
        limits = torch.finfo(value.dtype)
        parts.append((source, value.clamp(limits.min, limits.max)))
    return parts


def _adds_numbers(function, args, kwargs, has_integers):
    """Whether an operation may add plain numbers or integer tensors."""
    if OPERATIONS[operation_name(function)] != "addition":
        return False
    values = (*args, *kwargs.values())
    return has_integers or any(isinstance(value, float | int) and value for value in values)


def weighted(axis, source, epsilon=0.0):
    """Make the rule of linear maps with weight and bias, the epsilon rule of Bach et al. (2015).

    R_i = sum_j w_ji x_i / (z_j + epsilon sign z_j) R_j; the plain gradient for epsilon = 0. The
    bias along `axis` of the output keeps its share as `source`; what epsilon damps is a source too.
    """

    def rule(run, function, input, weight, bias=None, *args, **kwargs):
        if run.depends(weight):
            output = uniform(run, function, input, weight, None, *args, **kwargs)
            return output if bias is None else run.again(torch.add, run.mark(output), bias)
        output = function(input, weight, bias, *args, **kwargs)
        if epsilon:
            _damp(run, output, epsilon)
        if bias is not None and run.depends(bias):
            run.refuse(f"{operation_name(function)} with a bias that depends on the signal")
        if bias is not None:
            run.absorb_vector(output, source, bias, axis)
        return output

    return rule


def _damp(run, output, epsilon):
    """Multiply c by z / (z + epsilon sign z), and book the difference."""
    held = [output.detach()]

    def damp(coefficient):
        value = held.pop()
        lost = coefficient * (epsilon / (value.abs() + epsilon))
        run.add("epsilon", per_sample_dot(lost, value, run.n_samples))
        return coefficient - lost

    output.register_hook(damp)


def uniform(run, function, *args, **kwargs):
    """Give the factors of a product that depend on the signal equal shares."""
    factors = [tensor for tensor in flat_tensors(args, kwargs) if run.depends(tensor)]
    if len(factors) < 2:
        return function(*args, **kwargs)
    share = 1 / len(factors)
    views = {id(tensor): tensor.view_as(tensor) for tensor in factors}
    args, kwargs = replace_tensors(args, kwargs, views)
    output = function(*args, **kwargs)
    # Scale c where it is small: at the factors of Q K^T, at the product A V.
    small = output.numel() <= sum(tensor.numel() for tensor in factors)
    for tensor in [output] if small else views.values():
        tensor.register_hook(lambda coefficient: coefficient * share)
    return output


def biased_product(run, function, input, first, second, *, beta=1, alpha=1):
    """Matrix product plus a matrix, as the sum and the product that it is."""
    product = run.again(torch.matmul, first, second)
    return run.again(torch.add, run.again(torch.mul, input, beta), product, alpha=alpha)


def constant_denominator(run, function, input, other, *, rounding_mode=None):
    """Hold the denominator constant, as the norms hold their scale."""
    if rounding_mode is not None:
        run.refuse("division with rounding")
    turned = operation_name(function).startswith("__r")
    numerator, denominator = (other, input) if turned else (input, other)
    if isinstance(denominator, torch.Tensor):
        denominator = denominator.detach()
    output = numerator / denominator
    return output if output.requires_grad else run.label(output, "denominator")
