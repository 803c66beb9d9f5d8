"""Relevance of groups: means of every subject and class, with intervals over subjects.

All windows of a store count here, not only those that are shown.
"""

import numpy as np

from eeglrp.explorer.packing import packed
from eeglrp.statistics import mean_interval
from eeglrp.store import CHUNK_SAMPLES, round_mantissa, window_array

#: Steps of time in a course, at most.
N_BINS = 25
N_BOOTSTRAP = 500
CONFIDENCE = 0.95
#: Of the mantissa of courses of single subjects: an error of at most 0.05 % of each value.
SUBJECT_BITS = 10


def bin_edges(n_times):
    """First sample of every step of time."""
    n_bins = min(N_BINS, n_times)
    return np.linspace(0, n_times, n_bins, endpoint=False).astype(int)


def binned(store):
    """Relevance of every window, summed within steps of time.

    Returns
    -------
    array, shape (n_windows, n_channels, n_bins)
    """
    edges = bin_edges(store.sizes["time"])
    n_samples = store.sizes["sample"]
    steps = []
    for start in range(0, n_samples, CHUNK_SAMPLES):
        rows = slice(start, start + CHUNK_SAMPLES)
        block = window_array(store, rows, "relevance").astype(np.float64)
        steps.append(np.add.reduceat(block, edges, axis=2))
    return np.concatenate(steps)


def means_by_subject(values, subject, label, n_classes):
    """Mean over the windows of each class and subject.

    Parameters
    ----------
    values : array, shape (n_windows, ...)
    subject, label : array, shape (n_windows,)

    Returns
    -------
    means : array, shape (1 + n_classes, n_subjects, ...)
        All windows first, then each class; NaN without a window.
    counts : array of int, shape (1 + n_classes, n_subjects)
    """
    names = np.unique(subject)
    shape = (1 + n_classes, len(names))
    means = np.full(shape + values.shape[1:], np.nan)
    counts = np.zeros(shape, int)
    for place, name in enumerate(names):
        for number in range(-1, n_classes):
            rows = subject == name
            if number >= 0:
                rows = rows & (label == number)
            counts[number + 1, place] = rows.sum()
            if rows.any():
                means[number + 1, place] = values[rows].mean(axis=0)
    return means, counts


def over_subjects(means):
    """Mean over subjects and its interval, of one class.

    Parameters
    ----------
    means : array, shape (n_subjects, ...)
        Subjects without a window are NaN, and left out.

    Returns
    -------
    array, shape (3, ...)
        Mean, low, high.
    """
    flat = means.reshape(len(means), -1)
    flat = flat[np.isfinite(flat).all(axis=1)]
    if not len(flat):
        return np.full((3, *means.shape[1:]), np.nan)
    rng = np.random.default_rng(0)
    ends = mean_interval(flat, N_BOOTSTRAP, CONFIDENCE, rng)
    return np.stack([flat.mean(axis=0), *ends]).reshape(3, *means.shape[1:])


def group_record(store, classes, bands=()):
    """What the page shows of a model and method over subjects.

    Parameters
    ----------
    store : xarray.Dataset
    classes : sequence of str
    bands : sequence of dict
        Rows of the table of shares.

    Returns
    -------
    dict
        `map` (class, mean low high, channel), `map_subject` (class, subject, channel), `course`
        (class, mean low high, all and every channel, bin), `course_subject` (class, subject,
        channel, bin), all in logit; `layers` (class, layer, channel, patch) where the store has
        relevance inside.
    """
    subject = store["subject"].values
    label = store["label"].values
    values = binned(store)
    means, counts = means_by_subject(values, subject, label, len(classes))
    maps = means.sum(axis=3)
    total = means.sum(axis=2, keepdims=True)
    courses = np.concatenate([total, means], axis=2)
    record = {
        "subjects": np.unique(subject).tolist(),
        "counts": counts.tolist(),
        "edges": bin_edges(store.sizes["time"]).tolist(),
        "map": _packed([over_subjects(one) for one in maps]),
        "map_subject": _packed(maps),
        "course": _packed([over_subjects(one) for one in courses]),
        "course_subject": packed(round_mantissa(means, SUBJECT_BITS)),
        "bands": list(bands),
    }
    if "layer_relevance" in store:
        inside = window_array(store, name="layer_relevance")
        layers, _ = means_by_subject(inside, subject, label, len(classes))
        record["layers"] = _packed(np.nanmean(layers, axis=1))
    return record


def _packed(values):
    return packed(np.asarray(values, np.float32))
