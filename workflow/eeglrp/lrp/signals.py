"""Several signals explained at once: one long signal for the engine, apart for model and reader."""

from math import prod
from typing import NamedTuple

import torch

from eeglrp.errors import InputError


class Layout(NamedTuple):
    """How several signals lie in one.

    Attributes
    ----------
    names : tuple
        Names of keyword arguments, or numbers of positional ones.
    shapes : tuple of tuple of int
        Without the samples.
    """

    names: tuple
    shapes: tuple

    def arguments(self, packed):
        """Positional and keyword arguments of the model."""
        parts = self.apart(packed)
        return (parts, {}) if isinstance(parts, tuple) else ((), parts)

    def apart(self, packed):
        """Tensor (..., n) as a tuple of tensors, or as a dict where the signals have names."""
        sizes = [prod(shape) for shape in self.shapes]
        parts = zip(packed.split(sizes, -1), self.shapes, strict=True)
        parts = tuple(_shaped(part, shape) for part, shape in parts)
        if self.names[0] == 0:
            return parts
        return dict(zip(self.names, parts, strict=True))

    def unpacked(self, explanation):
        """Explanation of the long signal as one of several."""
        relevance = self.apart(explanation.relevance)
        return explanation._replace(
            relevance=relevance,
            ledger=self._by_signal(explanation.ledger, relevance),
            signal=self.apart(explanation.signal),
            coefficients=self.apart(explanation.coefficients),
        )

    def _by_signal(self, ledger, relevance):
        """Ledger with `input.<name>` for each signal in place of `input`."""
        axes = ledger["input"].ndim
        ledger = {
            source: ledger[source] for source in ledger if source != "input"
        }
        parts = {}
        for name in self.names:
            part = relevance[name].double().flatten(axes)
            parts[f"input.{name}"] = part.sum(-1)
        return parts | ledger


def _shaped(part, shape):
    # A copy, which the model may change in place.
    return part.reshape(*part.shape[:-1], *shape).clone()


def pack(signal):
    """One signal (n_samples, n) and its layout; one signal alone is as it was, with no layout.

    Parameters
    ----------
    signal : array, or dict or tuple of arrays, each (n_samples, ...)

    Raises
    ------
    InputError
        If there is none, they differ in their samples, or one holds no real numbers.
    """
    if not isinstance(signal, (dict, tuple)):
        return torch.as_tensor(signal), None
    named = signal if isinstance(signal, dict) else dict(enumerate(signal))
    tensors = {name: torch.as_tensor(value) for name, value in named.items()}
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            problem = f"holds {tensor.dtype}, which no relevance reaches"
            remedy = "pass it in forward_kwargs, or explain its embedding"
            raise InputError("explain", f"signal {name}", problem, remedy)
    lengths = {tensor.shape[:1] for tensor in tensors.values()}
    if len(lengths) != 1 or lengths == {()}:
        shapes = [tuple(tensor.shape) for tensor in tensors.values()]
        problem = f"has the shapes {shapes}"
        remedy = "give signals of the same samples"
        raise InputError("explain", "signal", problem, remedy)
    shapes = tuple(tuple(t.shape[1:]) for t in tensors.values())
    flat = [
        tensor.reshape(len(tensor), prod(tensor.shape[1:]))
        for tensor in tensors.values()
    ]
    return torch.cat(flat, 1), Layout(tuple(tensors), shapes)


def pick(returned, output):
    """One of the outputs of a model: of a dict or object by name, of a tuple by number.

    Raises
    ------
    InputError
        If there is no such output.
    """
    if output is None:
        return returned
    try:
        if isinstance(output, str) and not hasattr(returned, "keys"):
            return getattr(returned, output)
        return returned[output]
    except (AttributeError, KeyError, IndexError, TypeError) as error:
        problem = f"the model returned {_outputs(returned)}, not {output!r}"
        remedy = "name one of these"
        raise InputError("explain", "output", problem, remedy) from error


def _outputs(returned):
    if hasattr(returned, "keys"):
        return f"a dict of {', '.join(map(repr, returned.keys()))}"
    if isinstance(returned, (tuple, list)):
        return f"{len(returned)} outputs, 0 to {len(returned) - 1}"
    return f"a {type(returned).__name__}"
