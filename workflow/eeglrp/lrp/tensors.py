"""Tensors among the arguments of a torch function."""

import inspect
from functools import cache
from types import FunctionType

from torch import Tensor, nn


def flat_tensors(args, kwargs):
    """Tensors among arguments, those inside lists and tuples (two levels) too."""
    found = []
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (tuple, list)):
            for item in value:
                if isinstance(item, Tensor):
                    found.append(item)
                elif isinstance(item, (tuple, list)):
                    found += [
                        each for each in item if isinstance(each, Tensor)
                    ]
    return found


def replace_tensors(args, kwargs, new):
    """Arguments with each tensor replaced that `new` (id -> tensor) knows."""
    args = tuple(_replaced(value, new) for value in args)
    return args, {
        name: _replaced(value, new) for name, value in kwargs.items()
    }


def _replaced(value, new):
    if isinstance(value, Tensor):
        return new.get(id(value), value)
    if type(value) in (tuple, list):
        return type(value)(_replaced(item, new) for item in value)
    return value


def flag_off(function, args, kwargs):
    """Arguments with `inplace` (of `torch.nn.functional.relu` and others) off, and its value."""
    if "inplace" in kwargs:
        return args, {**kwargs, "inplace": False}, kwargs["inplace"]
    place = flag_place(function)
    if len(args) <= place:
        return args, kwargs, False
    return (*args[:place], False, *args[place + 1 :]), kwargs, args[place]


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
    return names.index("inplace") if "inplace" in names else None


def with_items(tensor, index, value):
    """`tensor` with `tensor[index] = value`, as a new tensor."""
    tensor = tensor.clone()
    tensor[index] = value
    return tensor


def with_values(tensor, values, non_blocking=False):
    """`values` in the shape and precision of `tensor`."""
    return values.to(tensor.device, tensor.dtype).expand_as(tensor)


def like_parameters(signal, model):
    """The signal in the precision and on the device of the model's parameters."""
    parameters = model.parameters() if isinstance(model, nn.Module) else ()
    first = next((p for p in parameters if p.is_floating_point()), signal)
    return signal.detach().to(first.device, first.dtype)
