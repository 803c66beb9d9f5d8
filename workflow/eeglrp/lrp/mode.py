"""The mode under which an unmodified model runs: every operation on the signal gets its rule.

A `TorchFunctionMode` sees each torch function that the model calls, from modules and from plain
functions alike. Tensors that depend on the signal carry a mark; everything else (parameters,
buffers, numbers, what is computed from them) is a constant, and is remembered by the name of the
parameter it comes from, so that what a constant adds to an activation becomes a named source.
Parameters enter as detached aliases: the model itself is never touched.
"""

import torch
from torch.overrides import TorchFunctionMode, resolve_name

from eeglrp.errors import InputError
from eeglrp.lrp.nesting import listeners
from eeglrp.lrp.operations import OPERATIONS, in_place, operation_name
from eeglrp.lrp.sources import SOURCES, per_sample_dot, source_name
from eeglrp.lrp.tensors import flag_off, flag_place, flat_tensors, replace_tensors, with_items


class Propagation(TorchFunctionMode):
    """One forward pass whose backward pass propagates relevance.

    Parameters
    ----------
    model : callable
        A `torch.nn.Module` or any function of tensors.
    rules : dict
        Kind of operation -> rule, a function `rule(run, function, *args, **kwargs)`.
    n_samples : int
        Samples in the batch.

    Attributes
    ----------
    modules : list of str
        Modules that are running, innermost last, where the caller keeps them.
    """

    def __init__(self, model, rules, n_samples):
        super().__init__()
        self.rules, self.n_samples = rules, n_samples
        self.modules = []
        self._model_name = type(model).__name__
        self._absorbed = {}
        self._handlers = {}
        self._mark = object()
        self._aliases, self._sources = {}, {}
        for tensor, source in _named_tensors(model):
            self._aliases[id(tensor)] = tensor.detach()
            self.label((tensor, self._aliases[id(tensor)]), source)

    def __enter__(self):
        self._listeners = listeners()
        self._listeners.append(self)
        return super().__enter__()

    def __exit__(self, *exception):
        super().__exit__(*exception)
        self._listeners.pop()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if self._listeners[-1] is not self:
            return function(*args, **kwargs)
        tensors = flat_tensors(args, kwargs)
        # A list: each tensor must be looked at, since an unseen one is an error.
        if not any([self.depends(tensor) for tensor in tensors]):
            return self._constant(function, args, kwargs, tensors)
        if not torch.is_grad_enabled():
            return self._cut(function, args, kwargs)
        if any(tensor.is_leaf and tensor.requires_grad for tensor in tensors):
            args, kwargs = replace_tensors(args, kwargs, self._aliases)
        handler = self._handlers.get(function) or self._find_handler(function)
        return self._marked(handler(self, *args, **kwargs))

    def depends(self, tensor):
        """Whether a tensor depends on the signal.

        Raises
        ------
        InputError
            If it comes from an operation that this mode could not see.
        """
        if not tensor.requires_grad:
            return False
        if getattr(tensor, "_relevance_mark", None) is self._mark:
            return True
        if not tensor.is_leaf:
            self.refuse(f"{tensor.grad_fn.name()} (not a torch function)")
        return False

    def mark(self, tensor):
        """Declare that a tensor depends on the signal."""
        tensor._relevance_mark = self._mark
        return tensor

    def turned(self, tensor):
        """Declare that a tensor, perhaps a constant before, now depends on the signal."""
        self._sources.pop(id(tensor), None)
        return self.mark(tensor)

    def label(self, output, source):
        """Name the source that constant tensors stand for, and return them."""
        for tensor in flat_tensors((output,), {}):
            if tensor.is_floating_point():
                # The reference keeps the tensor alive, and so its id its own.
                self._sources[id(tensor)] = (tensor, source)
        return output

    def source(self, *tensors):
        """Ledger source of constants: the parameters they are made of, or `constant`."""
        found = [self._sources[id(t)][1].split("+") for t in tensors if id(t) in self._sources]
        return "+".join(sorted({name for names in found for name in names})) or "constant"

    def again(self, function, *args, **kwargs):
        """Apply an operation by its own rule, from inside a rule."""
        with self:
            return function(*args, **kwargs)

    def add(self, source, term):
        """Add absorbed relevance (n_samples,) to a source."""
        self._absorbed.setdefault(source, []).append(term)

    def absorb(self, output, source, value):
        """Book to `source` what `value`, a constant part of `output`, receives."""
        value = value.detach()

        def book(coefficient):
            self.add(source, per_sample_dot(coefficient, value, self.n_samples))

        output.register_hook(book)

    def absorb_vector(self, output, source, vector, axis):
        """Book to `source` what a vector added along axis 1 or -1 of `output` receives."""
        vector = vector.detach()

        def book(coefficient):
            at_axis = coefficient if axis == -1 else coefficient.flatten(2).sum(-1)
            self.add(source, per_sample_dot(at_axis, vector, self.n_samples))

        output.register_hook(book)

    def ledger(self, device):
        """Absorbed relevance by source, (n_samples,) in double precision.

        The sources of `SOURCES` are there even if they received nothing, others if they did.
        """
        zero = torch.zeros(self.n_samples, dtype=torch.float64, device=device)
        ledger = dict.fromkeys(SOURCES, zero)
        for source, terms in self._absorbed.items():
            total = torch.stack([term.detach().double() for term in terms]).sum(0)
            if source in SOURCES or total.any():
                ledger[source] = total
        return ledger

    def refuse(self, operation):
        """Raise the error of an operation that has no rule."""
        module = self.modules[-1] if self.modules else ""
        problem = f"operation {operation} on values that depend on the signal has no LRP rule"
        remedy = "give it a kind in eeglrp.lrp.operations, or explain a part of the model"
        raise InputError(self._model_name, module or "forward", problem, remedy)

    def _constant(self, function, args, kwargs, tensors):
        if not tensors:
            return function(*args, **kwargs)
        with torch.no_grad():
            output = function(*args, **kwargs)
        source = self.source(*tensors)
        return output if source == "constant" else self.label(output, source)

    def _cut(self, function, args, kwargs):
        """Where the model itself lets no gradient flow, what it yields is a constant."""
        name = operation_name(function)
        if in_place(name) or name in ("__setitem__", "copy_"):
            self.refuse(f"{name} without gradients")
        return self.label(function(*args, **kwargs), "detached")

    def _find_handler(self, function):
        name = operation_name(function)
        base = in_place(name)
        kind = OPERATIONS.get(base or name) if _is_torch(function) else None
        if kind is None:
            handler = _unknown(function)
        elif base or name == "__setitem__":
            handler = _in_place(self.rules[kind], base)
        elif flag_place(function) is not None:
            handler = _perhaps_in_place(self.rules[kind], function)
        else:
            handler = _by_rule(self.rules[kind], function)
        self._handlers[function] = handler
        return handler

    def _marked(self, output):
        if isinstance(output, torch.Tensor):
            if output.requires_grad:
                output._relevance_mark = self._mark
        elif isinstance(output, (tuple, list)):
            for tensor in flat_tensors((output,), {}):
                self._marked(tensor)
        return output


