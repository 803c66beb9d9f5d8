"""Event-locked averages of whole maps, electrode by electrode, with the null of `locking`.

Surrogates are those of `eeglrp.verify.locking`: lists of event times exchanged between windows of
one subject and class, so that every surrogate event keeps its place on the sampling grid.
"""

from typing import NamedTuple

import numpy as np

from eeglrp.statistics import (
    maximum_test,
    percentile_interval,
    resampling_weights,
)
from eeglrp.verify.locking import MIN_COVERAGE, Locked, exchanged


class MapTest(NamedTuple):
    """Every electrode and lag against the surrogates; arrays of shape (n_lags, n_channels).

    `value`, `centre` of the null, `low` and `high` ends of its simultaneous band, `z`, and `p`,
    corrected for all electrodes and lags tested.
    """

    value: np.ndarray
    centre: np.ndarray
    low: np.ndarray
    high: np.ndarray
    z: np.ndarray
    p: np.ndarray


def lock_maps(maps, event_window, event_sample, label, lags, surrogates, rng):
    """Sum maps around the events of one subject, and around surrogate events.

    Parameters
    ----------
    maps : array, shape (n_windows, n_channels, n_times)
    event_window, event_sample : array of int, shape (n_events,)
        Window of each event and its place in there.
    label : array, shape (n_windows,)
        Event lists are exchanged within these groups.
    lags : array of int
        In samples.
    surrogates : int
    rng : numpy.random.Generator

    Returns
    -------
    Locked
        `total` (n_windows, n_lags, n_channels), `count` (n_windows, n_lags, 1), `null` (surrogates,
        n_lags, n_channels). Lags outside a window add nothing.
    """
    n_windows, n_channels, n_times = maps.shape
    reach = np.abs(lags).max()
    padded = _padded(maps, reach)
    place = event_sample[:, None] + lags  # (event, lag)
    inside = (place >= 0) & (place < n_times)
    inside = inside.astype(float)[..., None]
    count = np.zeros((n_windows, len(lags), 1))
    np.add.at(count, event_window, inside)
    window = event_window[:, None]
    around = padded[window, place + reach]
    total = np.zeros((n_windows, len(lags), n_channels))
    np.add.at(total, event_window, around)
    permutations = exchanged(label, surrogates, rng)
    other_window = permutations[:, event_window]
    null = _sums(padded, other_window, event_sample + reach, lags)
    return Locked(total, count, null, len(event_window))


def _padded(maps, reach):
    """Maps (n_windows, n_times + 2 * reach, n_channels), 0 beyond the ends of a window."""
    n_windows, n_channels, n_times = maps.shape
    n_padded = n_times + 2 * reach
    padded = np.zeros((n_windows, n_padded, n_channels))
    inside = slice(reach, reach + n_times)
    padded[:, inside] = maps.transpose(0, 2, 1)
    return padded


def _sums(maps, window, sample, lags):
    """Sums of maps (n_windows, n_times, n_channels) over events, for each surrogate and lag."""
    _, n_times, n_channels = maps.shape
    samples = maps.reshape(-1, n_channels)
    rows = window * n_times + sample  # (surrogate, event)
    sums = [row_sums(samples, rows + lag) for lag in lags]
    return np.stack(sums, 1)


def row_sums(samples, rows):
    """Sum of the chosen rows (n_sums, n_terms) of `samples` (n, k), for each sum: (n_sums, k)."""
    from scipy.sparse import csr_array

    ends = np.arange(len(rows) + 1) * rows.shape[1]
    entries = (np.ones(rows.size), rows.ravel(), ends)
    chosen = csr_array(entries, shape=(len(rows), len(samples)))
    # In single precision from here: the nulls of all subjects lie in memory at once.
    return (chosen @ samples).astype(np.float32)


def covered(parts):
    """Lags that enough events reach, in every part: array of bool, shape (n_lags,)."""
    enough = []
    for part in parts:
        n = part.count.sum(0)[:, 0]
        enough.append(n >= max(1, MIN_COVERAGE * n.max()))
    return np.all(enough, axis=0)


def means(parts):
    """Average maps around the events; of two parts, the first minus the second.

    Parameters
    ----------
    parts : sequence of Locked
        One or two, of `lock_maps`, with the same units.

    Returns
    -------
    value : array, shape (n_lags, n_channels)
    null : array, shape (n_surrogates, n_lags, n_channels)
    """
    value = null = 0.0
    for sign, part in zip((1, -1), parts, strict=False):
        n = np.maximum(part.count.sum(0), 1)
        total = part.total.sum(0)
        value = value + sign * total / n
        null = null + sign * part.null / n.astype(np.float32)
    return value, null


def bootstrap(parts, lags, n_bootstrap, rng):
    """`means` at some lags (positions) for units drawn with replacement.

    NaN with a single unit; a draw without an event counts as 0, as in `locking`.

    Returns
    -------
    array, shape (n_bootstrap, n_lags, n_channels)
    """
    n_units, _, n_channels = parts[0].total.shape
    if n_units < 2:
        return np.full((1, len(lags), n_channels), np.nan)
    drawn = []
    for weights in resampling_weights(n_units, n_bootstrap, rng):
        drawn.append(_drawn(parts, lags, weights))
    return np.concatenate(drawn)


def _drawn(parts, lags, weights):
    value = 0.0
    for sign, part in zip((1, -1), parts, strict=False):
        total = _weighted(weights, part.total[:, lags])
        n = _weighted(weights, part.count[:, lags])
        zeros = np.zeros_like(total)
        mean = np.divide(total, n, out=zeros, where=n > 0)
        value = value + sign * mean
    return value


def _weighted(weights, sums):
    """Sums over units (u), for each bootstrap sample (b), by lag and channel."""
    return np.einsum("bu,ulc->blc", weights, sums, optimize=True)


def interval(parts, lags, statistics, rng):
    """Ends of the bootstrap interval of `means` at some lags, each (n_lags, n_channels)."""
    drawn = bootstrap(parts, lags, statistics["bootstrap"], rng)
    return percentile_interval(drawn, statistics["confidence"])


def against_surrogates(value, null, confidence):
    """Maximum statistic over all electrodes and lags (Westfall & Young, 1993).

    Parameters
    ----------
    value, null
        Of `means`.
    confidence : float
        Of the simultaneous band.

    Returns
    -------
    MapTest
    """
    flat = null.reshape(len(null), -1)
    test = maximum_test(value.ravel(), flat, confidence)
    divisor = np.where(test.spread > 0, test.spread, np.inf)
    null_z = np.abs((flat - test.centre) / divisor)
    largest = np.sort(null_z.max(1))
    beyond = len(largest) - np.searchsorted(largest, np.abs(test.z))
    p = (1 + beyond) / (1 + len(null))
    band = test.critical * test.spread
    fields = (
        value.ravel(),
        test.centre,
        test.centre - band,
        test.centre + band,
        test.z,
        p,
    )
    maps = [np.asarray(field, float).reshape(value.shape) for field in fields]
    return MapTest(*maps)
