"""Windows of many subjects as one memory-mapped array, read subject by subject."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eeglrp.errors import InputError
from eeglrp.files import memory_map, read_table

#: Windows read at a time: whole chunks of a store.
_BLOCK = 256
_COLUMNS = (
    "sample",
    "subject",
    "recording",
    "onset",
    "label",
    "split",
    "unit",
)
#: Further columns where stores have them: the rating, and the heart rate in beats per minute.
_RATED = ("rating", "heart_rate")


class Windows(NamedTuple):
    """Labelled windows of one or more splits, in the order of the stores.

    `signal` (n_samples, n_channels, n_times) is a float32 memory map; `frame` has one row a window
    with columns sample, subject, recording, onset, label, split, unit (microvolt in one unit of its
    signal), and rating and heart_rate where the stores have them.
    """

    signal: np.ndarray
    frame: object
    channels: tuple
    sampling_rate: float

    @property
    def label(self):
        """Class number of every window."""
        label = self.frame["label"]
        return np.array(label, np.int64)


def load_windows(paths, splits, split, folder):
    """Copy the windows of a split into one file that is read where it is needed.

    Memory does not grow with the number of windows.

    Parameters
    ----------
    paths : sequence of Path
        Windows stores, one a subject; stores without windows are skipped.
    splits : Path
        Table of the splits.
    split : str or None
        `train`, `validation`, `test`, or None for all of them.
    folder : Path
        Where the copy goes; the caller removes it.

    Returns
    -------
    Windows

    Raises
    ------
    InputError
        If stores differ in channels or length, a window of the split is in no store, or the signal
        is not finite.
    """
    table = read_table(splits, ("sample", "subject", "split"))
    chosen = table if split is None else table[table["split"] == split]
    # The table of all folds names a window once a fold.
    chosen = chosen.drop_duplicates("sample")
    split_of = dict(zip(chosen["sample"], chosen["split"], strict=True))
    stores = _find(paths, split_of)
    frame = _frame(stores)
    n_missing = len(chosen) - len(frame)
    if n_missing > 0 or frame.empty:
        problem = f"{n_missing} of {len(chosen)} windows are in no store"
        if chosen.empty:
            problem = "the split has no window"
        remedy = "delete the table and rerun the split"
        raise InputError(splits, split or "sample", problem, remedy)
    first = stores[0].dataset
    shape = (len(frame), first.sizes["channel"], first.sizes["time"])
    file = Path(folder) / f"{split or 'all'}.npy"
    signal = memory_map(file, shape)
    _copy(stores, signal)
    channels = tuple(map(str, first["channel"].values))
    rate = float(first.attrs["sampling_rate"])
    return Windows(signal, frame, channels, rate)


class _Store(NamedTuple):
    """An opened store, the numbers of the wanted windows in it, and their splits."""

    path: Path
    dataset: object
    index: np.ndarray
    split: list


@lru_cache(maxsize=256)
def _opened(path, _changed, _size):
    """An opened store. A job that trains several models opens it once, unless it has changed."""
    from eeglrp.store import open_windows

    dataset = open_windows(path)
    # Signals stay in the file.
    for name in ("label", "onset", *_RATED):
        if name in dataset:
            dataset[name].load()
    return dataset


def _find(paths, split_of):
    """Where the wanted windows lie in every store that has windows."""
    stores = []
    for path in paths:
        changed, size = _version(path)
        dataset = _opened(str(path), changed, size)
        if not dataset.sizes["sample"]:
            continue
        numbers = []
        splits = []
        for number, name in enumerate(dataset["sample"].values):
            name = str(name)
            if name in split_of:
                numbers.append(number)
                splits.append(split_of[name])
        index = np.array(numbers, int)
        stores.append(_Store(path, dataset, index, splits))
        _check_alike(stores[0], stores[-1])
    return stores


def _version(path):
    """When a file was changed, and its size; 0 where there is none, which opening it reports."""
    try:
        status = Path(path).stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _check_alike(first, store):
    """One model reads all subjects: the same electrodes in the same order, the same length."""
    names = list(store.dataset["channel"].values)
    expected = list(first.dataset["channel"].values)
    if names != expected:
        differing = set(map(str, names)) ^ set(map(str, expected))
        differing = sorted(differing) or ["their order"]
        problem = f"differ from those of {first.path} ({', '.join(differing)})"
        remedy = "use recordings with the same electrodes, or study them apart"
        raise InputError(store.path, "channels", problem, remedy)
    length = _length(store.dataset)
    expected = _length(first.dataset)
    if length != expected:
        problem = (
            f"(samples, hertz) are {length}, but {expected} in {first.path}"
        )
        remedy = "delete the windows and rerun"
        raise InputError(store.path, "window length", problem, remedy)


def _length(dataset):
    """Samples of a window, and hertz."""
    n_times = dataset.sizes["time"]
    rate = dataset.attrs["sampling_rate"]
    return n_times, rate


def _frame(stores):
    """One row a window, in the order of the stores."""
    import pandas as pd

    frames = [_rows(store) for store in stores if len(store.index)]
    if not frames:
        return pd.DataFrame(columns=_COLUMNS)
    return pd.concat(frames, ignore_index=True)


def _rows(store):
    import pandas as pd

    dataset = store.dataset
    index = store.index
    columns = {
        "sample": dataset["sample"].values[index].astype(str),
        "subject": dataset["subject"].values[index].astype(str),
        "recording": dataset["recording"].values[index].astype(str),
        "onset": dataset["onset"].values[index],
        "label": dataset["label"].values[index],
        "split": store.split,
        "unit": dataset.attrs.get("settings", {}).get("unit", 100.0),
    }
    for name in _RATED:
        if name in dataset:
            columns[name] = dataset[name].values[index]
    return pd.DataFrame(columns)


def _copy(stores, target):
    from eeglrp.store import window_array

    start = 0
    for store in stores:
        for first in range(0, len(store.index), _BLOCK):
            rows = store.index[first : first + _BLOCK]
            block = window_array(store.dataset, rows)
            if not np.isfinite(block).all():
                problem = "holds values that are not finite"
                remedy = "delete the store and rerun"
                raise InputError(store.path, "signal", problem, remedy)
            stop = start + len(block)
            target[start:stop] = block
            start = stop