def _by_rule(rule, function):
    return lambda run, *args, **kwargs: rule(run, function, *args, **kwargs)


def _perhaps_in_place(rule, function):
    """Handler of functions that have a parameter `inplace`."""

    def handler(run, *args, **kwargs):
        args, kwargs, flagged = flag_off(function, args, kwargs)
        output = rule(run, function, *args, **kwargs)
        return args[0].copy_(output) if flagged else output

    return handler


def _in_place(rule, base):
    """Handler that computes out of place, then copies.

    A hook on the result of an operation in place on a view might never be called: gradients then
    run through the tensor that is viewed.
    """
    function = _out_of_place(base) if base else with_items

    def handler(run, target, *args, **kwargs):
        target.copy_(rule(run, function, target, *args, **kwargs))
        return run.turned(target)

    return handler


def _out_of_place(base):
    rooms = (torch.Tensor, torch.nn.functional)
    return next(getattr(room, base) for room in rooms if hasattr(room, base))


def _unknown(function):
    """Handler of what has no rule: harmless if no gradient flows (shapes, comparisons), or refused.

    Numbers that such a query takes from the signal act as constants.
    """

    def handler(run, *args, **kwargs):
        output = function(*args, **kwargs)
        tensors = flat_tensors((output,), {})
        if any(tensor.requires_grad for tensor in tensors):
            run.refuse(resolve_name(function) or function.__name__)
        return run.label(output, "detached") if tensors else output

    return handler


def _named_tensors(model):
    """Parameters and buffers of a model with the sources they stand for."""
    if not isinstance(model, torch.nn.Module):
        return
    for prefix, module in model.named_modules():
        for tensors in (module._parameters, module._buffers):
            for name, tensor in tensors.items():
                if tensor is not None:
                    yield tensor, source_name(f"{prefix}.{name}" if prefix else name)


def _is_torch(function):
    """Whether a function is torch's own: methods in C have no module, others name it."""
    return (getattr(function, "__module__", None) or "torch").split(".")[0] == "torch"
