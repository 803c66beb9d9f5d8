"""Relevance inside a model: what its modules return, from the same backward pass."""

import torch

from eeglrp.errors import InputError
from eeglrp.lrp.modules import block_names
from eeglrp.lrp.nesting import undisturbed


def layer_names(model, layers):
    """Names of the layers that are asked for; True means what enters the blocks, and each block.

    Raises
    ------
    InputError
        If the model has no list of blocks.
    """
    if layers is not True:
        return list(layers or [])
    names = block_names(model)
    if not names:
        problem = "the model has no list of blocks"
        raise InputError(
            type(model).__name__, "layers", problem, "name the modules"
        )
    return [f"{names[0]}.input", *names]


def watchers(names, depends, captured, on_watch=lambda name: None):
    """Functions that are told of modules' inputs and outputs, and hook those of `names`.

    Parameters
    ----------
    names : list of str
    depends : callable
        Whether a tensor depends on the signal.
    captured : dict
        Gets name -> relevance during the backward pass; the last call counts if a module is called
        more than once.
    on_watch : callable
        Called with each name that is hooked.
    """

    def watch(name, value):
        value = value[0] if isinstance(value, tuple) and value else value
        if (
            name in names
            and isinstance(value, torch.Tensor)
            and depends(value)
        ):
            with undisturbed():
                # A copy, since the model may go on in place.
                kept = value.detach().clone()
                captured[name] = torch.zeros_like(kept)
                value.register_hook(
                    lambda c: captured.__setitem__(name, kept * c)
                )
            on_watch(name)

    return lambda name, inputs: watch(f"{name}.input", inputs), watch


def in_order(model, names, captured):
    """Captured relevance in the order asked for, or None if nothing was.

    Raises
    ------
    InputError
        If a name is no module whose output depends on the signal.
    """
    missing = [name for name in names if name not in captured]
    if missing:
        problem = (
            "no module of this name returns values that depend on the signal"
        )
        remedy = "choose names of model.named_modules(), or add .input or .heads to one"
        raise InputError(
            type(model).__name__, ", ".join(missing), problem, remedy
        )
    return {name: captured[name] for name in names} or None
