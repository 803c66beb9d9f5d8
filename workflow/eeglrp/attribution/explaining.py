"""Maps of chosen windows, made anew: by any method, for any state of a model."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch

from eeglrp.models.subjects import for_subject
from eeglrp.models.trained import forward_kwargs


class Case(NamedTuple):
    """Windows to explain, and how.

    `signal`: Tensor (n_windows, n_channels, n_times) on the device of the model. `subject`: array
    of str (n_windows,). `score`: `contrast` or `logit`. `batch_size`: windows at once.
    """

    signal: torch.Tensor
    subject: np.ndarray
    channels: tuple
    score: str
    batch_size: int


def class_scores(model, case, signal=None):
    """Logits (n_windows, n_classes) of a case, or of another signal in its place."""
    signal = case.signal if signal is None else signal
    logits = []
    with torch.no_grad():
        for module, rows in _batches(model, case):
            electrodes = forward_kwargs(module, case.channels)
            logits.append(module(signal[rows], **electrodes))
    return torch.cat(logits)


def maps(explain, model, case, target, signal=None):
    """Relevance of every window of a case for its target class.

    Parameters
    ----------
    explain : callable
        From `eeglrp.attribution.methods.method_function`.
    model : torch.nn.Module
        As `eeglrp.models.trained.load_model` gives it, on the case's device.
    case : Case
    target : Tensor of int, shape (n_windows,)
    signal : Tensor, optional
        In place of the case's.

    Returns
    -------
    array of float32, shape (n_windows, n_channels, n_times)
    """
    batches = explanations(explain, model, case, target, signal)
    relevance = [explanation.relevance for explanation in batches]
    joined = torch.cat(relevance)
    return joined.cpu().float().numpy()


def explanations(explain, model, case, target, signal=None):
    """Explanation of one batch after another of a case; parameters as of `maps`."""
    signal = case.signal if signal is None else signal
    for module, rows in _batches(model, case):
        electrodes = forward_kwargs(module, case.channels)
        yield explain(
            module,
            signal[rows],
            target[rows],
            case.score,
            electrodes,
            False,
        )


def _batches(model, case):
    """What to call, and for which windows: one subject at a time only where the model wants it."""
    subject = case.subject
    edges = [0, len(subject)]
    if for_subject(model, subject[0]) is not model:
        is_last = subject[1:] != subject[:-1]
        inner = np.flatnonzero(is_last) + 1
        edges = [0, *inner.tolist(), len(subject)]
    for first, end in pairwise(edges):
        module = for_subject(model, subject[first])
        for start in range(first, end, case.batch_size):
            stop = min(start + case.batch_size, end)
            yield module, slice(start, stop)
