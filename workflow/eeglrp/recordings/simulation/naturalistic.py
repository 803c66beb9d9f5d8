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
        ratings = self.ratings[:, column]
        rated = times + self.lag
        rating = np.interp(rated, self.times, ratings)
        return (rating - MIDDLE) / REACH

    def riding(self, times):
        """Whether each of some times in s lies in a ride."""
        onset, length, kind = zip(*self.segments, strict=True)
        ends = np.add(onset, length)
        place = np.searchsorted(ends, times, side="right")
        place = place.clip(max=len(ends) - 1)
        is_ride = np.array([word == RIDE for word in kind])
        return is_ride[place]


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
    rate = dataset["rating_rate"]
    lag = float(dataset["rating_lag"])
    n_ratings = int(np.ceil((duration + lag) * rate)) + 1
    times = np.arange(n_ratings) / rate
    unrated = np.zeros((n_ratings, 2))
    segments = _segments(dataset, duration)
    course = Course(times, unrated, lag, segments)
    roused = _roused(course, rate)
    noise = rng.standard_normal((n_ratings, len(RATED)))
    steps = dataset["rating_time"] * rate
    ratings = MIDDLE + wander(noise, RATING_SD, steps)
    more_in_rides = roused - roused.mean()
    ratings[:, 0] += dataset["ride_arousal"] * more_in_rides
    on_scale = ratings.clip(MIDDLE - REACH, MIDDLE + REACH)
    in_steps = np.round(on_scale / STEP) * STEP
    return course._replace(ratings=np.round(in_steps, 2))


def _roused(course, rate):
    """How far arousal follows the rides at the times of the ratings, from 0 to 1."""
    rated = (course.times - course.lag).clip(0)
    riding = course.riding(rated).astype(float)
    start = riding[0]
    steps = REACTION * rate
    keep = np.exp(-1 / steps)
    change = lfilter([1 - keep], [1.0, -keep], riding - start)
    return start + change


def _segments(dataset, duration):
    """Breaks and rides in turn, a break first; the last one ends with the recording."""
    lengths = {
        BREAK: float(dataset["break_length"]),
        RIDE: float(dataset["ride_length"]),
    }
    following = {BREAK: RIDE, RIDE: BREAK}
    segments = []
    onset, kind = 0.0, BREAK
    while onset < duration:
        length = min(lengths[kind], duration - onset)
        if length:
            segments.append((onset, length, kind))
        onset += length
        kind = following[kind]
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
    new_share = 1 - keep**2
    kicks = sd * np.sqrt(new_share) * noise
    kicks[0] = sd * noise[0]
    recursion = [1.0, -keep]
    return lfilter([1.0], recursion, kicks, axis=0)


def drift(dataset, timeline, rng):
    """Slow random course of a source's amplitude, whose mean power is 1; shape (n_times,)."""
    times = timeline.course.times
    size = dataset["drift"]
    steps = dataset["rating_time"] * dataset["rating_rate"]
    noise = rng.standard_normal(len(times))
    slow = wander(noise, size, steps)
    amplitude = np.exp(slow - size**2)
    return np.interp(timeline.times, times, amplitude)
