"""The model's own tensors: named, lent as aliases, and put back if the model changes them."""

import torch

from eeglrp.lrp.sources import source_name


class Belongings:
    """Parameters and buffers of a model.

    Parameters
    ----------
    model : callable
        What is not a `torch.nn.Module` has none.

    Attributes
    ----------
    aliases : dict
        Id of a tensor -> a tensor that shares its memory, but not its gradients.
    borrowed : bool
        Whether all must be replaced by aliases, not only those that require gradients.
    """

    def __init__(self, model):
        self._held = list(_named_tensors(model))
        self._changed = []
        self._by_memory, self.aliases = {}, {}
        self.borrowed = False
        for _, _, tensor, _ in self._held:
            self._by_memory.setdefault(_memory(tensor), tensor)
            self.aliases[id(tensor)] = _alias(tensor)
            self.borrowed = self.borrowed or tensor.is_inference()

    def named(self):
        """Pairs of tensors, the model's and the alias, with the source they stand for."""
        pairs = []
        for _, _, tensor, source in self._held:
            alias = self.aliases[id(tensor)]
            pairs.append(((tensor, alias), source))
        return pairs

    def renew(self, tensor):
        """Alias of a tensor that was given other memory."""
        alias = _alias(tensor)
        self.aliases[id(tensor)] = alias
        return alias

    def __contains__(self, tensor):
        """Whether a tensor lies in the memory of the model's own."""
        return _memory(tensor) in self._by_memory

    def preserve(self, tensors):
        """Keep copies of the model's own tensors before an operation that may change them."""
        for tensor in tensors:
            owned = self._by_memory.get(_memory(tensor))
            if owned is None:
                continue
            kept = any(owned is before for before, _, _ in self._changed)
            if not kept:
                memory = owned.detach()
                self._changed.append((owned, memory, memory.clone()))

    def is_changed(self):
        """Whether the model changed any of its tensors."""
        return bool(self._changed)

    def restore(self):
        """Give the model's tensors back the values they had, and their places."""
        with torch.no_grad():
            for tensor, memory, values in self._changed:
                if tensor.data_ptr() != memory.data_ptr():
                    tensor.data = memory
                if not torch.equal(tensor, values):
                    tensor.copy_(values)
        for table, name, tensor, _ in self._held:
            # Tables of scripted modules give a new object for every look.
            if isinstance(table, dict) and table.get(name) is not tensor:
                table[name] = tensor


def _memory(tensor):
    return tensor.untyped_storage().data_ptr()


def _alias(tensor):
    if tensor.is_inference():
        # It cannot be kept for the backward pass.
        return tensor.clone().detach()
    return tensor.detach()


def _named_tensors(model):
    """Parameters and buffers of a model: the table they stand in, name, tensor and source."""
    if not isinstance(model, torch.nn.Module):
        return
    for prefix, module in model.named_modules():
        for tensors in (module._parameters, module._buffers):
            for name, tensor in tensors.items():
                if tensor is not None:
                    full_name = f"{prefix}.{name}" if prefix else name
                    yield tensors, name, tensor, source_name(full_name)
