"""Whether methods agree on a window, and whether models do.

Methods are compared on the same model, models on windows that both classify right: seeds of one
regime with each other, and regimes with each other. Models that score alike need not look at the
same thing. Every similarity stands beside that of maps of different windows of one class, its
chance level: what all maps of a class share, such as electrodes that always count, agrees there
too.
"""

from contextlib import ExitStack
from itertools import combinations
from typing import NamedTuple

import numpy as np

from eeglrp.attribution.selection import choose_windows
from eeglrp.attribution.stores import sampling_rate, store_names, text
from eeglrp.evaluate import complexity
from eeglrp.evaluate.map_features import (
    COLUMNS,
    Features,
    features,
    similarity,
)
from eeglrp.evaluate.similarity import partners
from eeglrp.files import write_table
from eeglrp.jobs import logger, progress
from eeglrp.store import open_attribution, window_array
from eeglrp.tables import estimate_rows, metric_frame

#: Tables and their index columns beyond the contract's.
EXTRA = {
    "complexity": complexity.EXTRA,
    "agreement": ("against", "level"),
    "stability": ("against", "against_seed", "level"),
}
#: Windows of all stores in memory at once.
_BLOCK = 16


class Store(NamedTuple):
    """An open attribution store: regime, seed and method, and sample id -> position."""

    names: dict
    dataset: object
    place: dict


class Windows(NamedTuple):
    """The windows compared, in the order of the stores: sample id, subject and label."""

    sample: np.ndarray
    subject: np.ndarray
    label: np.ndarray


class Pair(NamedTuple):
    """Two stores by number, the table they belong in, and the windows to compare them on."""

    table: str
    first: int
    second: int
    usable: np.ndarray


def compare_maps(
    stores, outputs, *, study, task, max_windows, smoothing, statistics, seed
):
    """Write complexity of maps, agreement of methods and stability over models of a task.

    Parameters
    ----------
    stores : sequence of Path
        Attribution stores, one a model and method.
    outputs : dict
        Table name, as in `EXTRA`, -> path.
    study, task : str
    max_windows : int or None
        Of a subject.
    smoothing : float
        In s.
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
        The study's.

    Raises
    ------
    InputError
        If a store is broken.
    """
    with ExitStack() as stack:
        opened = [_open(path, stack) for path in stores]
        windows = common_windows(opened, max_windows, seed)
        logger.info("%s: %d windows in all stores", task, len(windows.sample))
        found = _compare(opened, windows, smoothing, seed, task)
    names = {"study": study, "task": task}
    for table, path in outputs.items():
        rows = []
        for fields, columns, values in found[table]:
            fields = names | fields
            rows += estimate_rows(
                values, columns, windows.subject, fields, statistics, seed
            )
        write_table(metric_frame(rows, EXTRA[table]), path)


def _open(path, stack):
    dataset = stack.enter_context(open_attribution(path))
    place = {
        name: number for number, name in enumerate(text(dataset, "sample"))
    }
    return Store(store_names(path, dataset), dataset, place)


def common_windows(stores, max_windows, seed):
    """Windows that every store explains, at most so many a subject.

    Parameters
    ----------
    stores : sequence of Store
    max_windows : int or None
    seed : int

    Returns
    -------
    Windows
    """
    dataset = stores[0].dataset
    names = text(dataset, "sample")
    shared = [all(name in store.place for store in stores) for name in names]
    rows = np.flatnonzero(shared)
    subject, label = (
        text(dataset, "subject")[rows],
        dataset["label"].values[rows],
    )
    chosen = choose_windows(subject, label, max_windows, seed)
    return Windows(names[rows][chosen], subject[chosen], label[chosen])


