"""Whether what was explained is the model's own output.

An operation whose rule is wrong can change what the model computes: shapes that change in place,
functions that look like others. So the first explanation of a model is held against a plain
forward pass, of one sample: that also tells models whose output for a sample depends on the others.
"""

from contextlib import suppress
from weakref import WeakSet

import torch

from eeglrp.errors import InputError

#: Models whose explained output was their own; functions that cannot be referred to weakly are
#: looked at every time.
_CHECKED = WeakSet()
#: Largest difference that rounding makes, in steps of the number format, relative to the output.
_ROUNDINGS = 1e5


def check_own_output(model, call, logits, alone):
    """Refuse an explained output that is not what the model returns.

    Parameters
    ----------
    model : callable
    call : callable
        Of a number of samples: the model's plain output for so many first ones.
    logits : Tensor, shape (n, ...)
        What was explained.
    alone : bool
        Whether a sample may be looked at without the others.

    Raises
    ------
    InputError
        If they differ, or the output of a sample depends on the others.
    """
    if not isinstance(logits, torch.Tensor) or _is_checked(model):
        return
    name = type(model).__name__
    n = len(logits)
    if not _alike(call(n), logits):
        problem = "is not what was explained: some operation is not followed as it is computed"
        remedy = (
            "report the model, or write its in-place operations as plain ones"
        )
        raise InputError(name, "output", problem, remedy)
    if alone and n > 1 and not _stands_alone(call, logits):
        problem = "depends for one sample on the others"
        remedy = "explain samples one by one, or take such means over the training data"
        raise InputError(name, "output", problem, remedy)
    with suppress(TypeError):
        _CHECKED.add(model)


def _stands_alone(call, logits):
    """Whether the first sample has the same output by itself."""
    try:
        first = call(1)
    except Exception:
        # Some models take no other number of samples; that says nothing.
        return True
    return first.shape != logits[:1].shape or _alike(first, logits[:1])


def _is_checked(model):
    with suppress(TypeError):
        return model in _CHECKED
    return False


def _alike(plain, explained):
    if plain.shape != explained.shape:
        return False
    plain = plain.to(explained.dtype)
    size = explained.detach().abs().amax()
    tolerance = _ROUNDINGS * torch.finfo(explained.dtype).eps * size
    return bool((plain - explained).abs().amax() <= tolerance)
