"""Resampling statistics: bootstrap intervals over subjects or windows, permutation tests."""

from typing import NamedTuple

import numpy as np

#: Resampling weights held in memory at once (32 MB).
_BLOCK = 4_000_000
#: Sign patterns of a paired test: all where there are no more, so many random ones otherwise.
SIGN_FLIPS = 10_000
#: Fewer subjects say too little about how subjects differ.
FEWEST = 6
#: Folds whose difference has a larger p than this count as subjects do.
POOL_ABOVE = 0.3


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


class MeanTest(NamedTuple):
    """Result of `mean_test`: `degrees` of freedom, ends of the interval, p of a mean of zero."""

    mean: float
    standard_error: float
    degrees: float
    low: float
    high: float
    p: float


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
        drawn = rng.integers(n, size=(rows, n))
        # Numbers of their own for the units of every row, so that one call counts all.
        drawn += n * np.arange(rows)[:, None]
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
    n = len(values)
    means = []
    for weights in resampling_weights(n, n_bootstrap, rng):
        means.append(weights @ values / n)
    return np.concatenate(means)


def percentile_interval(samples, confidence):
    """Ends of the central interval that holds `confidence` of the samples (first axis)."""
    tail = (1 - confidence) / 2
    ends = [tail, 1 - tail]
    return np.quantile(samples, ends, axis=0)


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
    means = bootstrap_means(values, n_bootstrap, rng)
    return percentile_interval(means, confidence)


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
    values = values[finite]
    subject = np.asarray(subject)[finite]
    resampling = (n_bootstrap, confidence, rng)
    estimates = []
    for name in np.unique(subject):
        windows = values[subject == name]
        mean, n = windows.mean(0), len(windows)
        interval = mean_interval(windows, *resampling)
        estimates.append(Estimate(str(name), mean, *interval, n))
    if estimates:
        means = np.stack([estimate.mean for estimate in estimates])
        mean, n = means.mean(0), len(values)
        interval = mean_interval(means, *resampling)
        estimates.append(Estimate("all", mean, *interval, n))
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
    centre = null.mean(0)
    spread = null.std(0)
    # Points where all surrogates agree up to rounding cannot say anything.
    rounding = 1e-6 * np.abs(null).max(initial=0)
    usable = spread > rounding
    divisor = np.where(usable, spread, 1.0)
    z = (observed - centre) / divisor
    z = np.where(usable, z, 0.0)
    # Surrogate, point.
    z_null = (null - centre) / divisor
    z_null = np.where(usable, z_null, 0.0)
    largest = np.abs(z_null).max(1)
    as_large = largest >= np.abs(z).max()
    p = (1 + as_large.sum()) / (1 + len(null))
    return MaximumTest(
        z,
        float(p),
        critical=float(np.quantile(largest, confidence)),
        expected=float(largest.mean()),
        centre=centre,
        spread=np.where(usable, spread, 0.0),
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
    n_patterns = 2**n
    # Pattern, subject: 1 where the sign is flipped.
    if n_patterns <= SIGN_FLIPS:
        flipped = np.arange(n_patterns)[:, None] >> np.arange(n) & 1
        smallest_p = 2 / n_patterns
    else:
        # The observed signs are one of the patterns, so that p is never 0.
        observed = np.zeros((1, n), int)
        drawn = rng.integers(2, size=(SIGN_FLIPS - 1, n))
        flipped = np.vstack([observed, drawn])
        smallest_p = 1 / SIGN_FLIPS
    signs = 1 - 2 * flipped
    sums = np.abs(signs @ differences)
    # Equal sums of different patterns may differ by rounding, in a table's last digit too.
    tolerance = 1e-6 * np.abs(differences).max()
    p = np.mean(sums >= sums[0] - tolerance)
    return SignFlipTest(float(p), smallest_p)


def mean_test(values, fold, confidence):
    """Two-sided t-test and interval of a mean over subjects whose models are draws too.

    Subjects of one fold are tested by the same models, so their values share what these models
    happen to be: value = mean + fold + subject. The variance of the mean comes from the mean
    squares between and within folds (one-way random effects; Satterthwaite, 1946,
    doi:10.2307/3002019). Where folds differ no more than subjects do (p of the F-test above
    `POOL_ABOVE`), both are pooled (Bancroft, 1944, doi:10.1214/aoms/1177731284), and without folds
    this is the t-test. Seeds are to be averaged before: the models of a fold differ in their seeds.

    Parameters
    ----------
    values : array, shape (n,)
        One a subject.
    fold : array, shape (n,)
        Which models tested the subject; names or numbers.
    confidence : float

    Returns
    -------
    MeanTest
        NaN where there are fewer than two values.
    """
    from scipy.special import stdtr, stdtrit

    values = np.asarray(values, float)
    mean = float(values.mean()) if len(values) else float("nan")
    variance, free = _variance_of_mean(values, np.asarray(fold))
    error = float(np.sqrt(variance))
    if not error > 0:
        # Equal values: nothing varies, and a mean that is not 0 differs for sure.
        p = float("nan") if error != error else float(mean == 0)
        return MeanTest(mean, error, free, mean - error, mean + error, p)
    half = stdtrit(free, (1 + confidence) / 2) * error
    p = 2 * stdtr(free, -abs(mean) / error)
    return MeanTest(mean, error, free, mean - half, mean + half, float(p))


def p_over_subjects(values, fold, confidence):
    """P of `mean_test`; NaN for fewer than `FEWEST` subjects."""
    if len(values) < FEWEST:
        return float("nan")
    return mean_test(values, fold, confidence).p


def _variance_of_mean(values, fold):
    """Variance of the mean of all values, and its degrees of freedom."""
    from scipy.special import fdtrc

    n = len(values)
    if n < 2:
        return float("nan"), float("nan")
    pooled = values.var(ddof=1)
    _, place, sizes = np.unique(fold, return_inverse=True, return_counts=True)
    n_folds = len(sizes)
    if n_folds < 2 or n_folds == n:
        return pooled / n, n - 1
    of_folds = np.bincount(place, values) / sizes
    between = (sizes * (of_folds - values.mean()) ** 2).sum() / (n_folds - 1)
    within = ((values - of_folds[place]) ** 2).sum() / (n - n_folds)
    # Without any spread within folds, those that differ at all surely do.
    ratio = between / within if within else np.inf
    p = fdtrc(n_folds - 1, n - n_folds, ratio) if between else 1.0
    if p > POOL_ABOVE:
        return pooled / n, n - 1
    # Subjects of a fold, on average; exact for folds of equal size.
    size = (n - (sizes**2).sum() / n) / (n_folds - 1)
    share = (sizes**2).sum() / n**2 / size
    parts = np.array([share * between, (1 / n - share) * within])
    freedom = np.array([n_folds - 1, n - n_folds])
    variance = parts.sum()
    return variance, variance**2 / (parts**2 / freedom).sum()


def equivalence_p(test, margin):
    """P value of two one-sided tests that a mean lies within the margin of zero.

    Schuirmann, 1987, doi:10.1007/BF01068419: the larger of the two.

    Parameters
    ----------
    test : MeanTest
    margin : float
        Smallest effect that matters, above 0.

    Returns
    -------
    float
        NaN where the test is.
    """
    from scipy.special import stdtr

    if test.standard_error == 0:
        return float(abs(test.mean) >= margin)
    below = (test.mean + margin) / test.standard_error
    above = (margin - test.mean) / test.standard_error
    nearest = min(below, above)
    return float(stdtr(test.degrees, -nearest))


#: What a difference is found to be.
DIFFERENT, EQUIVALENT, UNDECIDED = "different", "equivalent", "undecided"


def three_answers(test, margin, alpha):
    """`different`, `equivalent` (smaller than what matters, even if it is not zero) or `undecided`.

    Parameters
    ----------
    test : MeanTest
    margin : float
        Smallest effect that matters.
    alpha : float

    Returns
    -------
    str
    """
    if equivalence_p(test, margin) < alpha:
        return EQUIVALENT
    return DIFFERENT if test.p < alpha else UNDECIDED


def holm(p):
    """P values corrected for their number (Holm, 1979, Scandinavian Journal of Statistics 6:65).

    Statsmodels empties Python's waste at every call, which takes longer than a whole table.
    """
    p = np.asarray(p, float)
    order = np.argsort(p)
    place = np.argsort(order)
    n_left = np.arange(len(p), 0, -1)
    raised = np.maximum.accumulate(p[order] * n_left)
    corrected = np.minimum(raised, 1.0)
    return corrected[place]


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
    log_ratio = gammaln(free / 2) - gammaln((free - 1) / 2)
    correction = np.exp(log_ratio) / np.sqrt(free / 2)
    return float(correction * np.mean(differences) / spread)
