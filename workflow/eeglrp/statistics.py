"""Resampling statistics: bootstrap intervals over subjects or windows, maximum-statistic tests."""

from typing import NamedTuple

import numpy as np

#: Resampling weights held in memory at once (32 MB).
_BLOCK = 4_000_000


class Estimate(NamedTuple):
    """Mean of several quantities in one subject, or over subjects (`subject` is `all`)."""

    subject: str
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: int


class MaximumTest(NamedTuple):
    """Result of `maximum_test`."""

    z: np.ndarray
    p: float
    critical: float
    expected: float
    centre: np.ndarray
    spread: np.ndarray


def resampling_weights(n, n_bootstrap, rng):
    """How often each of `n` units is drawn in each bootstrap sample, in blocks of bounded size.

    Parameters
    ----------
    n, n_bootstrap : int
    rng : numpy.random.Generator

    Yields
    ------
    array of float, shape (block, n)
        Rows sum to `n`; the blocks have `n_bootstrap` rows together.
    """
    step = max(1, _BLOCK // max(n, 1))
    for start in range(0, n_bootstrap, step):
        rows = min(step, n_bootstrap - start)
        drawn = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=rows * n)
        yield counts.reshape(rows, n).astype(float)


def bootstrap_means(values, n_bootstrap, rng):
    """Means of bootstrap samples of the first axis.

    Parameters
    ----------
    values : array, shape (n, k)
        One row a unit that is drawn with replacement: a subject, a window.

    Returns
    -------
    array, shape (n_bootstrap, k)
    """
    weights = resampling_weights(len(values), n_bootstrap, rng)
    return np.concatenate([block @ values / len(values) for block in weights])


def percentile_interval(samples, confidence):
    """Ends of the central interval that holds `confidence` of the samples (first axis)."""
    tail = (1 - confidence) / 2
    return np.quantile(samples, [tail, 1 - tail], axis=0)


def mean_interval(values, n_bootstrap, confidence, rng):
    """Percentile bootstrap interval of the mean over the first axis (Efron, 1979).

    Parameters
    ----------
    values : array, shape (n, k)

    Returns
    -------
    low, high : array, shape (k,)
        NaN for fewer than two units, which say nothing about their spread.
    """
    if len(values) < 2:
        return np.full((2, values.shape[1]), np.nan)
    return percentile_interval(bootstrap_means(values, n_bootstrap, rng), confidence)


def subject_estimates(values, subject, n_bootstrap, confidence, rng):
    """Mean of every subject with an interval over windows, then of all with one over subjects.

    Subjects have equal weight in the mean over all, since they, not their windows, are the sample
    from the population. Windows with a value that is not finite are left out.

    Parameters
    ----------
    values : array, shape (n_windows, k)
    subject : array of str, shape (n_windows,)
    n_bootstrap : int
    confidence : float
        Such as 0.95.
    rng : numpy.random.Generator

    Returns
    -------
    list of Estimate
        Sorted by subject, `all` last; empty without windows. `n` counts windows.
    """
    finite = np.isfinite(values).all(1)
    values, subject = values[finite], np.asarray(subject)[finite]
    estimates = []
    for name in np.unique(subject):
        own = values[subject == name]
        interval = mean_interval(own, n_bootstrap, confidence, rng)
        estimates.append(Estimate(str(name), own.mean(0), *interval, len(own)))
    if estimates:
        means = np.stack([estimate.mean for estimate in estimates])
        interval = mean_interval(means, n_bootstrap, confidence, rng)
        estimates.append(Estimate("all", means.mean(0), *interval, len(values)))
    return estimates


def maximum_test(observed, null, confidence=0.95):
    """Two-sided test of many points at once by the largest deviation (Westfall & Young, 1993).

    Every point is measured in standard deviations of its own null distribution, so that points of
    unequal variance are treated alike. The p value is exact under exchangeability and holds for
    the whole set of points.

    Parameters
    ----------
    observed : array, shape (k,)
    null : array, shape (n_surrogates, k)
    confidence : float
        Of the simultaneous band `centre` +- `critical` * `spread`.

    Returns
    -------
    MaximumTest
        `z` at every point; `p` of the largest |z|; `critical` |z|; `expected`, the mean of the
            surrogates' largest |z|; `centre` and `spread` of the null at every point (0 where all
        surrogates agree).
    """
    centre, spread = null.mean(0), null.std(0)
    # Points where all surrogates agree up to rounding cannot say anything.
    usable = spread > 1e-6 * np.abs(null).max(initial=0)
    divisor = np.where(usable, spread, 1.0)
    z = np.where(usable, (observed - centre) / divisor, 0.0)
    largest = np.abs(np.where(usable, (null - centre) / divisor, 0.0)).max(1)
    p = (1 + (largest >= np.abs(z).max()).sum()) / (1 + len(null))
    critical = np.quantile(largest, confidence)
    spread = np.where(usable, spread, 0.0)
    return MaximumTest(z, float(p), float(critical), float(largest.mean()), centre, spread)
