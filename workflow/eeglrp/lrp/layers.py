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
        place = type(model).__name__
        problem, remedy = "the model has no list of blocks", "name the modules"
        raise InputError(place, "layers", problem, remedy)
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
        if isinstance(value, tuple) and value:
            value = value[0]
        is_tensor = isinstance(value, torch.Tensor)
        if name in names and is_tensor and depends(value):
            with undisturbed():
                # A copy, since the model may go on in place.
                kept = value.detach().clone()
                captured[name] = torch.zeros_like(kept)

                def capture(coefficient):
                    captured[name] = kept * coefficient

                value.register_hook(capture)
            on_watch(name)

    def watch_inputs(name, inputs):
        watch(f"{name}.input", inputs)

    return watch_inputs, watch


def in_order(model, names, captured):
    """Captured relevance in the order asked for, or None if nothing was.

    Raises
    ------
    InputError
        If a name is no module whose output depends on the signal.
    """
    missing = [name for name in names if name not in captured]
    if missing:
        place, field = type(model).__name__, ", ".join(missing)
        problem = (
            "no module of this name returns values that depend on the signal"
        )
        remedy = "choose names of model.named_modules(), or add .input or .heads to one"
        raise InputError(place, field, problem, remedy)
    return {name: captured[name] for name in names} or None
