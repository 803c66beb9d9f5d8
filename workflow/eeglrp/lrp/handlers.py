"""From a torch function to the rule that it gets, whether it works in place or not."""

import torch
from torch.overrides import resolve_name

from eeglrp.lrp.operations import (
    OPERATIONS,
    in_place,
    is_random,
    may_be_random,
    operation_name,
)
from eeglrp.lrp.rules import plain_gradient
from eeglrp.lrp.tensors import (
    flag_off,
    flag_place,
    flat_tensors,
    with_items,
    with_values,
)


def handler_of(function, rules):
    """What happens to a torch function on values that depend on the signal.

    Parameters
    ----------
    function : callable
    rules : dict
        Kind of operation -> rule.

    Returns
    -------
    callable
        `handler(run, *args, **kwargs)`, which returns what the function would.
    """
    name = operation_name(function)
    base = with_values if name == "copy_" else _out_of_place(in_place(name))
    kind = None
    if _is_torch(function):
        kind = OPERATIONS.get(base.__name__ if base else name)
    rule = rules[kind] if kind else _unknown
    if base or name == "__setitem__":
        handler = _in_place(rule, base or with_items, kind == "addition")
    elif kind and flag_place(function) is not None:
        handler = _perhaps_in_place(rule, function)
    else:
        handler = _by_rule(rule, function)
    if may_be_random(function):
        return _drawing(handler, function)
    return handler


def _by_rule(rule, function):
    def handler(run, *args, **kwargs):
        return rule(run, function, *args, **kwargs)

    return handler


def _drawing(handler, function):
    """Handler that notes whether random numbers are drawn."""

    def noting(run, *args, **kwargs):
        if not run.random:
            run.random = is_random(function, args, kwargs)
        return handler(run, *args, **kwargs)

    return noting


def _perhaps_in_place(rule, function):
    """Handler of functions that have a parameter `inplace`."""

    def handler(run, *args, **kwargs):
        args, kwargs, flagged = flag_off(function, args, kwargs)
        output = rule(run, function, *args, **kwargs)
        if flagged:
            return args[0].copy_(output)
        return output

    return handler


def _in_place(rule, function, of_sums):
    """Handler that computes out of place, then copies.

    A hook on the result of an operation in place on a view might never be called: gradients then
    run through the tensor that is viewed. All but sums may need the old values in the backward
    pass.
    """

    def handler(run, target, *args, **kwargs):
        if target in run.belongings:
            name = operation_name(function)
            run.refuse(f"{name} in place on a buffer of the model")
        rest = run.rest_of_base(target)
        old = target if of_sums else run.mark(target.clone())
        values = rule(run, function, old, *args, **kwargs)
        if values.shape != target.shape:
            # A view of the same values, such as `squeeze_`: relevance passes as it is.
            return _turned_in_place(function)(target, *args, **kwargs)
        target.copy_(values)
        run.turned(target)
        if rest is not None:
            run.absorb(target._base, *rest)
        return target

    return handler


def _turned_in_place(function):
    """The method that changes a tensor's own shape as `function` changes that of a view."""
    return getattr(torch.Tensor, f"{operation_name(function)}_")


def _out_of_place(name):
    """The function that does not work in place, or None."""
    if not name:
        return None
    for room in (torch.Tensor, torch.nn.functional):
        if hasattr(room, name):
            return getattr(room, name)
    return None


def _unknown(run, function, *args, **kwargs):
    """What has no rule: harmless if no gradient flows (shapes, comparisons), or refused.

    Numbers that such a query takes from the signal act as constants.
    """
    apply = plain_gradient if run.on_missing == "gradient" else _as_it_is
    output = apply(run, function, *args, **kwargs)
    tensors = flat_tensors((output,), {})
    if any(tensor.requires_grad for tensor in tensors):
        run.miss(resolve_name(function) or function.__name__)
        return output
    if tensors:
        return run.label(output, "detached")
    return output


def _as_it_is(run, function, *args, **kwargs):
    return function(*args, **kwargs)


def _is_torch(function):
    """Whether a function is torch's own: methods in C have no module, others name it."""
    module = getattr(function, "__module__", None) or "torch"
    package, *_ = module.split(".")
    return package == "torch"