def store_pairs(stores, windows):
    """Pairs of stores that are compared: two methods of a model, or two models of a method.

    Returns
    -------
    list of Pair
        Usable are windows explained for the same class; for two models, those that both classify
        right.
    """
    kept = [[store.place[name] for name in windows.sample] for store in stores]
    target = [
        s.dataset["target"].values[rows]
        for s, rows in zip(stores, kept, strict=True)
    ]
    prediction = [
        s.dataset["prediction"].values[r]
        for s, r in zip(stores, kept, strict=True)
    ]
    right = [each == windows.label for each in prediction]
    pairs = []
    for first, second in combinations(range(len(stores)), 2):
        model, method = zip(
            *(_model_method(stores[k].names) for k in (first, second)),
            strict=True,
        )
        same = target[first] == target[second]
        if model[0] == model[1]:
            pairs.append(Pair("agreement", first, second, same))
        elif method[0] == method[1]:
            usable = same & right[first] & right[second]
            pairs.append(Pair("stability", first, second, usable))
    return pairs


def _model_method(names):
    return (names["regime"], names["seed"]), names["method"]


def _compare(stores, windows, smoothing, seed, task):
    """By table: fields, columns and values (n_windows, k) of every pair, or of every store."""
    found = {name: [] for name in EXTRA}
    if not len(windows.sample):
        return found
    pairs, dataset = store_pairs(stores, windows), stores[0].dataset
    width = round(smoothing * sampling_rate(dataset))
    levels = complexity.chance_levels(
        dataset.sizes["channel"], dataset.sizes["time"], seed
    )
    blocks = [
        _compare_block(
            stores, windows, pairs, slice(start, start + _BLOCK), width
        )
        for start in progress(
            range(0, len(windows.sample), _BLOCK), f"agreement {task}"
        )
    ]
    of_stores, of_pairs, chance = (
        _joined(parts) for parts in zip(*blocks, strict=True)
    )
    columns = _columns(complexity.COLUMNS, levels)
    for store, values in zip(stores, of_stores, strict=True):
        found["complexity"].append((store.names, columns, values))
    for pair, values, by_chance in zip(pairs, of_pairs, chance, strict=True):
        columns = _columns(COLUMNS, _mean(by_chance))
        found[pair.table].append((_fields(pair, stores), columns, values))
    return found


def _compare_block(stores, windows, pairs, rows, width):
    """Values of a block of windows: of every store, of every pair, and of every pair by chance."""
    maps = [_read(store, windows.sample[rows]) for store in stores]
    seen = [features(each, width) for each in maps]
    partner = partners(windows.label[rows])
    return (
        [complexity.window_values(each) for each in maps],
        [_similar(pair, rows, seen) for pair in pairs],
        [_similar(pair, rows, seen, partner) for pair in pairs],
    )


def _joined(blocks):
    """Blocks of windows put together, for each of what they hold."""
    return [np.concatenate(parts) for parts in zip(*blocks, strict=True)]


def _read(store, samples):
    return window_array(
        store.dataset, [store.place[name] for name in samples], "relevance"
    )


def _similar(pair, rows, seen, partner=None):
    """Similarity of a pair in a block of windows, NaN where it may not be compared.

    With `partner`, the second's map is that of another window.
    """
    usable = pair.usable[rows]
    result = np.full((len(usable), len(COLUMNS)), np.nan)
    other = np.arange(len(usable)) if partner is None else partner
    own = np.flatnonzero(usable & (other >= 0) & usable[other])
    first = Features(*(values[own] for values in seen[pair.first]))
    second = Features(*(values[other[own]] for values in seen[pair.second]))
    result[own] = similarity(first, second)
    return result


def _mean(values):
    """Mean over the windows that have a value."""
    values = values[np.isfinite(values).all(1)]
    return values.mean(0) if len(values) else np.full(values.shape[1], np.nan)


def _columns(names, chance):
    return [
        {"metric": metric, "level": level, "chance": float(expected)}
        for (metric, level), expected in zip(names, chance, strict=True)
    ]


def _fields(pair, stores):
    """What names a pair's rows: the first store, and what the second has of its own."""
    first, second = (
        stores[number].names for number in (pair.first, pair.second)
    )
    if pair.table == "agreement":
        return first | {"against": second["method"]}
    return first | {
        "against": second["regime"],
        "against_seed": second["seed"],
    }
