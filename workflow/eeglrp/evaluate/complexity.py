"""How concentrated a map is, on few points or on many.

Gini index of |R| (Chalasani et al. 2020, arXiv:1810.06583; formula of Hurley & Rickard 2009,
arXiv:0811.4706, table I) and the entropy of each point's share of |R| (Bhatt et al. 2020,
arXiv:2005.00631, section 4.3). A concentrated map is easier to read, not truer: both are given
beside those of white noise of the same size.
"""

import numpy as np

from eeglrp.models.labram import PATCH_SAMPLES
from eeglrp.seeds import generator

#: In the order of the columns of `window_values`: metric and level.
COLUMNS = (
    ("gini", "sample"),
    ("entropy", "sample"),
    ("gini", "electrode_patch"),
    ("entropy", "electrode_patch"),
)
EXTRA = ("level",)
#: Maps of noise whose mean is the chance level.
_DRAWS = 50


def gini(magnitude):
    """Gini index of each row: 0 for equal values, 1 - 1/k for a single one.

    Parameters
    ----------
    magnitude : array, shape (n_windows, k)
        Not negative.

    Returns
    -------
    array, shape (n_windows,)
        NaN for a row of zeros.
    """
    k = magnitude.shape[1]
    ordered = np.sort(magnitude, axis=1).astype(np.float64)
    rank = np.arange(1, k + 1)
    weight = (k - rank + 0.5) / k
    twice = 2 * _shares(ordered)
    return 1 - twice @ weight


def entropy(magnitude):
    """Entropy of the shares of each row, over that of equal shares: 1 for equal values, 0 for one.

    Parameters and returned value are those of `gini`.
    """
    from scipy.special import entr

    of_shares = entr(_shares(magnitude)).sum(1)
    of_equal_shares = np.log(magnitude.shape[1])
    return of_shares / of_equal_shares


def _shares(magnitude):
    total = magnitude.sum(1, keepdims=True, dtype=np.float64)
    unknown = np.full(magnitude.shape, np.nan)
    has_total = total > 0
    return np.divide(magnitude, total, out=unknown, where=has_total)


def window_values(relevance):
    """Complexity of each window's map.

    Parameters
    ----------
    relevance : array, shape (n_windows, n_channels, n_times)

    Returns
    -------
    array, shape (n_windows, 4)
        Columns as in `COLUMNS`: of |R| at every sample, and of |R| summed over each electrode's
        patches of one second, signs included, as LaBraM's tokens hold it.
    """
    n_windows, n_channels, _ = relevance.shape
    patches = relevance.reshape(n_windows, n_channels, -1, PATCH_SAMPLES)
    columns = []
    for values in (relevance, patches.sum(3)):
        magnitude = np.abs(values).reshape(n_windows, -1)
        columns += [gini(magnitude), entropy(magnitude)]
    return np.column_stack(columns)


def chance_levels(n_channels, n_times, seed):
    """Complexity of white noise in the shape of a window.

    Returns
    -------
    array, shape (4,)
    """
    rng = generator(seed, "complexity", n_channels, n_times)
    noise = rng.standard_normal((_DRAWS, n_channels, n_times))
    return window_values(noise).mean(0)
