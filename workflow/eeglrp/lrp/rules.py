"""The rules, each a function of the intercepted operation.

Relevance is R = x * c with c a modified gradient (Arras et al. 2025, arXiv:2502.15886): a rule
computes the operation's own result and decides what its backward pass does to c. What a rule does
not pass on to its inputs it books to a source, so that nothing vanishes.

Signature of a rule: `rule(run, function, *args, **kwargs)`, with `run` the
`eeglrp.lrp.mode.Propagation`; parameter names are torch's own, since models pass keywords.
"""

import torch

from eeglrp.lrp.operations import OPERATIONS, operation_name
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
    parts = constant_parts(run, function, args, kwargs)
    output = function(*args, **kwargs)
    for source, value in parts:
        run.absorb(output, source, value)
    return output


def constant_parts(run, function, args, kwargs):
    """What each source adds: the operation with all other operands at zero."""
    tensors = flat_tensors(args, kwargs)
    floats = [tensor for tensor in tensors if is_continuous(tensor)]
    by_source = {}
    for tensor in floats:
        if not run.depends(tensor):
            by_source.setdefault(run.source(tensor), []).append(tensor)
    has_integers = len(tensors) > len(floats)
    if not by_source and _adds_numbers(function, args, kwargs, has_integers):
        by_source["constant"] = []
    parts = []
    for source, kept in by_source.items():
        kept_ids = {id(tensor) for tensor in kept}
        zeros = {
            id(tensor): torch.zeros_like(tensor)
            for tensor in floats
            if id(tensor) not in kept_ids
        }
        new_args, new_kwargs = replace_tensors(args, kwargs, zeros)
        with torch.no_grad():
            value = function(*new_args, **new_kwargs)
        # An attention mask adds -inf.
        parts.append((source, _finite(value)))
    return parts


def is_continuous(tensor):
    """Whether a tensor holds real or complex numbers, not integers or truth values."""
    return tensor.is_floating_point() or tensor.is_complex()


def _adds_numbers(function, args, kwargs, has_integers):
    """Whether an operation may add plain numbers or integer tensors."""
    if OPERATIONS[operation_name(function)] != "addition":
        return False
    if has_integers:
        return True
    values = (*args, *kwargs.values())
    return any(isinstance(value, float | int) and value for value in values)


def uniform(run, function, *args, **kwargs):
    """Give the factors of a product that depend on the signal equal shares."""
    factors = [
        tensor for tensor in flat_tensors(args, kwargs) if run.depends(tensor)
    ]
    return product_of(function, args, kwargs, factors, len(factors))


def product_of(function, args, kwargs, factors, n_shares):
    """A product in which each of `factors` receives one of `n_shares` equal shares."""
    if n_shares < 2:
        return function(*args, **kwargs)
    views = {id(tensor): tensor.view_as(tensor) for tensor in factors}
    args, kwargs = replace_tensors(args, kwargs, views)
    output = function(*args, **kwargs)
    # Scale c where it is small: at the factors of Q K^T, at the product A V.
    if output.numel() <= sum(tensor.numel() for tensor in factors):
        return _passing_on(output, 1 / n_shares)
    for tensor in views.values():
        tensor.register_hook(lambda coefficient: coefficient / n_shares)
    return output


def _passing_on(output, share):
    """The same values; of c, a share is passed on to what made them."""
    output.register_hook(lambda c: None if c is None else c * share)
    # A view, whose own hooks see all of c.
    return output.view_as(output)


def biased_product(
    run, function, input, first, second, *, beta=1, alpha=1, value=1
):
    """Product plus a tensor, as the sum and the product that it is."""
    multiply = torch.matmul
    if operation_name(function) == "addcmul":
        multiply, alpha = torch.mul, value
    product = run.again(multiply, first, second)
    if beta == 0:
        # Torch then looks at nothing of the input, which may be unset memory.
        return run.again(torch.mul, product, alpha)
    summand = run.again(torch.mul, input, beta)
    return run.again(torch.add, summand, product, alpha=alpha)


def constant_denominator(run, function, input, other, *, rounding_mode=None):
    """Hold the denominator constant, as the norms hold their scale."""
    if rounding_mode is not None:
        run.refuse("division with rounding")
    turned = operation_name(function).startswith("__r")
    numerator, denominator = (other, input) if turned else (input, other)
    if isinstance(denominator, torch.Tensor):
        denominator = denominator.detach()
    output = numerator / denominator
    if output.requires_grad:
        return output
    return run.label(output, "denominator")


def constant_scale(run, function, *args, **kwargs):
    """Hold 1 / x or 1 / sqrt(x) constant, as the norms hold their scale."""
    with torch.no_grad():
        scale = function(*args, **kwargs)
        return run.label(scale, "denominator")


def first_order(run, function, *args, **kwargs):
    """Expand any differentiable function to first order, as AttnLRP expands the softmax.

    Inputs receive x * gradient; the rest of the relevance is the source `curvature`.
    """
    return _expanded(run, "curvature", function, args, kwargs)


def plain_gradient(run, function, *args, **kwargs):
    """The same, of an operation that has no rule; the rest is the source `missing`."""
    return _expanded(run, "missing", function, args, kwargs)


def _expanded(run, source, function, args, kwargs):
    tensors = flat_tensors(args, kwargs)
    inputs = {id(tensor): tensor for tensor in tensors if run.depends(tensor)}
    views = {name: tensor.view_as(tensor) for name, tensor in inputs.items()}
    args, kwargs = replace_tensors(args, kwargs, views)
    output = function(*args, **kwargs)
    for tensor in flat_tensors((output,), {}):
        if tensor.requires_grad:
            run.absorb(tensor, source, _finite(tensor))
    for name, tensor in inputs.items():
        run.absorb(views[name], source, -_finite(tensor))
    return output


def _finite(tensor):
    """Values with infinities made finite: those of a mask, where c is 0."""
    tensor = tensor.detach()
    if tensor.is_complex():
        return tensor
    limits = torch.finfo(tensor.dtype)
    return tensor.clamp(limits.min, limits.max)


def homogeneous(run, function, *args, **kwargs):
    """Spread (variance, norm) of degree k in its input: all relevance goes to the input.

    By Euler's theorem that is the gradient / k. For the variance it is the product rule applied to
    (x - mean) (x - mean), for the standard deviation the identity rule of the root on top.
    """
    name = operation_name(function)
    orders = (kwargs.get("p"), kwargs.get("ord"), *args[1:2])
    if "norm" in name and 0 in orders:
        run.refuse("the number of entries that are not zero")
    output = function(*args, **kwargs)
    degrees = _DEGREES.get(name, (1, 1))
    if isinstance(output, tuple):
        return tuple(
            _passing_on(spread, 1 / degree)
            for spread, degree in zip(output, degrees, strict=True)
        )
    if degrees[0] == 1:
        return output
    return _passing_on(output, 1 / degrees[0])


#: Degrees of the results of operations that are not all of degree 1.
_DEGREES = {"var": (2,), "var_mean": (2, 1), "cov": (2,)}
