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
        compared = _compare(opened, windows, smoothing, seed, task)
    names = {"study": study, "task": task}
    for table, path in outputs.items():
        rows = []
        for fields, columns, values in compared[table]:
            fields = names | fields
            rows += estimate_rows(
                values, columns, windows.subject, fields, statistics, seed
            )
        write_table(metric_frame(rows, EXTRA[table]), path)


def _open(path, stack):
    dataset = stack.enter_context(open_attribution(path))
    samples = text(dataset, "sample")
    place = {name: number for number, name in enumerate(samples)}
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
    sample = text(dataset, "sample")
    is_shared = [
        all(name in store.place for store in stores) for name in sample
    ]
    rows = np.flatnonzero(is_shared)
    sample = sample[rows]
    subject = text(dataset, "subject")[rows]
    label = dataset["label"].values[rows]
    chosen = choose_windows(subject, label, max_windows, seed)
    return Windows(sample[chosen], subject[chosen], label[chosen])


def store_pairs(stores, windows):
    """Pairs of stores that are compared: two methods of a model, or two models of a method.

    Returns
    -------
    list of Pair
        Usable are windows explained for the same class; for two models, those that both classify
        right.
    """
    target = []
    right = []
    for store in stores:
        rows = [store.place[name] for name in windows.sample]
        dataset = store.dataset
        target.append(dataset["target"].values[rows])
        prediction = dataset["prediction"].values[rows]
        right.append(prediction == windows.label)
    pairs = []
    for first, second in combinations(range(len(stores)), 2):
        names = stores[first].names
        others = stores[second].names
        same_target = target[first] == target[second]
        if _model(names) == _model(others):
            pairs.append(Pair("agreement", first, second, same_target))
        elif names["method"] == others["method"]:
            usable = same_target & right[first] & right[second]
            pairs.append(Pair("stability", first, second, usable))
    return pairs


def _model(names):
    return names["regime"], names["seed"]


def _compare(stores, windows, smoothing, seed, task):
    """By table: fields, columns and values (n_windows, k) of every pair, or of every store."""
    compared = {name: [] for name in EXTRA}
    n_windows = len(windows.sample)
    if not n_windows:
        return compared
    pairs = store_pairs(stores, windows)
    dataset = stores[0].dataset
    width = round(smoothing * sampling_rate(dataset))
    starts = range(0, n_windows, _BLOCK)
    blocks = []
    for start in progress(starts, f"agreement {task}"):
        rows = slice(start, start + _BLOCK)
        blocks.append(_compare_block(stores, windows, pairs, rows, width))
    by_kind = zip(*blocks, strict=True)
    of_stores, of_pairs, by_chance = map(_joined, by_kind)
    n_channels = dataset.sizes["channel"]
    n_times = dataset.sizes["time"]
    noise = complexity.chance_levels(n_channels, n_times, seed)
    columns = _columns(complexity.COLUMNS, noise)
    for store, values in zip(stores, of_stores, strict=True):
        compared["complexity"].append((store.names, columns, values))
    for pair, values, chance in zip(pairs, of_pairs, by_chance, strict=True):
        fields = _fields(pair, stores)
        columns = _columns(COLUMNS, _mean(chance))
        compared[pair.table].append((fields, columns, values))
    return compared


def _compare_block(stores, windows, pairs, rows, width):
    """Values of a block of windows: of every store, of every pair, and of every pair by chance."""
    samples = windows.sample[rows]
    maps = [_read(store, samples) for store in stores]
    of_stores = [features(relevance, width) for relevance in maps]
    partner = partners(windows.label[rows])
    return (
        [complexity.window_values(relevance) for relevance in maps],
        [_similar(pair, rows, of_stores) for pair in pairs],
        [_similar(pair, rows, of_stores, partner) for pair in pairs],
    )


def _joined(blocks):
    """Blocks of windows put together, for each of what they hold."""
    by_item = zip(*blocks, strict=True)
    return [np.concatenate(values) for values in by_item]


def _read(store, samples):
    rows = [store.place[name] for name in samples]
    return window_array(store.dataset, rows, "relevance")


def _similar(pair, rows, of_stores, partner=None):
    """Similarity of a pair in a block of windows, NaN where it may not be compared.

    With `partner`, the second's map is that of another window.
    """
    usable = pair.usable[rows]
    n_windows = len(usable)
    other = np.arange(n_windows) if partner is None else partner
    has_other = (other >= 0) & usable[other]
    index = np.flatnonzero(usable & has_other)
    others = other[index]
    first = _of_windows(of_stores[pair.first], index)
    second = _of_windows(of_stores[pair.second], others)
    shape = (n_windows, len(COLUMNS))
    result = np.full(shape, np.nan)
    result[index] = similarity(first, second)
    return result


def _of_windows(maps, index):
    """Features of some of the windows."""
    chosen = [values[index] for values in maps]
    return Features(*chosen)


def _mean(values):
    """Mean over the windows that have a value."""
    _, n_columns = values.shape
    is_known = np.isfinite(values).all(1)
    if not is_known.any():
        return np.full(n_columns, np.nan)
    known = values[is_known]
    return known.mean(0)


def _columns(names, chance):
    return [
        {"metric": metric, "level": level, "chance": float(expected)}
        for (metric, level), expected in zip(names, chance, strict=True)
    ]


def _fields(pair, stores):
    """What names a pair's rows: the first store, and what the second has of its own."""
    first = stores[pair.first].names
    second = stores[pair.second].names
    if pair.table == "agreement":
        return first | {"against": second["method"]}
    return first | {
        "against": second["regime"],
        "against_seed": second["seed"],
    }
