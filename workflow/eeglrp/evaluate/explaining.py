"""Maps of chosen windows, made anew: by any method, for any state of a model."""

from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from eeglrp.attribution.registry import load, method_of, options_of
from eeglrp.attribution.selection import read_background
from eeglrp.models.labram import forward_kwargs
from eeglrp.models.subjects import for_subject
from eeglrp.seeds import integer_seed


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


def method_function(name, options, windows, splits, seed):
    """The function of a method under its name in the configuration, with its options.

    Parameters
    ----------
    name : str
    options : dict
    windows : sequence of Path
        Windows stores, for methods that start from windows of the training split.
    splits : Path
    seed : int
        The study's; methods draw as they did for the attribution stores.

    Returns
    -------
    callable
    """
    algorithm = method_of(name, options)
    given = options_of(algorithm, options)
    if "seed" in given:
        given["seed"] = integer_seed(seed, "attribution")
    if given.get("baseline") == "other":
        count = given["n_baselines"]
        given["background"] = torch.from_numpy(read_background(windows, splits, count, seed))
    return partial(load(algorithm), **given)


def class_scores(model, case, signal=None):
    """Logits (n_windows, n_classes) of a case, or of another signal in its place."""
    signal = case.signal if signal is None else signal
    with torch.no_grad():
        parts = [
            module(signal[rows], **forward_kwargs(case.channels))
            for module, rows in _batches(model, case)
        ]
    return torch.cat(parts)


def maps(explain, model, case, target, signal=None):
    """Relevance of every window of a case for its target class.

    Parameters
    ----------
    explain : callable
        From `method_function`.
    model : torch.nn.Module
        As `eeglrp.models.labram.load_model` gives it, on the case's device.
    case : Case
    target : Tensor of int, shape (n_windows,)
    signal : Tensor, optional
        In place of the case's.

    Returns
    -------
    array of float32, shape (n_windows, n_channels, n_times)
    """
    signal = case.signal if signal is None else signal
    parts = [
        explain(
            module, signal[rows], target[rows], case.score, forward_kwargs(case.channels), False
        ).relevance
        for module, rows in _batches(model, case)
    ]
    return torch.cat(parts).cpu().float().numpy()


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
