"""Windows of real rest whose labels mean nothing: ground for planted fields, or a control."""

import numpy as np

from eeglrp.windowing.candidates import Candidates, annotated, tiled
from eeglrp.windowing.counts import counted
from eeglrp.windowing.repeats import settle

#: Description of the segments, in this package's words.
REST = "rest"


def rest_candidates(raw, task, rng):
    """Windows that tile rest segments without overlap, with random labels.

    Parameters
    ----------
    raw : mne.io.BaseRaw
    task : dict
        `classes`; `start`, time left out after each segment's onset, and `length` in s.
    rng : numpy.random.Generator
        Of the subject and the recording, not of the task: tasks with the same windows then have
        the same labels.

    Returns
    -------
    Candidates
    """
    rows = [row for row in annotated(raw) if row[2] == REST]
    segments, reasons = settle(rows, raw.info["sfreq"])
    start, length = task["start"], task["length"]
    onset = []
    for begin, duration, _ in segments:
        onset += tiled(begin + start, duration - start, length)
    label = balanced_labels(len(onset), len(task["classes"]), rng)
    counts = []
    if segments:
        counts.append(("segment_found", REST, len(rows)))
    left_out = [f"segment_{reason}" for reason in reasons]
    counts += counted("segment_left_out", left_out)
    return Candidates(np.array(onset, float), label, None, counts)


def balanced_labels(number, n_classes, rng):
    """Labels in random order, equally often, or nearly where the number does not divide.

    Which classes are then one ahead is drawn, too.

    Returns
    -------
    array of int, shape (number,)
    """
    first = rng.integers(n_classes)
    in_turn = (np.arange(number) + first) % n_classes
    return rng.permutation(in_turn)
