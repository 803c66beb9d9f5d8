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
    share = (np.arange(_POINTS) + 0.5) / _POINTS
    critical = t.isf(alpha / 2, n - 1) * np.sqrt(
        chi2.ppf(share, n - 1) / (n - 1)
    )

    def excess(shift):
        return (
            norm.sf(critical - shift) + norm.sf(critical + shift)
        ).mean() - power

    return float(spread * brentq(excess, 0, critical[-1] + 10) / math.sqrt(n))


def smallest_p(n):
    """Least p that `eeglrp.statistics.sign_flip_test` can give for `n` differences."""
    return 2 / 2**n if 2**n <= SIGN_FLIPS else 1 / SIGN_FLIPS


def subjects_needed(alpha):
    """Fewest subjects for which an exact sign-flip test can give p < `alpha`."""
    return math.floor(math.log2(2 / alpha)) + 1


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
    variance = spread**2 + accuracy * (1 - accuracy) / n_windows
    return NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(
        variance / n_subjects
    )
