"""How well relevance finds what was planted.

Where recordings are simulated, the contribution of the source that carries the label is known at
every electrode and sample. Maps of windows that the model classified correctly are compared with
it. Beside the methods stand two yardsticks: `signal`, the magnitude of the signal itself, which a
method must beat to have told anything about the model, and `random` maps.
"""

from contextlib import ExitStack
from typing import NamedTuple

import numpy as np

from eeglrp.attribution.smoothing import smooth
from eeglrp.attribution.stores import (
    BLOCK,
    EVENT_CLASS,
    sampling_rate,
    store_names,
    text,
)
from eeglrp.evaluate.scores import (
    METRICS,
    chance_levels,
    truth_mask,
    window_scores,
)
from eeglrp.files import write_table
from eeglrp.jobs import progress
from eeglrp.seeds import generator
from eeglrp.store import open_attribution, open_windows, window_array
from eeglrp.tables import estimate_rows, metric_frame

YARDSTICKS = ("signal", "random")


class Store(NamedTuple):
    """An open attribution store.

    `names`: regime, seed, method. `place`: sample id -> position of each window that was
    classified correctly and explained for its own class.
    """

    names: dict
    dataset: object
    place: dict


class Scores(NamedTuple):
    """Scores of a method in some windows: `value` and `chance` have one column a metric."""

    subject: np.ndarray
    value: np.ndarray
    chance: np.ndarray


def score_localisation(
    windows, stores, *, study, task, verify, statistics, seed, out, kind=None
):
    """Write the scores of all methods against the planted truth.

    Parameters
    ----------
    windows, stores : sequence of Path
        Windows stores, one a subject, and attribution stores, one a model and method.
    study, task : str
    verify : dict
        `smoothing` (s) of the maps, `truth_threshold`.
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
        The study's.
    out : Path
        Table of `METRICS` by method, each subject and all; `n` counts windows. Without rows if the
        windows hold no truth.
    kind : str, optional
        What the task is about, if its name does not say it.
    """
    found = {}
    with ExitStack() as stack:
        opened = [_open(path, kind or task, stack) for path in stores]
        for path in progress(windows, f"localisation {task}"):
            with open_windows(path) as dataset:
                for names, scores in _score_subject(
                    dataset, opened, verify, seed
                ):
                    found.setdefault(tuple(names.items()), []).append(scores)
    rows = []
    for names, parts in found.items():
        scores = Scores(*map(np.concatenate, zip(*parts, strict=True)))
        rows += _rows(
            scores,
            {"study": study, "task": task} | dict(names),
            statistics,
            seed,
        )
    write_table(metric_frame(rows), out)


def _open(path, kind, stack):
    dataset = stack.enter_context(open_attribution(path))
    label, prediction = dataset["label"].values, dataset["prediction"].values
    usable = (label == prediction) & (label == dataset["target"].values)
    usable &= label == EVENT_CLASS.get(kind, label)
    samples = text(dataset, "sample")
    place = {samples[k]: k for k in np.flatnonzero(usable)}
    return Store(store_names(path, dataset), dataset, place)


def _score_subject(dataset, stores, verify, seed):
    """Yield names and `Scores` of every store, and of the yardsticks for every model."""
    if "truth" not in dataset:
        return
    width = round(verify["smoothing"] * sampling_rate(dataset))
    samples = text(dataset, "sample")
    explained = [
        any(name in store.place for store in stores) for name in samples
    ]
    explained = np.flatnonzero(explained)
    for start in range(0, len(explained), BLOCK):
        index = explained[start : start + BLOCK]
        mask = truth_mask(
            window_array(dataset, index, "truth"),
            width,
            verify["truth_threshold"],
        )
        # A window without truth, or with truth everywhere, has nothing to find.
        useful = mask.any((1, 2)) & ~mask.all((1, 2))
        if "planted" in dataset:
            # What filters leave of a neighbour's event is no truth of this window.
            useful &= dataset["planted"].values[index] != 0
        if useful.any():
            block = dataset.isel(sample=index[useful])
            yield from _score_block(block, stores, mask[useful], width, seed)


def _score_block(block, stores, mask, width, seed):
    """Scores of windows whose truth has been read, method by method."""
    samples, subject = text(block, "sample"), text(block, "subject")
    chance, yardsticks, models = chance_levels(mask), None, set()
    for names, dataset, place in stores:
        own = np.flatnonzero([sample in place for sample in samples])
        if not len(own):
            continue
        maps = window_array(
            dataset, [place[sample] for sample in samples[own]], "relevance"
        )
        scores = window_scores(smooth(maps, width), mask[own])
        yield names, Scores(subject[own], scores, chance[own])
        model = names["regime"], names["seed"]
        if model not in models:
            models.add(model)
            yardsticks = yardsticks or _yardstick_scores(
                block, mask, width, seed
            )
            for method, scores in yardsticks.items():
                yield (
                    names | {"method": method},
                    Scores(subject[own], scores[own], chance[own]),
                )


def _yardstick_scores(block, mask, width, seed):
    """Scores of the signal's magnitude and of noise, which no model changes."""
    signal = np.abs(window_array(block))
    rng = generator(seed, "random maps", *text(block, "sample")[:1])
    noise = rng.standard_normal(signal.shape, np.float32)
    maps = dict(zip(YARDSTICKS, (signal, noise), strict=True))
    return {
        name: window_scores(smooth(of_name, width), mask)
        for name, of_name in maps.items()
    }


def _rows(scores, names, statistics, seed):
    """Rows of a method: scores with intervals, each beside its mean chance level."""
    columns = [{"metric": metric} for metric in METRICS]
    rows = estimate_rows(
        scores.value, columns, scores.subject, names, statistics, seed
    )
    chance = estimate_rows(
        scores.chance, columns, scores.subject, names, statistics, seed
    )
    return [
        row | {"chance": of_row["value"]}
        for row, of_row in zip(rows, chance, strict=True)
    ]
