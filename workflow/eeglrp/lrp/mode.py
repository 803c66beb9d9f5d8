"""The mode under which an unmodified model runs: every operation on the signal gets its rule.

A `TorchFunctionMode` sees each torch function that the model calls, from modules and from plain
functions alike. Tensors that depend on the signal carry a mark; everything else (parameters,
buffers, numbers, what is computed from them) is a constant, and is remembered by the name of the
parameter it comes from, so that what a constant adds to an activation becomes a named source.
Parameters enter as detached aliases: the model itself is never touched.
"""

import torch
from torch.overrides import TorchFunctionMode

from eeglrp.errors import InputError
from eeglrp.lrp.belongings import Belongings
from eeglrp.lrp.booking import Booking
from eeglrp.lrp.handlers import handler_of
from eeglrp.lrp.nesting import listeners
from eeglrp.lrp.operations import (
    CONTRACTIONS,
    in_place,
    is_query,
    is_random,
    only_reads,
    operation_name,
)
from eeglrp.lrp.rules import is_continuous
from eeglrp.lrp.tensors import flat_tensors, replace_tensors


class TooMuchMemory(Exception):
    """A batch whose activations exceed the bound."""


class Propagation(Booking, TorchFunctionMode):
    """One forward pass whose backward pass propagates relevance.

    Parameters
    ----------
    model : callable
        A `torch.nn.Module` or any function of tensors.
    rules : dict
        Kind of operation -> rule, a function `rule(run, function, *args, **kwargs)`.
    n_samples : int
        Samples in the batch.
    booking : bool
        Whether to keep the ledger.
    on_missing : str
        What an operation without a rule is: `error`, or `gradient`.
    memory_bound : float
        Bytes of activations above which a batch of more than one sample is given up.

    Attributes
    ----------
    modules : list of str
        Modules that are running, innermost last, where the caller keeps them.
    belongings : Belongings
        The model's own tensors.
    missing : list of str
        Operations that got the plain gradient for want of a rule.
    random : bool
        Whether random numbers were drawn.
    unseen : bool
        Whether some operation was not a torch function.
    on_heads : callable or None
        Called with a name and what attention heads mixed.
    """

    def __init__(
        self,
        model,
        rules,
        n_samples,
        booking=True,
        on_missing="error",
        memory_bound=float("inf"),
    ):
        super().__init__(n_samples, booking)
        self.rules = rules
        self.on_missing = on_missing
        self.on_heads = None
        self.modules, self.missing = [], []
        self.random, self.unseen = False, False
        self._model_name = type(model).__name__
        self._mark = object()
        self._bytes, self._bound = 0, memory_bound
        self._storages = set()
        self._handlers, self._sources = {}, {}
        self.belongings = Belongings(model)
        for tensors, source in self.belongings.named():
            self.label(tensors, source)

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
            output = self._constant(function, args, kwargs, tensors)
            return self._carried(function, tensors, output)
        self.clock += 1
        if not torch.is_grad_enabled():
            return self._cut(function, args, kwargs)
        if self.belongings.borrowed or any(
            t.is_leaf and t.requires_grad for t in tensors
        ):
            args, kwargs = replace_tensors(
                args, kwargs, self.belongings.aliases
            )
        handler = self._handlers.get(function)
        if handler is None:
            handler = handler_of(function, self.rules)
            self._handlers[function] = handler
        output = self._marked(handler(self, *args, **kwargs))
        return self._carried(function, tensors, output)

    def depends(self, tensor):
        """Whether a tensor depends on the signal.

        Raises
        ------
        InputError
            If it comes from an operation that this mode could not see.
        """
        if not tensor.requires_grad:
            return False
        if self._is_marked(tensor) or self._is_marked(tensor._base):
            return True
        if tensor.is_leaf:
            return False
        self.miss(f"{tensor.grad_fn.name()} (not a torch function)")
        self.unseen = True
        self.mark(tensor)
        return True

    def _is_marked(self, tensor):
        return getattr(tensor, "_relevance_mark", None) is self._mark

    def mark(self, tensor):
        """Declare that a tensor depends on the signal."""
        tensor._relevance_mark = self._mark
        return tensor

    def turned(self, tensor):
        """Declare that a tensor, perhaps a constant before, now depends on the signal."""
        for changed in (tensor, tensor._base):
            if changed is not None:
                self._sources.pop(id(changed), None)
                self.mark(changed)
        return tensor

    def rest_of_base(self, view):
        """What a constant tensor holds beside a view of it that will depend on the signal."""
        base = view._base
        if base is None or base.requires_grad or not is_continuous(base):
            return None
        rest = torch.empty_strided(
            base.size(), base.stride(), dtype=base.dtype, device=base.device
        )
        rest.copy_(base.detach())
        offset = view.storage_offset() - base.storage_offset()
        rest.as_strided(view.size(), view.stride(), offset).zero_()
        return self.source(base), rest

    def label(self, output, source):
        """Name the source that constant tensors stand for, and return them."""
        for tensor in flat_tensors((output,), {}):
            if is_continuous(tensor):
                # The reference keeps the tensor alive, and so its id its own.
                self._sources[id(tensor)] = (tensor, source)
        return output

    def source(self, *tensors):
        """Ledger source of constants: the parameters they are made of, or `constant`."""
        names = set()
        for tensor in tensors:
            if id(tensor) in self._sources:
                _, source = self._sources[id(tensor)]
                names.update(source.split("+"))
        return "+".join(sorted(names)) or "constant"

    def again(self, function, *args, **kwargs):
        """Apply an operation by its own rule, from inside a rule."""
        with self:
            return function(*args, **kwargs)

    def attends(self, weights):
        """Declare that a tensor holds attention weights."""
        weights._attention_weights = True
        return weights

    def _carried(self, function, tensors, output):
        """Follow attention weights, where heads are asked for, to the product that uses them."""
        if self.on_heads is None or not isinstance(output, torch.Tensor):
            return output
        if any(hasattr(tensor, "_attention_weights") for tensor in tensors):
            if operation_name(function) in CONTRACTIONS:
                if self.depends(output):
                    name = self.modules[-1] if self.modules else ""
                    self.on_heads(f"{name}.heads", output)
            else:
                self.attends(output)
        return output

    def refuse(self, operation):
        """Raise the error of an operation that has no rule."""
        problem = f"operation {operation} on values that depend on the signal has no LRP rule"
        remedy = (
            "give it a kind in eeglrp.lrp.operations, or accept its plain gradient with "
            "on_missing='gradient'"
        )
        raise InputError(self._model_name, self._where(), problem, remedy)

    def _where(self):
        """Name of the innermost running module."""
        name = self.modules[-1] if self.modules else ""
        return name or "forward"

    def miss(self, operation):
        """Note that an operation has no rule, or refuse it."""
        if self.on_missing == "error":
            self.refuse(operation)
        self.missing.append(f"{operation} in {self._where()}")

    def _constant(self, function, args, kwargs, tensors):
        """Apply an operation to what does not depend on the signal."""
        if not self.random:
            self.random = is_random(function, args, kwargs)
        if not tensors:
            return function(*args, **kwargs)
        source = self.source(*tensors)
        if is_query(function):
            output = function(*args, **kwargs)
        elif only_reads(function, kwargs):
            # No graph, and views that may take values of the signal later.
            known = self.belongings.aliases
            detached = {
                id(tensor): known.get(id(tensor), tensor.detach())
                for tensor in tensors
                if tensor.requires_grad
            }
            if detached:
                args, kwargs = replace_tensors(args, kwargs, detached)
            output = function(*args, **kwargs)
        else:
            self.belongings.preserve(tensors)
            with torch.no_grad():
                output = function(*args, **kwargs)
        if function.__name__ == "__set__":
            target = tensors[0]
            if id(target) in self.belongings.aliases:
                self.label(self.belongings.renew(target), source)
        if source == "constant":
            return output
        return self.label(output, source)

    def _cut(self, function, args, kwargs):
        """Where the model itself lets no gradient flow, what it yields is a constant."""
        name = operation_name(function)
        if in_place(name) or name in ("__setitem__", "copy_"):
            self.refuse(f"{name} without gradients")
        return self.label(function(*args, **kwargs), "detached")

    def _marked(self, output):
        if isinstance(output, torch.Tensor):
            if output.requires_grad:
                output._relevance_mark = self._mark
                self._weigh(output)
        elif isinstance(output, (tuple, list)):
            for tensor in flat_tensors((output,), {}):
                self._marked(tensor)
        return output

    def _weigh(self, tensor):
        """Count the memory of an activation, which the backward pass may need."""
        if self.n_samples == 1:
            return
        storage = tensor.untyped_storage()
        if storage.data_ptr() in self._storages:
            return
        self._storages.add(storage.data_ptr())
        self._bytes += storage.nbytes()
        if self._bytes > self._bound:
            raise TooMuchMemory
