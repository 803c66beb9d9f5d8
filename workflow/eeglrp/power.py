"""What so many subjects and windows can show, and what they must miss.

Hoenig & Heisey (2001, The American Statistician 55:19): the power to detect the difference that
was found says nothing new. Asked here is which differences would have been found at all.
"""

import math
from statistics import NormalDist

import numpy as np

from eeglrp.statistics import SIGN_FLIPS

#: Quantiles of the sample's standard deviation that stand for its distribution.
_POINTS = 10_000


def smallest_difference(spread, n, power=0.8, alpha=0.05):
    """Least mean of paired differences that a two-sided t test finds with this power.

    The sign-flip test finds no more than that: with few subjects it has less power.

    Parameters
    ----------
    spread : float
        Standard deviation of the differences over subjects, in their unit.
    n : int
        Subjects.
    power : float
        Share of the studies in which the difference is found.
    alpha : float
        Level of the test.

    Returns
    -------
    float
        NaN for fewer than three subjects, whose spread is hardly known.

    Notes
    -----
    Cohen (1988), Statistical Power Analysis, chapter 2. The noncentral t distribution is summed
    here over the sample's standard deviation: SciPy's is NaN at some points, and statsmodels, which
    uses it, then finds too small a difference for few subjects.
    """
    from scipy.optimize import brentq
    from scipy.stats import chi2, norm, t

    if n < 3:
        return float("nan")
    free = n - 1
    share = (np.arange(_POINTS) + 0.5) / _POINTS
    sample_spread = np.sqrt(chi2.ppf(share, free) / free)
    critical = t.isf(alpha / 2, free) * sample_spread

    def excess(shift):
        above = norm.sf(critical - shift)
        below = norm.sf(critical + shift)
        return (above + below).mean() - power

    shift = brentq(excess, 0, critical[-1] + 10)
    return float(spread * shift / math.sqrt(n))


def smallest_p(n):
    """Least p that `eeglrp.statistics.sign_flip_test` can give for `n` differences."""
    n_patterns = 2**n
    if n_patterns <= SIGN_FLIPS:
        return 2 / n_patterns
    return 1 / SIGN_FLIPS


def subjects_needed(alpha):
    """Fewest subjects for which an exact sign-flip test can give p < `alpha`."""
    too_few = math.floor(math.log2(2 / alpha))
    return too_few + 1


def half_width(accuracy, n_windows, n_subjects=1, spread=0.0, confidence=0.95):
    """Half the normal interval of a balanced accuracy, a mean over subjects where there are more.

    Windows count as independent and classes as equally frequent; neighbouring windows resemble
    each other, which makes the interval wider.

    Parameters
    ----------
    accuracy : float
        Expected; chance for the interval of a decoder that guesses.
    n_windows : int
        Test windows of each subject.
    n_subjects : int
    spread : float
        Standard deviation of the true accuracies over subjects.
    confidence : float

    Returns
    -------
    float
    """
    of_windows = accuracy * (1 - accuracy) / n_windows
    variance = spread**2 + of_windows
    standard_error = math.sqrt(variance / n_subjects)
    quantile = NormalDist().inv_cdf((1 + confidence) / 2)
    return quantile * standard_error
