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
            name = names[module]
            running.append(name)
            on_input(name, inputs)

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
    if any(_is_compiled(module) for module in modules):
        return torch.compiler.set_stance("force_eager")
    return nullcontext()


def _is_compiled(module):
    if "_orig_mod" in module._modules:
        return True
    return module._compiled_call_impl is not None


def block_names(model):
    """Names of a model's blocks: the members of its longest list of modules of one class.

    Returns
    -------
    list of str
        Empty if there is no such list.
    """
    lists = []
    for name, module in model.named_modules():
        if not isinstance(module, ModuleList):
            continue
        classes = {type(child) for child in module}
        if len(classes) == 1:
            children = [child for child, _ in module.named_children()]
            lists.append([f"{name}.{child}".lstrip(".") for child in children])
    return max(lists, key=len, default=[])
