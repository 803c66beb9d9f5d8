"""Maps of chosen windows, made anew: by any method, for any state of a model."""

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
    with torch.no_grad():
        parts = [
            module(signal[rows], **forward_kwargs(module, case.channels))
            for module, rows in _batches(model, case)
        ]
    return torch.cat(parts)


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
    parts = [
        one.relevance
        for one in explanations(explain, model, case, target, signal)
    ]
    return torch.cat(parts).cpu().float().numpy()


def explanations(explain, model, case, target, signal=None):
    """Explanation of one batch after another of a case; parameters as of `maps`."""
    signal = case.signal if signal is None else signal
    for module, rows in _batches(model, case):
        bound = forward_kwargs(module, case.channels)
        yield explain(
            module, signal[rows], target[rows], case.score, bound, False
        )


def _batches(model, case):
    """What to call, and for which windows: one subject at a time only where the model wants it."""
    if for_subject(model, case.subject[0]) is model:
        runs = [slice(0, len(case.subject))]
    else:
        edges = np.flatnonzero(case.subject[1:] != case.subject[:-1]) + 1
        ends = [0, *edges.tolist(), len(case.subject)]
        runs = [slice(*pair) for pair in zip(ends[:-1], ends[1:], strict=True)]
    for run in runs:
        module = for_subject(model, case.subject[run.start])
        for start in range(run.start, run.stop, case.batch_size):
            yield module, slice(start, min(start + case.batch_size, run.stop))
