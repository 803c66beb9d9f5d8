"""The score of windows along every order in which their units are hidden."""

from typing import NamedTuple

import numpy as np
import torch

from eeglrp.attribution.selection import windows_at_once
from eeglrp.attribution.stores import text
from eeglrp.evaluate.occluders import REMOVAL, filling, hidden_scores
from eeglrp.evaluate.perturbation import (
    descending_orders,
    hidden_counts,
    hidden_units,
    unit_relevance,
)
from eeglrp.lrp.targets import score_output
from eeglrp.models.registry import adapter_of
from eeglrp.models.subjects import for_subject
from eeglrp.models.trained import forward_kwargs
from eeglrp.seeds import generator
from eeglrp.store import window_array
from eeglrp.training.optimisation import read_batch

#: Windows with units hidden that run at once where memory allows; on a CPU, caches hold no more.
_BATCH = {"cpu": 64, "cuda": 512}


class Job(NamedTuple):
    """What all models of a task share.

    `data`: the split's `Windows`; `place`: sample id -> row in it; `donors`, shape (k, n_channels,
    n_times): whose pieces stand in for hidden ones.
    """

    data: object
    place: dict
    donors: torch.Tensor | None
    settings: dict
    seed: int
    device: torch.device


class Curves(NamedTuple):
    """Scores of some windows after `counts` (n_points,) of `n_units` are hidden; none at first.

    `random` (n_windows, n_random, n_points); `tried` (n_windows, 2, n_points), units by the drop
    when their electrode alone is hidden, from most to least and back; `methods` (n_windows,
    n_methods, 2, n_points), MoRF and LeRF.
    """

    subject: np.ndarray
    random: np.ndarray
    tried: np.ndarray
    methods: np.ndarray
    counts: np.ndarray
    n_units: int


def block_curves(model, record, stores, index, subject, occluder, job):
    """Curves of some windows of one subject.

    Parameters
    ----------
    model : torch.nn.Module
    record : dict
        Of the model.
    stores : dict of str to Dataset
        Method -> open attribution store.
    index : array of int, shape (n_windows,)
        Positions of the windows in the stores.
    subject, occluder : str
    job : Job

    Returns
    -------
    Curves
    """
    dataset = next(iter(stores.values())).isel(sample=index)
    piece = (
        adapter_of(model).PATCH_SAMPLES
        if occluder == REMOVAL
        else job.settings["piece"]
    )
    maps = [
        window_array(store, index, "relevance") for store in stores.values()
    ]
    maps = np.stack([unit_relevance(each, piece) for each in maps], 1)
    n, _, n_units = maps.shape
    # Without a token, there is nothing to read out.
    most = n_units - (occluder == REMOVAL)
    counts = hidden_counts(job.settings["steps"], n_units, most)
    run, whole = (
        _runner(model, record, dataset, subject, occluder, job),
        dataset["logit"].values,
    )
    ranked = np.concatenate(
        [_tried(whole, run, len(job.data.channels), n_units)[:, None], maps], 1
    )
    random = np.stack(
        [
            _random_orders(name, n_units, job)
            for name in text(dataset, "sample")
        ]
    )
    down = descending_orders(ranked, random[:, 0])
    ways = np.stack([down, down[..., ::-1]], 2)
    orders = np.concatenate([random, ways.reshape(n, -1, n_units)], 1)
    hidden = hidden_units(orders, counts[1:])
    scores = run(hidden.reshape(n, -1, n_units)).reshape(*hidden.shape[:3])
    first = np.broadcast_to(whole[:, None, None], (*scores.shape[:2], 1))
    scores = np.concatenate([first, scores], 2)
    n_random = random.shape[1]
    of_ways = scores[:, n_random:].reshape(*ways.shape[:3], -1)
    subjects = np.full(n, subject, object)
    return Curves(
        subjects,
        scores[:, :n_random],
        of_ways[:, 0],
        of_ways[:, 1:],
        counts,
        n_units,
    )


def join_curves(parts):
    """Curves of several blocks of windows as one."""
    first = parts[0]
    names = ("subject", "random", "tried", "methods")
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in names
    }
    return first._replace(**joined)


def _tried(whole, run, n_channels, n_units):
    """Drop of the score (n_windows, n_units) when the unit's whole electrode is hidden.

    An electrode a time costs little; every unit a time would cost more than all the curves.
    """
    size = n_units // n_channels
    alone = np.repeat(np.eye(n_channels, dtype=bool), size, 1)
    scores = run(np.broadcast_to(alone, (len(whole), n_channels, n_units)))
    return np.repeat(whole[:, None] - scores, size, 1)


def _random_orders(sample, n_units, job):
    """The window's own random orders, the same for every model and method."""
    rng = generator(job.seed, "faithfulness", sample)
    return np.stack(
        [
            rng.permutation(n_units)
            for _ in range(job.settings["random_orders"])
        ]
    )


def _runner(model, record, dataset, subject, occluder, job):
    """Function from sets of hidden units (n, n_sets, n_units) to scores (n, n_sets)."""
    module = for_subject(model, subject)
    kwargs = forward_kwargs(module, job.data.channels)
    samples = text(dataset, "sample")
    signal = read_batch(
        job.data.signal, [job.place[name] for name in samples], job.device
    )
    target, score = (
        torch.from_numpy(dataset["target"].values),
        dataset.attrs["score"],
    )
    other = None
    if occluder == "other":
        drawn = [
            generator(job.seed, "faithfulness other", name) for name in samples
        ]
        other = job.donors[
            [rng.integers(len(job.donors)) for rng in drawn]
        ].to(job.device)
    fill = filling(occluder, signal, other)
    n_tokens = adapter_of(module).n_tokens(*signal.shape[1:])
    kind = job.device.type
    size = windows_at_once(record["model"], n_tokens, _BATCH[kind], kind)

    def score_of(batch, window):
        return score_output(
            module(batch, **kwargs), target[window.cpu()], score, len(batch)
        )

    def run(hidden):
        with torch.inference_mode():
            removal = occluder == REMOVAL
            return hidden_scores(
                score_of, module, signal, fill, hidden, removal, size
            )

    return run
