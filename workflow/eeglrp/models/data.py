"""Windows of many subjects as one memory-mapped array, read subject by subject."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from eeglrp.errors import InputError
from eeglrp.files import memory_map, read_table

#: Windows read at a time: whole chunks of a store.
_BLOCK = 256
_COLUMNS = ("sample", "subject", "recording", "onset", "label", "split")
#: Further columns where stores have them: the rating, and the heart rate in beats per minute.
_RATED = ("rating", "heart_rate")


class Windows(NamedTuple):
    """Labelled windows of one or more splits, in the order of the stores.

    `signal` (n_samples, n_channels, n_times) is a float32 memory map in 0.1 millivolt; `frame` has
    one row a window with columns sample, subject, recording, onset, label, split, and rating and
    heart_rate where the stores have them.
    """

    signal: np.ndarray
    frame: object
    channels: tuple
    sampling_rate: float

    @property
    def label(self):
        """Class number of every window."""
        return np.array(self.frame["label"], np.int64)


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
    parts = _find(
        paths, dict(zip(chosen["sample"], chosen["split"], strict=True))
    )
    frame = _frame(parts)
    if len(frame) < len(chosen) or frame.empty:
        problem = f"{len(chosen) - len(frame)} of {len(chosen)} windows are in no store"
        if chosen.empty:
            problem = "the split has no window"
        raise InputError(
            splits,
            split or "sample",
            problem,
            "delete the table and rerun the split",
        )
    first = parts[0].dataset
    shape = (len(frame), first.sizes["channel"], first.sizes["time"])
    file = Path(folder) / f"{split or 'all'}.npy"
    signal = memory_map(file, shape)
    _copy(parts, signal)
    rate = float(first.attrs["sampling_rate"])
    return Windows(
        signal, frame, tuple(map(str, first["channel"].values)), rate
    )


class _Part(NamedTuple):
    path: Path
    dataset: object
    index: np.ndarray
    split: list


def _find(paths, split_of):
    """Where the wanted windows lie in every store that has windows."""
    from eeglrp.store import open_windows

    parts = []
    for path in paths:
        dataset = open_windows(path)
        if not dataset.sizes["sample"]:
            continue
        names = [str(name) for name in dataset["sample"].values]
        index = np.array(
            [i for i, name in enumerate(names) if name in split_of], int
        )
        parts.append(
            _Part(path, dataset, index, [split_of[names[i]] for i in index])
        )
        _check_alike(parts[0], parts[-1])
    return parts


def _check_alike(first, part):
    """One model reads all subjects: the same electrodes in the same order, the same length."""
    names, expected = (
        list(p.dataset["channel"].values) for p in (part, first)
    )
    if names != expected:
        differing = sorted(set(map(str, names)) ^ set(map(str, expected))) or [
            "their order"
        ]
        problem = f"differ from those of {first.path} ({', '.join(differing)})"
        remedy = "use recordings with the same electrodes, or study them apart"
        raise InputError(part.path, "channels", problem, remedy)
    lengths = [
        (p.dataset.sizes["time"], p.dataset.attrs["sampling_rate"])
        for p in (part, first)
    ]
    if lengths[0] != lengths[1]:
        problem = f"(samples, hertz) are {lengths[0]}, but {lengths[1]} in {first.path}"
        raise InputError(
            part.path, "window length", problem, "delete the windows and rerun"
        )


def _frame(parts):
    import pandas as pd

    frames = [
        pd.DataFrame(
            {
                "sample": part.dataset["sample"]
                .values[part.index]
                .astype(str),
                "subject": part.dataset["subject"]
                .values[part.index]
                .astype(str),
                "recording": part.dataset["recording"]
                .values[part.index]
                .astype(str),
                "onset": part.dataset["onset"].values[part.index],
                "label": part.dataset["label"].values[part.index],
                "split": part.split,
            }
            | {
                name: part.dataset[name].values[part.index]
                for name in _RATED
                if name in part.dataset
            },
        )
        for part in parts
        if len(part.index)
    ]
    return (
        pd.concat(frames, ignore_index=True)
        if frames
        else pd.DataFrame(columns=_COLUMNS)
    )


def _copy(parts, target):
    from eeglrp.store import window_array

    start = 0
    for part in parts:
        for first in range(0, len(part.index), _BLOCK):
            block = window_array(
                part.dataset, part.index[first : first + _BLOCK]
            )
            if not np.isfinite(block).all():
                problem = "holds values that are not finite"
                raise InputError(
                    part.path, "signal", problem, "delete the store and rerun"
                )
            target[start : start + len(block)] = block
            start += len(block)
