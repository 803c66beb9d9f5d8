"""Rated windows: of segments with one rating each, or of recordings that were rated throughout."""

import numpy as np

from eeglrp.errors import InputError
from eeglrp.windowing.candidates import (
    Candidates,
    affect_candidates,
    annotated,
    check_annotations,
    rated_segments,
    recording_file,
    tiled,
)
from eeglrp.windowing.counts import CannotUse, counted
from eeglrp.windowing.heart import with_heart
from eeglrp.windowing.labels import parse_ratings, rating_rule
from eeglrp.windowing.repeats import settle

#: Part of a window's samples of the rating that must be known.
KNOWN = 0.5


def affect_chooser(recordings, task_name, task):
    """Function (recording) -> Candidates, whose classes compare all recordings of a subject.

    Parameters
    ----------
    recordings : list of Recording
    task_name : str
    task : dict
        `rating`, `threshold`, `length`; perhaps `rating_source`, `lag`, `within` and `r_peaks`.

    Raises
    ------
    InputError
        If recordings lack ratings or segments.
    """
    segmented, throughout = [], []
    for recording in recordings:
        continuous = is_continuous(recording, task)
        kind = throughout if continuous else segmented
        kind.append(recording)
    _check_rated(segmented, throughout, task_name, task)
    ratings = _all_ratings(segmented, throughout, task)
    rule = rating_rule(ratings, task["threshold"])
    names = {recording.name for recording in throughout}

    def choose(recording):
        if recording.name in names:
            candidates = continuous_candidates(recording, task, rule)
        else:
            candidates = affect_candidates(recording.raw, task, rule)
        if task.get("r_peaks"):
            return with_heart(candidates, recording, task)
        return candidates

    return choose


def _check_rated(segmented, throughout, task_name, task):
    """Check that there are rated segments, and those that continuous ratings are wanted of."""
    rating, within = task["rating"], task.get("within", ())
    key = f"tasks.{task_name}"
    check_annotations(
        segmented,
        lambda text: rating in parse_ratings(text),
        f"{key}.rating: {rating}",
    )
    if within:
        check_annotations(
            throughout, lambda text: text in within, f"{key}.within: {within}"
        )


def _all_ratings(segmented, throughout, task):
    """All known ratings of a subject, of segments and of windows."""
    ratings = []
    for recording in segmented:
        segments, _ = rated_segments(recording.raw, task["rating"])
        ratings += [rating for _, _, rating in segments]
    for recording in throughout:
        _, means = rated_windows(recording, task)
        ratings += means[np.isfinite(means)].tolist()
    return ratings


def is_continuous(recording, task):
    """Whether the ratings of a recording for a task run through it, or belong to segments.

    Parameters
    ----------
    recording : Recording
    task : dict
        `rating`; `rating_source`: `continuous`, `segments`, or None for what there is.

    Raises
    ------
    InputError
        If continuous ratings are wanted and there are none.
    """
    source, rating = task.get("rating_source"), task["rating"]
    has_ratings = rating in recording.ratings
    if source == "continuous" and not has_ratings:
        file = recording_file(recording)
        problem = f"no continuous {rating}"
        remedy = "correct the dataset's `ratings`, or leave rating_source out"
        raise InputError(file, "ratings", problem, remedy)
    return has_ratings and source != "segments"


def rated_windows(recording, task):
    """Windows that tile a recording, or segments of it, without overlap, and their ratings.

    Parameters
    ----------
    recording : Recording
    task : dict
        `rating`; `length` in s; `lag` in s, by which ratings follow what they rate; `within`,
        descriptions of the segments to use, all of the recording if there are none.

    Returns
    -------
    onset, rating : array, shape (n,)
        In s from the first sample; the mean over the window, NaN where too little is known.
    """
    raw, length = recording.raw, task["length"]
    within = task.get("within", ())
    segments = [(0.0, raw.n_times / raw.info["sfreq"])]
    if within:
        rows = [
            (*row[:2], "within") for row in annotated(raw) if row[2] in within
        ]
        segments = [row[:2] for row in settle(rows, raw.info["sfreq"])[0]]
    onset = []
    for start, duration in segments:
        onset += tiled(start, duration, length)
    onset = np.array(onset, float)
    rated = onset + task.get("lag", 0.0)
    times, values = recording.ratings[task["rating"]]
    return onset, window_means(times, values, rated, length)


def window_means(times, values, start, length):
    """Mean of a regularly sampled series over windows.

    Parameters
    ----------
    times, values : array, shape (n_times,)
        In s, ascending; NaN where the value is unknown.
    start : array, shape (n,)
        In s.
    length : float
        In s.

    Returns
    -------
    array, shape (n,)
        NaN where less than `KNOWN` of the samples that a window should hold are known. A window
        too short to hold any takes the straight line between its neighbours.
    """
    step = np.median(np.diff(times)) if len(times) > 1 else np.inf
    expected = length / step + 1e-6
    if expected < 1:
        middle = start + length / 2
        return np.interp(middle, times, values, left=np.nan, right=np.nan)
    known = np.isfinite(values)
    values = np.where(known, values, 0.0)
    # Of all samples before each one.
    sums = np.append(0.0, np.cumsum(values))
    counts = np.append(0, np.cumsum(known))
    # Rounding must not move a sample into the neighbouring window.
    first = np.searchsorted(times, start - 1e-6)
    last = np.searchsorted(times, start + length - 1e-6)
    total = sums[last] - sums[first]
    number = counts[last] - counts[first]
    mean = total / np.maximum(number, 1)
    enough = number >= KNOWN * np.floor(expected)
    return np.where(enough, mean, np.nan)


def continuous_candidates(recording, task, label_of):
    """Windows of a recording that was rated throughout.

    Parameters
    ----------
    recording, task
        As of `rated_windows`.
    label_of : callable
        Class of a rating, or None for windows to leave out.

    Returns
    -------
    Candidates

    Raises
    ------
    CannotUse
        If no window has a rating, or all have the same and no number divides high from low.
    """
    onset, rating = rated_windows(recording, task)
    known = np.isfinite(rating)
    if len(onset) and not known.any():
        raise CannotUse(f"{task['rating']} not known for any window")
    label, kept = [], np.zeros(len(onset), bool)
    for window in np.flatnonzero(known):
        index = label_of(rating[window])
        if index is not None:
            label.append(index)
            kept[window] = True
    if known.any() and not kept.any() and np.ptp(rating[known]) == 0:
        raise CannotUse(f"{task['rating']} is constant")
    reason = np.where(known, "rating_between_classes", "rating_unknown")
    counts = counted("window_left_out", reason[~kept].tolist())
    label = np.array(label, int)
    extra = {"rating": rating[kept]}
    return Candidates(onset[kept], label, None, counts, extra=extra)
