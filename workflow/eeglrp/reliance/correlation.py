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
        chosen = list(combinations(range(n_subjects), size))
    else:
        chosen = [
            rng.permutation(n_subjects)[:size] for _ in range(MOST_SPLITS // 2)
        ]
    first = np.zeros((len(chosen), n_subjects), bool)
    for row, names in zip(first, chosen, strict=True):
        row[list(names)] = True
    return np.unique(np.concatenate([first, ~first]), axis=0)


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

    weights = np.ones(measure.shape[1]) if weights is None else weights
    x, y = (
        _mean_over(measure, splits, weights),
        _mean_over(truth, ~splits, weights),
    )
    known = np.isfinite(x).all(0) & np.isfinite(y).all(0)
    x, y = x[:, known], y[:, known]
    return _mean(_pearson(x, y)), _mean(
        _pearson(rankdata(x, axis=0), rankdata(y, axis=0))
    )


def _mean_over(values, members, weights):
    """Weighted means over the members of each split, shape (n_models, n_splits)."""
    own = members * weights
    total = own.sum(1)
    sums = values @ own.T
    return np.divide(
        sums, total, out=np.full(sums.shape, np.nan), where=total > 0
    )


def _pearson(x, y):
    """Correlation of each column of `x` with that of `y`; NaN where one of them is constant."""
    x, y = x - x.mean(0), y - y.mean(0)
    scale = np.sqrt((x**2).sum(0) * (y**2).sum(0))
    constant = scale <= 1e-12
    return np.where(
        constant, np.nan, (x * y).sum(0) / np.where(constant, 1, scale)
    )


def _mean(values):
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else float("nan")


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
    n_models, n_subjects = measure.shape
    if n_models < 3 or n_subjects < 2:
        return dict.fromkeys(("pearson", "spearman"), (float("nan"),) * 3)
    splits = halves(n_subjects, rng)
    values = cross_fitted(measure, truth, splits)
    drawn = np.array(
        [_draw(measure, truth, splits, rng) for _ in range(n_bootstrap)]
    )
    found = {}
    for name, value, samples in zip(
        ("pearson", "spearman"), values, drawn.T, strict=True
    ):
        samples = samples[np.isfinite(samples)]
        ends = (
            percentile_interval(samples, confidence)
            if len(samples)
            else (np.nan, np.nan)
        )
        found[name] = (value, *map(float, ends))
    return found


def _draw(measure, truth, splits, rng):
    n_models, n_subjects = measure.shape
    models = rng.integers(n_models, size=n_models)
    weights = np.bincount(
        rng.integers(n_subjects, size=n_subjects), minlength=n_subjects
    )
    return cross_fitted(
        measure[models], truth[models], splits, weights.astype(float)
    )
