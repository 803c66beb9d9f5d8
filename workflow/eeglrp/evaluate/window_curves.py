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
    maps = _unit_maps(stores, index, piece)
    n_windows, n_methods, n_units = maps.shape
    # Without a token, there is nothing to read out.
    most = n_units - (occluder == REMOVAL)
    counts = hidden_counts(job.settings["steps"], n_units, most)
    run = _runner(model, record, dataset, subject, occluder, job)
    whole = dataset["logit"].values
    tried = _tried(whole, run, len(job.data.channels), n_units)
    ranked = np.concatenate([tried[:, None], maps], 1)
    random = _random_orders(dataset, n_units, job)
    falling = descending_orders(ranked, random[:, 0])
    # (n_windows, 1 + n_methods, 2, n_units): from the most relevant unit on, and from the least.
    ways = np.stack([falling, falling[..., ::-1]], 2)
    ways = ways.reshape(n_windows, -1, n_units)
    orders = np.concatenate([random, ways], 1)
    scores = _scores_along(orders, counts, run, whole)
    n_random = random.shape[1]
    of_ways = scores[:, n_random:]
    of_ways = of_ways.reshape(n_windows, 1 + n_methods, 2, len(counts))
    return Curves(
        subject=np.full(n_windows, subject, object),
        random=scores[:, :n_random],
        tried=of_ways[:, 0],
        methods=of_ways[:, 1:],
        counts=counts,
        n_units=n_units,
    )


def _unit_maps(stores, index, piece):
    """Relevance of the units by every method: (n_windows, n_methods, n_units)."""
    maps = []
    for store in stores.values():
        relevance = window_array(store, index, "relevance")
        maps.append(unit_relevance(relevance, piece))
    return np.stack(maps, 1)


def _scores_along(orders, counts, run, whole):
    """Scores (n_windows, n_orders, n_points) along orders; the first is that of the whole."""
    n_windows, n_orders, n_units = orders.shape
    n_hidden_points = len(counts) - 1
    hidden = hidden_units(orders, counts[1:])
    sets = hidden.reshape(n_windows, -1, n_units)
    scores = run(sets).reshape(n_windows, n_orders, n_hidden_points)
    shape = (n_windows, n_orders, 1)
    first = np.broadcast_to(whole[:, None, None], shape)
    return np.concatenate([first, scores], 2)


def join_curves(parts):
    """Curves of several blocks of windows as one."""
    joined = {}
    for name in ("subject", "random", "tried", "methods"):
        arrays = [getattr(part, name) for part in parts]
        joined[name] = np.concatenate(arrays)
    return parts[0]._replace(**joined)


def _tried(whole, run, n_channels, n_units):
    """Drop of the score (n_windows, n_units) when the unit's whole electrode is hidden.

    An electrode a time costs little; every unit a time would cost more than all the curves.
    """
    size = n_units // n_channels
    # (n_channels, n_units): one electrode after another.
    alone = np.repeat(np.eye(n_channels, dtype=bool), size, 1)
    shape = (len(whole), n_channels, n_units)
    scores = run(np.broadcast_to(alone, shape))
    drops = whole[:, None] - scores
    return np.repeat(drops, size, 1)


def _random_orders(dataset, n_units, job):
    """Every window's own random orders, the same for every model and method.

    Returns
    -------
    array of int, shape (n_windows, n_random, n_units)
    """
    n_orders = job.settings["random_orders"]
    of_windows = []
    for sample in text(dataset, "sample"):
        rng = generator(job.seed, "faithfulness", sample)
        orders = [rng.permutation(n_units) for _ in range(n_orders)]
        of_windows.append(np.stack(orders))
    return np.stack(of_windows)


def _runner(model, record, dataset, subject, occluder, job):
    """Function from sets of hidden units (n, n_sets, n_units) to scores (n, n_sets)."""
    module = for_subject(model, subject)
    kwargs = forward_kwargs(module, job.data.channels)
    samples = text(dataset, "sample")
    rows = [job.place[name] for name in samples]
    signal = read_batch(job.data.signal, rows, job.device)
    target = torch.from_numpy(dataset["target"].values)
    score = dataset.attrs["score"]
    other = _donors(samples, job) if occluder == "other" else None
    fill = filling(occluder, signal, other)
    _, n_channels, n_times = signal.shape
    n_tokens = adapter_of(module).n_tokens(n_channels, n_times)
    kind = job.device.type
    size = windows_at_once(record["model"], n_tokens, _BATCH[kind], kind)

    def score_of(batch, window):
        output = module(batch, **kwargs)
        explained = target[window.cpu()]
        return score_output(output, explained, score, len(batch))

    def run(hidden):
        removal = occluder == REMOVAL
        with torch.inference_mode():
            return hidden_scores(
                score_of, module, signal, fill, hidden, removal, size
            )

    return run


def _donors(samples, job):
    """The window that every window takes its pieces from, drawn by its name."""
    rows = []
    for name in samples:
        rng = generator(job.seed, "faithfulness other", name)
        rows.append(rng.integers(len(job.donors)))
    return job.donors[rows].to(job.device)
