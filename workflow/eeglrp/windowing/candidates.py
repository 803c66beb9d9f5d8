"""Windows that a recording offers, before any is rejected."""

from typing import NamedTuple

import numpy as np

from eeglrp.errors import InputError
from eeglrp.windowing.counts import counted
from eeglrp.windowing.labels import parse_ratings
from eeglrp.windowing.repeats import settle

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
    for name in recording.raw.filenames:
        if name:
            return name
    return recording.name


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
    onsets = notes.onset - raw.first_time
    texts = map(str, notes.description)
    rows = zip(onsets, notes.duration, texts, strict=True)
    return [row for row in rows if _is_mark(row[2]) == marks]


def _is_mark(text):
    return text.upper().startswith(_MARKS)


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
    descriptions = []
    for recording in recordings:
        texts = [text for _, _, text in annotated(recording.raw)]
        if not texts:
            file = recording_file(recording)
            problem = "there are none"
            remedy = "use recordings with annotated events, or another task"
            raise InputError(file, "annotations", problem, remedy)
        descriptions += texts
    if descriptions and not any(wanted(text) for text in descriptions):
        listed = ", ".join(sorted(set(descriptions))[:10])
        problem = f"none found in the recordings, which have {listed}"
        remedy = "correct the task, or the dataset's `events` or `ratings`"
        raise InputError(recording_file(recordings[0]), key, problem, remedy)


def imagery_candidates(raw, task):
    """One window a trial, at a fixed time after its annotation.

    Trials shorter than `start + length` are no candidates; an annotation without duration says
    nothing about that, nor does the duration of a stimulus (kind `cued`). A trial given twice is
    one, and one with two classes is none.

    Parameters
    ----------
    raw : mne.io.BaseRaw
    task : dict
        `classes` (descriptions), `start` and `length` in s; `kind`.
    """
    classes, start = task["classes"], task["start"]
    trials = sorted(row for row in annotated(raw) if row[2] in classes)
    names = [name for _, _, name in trials]
    trials, reasons = settle(trials, raw.info["sfreq"])
    needed = start + task["length"] - _TOLERANCE
    if task.get("kind") == "cued":
        needed = 0
    cue, label = [], []
    for onset, duration, name in trials:
        if duration == 0 or duration >= needed:
            cue.append(onset)
            label.append(classes.index(name))
    counts = [("trial_found", name, names.count(name)) for name in classes]
    rejected = [f"trial_{reason}" for reason in reasons]
    counts += counted("window_rejected", rejected)
    short = len(trials) - len(cue)
    if short:
        counts.append(("window_rejected", "trial_too_short", short))
    cue = np.array(cue, float)
    label = np.array(label, int)
    return Candidates(cue + start, label, None, counts, cue)


def rated_segments(raw, rating):
    """Segments with a rating, each once, and why others of them do not count.

    Parameters
    ----------
    raw : mne.io.BaseRaw
    rating : str

    Returns
    -------
    segments : list of (onset, duration, rating)
        Times in s.
    reasons : list of str
        As of `settle`.
    """
    segments = []
    for onset, length, text in annotated(raw):
        ratings = parse_ratings(text)
        if rating in ratings:
            segments.append((onset, length, ratings[rating]))
    return settle(segments, raw.info["sfreq"])


def tiled(onset, duration, length):
    """Onsets of the windows of some length that fit into a segment without overlap, in s."""
    fitting = (duration + _TOLERANCE) / length
    number = int(fitting)
    return [onset + i * length for i in range(number)]


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
    onset, label, ratings = [], [], []
    segments, reasons = rated_segments(raw, task["rating"])
    left_out = [f"segment_{reason}" for reason in reasons]
    for start, duration, rating in segments:
        index = label_of(rating)
        if index is None:
            left_out.append("rating_between_classes")
            continue
        tiles = tiled(start, duration, task["length"])
        onset += tiles
        label += [index] * len(tiles)
        ratings += [rating] * len(tiles)
    counts = counted("segment_left_out", left_out)
    onset = np.array(onset, float)
    label = np.array(label, int)
    extra = {"rating": np.array(ratings, float)}
    return Candidates(onset, label, None, counts, extra=extra)
