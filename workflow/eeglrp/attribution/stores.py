"""Reading the attribution stores and the windows of a task."""

import numpy as np

from eeglrp.errors import InputError
from eeglrp.store import CHUNK_SAMPLES, open_windows

#: Windows in memory at once.
BLOCK = 8 * CHUNK_SAMPLES
#: Kinds of task of which only one class (by index) holds what is to be found; the other is its
#: absence.
EVENT_CLASS = {"r_peak": 1}


def store_names(path, dataset):
    """Regime, seed and method of an attribution store, from its attributes."""
    names = ("regime", "seed", "method")
    missing = [name for name in names if name not in dataset.attrs]
    if missing:
        remedy = "delete the store and rerun the job that writes it"
        raise InputError(path, ", ".join(missing), "attribute missing", remedy)
    return {name: dataset.attrs[name] for name in names}


def text(dataset, name):
    """A text variable as an array of Python strings."""
    return dataset[name].values.astype(object)


def blocks(n_samples):
    """Slices of whole chunks that cover the samples."""
    return [
        slice(start, start + BLOCK) for start in range(0, n_samples, BLOCK)
    ]


def sampling_rate(dataset):
    """Sampling rate in Hz from the time coordinate, in s."""
    time = dataset["time"].values
    return (len(time) - 1) / (time[-1] - time[0])


def label_sign(dataset, n_classes):
    """Factor that turns relevance for the target into relevance for the window's own label.

    The contrast of two classes is the negative of its mirror image, so there the sign alone does
    it. Otherwise, windows explained for another class than their own cannot be turned: 0.

    Returns
    -------
    array of float, shape (n_windows,)
        1, -1 or 0.
    """
    mirrored = n_classes == 2 and dataset.attrs.get("score") == "contrast"
    own = dataset["target"].values == dataset["label"].values
    return np.where(own, 1.0, -1.0 if mirrored else 0.0)


def window_events(paths):
    """Event times of every window of a task.

    Parameters
    ----------
    paths : sequence of Path
        Windows stores.

    Returns
    -------
    dict
        Sample id -> event times in s from the window's first sample, without padding. Empty if no
        store holds events.
    """
    events = {}
    for path in paths:
        with open_windows(path) as dataset:
            if "event" in dataset:
                times = dataset["event"].values
                rows = zip(text(dataset, "sample"), times, strict=True)
                events |= {
                    sample: row[np.isfinite(row)] for sample, row in rows
                }
    return events
