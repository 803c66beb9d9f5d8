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
    starts = range(0, n_samples, BLOCK)
    return [slice(start, start + BLOCK) for start in starts]


def sampling_rate(dataset):
    """Sampling rate in Hz from the time coordinate, in s."""
    time = dataset["time"].values
    duration = time[-1] - time[0]
    return (len(time) - 1) / duration


def label_sign(dataset, n_classes):
    """Factor that turns relevance for the target into relevance for the window's own label.

    The contrast of two classes is the negative of its mirror image, so there the sign alone does
    it. Otherwise, windows explained for another class than their own cannot be turned: 0.

    Returns
    -------
    array of float, shape (n_windows,)
        1, -1 or 0.
    """
    is_contrast = dataset.attrs.get("score") == "contrast"
    otherwise = -1.0 if is_contrast and n_classes == 2 else 0.0
    target = dataset["target"].values
    label = dataset["label"].values
    return np.where(target == label, 1.0, otherwise)


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
            if "event" not in dataset:
                continue
            times = dataset["event"].values
            samples = text(dataset, "sample")
            for sample, padded in zip(samples, times, strict=True):
                events[sample] = padded[np.isfinite(padded)]
    return events
