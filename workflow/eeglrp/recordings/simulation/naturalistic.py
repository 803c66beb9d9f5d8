"""A naturalistic recording: breaks and rides, and ratings that drift along with them.

Arousal and valence are Ornstein-Uhlenbeck processes: they fall back to the middle of the scale
within `rating_time`. On top of that, arousal is higher in rides than in breaks. The sizes of
ongoing sources drift just as slowly, each on its own. So rated and unrated things share their
autocorrelation, and a chance correlation of ratings and power is no rarity.
"""

from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

#: Middle of the scale, its distance to either end, and SD of the ratings before they are cut off.
MIDDLE, REACH, RATING_SD = 5.0, 4.0, 1.6
#: Time in s in which arousal follows a ride's begin or end.
REACTION = 4.0
#: Ratings are given in steps of this size.
STEP = 0.01
#: The order of the columns of `Course.ratings`.
RATED = ("arousal", "valence")
BREAK, RIDE = "break", "ride"


class Course(NamedTuple):
    """Ratings as they were given, and the segments of the recording.

    `times` (n,) in s; `ratings` (n, 2) of arousal and valence from 1 to 9; `lag` in s: the rating
    given at t is that of the state at t - lag; `segments` of (onset, duration, break or ride).
    """

    times: np.ndarray
    ratings: np.ndarray
    lag: float
    segments: list

    def state(self, column, times):
        """Arousal (0) or valence (1) at some times in s, from -1 to 1."""
        rating = np.interp(
            times + self.lag, self.times, self.ratings[:, column]
        )
        return (rating - MIDDLE) / REACH

    def riding(self, times):
        """Whether each of some times in s lies in a ride."""
        ends = np.array([onset + length for onset, length, _ in self.segments])
        place = np.searchsorted(ends, times, side="right").clip(
            max=len(ends) - 1
        )
        return np.array([kind == RIDE for _, _, kind in self.segments])[place]


def make_course(dataset, duration, rng):
    """Draw the ratings of one recording.

    Parameters
    ----------
    dataset : dict
        Complete settings of the data set.
    duration : float
        Of the recording, in s.
    rng : numpy.random.Generator

    Returns
    -------
    Course
    """
    rate, lag = dataset["rating_rate"], float(dataset["rating_lag"])
    times = np.arange(int(np.ceil((duration + lag) * rate)) + 1) / rate
    course = Course(
        times, np.zeros((len(times), 2)), lag, _segments(dataset, duration)
    )
    riding = course.riding((times - lag).clip(0)).astype(float)
    keep = np.exp(-1 / (REACTION * rate))
    roused = riding[0] + lfilter([1 - keep], [1.0, -keep], riding - riding[0])
    noise = rng.standard_normal((len(times), len(RATED)))
    drawn = MIDDLE + wander(noise, RATING_SD, dataset["rating_time"] * rate)
    drawn[:, 0] += dataset["ride_arousal"] * (roused - roused.mean())
    ratings = (
        np.round(drawn.clip(MIDDLE - REACH, MIDDLE + REACH) / STEP) * STEP
    )
    return course._replace(ratings=np.round(ratings, 2))


def _segments(dataset, duration):
    """Breaks and rides in turn, a break first; the last one ends with the recording."""
    segments, onset, kind = [], 0.0, BREAK
    lengths = {
        BREAK: float(dataset["break_length"]),
        RIDE: float(dataset["ride_length"]),
    }
    while onset < duration:
        length = min(lengths[kind], duration - onset)
        segments += [(onset, length, kind)] if length else []
        onset, kind = onset + length, RIDE if kind == BREAK else BREAK
    return segments


def wander(noise, sd, steps):
    """Ornstein-Uhlenbeck process around 0, stationary from its first value on.

    Parameters
    ----------
    noise : array, shape (n, ...)
        Standard normal.
    sd : float
    steps : float
        Steps in which its autocorrelation falls to 1/e.

    Returns
    -------
    array like `noise`
    """
    keep = np.exp(-1 / steps)
    kicks = sd * np.sqrt(1 - keep**2) * noise
    kicks[0] = sd * noise[0]
    return lfilter([1.0], [1.0, -keep], kicks, axis=0)


def drift(dataset, timeline, rng):
    """Slow random course of a source's amplitude, whose mean power is 1; shape (n_times,)."""
    times, rate = timeline.course.times, dataset["rating_rate"]
    size = dataset["drift"]
    slow = wander(
        rng.standard_normal(len(times)), size, dataset["rating_time"] * rate
    )
    return np.interp(timeline.times, times, np.exp(slow - size**2))
