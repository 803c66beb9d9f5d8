"""Resampling statistics: bootstrap intervals over subjects or windows, permutation tests."""

from typing import NamedTuple

import numpy as np

#: Resampling weights held in memory at once (32 MB).
_BLOCK = 4_000_000
#: Sign patterns of a paired test: all where there are no more, so many random ones otherwise.
SIGN_FLIPS = 10_000


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


class SignFlipTest(NamedTuple):
    """Result of `sign_flip_test`."""

    p: float
    smallest_p: float


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
    return percentile_interval(
        bootstrap_means(values, n_bootstrap, rng), confidence
    )


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
        estimates.append(
            Estimate("all", means.mean(0), *interval, len(values))
        )
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
    return MaximumTest(
        z, float(p), float(critical), float(largest.mean()), centre, spread
    )


def sign_flip_test(differences, rng):
    """Two-sided test of a mean of paired differences, by flipping their signs (Fisher, 1935).

    Exact where the 2^n sign patterns are at most `SIGN_FLIPS`; more are drawn at random.

    Parameters
    ----------
    differences : array, shape (n,)
        One a subject, n at least 1.
    rng : numpy.random.Generator

    Returns
    -------
    SignFlipTest
        `smallest_p` is the least that the test can give for n subjects, whatever their
        differences: 2 / 2^n when exact, 1 / `SIGN_FLIPS` otherwise.
    """
    n = len(differences)
    exact = 2**n <= SIGN_FLIPS
    if exact:
        flipped = np.arange(2**n)[:, None] >> np.arange(n) & 1
    else:
        # The observed signs are one of the patterns, so that p is never 0.
        flipped = np.vstack(
            [np.zeros((1, n), int), rng.integers(2, size=(SIGN_FLIPS - 1, n))]
        )
    sums = np.abs((1 - 2 * flipped) @ differences)
    # Equal sums of different patterns may differ by rounding, in a table's last digit too.
    tolerance = 1e-6 * np.abs(differences).max()
    p = np.mean(sums >= sums[0] - tolerance)
    return SignFlipTest(float(p), 2 / 2**n if exact else 1 / SIGN_FLIPS)


def holm(p):
    """P values corrected for their number (Holm, 1979, Scandinavian Journal of Statistics 6:65).

    Statsmodels empties Python's waste at every call, which takes longer than a whole table.
    """
    p = np.asarray(p, float)
    order = np.argsort(p)
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(raised, 1.0)[np.argsort(order)]


def standardised_difference(differences):
    """Mean of paired differences in units of their standard deviation, corrected for small n.

    Cohen's d_z (Lakens, 2013, doi:10.3389/fpsyg.2013.00863) times the factor that makes it
    unbiased under normality (Hedges, 1981, doi:10.3102/10769986006002107).

    Parameters
    ----------
    differences : array, shape (n,)

    Returns
    -------
    float
        NaN for fewer than three differences or equal ones.
    """
    from scipy.special import gammaln

    free = len(differences) - 1
    spread = np.std(differences, ddof=1) if free > 1 else 0.0
    if spread <= 1e-12 * np.abs(differences).max(initial=0):
        return float("nan")
    correction = np.exp(gammaln(free / 2) - gammaln((free - 1) / 2)) / np.sqrt(
        free / 2
    )
    return float(correction * np.mean(differences) / spread)
