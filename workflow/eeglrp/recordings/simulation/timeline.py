"""What happens when in a simulated recording: trials, their labels and ratings, annotations."""

import math
from typing import NamedTuple

import numpy as np

from eeglrp.recordings.simulation.naturalistic import Course, make_course

#: Time before the first trial and after the last, in s.
MARGIN = 1.0
#: Rest between two imagery trials, in s, jittered so that the cue cannot be foreseen.
IMAGERY_REST = (2.0, 3.0)
#: Pause between two segments of an affect recording, in s.
AFFECT_PAUSE = 1.0
#: Time in which the amplitude of a rhythm passes from one state to the next, in s.
RAMP = 0.5
IMAGERY_ANNOTATIONS = ("T1", "T2")


class Timeline(NamedTuple):
    """The course of one recording; one at rest and a naturalistic one have no trials.

    `onset` (n_trials,) in s; `length` in s; `label` (n_trials,) of 0 or 1: left or right, low or
    high arousal; `ratings` (n_trials, 2) of arousal and valence from 1 to 9, in affect only;
    `annotations` of (onset, duration, description); `course` of ratings that never stop, in
    naturalistic recordings only.
    """

    sampling_rate: int
    n_times: int
    onset: np.ndarray
    length: float
    label: np.ndarray
    ratings: np.ndarray
    annotations: list
    course: Course | None = None

    @property
    def duration(self):
        """Length of the recording in s."""
        return self.n_times / self.sampling_rate

    @property
    def times(self):
        """Time of each sample in s."""
        samples = np.arange(self.n_times)
        return samples / self.sampling_rate


def make_timeline(dataset, rng):
    """Lay out the recording of one subject.

    Parameters
    ----------
    dataset : dict
        Complete settings of the data set.
    rng : numpy.random.Generator

    Returns
    -------
    Timeline
    """
    make = _MAKERS[dataset["paradigm"]]
    return make(dataset, rng)


def _timeline(dataset, end, onset, label, ratings, annotations):
    """Round up to whole seconds: an EDF file consists of whole data records."""
    rate = int(dataset["sampling_rate"])
    n_times = rate * math.ceil(end)
    length = float(dataset["trial_length"])
    return Timeline(rate, n_times, onset, length, label, ratings, annotations)


def _rest(dataset, rng):
    end = dataset["duration"]
    onset = np.zeros(0)
    label = np.zeros(0, int)
    ratings = np.zeros((0, 2))
    return _timeline(dataset, end, onset, label, ratings, [])


def _balanced(n, n_kinds, rng):
    """Kinds 0..n_kinds-1 in random order, equally often within each successive block."""
    n_blocks = math.ceil(n / n_kinds)
    blocks = np.tile(np.arange(n_kinds), (n_blocks, 1))
    kinds = rng.permuted(blocks, axis=1).ravel()
    return kinds[:n]


def _imagery(dataset, rng):
    n = int(dataset["trials"])
    length = dataset["trial_length"]
    label = _balanced(n, 4, rng) % 2
    rest = np.round(rng.uniform(*IMAGERY_REST, n), 3)
    onset = MARGIN + np.cumsum(rest) + length * np.arange(n)
    end = onset[-1] + length + MARGIN
    annotations = []
    for start, pause, kind in zip(onset, rest, label, strict=True):
        word = IMAGERY_ANNOTATIONS[kind]
        annotations.append((start - pause, pause, "T0"))
        annotations.append((start, length, word))
    ratings = np.zeros((0, 2))
    return _timeline(dataset, end, onset, label, ratings, annotations)


def _affect(dataset, rng):
    """Segments over the four quadrants of arousal and valence, equally often: uncorrelated."""
    n = int(dataset["trials"])
    length = dataset["trial_length"]
    quadrant = _balanced(n, 4, rng)
    # Trial, and arousal or valence.
    high = np.stack([quadrant // 2, quadrant % 2], axis=1)
    low_rating = rng.integers(2, 10, (n, 2)) / 2
    ratings = np.where(high, 10 - low_rating, low_rating)
    onset = MARGIN + (length + AFFECT_PAUSE) * np.arange(n)
    annotations = []
    for start, rating in zip(onset, ratings, strict=True):
        arousal, valence = rating
        text = f"arousal={arousal:.1f} valence={valence:.1f}"
        annotations.append((start, length, text))
    label = high[:, 0]
    end = onset[-1] + length + MARGIN
    return _timeline(dataset, end, onset, label, ratings, annotations)


def _naturalistic(dataset, rng):
    """Ratings without trials."""
    line = _rest(dataset, rng)
    course = make_course(dataset, line.duration, rng)
    return line._replace(annotations=course.segments, course=course)


_MAKERS = {
    "rest": _rest,
    "imagery": _imagery,
    "affect": _affect,
    "naturalistic": _naturalistic,
}


def modulation(timeline, values, outside, delay):
    """Course of an amplitude that takes one value in each trial.

    Parameters
    ----------
    timeline : Timeline
    values : array, shape (n_trials,)
    outside : float
        Value between trials.
    delay : float
        Start of the ramp to the trial's value, in s after the trial's onset; the ramp back starts
        with the trial's end.

    Returns
    -------
    array, shape (n_times,)
    """
    if not len(timeline.onset):
        return np.full(timeline.n_times, float(outside))
    start = timeline.onset + delay
    end = timeline.onset + timeline.length
    reached = np.minimum(start + RAMP, end)
    left = end + RAMP
    around = np.full(len(values), outside)
    # Trial, and the four knots of its ramps.
    knots = np.stack([start, reached, end, left], axis=1)
    levels = np.stack([around, values, values, around], axis=1)
    return np.interp(timeline.times, knots.ravel(), levels.ravel())


def follow_label(timeline, probability, rng):
    """Side of each trial's event: the trial's label with this probability, else the other one."""
    label = timeline.label
    follows = rng.random(len(label)) < probability
    return np.where(follows, label, 1 - label)
