"""Windows that a recording offers, before any is rejected."""

from typing import NamedTuple

import numpy as np

from eeglrp.errors import InputError
from eeglrp.windowing.counts import counted
from eeglrp.windowing.labels import parse_ratings

#: Annotations that mark no event: bad spans, and joints between pieces of a recording.
_MARKS = ("BAD", "EDGE")
#: Rounding of annotated times, in s.
_TOLERANCE = 1e-6


class Candidates(NamedTuple):
    """Windows in order of time."""

    #: (n,) s from the recording's first sample.
    onset: np.ndarray
    #: (n,) index of the class.
    label: np.ndarray
    #: (n_events,) s from the recording's first sample; None where events are not known.
    event: np.ndarray | None
    #: Why windows are not even candidates: rows (item, name, count).
    counts: list
    #: (n,) s, the cue of each window's trial; None where windows follow no cue.
    cue: np.ndarray | None = None
    #: Further values of each window (n,) by name: `rating`, whatever the class, and `heart_rate` in
    #: beats per minute, NaN where unknown.
    extra: dict = {}


def recording_file(recording):
    """The recording's file, or its name, for messages."""
    names = [name for name in recording.raw.filenames if name]
    return names[0] if names else recording.name


def annotated(raw, marks=False):
    """Onset, duration (s from the first sample) and description of a recording's annotations.

    Parameters
    ----------
    raw : mne.io.BaseRaw
    marks : bool
        Marks of bad spans and joints instead of events.

    Returns
    -------
    list of (float, float, str)
    """
    notes = raw.annotations
    rows = zip(
        notes.onset - raw.first_time,
        notes.duration,
        map(str, notes.description),
        strict=True,
    )
    return [row for row in rows if row[2].upper().startswith(_MARKS) == marks]


def check_annotations(recordings, wanted, key):
    """Check that every recording is annotated, and that some annotation is of use.

    Parameters
    ----------
    recordings : list of Recording
    wanted : callable
        Whether a description is of use.
    key : str
        The configuration key at fault if none is.

    Raises
    ------
    InputError
        Naming the recording, or the descriptions found.
    """
    found = []
    for recording in recordings:
        descriptions = [text for _, _, text in annotated(recording.raw)]
        if not descriptions:
            remedy = "use recordings with annotated events, or another task"
            raise InputError(
                recording_file(recording),
                "annotations",
                "there are none",
                remedy,
            )
        found += descriptions
    if found and not any(wanted(text) for text in found):
        listed = ", ".join(sorted(set(found))[:10])
        problem = f"none found in the recordings, which have {listed}"
        remedy = "correct the task, or the dataset's `events` or `ratings`"
        raise InputError(recording_file(recordings[0]), key, problem, remedy)


def imagery_candidates(raw, task):
    """One window a trial, at a fixed time after its annotation.

    Trials shorter than `start + length` are no candidates; an annotation without duration says
    nothing about that.

    Parameters
    ----------
    raw : mne.io.BaseRaw
    task : dict
        `classes` (descriptions), `start` and `length` in s.
    """
    trials = sorted(row for row in annotated(raw) if row[2] in task["classes"])
    needed = task["start"] + task["length"] - _TOLERANCE
    kept = [row for row in trials if row[1] == 0 or row[1] >= needed]
    counts = [
        ("trial_found", name, sum(row[2] == name for row in trials))
        for name in task["classes"]
    ]
    short = len(trials) - len(kept)
    counts += [("window_rejected", "trial_too_short", short)] if short else []
    cue = np.array([row[0] for row in kept], float)
    label = np.array([task["classes"].index(row[2]) for row in kept], int)
    return Candidates(cue + task["start"], label, None, counts, cue)


def rated_segments(raw, rating):
    """Segments with a rating: list of (onset, duration, rating), times in s."""
    rows = [
        (onset, length, parse_ratings(text))
        for onset, length, text in annotated(raw)
    ]
    return sorted(
        (onset, length, found[rating])
        for onset, length, found in rows
        if rating in found
    )


def tiled(onset, duration, length):
    """Onsets of the windows of some length that fit into a segment without overlap, in s."""
    return [
        onset + i * length
        for i in range(int((duration + _TOLERANCE) / length))
    ]


def affect_candidates(raw, task, label_of):
    """Windows that tile rated segments without overlap.

    Parameters
    ----------
    raw : mne.io.BaseRaw
    task : dict
        `rating`, `length` in s.
    label_of : callable
        Class of a rating, or None for segments to leave out.
    """
    onset, label, ratings, left_out = [], [], [], []
    for start, duration, rating in rated_segments(raw, task["rating"]):
        index = label_of(rating)
        if index is None:
            left_out.append("rating_between_classes")
            continue
        tiles = tiled(start, duration, task["length"])
        onset += tiles
        label += [index] * len(tiles)
        ratings += [rating] * len(tiles)
    counts = counted("segment_left_out", left_out)
    arrays = np.array(onset, float), np.array(label, int)
    return Candidates(
        *arrays, None, counts, extra={"rating": np.array(ratings, float)}
    )
