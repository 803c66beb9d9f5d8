"""Event-locked averages against surrogate events that keep their place on the sampling grid.

Surrogates exchange whole lists of event times between windows of one subject and class. A surrogate
event thereby keeps its place in the window, hence its phase on LaBraM's sampling grid (modulo the
stride of 8 samples and the patch of 200), which would otherwise pass for an effect; only the tie
between event and signal is cut.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from eeglrp.statistics import (
    maximum_test,
    percentile_interval,
    resampling_weights,
)

#: Distance of lags in s: well below the smoothing, and a quarter of the table.
LAG_STEP = 0.01
#: Lags that fewer than this fraction of the events reach are left out.
MIN_COVERAGE = 0.25
#: Numbers gathered at once (float32: 16 MB).
_BLOCK = 4_000_000


class Locked(NamedTuple):
    """Sums of relevance around events.

    `total` and `count`, shape (n_units, n_lags): sum and number of terms of each unit (a window,
    or a subject). `null`, shape (n_surrogates, n_lags): sum over all units for each surrogate.
    `n_events` over all units.
    """

    total: np.ndarray
    count: np.ndarray
    null: np.ndarray
    n_events: int


def lag_samples(reach, rate):
    """Lags in samples from -`reach` to `reach` (s) at the sampling rate `rate` (Hz)."""
    step = max(1, round(LAG_STEP * rate))
    last = max(1, round(reach * rate / step))
    steps = np.arange(-last, last + 1)
    return steps * step


def lock(course, event_window, event_sample, label, lags, surrogates, rng):
    """Sum relevance around the events of one subject, and around surrogate events.

    Parameters
    ----------
    course : array, shape (n_windows, n_times)
        Relevance summed over electrodes.
    event_window, event_sample : array of int, shape (n_events,)
        Window of each event and its place in there.
    label : array, shape (n_windows,)
        Event lists are exchanged within these groups.
    lags : array of int
        In samples, evenly spaced and symmetric.
    surrogates : int
    rng : numpy.random.Generator

    Returns
    -------
    Locked
        With windows as units. Exchanging lists keeps the number of terms at each lag.
    """
    around, inside = _around(course, lags)
    at_events = around[event_window, event_sample]
    shape = (2, len(course), len(lags))
    total, count = np.zeros(shape)
    np.add.at(total, event_window, at_events)
    np.add.at(count, event_window, inside[event_sample])
    null = np.empty((surrogates, len(lags)))
    n_terms = len(event_window) * len(lags)
    step = max(1, _BLOCK // max(1, n_terms))
    for start in range(0, surrogates, step):
        stop = min(start + step, surrogates)
        permutations = exchanged(label, stop - start, rng)
        other_window = permutations[:, event_window]
        courses = around[other_window, event_sample]
        null[start:stop] = courses.sum(1)
    return Locked(total, count, null, len(event_window))


def _around(course, lags):
    """Views (window, sample, lag) of the course, 0 outside, and (sample, lag) which lie inside."""
    reach = lags[-1]
    step = lags[1] - lags[0]
    width = 2 * reach + 1
    n_times = course.shape[1]
    course = course.astype(np.float32)
    padded = np.pad(course, ((0, 0), (reach, reach)))
    every_sample = sliding_window_view(padded, width, axis=1)
    place = np.arange(n_times)[:, None] + lags
    inside = (place >= 0) & (place < n_times)
    return every_sample[:, :, ::step], inside


def exchanged(label, surrogates, rng):
    """Permutations of the windows within their classes, shape (surrogates, n_windows)."""
    other = np.empty((surrogates, len(label)), int)
    for group in np.unique(label):
        windows = np.flatnonzero(label == group)
        copies = np.tile(windows, (surrogates, 1))
        other[:, windows] = rng.permuted(copies, axis=1)
    return other


def pooled(subjects):
    """One `Locked` whose units are subjects, from theirs. Every event has equal weight."""
    totals = [subject.total.sum(0) for subject in subjects]
    counts = [subject.count.sum(0) for subject in subjects]
    nulls = [subject.null for subject in subjects]
    return Locked(
        total=np.stack(totals),
        count=np.stack(counts),
        null=np.sum(nulls, axis=0),
        n_events=sum(subject.n_events for subject in subjects),
    )


def describe(locked, lags, n_bootstrap, confidence, rng):
    """Course with its null, test and peak latency.

    Parameters
    ----------
    locked : Locked
    lags : array
        In s.

    Returns
    -------
    course : dict of array, shape (n_lags,)
        `lag` (s), `value` (logit), `ci_low`, `ci_high` (bootstrap over units), `chance`,
        `null_low`, `null_high` (simultaneous band of the surrogates), `n`; covered lags only.
    summary : dict of dict
        `value` and, where known, `ci_low`, `ci_high`, `chance` of `z` (at the peak, the lag of
        largest |z|; chance is what surrogates reach on average), `p` (over all lags),
        `latency` (of the peak, in s) and `latency_sd` (of the bootstrap's peaks, in s).
    """
    n = locked.count.sum(0)
    covered = n >= max(1, MIN_COVERAGE * n.max())
    lags = lags[covered]
    n = n[covered]
    value = locked.total.sum(0)[covered] / n
    null = locked.null[:, covered] / n
    test = maximum_test(value, null, confidence)
    drawn = _bootstrap(locked, covered, n_bootstrap, rng)
    low, high = percentile_interval(drawn, confidence)
    band = test.critical * test.spread
    course = {
        "lag": lags,
        "value": value,
        "ci_low": low,
        "ci_high": high,
        "chance": test.centre,
        "n": n,
        "null_low": test.centre - band,
        "null_high": test.centre + band,
    }
    return course, _summary(test, drawn, lags, confidence)


def _bootstrap(locked, covered, n_bootstrap, rng):
    """Courses of bootstrap samples of the units; NaN with a single unit."""
    total = locked.total[:, covered]
    count = locked.count[:, covered]
    if len(total) < 2:
        return np.full((1, total.shape[1]), np.nan)
    totals, counts = [], []
    for weights in resampling_weights(len(total), n_bootstrap, rng):
        totals.append(weights @ total)
        counts.append(weights @ count)
    total = np.concatenate(totals)
    count = np.concatenate(counts)
    zeros = np.zeros_like(total)
    return np.divide(total, count, out=zeros, where=count > 0)


def _summary(test, drawn, lags, confidence):
    peak = np.abs(test.z).argmax()
    z = test.z[peak]
    sign = np.sign(z)
    spread = np.where(test.spread > 0, test.spread, np.inf)
    drawn_z = sign * (drawn - test.centre) / spread
    ends = percentile_interval(drawn_z[:, peak], confidence)
    z_low, z_high = np.sort(sign * ends)
    latencies = lags[drawn_z.argmax(1)]
    first, last, spread_of_latency = np.nan, np.nan, np.nan
    if z != 0 and len(drawn) > 1:
        first, last = percentile_interval(latencies, confidence)
        spread_of_latency = latencies.std()
    return {
        "z": {
            "value": z,
            "ci_low": z_low,
            "ci_high": z_high,
            "chance": sign * test.expected,
        },
        "p": {"value": test.p},
        "latency": {
            "value": lags[peak] if z else np.nan,
            "ci_low": first,
            "ci_high": last,
        },
        "latency_sd": {"value": spread_of_latency},
    }
