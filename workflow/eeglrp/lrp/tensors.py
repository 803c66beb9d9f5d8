"""Tensors among the arguments of a torch function."""

import inspect
from functools import cache
from types import FunctionType

from torch import Tensor, nn


def flat_tensors(args, kwargs):
    """Tensors among arguments, those inside lists and tuples (two levels) too."""
    tensors = []
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor):
            tensors.append(value)
        elif isinstance(value, (tuple, list)):
            for item in value:
                if isinstance(item, Tensor):
                    tensors.append(item)
                elif isinstance(item, (tuple, list)):
                    tensors += [
                        inner for inner in item if isinstance(inner, Tensor)
                    ]
    return tensors


def replace_tensors(args, kwargs, new):
    """Arguments with each tensor replaced that `new` (id -> tensor) knows."""
    new_args = tuple(_replaced(value, new) for value in args)
    new_kwargs = {}
    for name, value in kwargs.items():
        new_kwargs[name] = _replaced(value, new)
    return new_args, new_kwargs


def _replaced(value, new):
    if isinstance(value, Tensor):
        return new.get(id(value), value)
    if type(value) in (tuple, list):
        return type(value)(_replaced(item, new) for item in value)
    return value


def flag_off(function, args, kwargs):
    """Arguments with `inplace` (of `torch.nn.functional.relu` and others) off, and its value."""
    if "inplace" in kwargs:
        flagged = kwargs["inplace"]
        return args, {**kwargs, "inplace": False}, flagged
    place = flag_place(function)
    if len(args) <= place:
        return args, kwargs, False
    flagged = args[place]
    args = (*args[:place], False, *args[place + 1 :])
    return args, kwargs, flagged


@cache
def flag_place(function):
    """Position of the parameter `inplace`, if a function has one."""
    if not isinstance(function, FunctionType):
        return None
    try:
        names = list(inspect.signature(function).parameters)
    except ValueError:
        # A wrapper of a function in C.
        return None
    if "inplace" not in names:
        return None
    return names.index("inplace")


def with_items(tensor, index, value):
    """`tensor` with `tensor[index] = value`, as a new tensor."""
    tensor = tensor.clone()
    tensor[index] = value
    return tensor


def with_values(tensor, values, non_blocking=False):
    """`values` in the shape and precision of `tensor`."""
    values = values.to(tensor.device, tensor.dtype)
    return values.expand_as(tensor)


def like_parameters(signal, model):
    """The signal in the precision and on the device of the model's parameters."""
    signal = signal.detach()
    if not isinstance(model, nn.Module):
        return signal
    for parameter in model.parameters():
        if parameter.is_floating_point():
            return signal.to(parameter.device, parameter.dtype)
    return signal
