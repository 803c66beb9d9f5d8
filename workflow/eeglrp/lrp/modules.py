"""Which module is running, and what modules take and return: seen without a hook on the model.

Torch's process-wide module hooks call back for every module of every thread; only the modules of
one model under one explanation are followed, and the hooks are removed at the end.
"""

from contextlib import contextmanager, nullcontext

import torch
from torch.nn import Module, ModuleList
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)

from eeglrp.lrp.nesting import innermost


@contextmanager
def followed(model, running, on_input, on_output):
    """Keep the names of the running modules, and tell of their inputs and outputs.

    Parameters
    ----------
    model : callable
        Nothing is followed in what is not a `torch.nn.Module`.
    running : list
        Gets the names of the running modules, innermost last.
    on_input, on_output : callable
        Called with a module's name and its positional inputs or its output.
    """
    if not isinstance(model, Module):
        yield
        return
    names = {module: name for name, module in model.named_modules()}
    listener = innermost()

    def enter(module, inputs):
        if module in names and innermost() is listener:
            running.append(names[module])
            on_input(names[module], inputs)

    def leave(module, inputs, output):
        if module in names and innermost() is listener:
            on_output(running.pop(), output)

    handles = [
        register_module_forward_pre_hook(enter),
        register_module_forward_hook(leave, always_call=True),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def uncompiled(model):
    """Context in which `torch.compile` leaves a model as it was written."""
    modules = model.modules() if isinstance(model, Module) else ()
    if not any(
        "_orig_mod" in m._modules or m._compiled_call_impl is not None
        for m in modules
    ):
        return nullcontext()
    return torch.compiler.set_stance("force_eager")


def block_names(model):
    """Names of a model's blocks: the members of its longest list of modules of one class.

    Returns
    -------
    list of str
        Empty if there is no such list.
    """
    lists = [
        [f"{name}.{child}".lstrip(".") for child, _ in module.named_children()]
        for name, module in model.named_modules()
        if isinstance(module, ModuleList)
        and len({type(child) for child in module}) == 1
    ]
    return max(lists, key=len, default=[])
