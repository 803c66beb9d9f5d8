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
from eeglrp.lrp.operations import (
    CONTRACTIONS,
    OPERATIONS,
    in_place,
    is_query,
    is_random,
    may_be_random,
    only_reads,
    operation_name,
)
from eeglrp.lrp.rules import is_continuous, plain_gradient
from eeglrp.lrp.sources import SOURCES, per_sample_dot, source_name
from eeglrp.lrp.tensors import (
    flag_off,
    flag_place,
    flat_tensors,
    replace_tensors,
    with_items,
    with_values,
)


class TooMuchMemory(Exception):
    """A batch whose activations exceed the bound."""


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
    clock : int
        Operations on the signal so far.
    retain : bool
        Whether there will be another backward pass.
    missing : list of str
        Operations that got the plain gradient for want of a rule.
    random : bool
        Whether random numbers were drawn.
    changed : list of (Tensor, Tensor, Tensor)
        Tensors of the model that it changes itself, their memory and a copy of their values.
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
        super().__init__()
        self.rules, self.n_samples, self.booking = rules, n_samples, booking
        self.modules, self.missing = [], []
        self.clock, self.retain, self.random, self.unseen = 0, False, False, False
        self.on_heads = None
        self.on_missing, self._bound = on_missing, memory_bound
        self._bytes, self._storages = 0, set()
        self._model_name = type(model).__name__
        self._handlers = {}
        self._mark = object()
        self._aliases, self._sources = {}, {}
        self._model_storages, self.changed = {}, []
        self.forget()
        self._replaces = False
        self._held = list(_named_tensors(model))
        for _, _, tensor, source in self._held:
            self._aliases[id(tensor)] = _alias(tensor)
            self._replaces |= tensor.is_inference()
            self._model_storages.setdefault(tensor.untyped_storage().data_ptr(), tensor)
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
            output = self._constant(function, args, kwargs, tensors)
            return self._carried(function, tensors, output)
        self.clock += 1
        if not torch.is_grad_enabled():
            return self._cut(function, args, kwargs)
        if self._replaces or any(tensor.is_leaf and tensor.requires_grad for tensor in tensors):
            args, kwargs = replace_tensors(args, kwargs, self._aliases)
        handler = self._handlers.get(function) or self._find_handler(function)
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

    def of_model(self, tensor):
        """Whether a tensor lies in the memory of the model's parameters or buffers."""
        return tensor.untyped_storage().data_ptr() in self._model_storages

    def mark(self, tensor):
        """Declare that a tensor depends on the signal."""
        tensor._relevance_mark = self._mark
        return tensor

    def turned(self, tensor):
        """Declare that a tensor, perhaps a constant before, now depends on the signal."""
        for each in (tensor, tensor._base):
            if each is not None:
                self._sources.pop(id(each), None)
                self.mark(each)
        return tensor

    def rest_of_base(self, view):
        """What a constant tensor holds beside a view of it that will depend on the signal."""
        base = view._base
        if base is None or base.requires_grad or not is_continuous(base):
            return None
        rest = torch.empty_strided(base.size(), base.stride(), dtype=base.dtype, device=base.device)
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
        found = [self._sources[id(t)][1].split("+") for t in tensors if id(t) in self._sources]
        return "+".join(sorted({name for names in found for name in names})) or "constant"

    def again(self, function, *args, **kwargs):
        """Apply an operation by its own rule, from inside a rule."""
        with self:
            return function(*args, **kwargs)

    def add(self, source, term, clock=None):
        """Add absorbed relevance (n_samples,) to a source, from the operation of that number."""
        self._absorbed.append((source, term, self.clock if clock is None else clock))

    def absorb(self, output, source, value):
        """Book to `source` what `value`, a constant part of `output`, receives."""
        if not self.booking:
            return
        value, clock = value.detach(), self.clock

        def book(coefficient):
            self.add(source, per_sample_dot(coefficient, value, self.n_samples), clock)

        output.register_hook(book)

    def absorb_vector(self, output, source, vector, axis):
        """Book to `source` what a vector added along an axis of `output` receives."""
        if not self.booking:
            return
        vector, clock = vector.detach(), self.clock
        axis = axis % output.ndim

        def book(coefficient):
            last = axis == coefficient.ndim - 1
            at_axis = coefficient if last else coefficient.flatten(axis + 1).sum(-1)
            self.add(source, per_sample_dot(at_axis, vector, self.n_samples), clock)

        output.register_hook(book)

    def held(self, tensor):
        """Function that gives a tensor's values, and lets go of them on its last use."""
        # Detached, so that a hook does not keep its own tensor alive.
        box = [tensor.detach()]
        return lambda: box[0] if self.retain else box.pop()

    def keep_places(self, output, source, value):
        """Keep what each entry of `value`, a constant part of `output`, receives."""
        value = value.detach()

        def keep(coefficient):
            self._keep(source, (coefficient * value.conj()).real)

        output.register_hook(keep)

    def attends(self, weights):
        """Declare that a tensor holds attention weights."""
        weights._attention_weights = True
        return weights

    def _carried(self, function, tensors, output):
        """Follow attention weights, where heads are asked for, to the product that uses them."""
        if self.on_heads is None or not isinstance(output, torch.Tensor):
            return output
        if any(hasattr(each, "_attention_weights") for each in tensors):
            if operation_name(function) in CONTRACTIONS:
                if self.depends(output):
                    name = self.modules[-1] if self.modules else ""
                    self.on_heads(f"{name}.heads", output)
            else:
                self.attends(output)
        return output

    def forget(self):
        """Forget what a backward pass told, before the next."""
        self._absorbed, self.places = [], {}

    def ledger(self, device, after=-1):
        """Absorbed relevance by source, (n_samples,) in double precision.

        The sources of `SOURCES` are there even if they received nothing, others if they did.
        `after` leaves out what operations up to that number absorbed.
        """
        zero = torch.zeros(self.n_samples, dtype=torch.float64, device=device)
        ledger, by_source = dict.fromkeys(SOURCES, zero), {}
        for source, term, clock in self._absorbed:
            if clock > after:
                by_source.setdefault(source, []).append(term)
        for source, terms in by_source.items():
            total = torch.stack([term.detach().double() for term in terms]).sum(0)
            if source in SOURCES or total.any():
                ledger[source] = total
        return ledger

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
        return (self.modules and self.modules[-1]) or "forward"

    def miss(self, operation):
        """Note that an operation has no rule, or refuse it."""
        if self.on_missing == "error":
            self.refuse(operation)
        self.missing.append(f"{operation} in {self._where()}")

    def _keep(self, source, relevance):
        places = self.places.get(source)
        same = places is not None and places.shape == relevance.shape
        self.places[source] = places + relevance if same else relevance

    def _preserve(self, tensors):
        """Keep a copy of the model's own tensors before an operation that may change them."""
        for tensor in tensors:
            own = self._model_storages.get(tensor.untyped_storage().data_ptr())
            if own is not None and not any(own is each for each, _, _ in self.changed):
                self.changed.append((own, own.detach(), own.detach().clone()))

    def restore(self):
        """Give the model's tensors back the values they had."""
        with torch.no_grad():
            for tensor, memory, values in self.changed:
                if tensor.data_ptr() != memory.data_ptr():
                    tensor.data = memory
                if not torch.equal(tensor, values):
                    tensor.copy_(values)
        for table, name, tensor, _ in self._held:
            if isinstance(table, dict) and table.get(name) is not tensor:
                table[name] = tensor

    def _constant(self, function, args, kwargs, tensors):
        """Apply an operation to what does not depend on the signal."""
        self._note_random(function, args, kwargs)
        if not tensors:
            return function(*args, **kwargs)
        source = self.source(*tensors)
        if is_query(function):
            output = function(*args, **kwargs)
        elif only_reads(function, kwargs):
            # No graph, and views that may take values of the signal later.
            new = {id(t): self._aliases.get(id(t), t.detach()) for t in tensors if t.requires_grad}
            args, kwargs = replace_tensors(args, kwargs, new) if new else (args, kwargs)
            output = function(*args, **kwargs)
        else:
            self._preserve(tensors)
            with torch.no_grad():
                output = function(*args, **kwargs)
        if function.__name__ == "__set__" and id(tensors[0]) in self._aliases:
            self._aliases[id(tensors[0])] = self.label(_alias(tensors[0]), source)
        return output if source == "constant" else self.label(output, source)

    def _cut(self, function, args, kwargs):
        """Where the model itself lets no gradient flow, what it yields is a constant."""
        name = operation_name(function)
        if in_place(name) or name in ("__setitem__", "copy_"):
            self.refuse(f"{name} without gradients")
        return self.label(function(*args, **kwargs), "detached")

    def _find_handler(self, function):
        name = operation_name(function)
        base = with_values if name == "copy_" else _out_of_place(in_place(name))
        kind = OPERATIONS.get(base.__name__ if base else name) if _is_torch(function) else None
        rule = self.rules[kind] if kind else _unknown
        if base or name == "__setitem__":
            handler = _in_place(rule, base or with_items, kind == "addition")
        elif kind and flag_place(function) is not None:
            handler = _perhaps_in_place(rule, function)
        else:
            handler = _by_rule(rule, function)
        if may_be_random(function):
            handler = _drawing(handler, function)
        self._handlers[function] = handler
        return handler

    def _note_random(self, function, args, kwargs):
        self.random = self.random or is_random(function, args, kwargs)

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


