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
    by_method = {}
    with ExitStack() as stack:
        kind = kind or task
        opened = [_open(path, kind, stack) for path in stores]
        for path in progress(windows, f"localisation {task}"):
            with open_windows(path) as dataset:
                for names, scores in _score_subject(
                    dataset, opened, verify, seed
                ):
                    blocks = by_method.setdefault(tuple(names.items()), [])
                    blocks.append(scores)
    rows = []
    for names, blocks in by_method.items():
        columns = zip(*blocks, strict=True)
        scores = Scores(*map(np.concatenate, columns))
        fields = {"study": study, "task": task} | dict(names)
        rows += _rows(scores, fields, statistics, seed)
    write_table(metric_frame(rows), out)


def _open(path, kind, stack):
    dataset = stack.enter_context(open_attribution(path))
    label = dataset["label"].values
    is_right = label == dataset["prediction"].values
    is_own = label == dataset["target"].values
    has_event = label == EVENT_CLASS.get(kind, label)
    samples = text(dataset, "sample")
    usable = np.flatnonzero(is_right & is_own & has_event)
    place = {samples[k]: k for k in usable}
    return Store(store_names(path, dataset), dataset, place)


def _score_subject(dataset, stores, verify, seed):
    """Yield names and `Scores` of every store, and of the yardsticks for every model."""
    if "truth" not in dataset:
        return
    width = round(verify["smoothing"] * sampling_rate(dataset))
    samples = text(dataset, "sample")
    is_explained = [
        any(name in store.place for store in stores) for name in samples
    ]
    explained = np.flatnonzero(is_explained)
    for start in range(0, len(explained), BLOCK):
        index = explained[start : start + BLOCK]
        truth = window_array(dataset, index, "truth")
        mask = truth_mask(truth, width, verify["truth_threshold"])
        # A window without truth, or with truth everywhere, has nothing to find.
        has_truth = mask.any((1, 2))
        is_full = mask.all((1, 2))
        is_useful = has_truth & ~is_full
        if "planted" in dataset:
            # What filters leave of a neighbour's event is no truth of this window.
            is_useful &= dataset["planted"].values[index] != 0
        if is_useful.any():
            block = dataset.isel(sample=index[is_useful])
            mask = mask[is_useful]
            yield from _score_block(block, stores, mask, width, seed)


def _score_block(block, stores, mask, width, seed):
    """Scores of windows whose truth has been read, method by method."""
    samples = text(block, "sample")
    subject = text(block, "subject")
    chance = chance_levels(mask)
    yardsticks = None
    models = set()
    for names, dataset, place in stores:
        index = np.flatnonzero([sample in place for sample in samples])
        if not len(index):
            continue
        rows = [place[sample] for sample in samples[index]]
        maps = smooth(window_array(dataset, rows, "relevance"), width)
        value = window_scores(maps, mask[index])
        subjects = subject[index]
        by_chance = chance[index]
        yield names, Scores(subjects, value, by_chance)
        model = names["regime"], names["seed"]
        if model in models:
            continue
        models.add(model)
        if yardsticks is None:
            yardsticks = _yardstick_scores(block, mask, width, seed)
        for method, values in yardsticks.items():
            of_yardstick = names | {"method": method}
            yield of_yardstick, Scores(subjects, values[index], by_chance)


def _yardstick_scores(block, mask, width, seed):
    """Scores of the signal's magnitude and of noise, which no model changes."""
    signal = np.abs(window_array(block))
    first_sample = text(block, "sample")[:1]
    rng = generator(seed, "random maps", *first_sample)
    noise = rng.standard_normal(signal.shape, np.float32)
    scores = {}
    for name, maps in zip(YARDSTICKS, (signal, noise), strict=True):
        scores[name] = window_scores(smooth(maps, width), mask)
    return scores


def _rows(scores, names, statistics, seed):
    """Rows of a method: scores with intervals, each beside its mean chance level."""
    columns = [{"metric": metric} for metric in METRICS]
    rows = estimate_rows(
        scores.value, columns, scores.subject, names, statistics, seed
    )
    levels = estimate_rows(
        scores.chance, columns, scores.subject, names, statistics, seed
    )
    for row, level in zip(rows, levels, strict=True):
        row["chance"] = level["value"]
    return rows
