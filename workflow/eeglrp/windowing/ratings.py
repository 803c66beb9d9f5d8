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
    key, rating = f"tasks.{task_name}", task["rating"]
    continuous = {each.name: is_continuous(each, task) for each in recordings}
    segmented = [each for each in recordings if not continuous[each.name]]
    throughout = [each for each in recordings if continuous[each.name]]
    check_annotations(
        segmented,
        lambda text: rating in parse_ratings(text),
        f"{key}.rating: {rating}",
    )
    within = task.get("within", ())
    if within:
        check_annotations(
            throughout, lambda text: text in within, f"{key}.within: {within}"
        )
    ratings = [
        row[2]
        for each in segmented
        for row in rated_segments(each.raw, rating)
    ]
    for each in throughout:
        found = rated_windows(each, task)[1]
        ratings += found[np.isfinite(found)].tolist()
    rule = rating_rule(ratings, task["threshold"])

    def choose(recording):
        if continuous[recording.name]:
            found = continuous_candidates(recording, task, rule)
        else:
            found = affect_candidates(recording.raw, task, rule)
        return (
            with_heart(found, recording, task)
            if task.get("r_peaks")
            else found
        )

    return choose


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
    found = rating in recording.ratings
    if source == "continuous" and not found:
        problem = f"no continuous {rating}"
        remedy = "correct the dataset's `ratings`, or leave rating_source out"
        raise InputError(recording_file(recording), "ratings", problem, remedy)
    return found and source != "segments"


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
    raw, within = recording.raw, task.get("within", ())
    segments = [(0.0, raw.n_times / raw.info["sfreq"])]
    if within:
        segments = sorted(
            row[:2] for row in annotated(raw) if row[2] in within
        )
    onset = np.array(
        [at for segment in segments for at in tiled(*segment, task["length"])],
        float,
    )
    times, values = recording.ratings[task["rating"]]
    return onset, window_means(
        times, values, onset + task.get("lag", 0.0), task["length"]
    )


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
    known = np.isfinite(values)
    sums = np.append(0.0, np.cumsum(np.where(known, values, 0.0)))
    counts = np.append(0, np.cumsum(known))
    # Rounding must not move a sample into the neighbouring window.
    first, last = (
        np.searchsorted(times, edge - 1e-6) for edge in (start, start + length)
    )
    number = counts[last] - counts[first]
    step = np.median(np.diff(times)) if len(times) > 1 else np.inf
    expected = length / step + 1e-6
    if expected < 1:
        return np.interp(
            start + length / 2, times, values, left=np.nan, right=np.nan
        )
    enough = number >= KNOWN * np.floor(expected)
    return np.where(
        enough, (sums[last] - sums[first]) / np.maximum(number, 1), np.nan
    )


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
    label = [
        label_of(value) if np.isfinite(value) else None for value in rating
    ]
    kept = np.array([value is not None for value in label], bool)
    if known.any() and not kept.any() and np.ptp(rating[known]) == 0:
        raise CannotUse(f"{task['rating']} is constant")
    reasons = np.where(known, "rating_between_classes", "rating_unknown")[
        ~kept
    ]
    return Candidates(
        onset[kept],
        np.array([value for value in label if value is not None], int),
        None,
        counted("window_left_out", reasons.tolist()),
        extra={"rating": rating[kept]},
    )