def _by_rule(rule, function):
    return lambda run, *args, **kwargs: rule(run, function, *args, **kwargs)


def _drawing(handler, function):
    """Handler that notes whether random numbers are drawn."""

    def noting(run, *args, **kwargs):
        run._note_random(function, args, kwargs)
        return handler(run, *args, **kwargs)

    return noting


def _perhaps_in_place(rule, function):
    """Handler of functions that have a parameter `inplace`."""

    def handler(run, *args, **kwargs):
        args, kwargs, flagged = flag_off(function, args, kwargs)
        output = rule(run, function, *args, **kwargs)
        return args[0].copy_(output) if flagged else output

    return handler


def _in_place(rule, function, of_sums):
    """Handler that computes out of place, then copies.

    A hook on the result of an operation in place on a view might never be called: gradients then
    run through the tensor that is viewed. All but sums may need the old values in the backward
    pass.
    """

    def handler(run, target, *args, **kwargs):
        if run.of_model(target):
            run.refuse(f"{operation_name(function)} in place on a buffer of the model")
        rest = run.rest_of_base(target)
        old = target if of_sums else run.mark(target.clone())
        target.copy_(rule(run, function, old, *args, **kwargs))
        run.turned(target)
        if rest is not None:
            run.absorb(target._base, *rest)
        return target

    return handler


def _out_of_place(name):
    """The function that does not work in place, or None."""
    rooms = (torch.Tensor, torch.nn.functional) if name else ()
    return next((getattr(room, name) for room in rooms if hasattr(room, name)), None)


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
    return run.label(output, "detached") if tensors else output


def _as_it_is(run, function, *args, **kwargs):
    return function(*args, **kwargs)


def _alias(tensor):
    """A tensor that shares the memory of a parameter, but not its gradients."""
    # Tensors made in inference mode cannot be kept for the backward pass.
    return tensor.clone().detach() if tensor.is_inference() else tensor.detach()


def _named_tensors(model):
    """Parameters and buffers of a model: the table they stand in, name, tensor and source."""
    if not isinstance(model, torch.nn.Module):
        return
    for prefix, module in model.named_modules():
        for tensors in (module._parameters, module._buffers):
            for name, tensor in tensors.items():
                if tensor is not None:
                    source = source_name(f"{prefix}.{name}" if prefix else name)
                    yield tensors, name, tensor, source


def _is_torch(function):
    """Whether a function is torch's own: methods in C have no module, others name it."""
    return (getattr(function, "__module__", None) or "torch").split(".")[0] == "torch"
