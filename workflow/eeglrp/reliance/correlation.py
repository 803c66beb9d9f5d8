"""Does a measure follow the truth over models? Correlation cross-fitted over subjects.

Measure and truth of a model come from different subjects, so that what is peculiar to a subject, or
to the windows drawn from one, cannot make them agree. Noise of either still draws the correlation
towards 0.
"""

from itertools import combinations
from math import comb

import numpy as np

from eeglrp.statistics import percentile_interval

#: Splits of the subjects in halves: all where there are no more, so many random ones otherwise.
MOST_SPLITS = 20


def halves(n_subjects, rng):
    """Splits of subjects in halves, each beside its mirror image.

    Returns
    -------
    array of bool, shape (n_splits, n_subjects)
        Whether a subject is in the first half.
    """
    size = n_subjects // 2
    if comb(n_subjects, size) <= MOST_SPLITS:
        members = list(combinations(range(n_subjects), size))
    else:
        members = []
        for _ in range(MOST_SPLITS // 2):
            order = rng.permutation(n_subjects)
            members.append(order[:size])
    first = np.zeros((len(members), n_subjects), bool)
    for split, subjects in zip(first, members, strict=True):
        split[list(subjects)] = True
    mirrored = np.concatenate([first, ~first])
    return np.unique(mirrored, axis=0)


def cross_fitted(measure, truth, splits, weights=None):
    """Correlations over models of a measure in one half of the subjects with truth in the other.

    Parameters
    ----------
    measure, truth : array, shape (n_models, n_subjects)
    splits : array of bool, shape (n_splits, n_subjects)
    weights : array, shape (n_subjects,), optional
        How often each subject counts.

    Returns
    -------
    pearson, spearman : float
        Means over splits; NaN where no split has subjects on both sides and models that differ.
    """
    from scipy.stats import rankdata

    if weights is None:
        weights = np.ones(measure.shape[1])
    # (n_models, n_splits)
    x = _mean_over(measure, splits, weights)
    y = _mean_over(truth, ~splits, weights)
    has_x = np.isfinite(x).all(0)
    has_y = np.isfinite(y).all(0)
    x = x[:, has_x & has_y]
    y = y[:, has_x & has_y]
    pearson = _pearson(x, y)
    x_rank = rankdata(x, axis=0)
    y_rank = rankdata(y, axis=0)
    spearman = _pearson(x_rank, y_rank)
    return _mean(pearson), _mean(spearman)


def _mean_over(values, members, weights):
    """Weighted means over the members of each split, shape (n_models, n_splits)."""
    # (n_splits, n_subjects)
    weights = members * weights
    total = weights.sum(1)
    sums = values @ weights.T
    has_members = total > 0
    unknown = np.full(sums.shape, np.nan)
    return np.divide(sums, total, out=unknown, where=has_members)


def _pearson(x, y):
    """Correlation of each column of `x` with that of `y`; NaN where one of them is constant."""
    x = x - x.mean(0)
    y = y - y.mean(0)
    power_x = (x**2).sum(0)
    power_y = (y**2).sum(0)
    scale = np.sqrt(power_x * power_y)
    is_constant = scale <= 1e-12
    scale = np.where(is_constant, 1, scale)
    products = (x * y).sum(0)
    return np.where(is_constant, np.nan, products / scale)


def _mean(values):
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan")
    return float(values.mean())


def correlate(measure, truth, n_bootstrap, confidence, rng):
    """Cross-fitted correlations with intervals over subjects and models, both drawn again.

    A subject that is drawn twice stays in one half, so that the halves stay apart.

    Parameters
    ----------
    measure, truth : array, shape (n_models, n_subjects)
        Finite.

    Returns
    -------
    dict of tuple
        `pearson` and `spearman` -> value and the ends of its interval; NaN for fewer than three
        models or two subjects.
    """
    kinds = ("pearson", "spearman")
    n_models, n_subjects = measure.shape
    if n_models < 3 or n_subjects < 2:
        return dict.fromkeys(kinds, (float("nan"),) * 3)
    splits = halves(n_subjects, rng)
    values = cross_fitted(measure, truth, splits)
    # (n_bootstrap, n_kinds)
    drawn = np.array(
        [_draw(measure, truth, splits, rng) for _ in range(n_bootstrap)]
    )
    correlations = {}
    for kind, value, samples in zip(kinds, values, drawn.T, strict=True):
        samples = samples[np.isfinite(samples)]
        ends = (np.nan, np.nan)
        if len(samples):
            ends = percentile_interval(samples, confidence)
        low, high = ends
        correlations[kind] = (value, float(low), float(high))
    return correlations


def _draw(measure, truth, splits, rng):
    n_models, n_subjects = measure.shape
    models = rng.integers(n_models, size=n_models)
    subjects = rng.integers(n_subjects, size=n_subjects)
    counts = np.bincount(subjects, minlength=n_subjects)
    weights = counts.astype(float)
    measure = measure[models]
    truth = truth[models]
    return cross_fitted(measure, truth, splits, weights)
