"""Area under the receiver operating characteristic: how well scores put windows in order.

It is the probability that a window of a class scores above a window of another, ties counted half
(Hanley & McNeil, 1982, doi:10.1148/radiology.143.1.7063747). Several classes: the mean over
classes, each against all others.
"""

import numpy as np

from eeglrp.statistics import resampling_weights

#: Weights of windows held in memory at once (8 MB, and a few arrays of that size).
_BLOCK = 1_000_000


def class_scores(logits):
    """Log-odds of each class against all others: (n, n_classes), from logits of that shape.

    They order windows as the softmax does but cannot saturate; with two classes they are the
    difference of the logits, in either sign.
    """
    from scipy.special import logsumexp

    others = [
        logsumexp(np.delete(logits, k, 1), axis=1)
        for k in range(logits.shape[1])
    ]
    return logits - np.stack(others, 1)


def auroc(scores, label, weights=None):
    """AUROC of one or several weightings of the windows.

    Parameters
    ----------
    scores : array, shape (n, n_classes)
    label : array of int, shape (n,)
    weights : array, shape (m, n), optional
        How often each window counts; once each by default.

    Returns
    -------
    array, shape (m,)
        Mean over the classes that have windows; NaN where fewer than two classes do.
    """
    if weights is None:
        weights = np.ones((1, len(label)))
    areas = []
    for score, in_class in _one_against_rest(scores, label):
        areas.append(_area(score, in_class, weights))
    return _over_classes(areas)


def resampled_auroc(scores, label, unit, n_bootstrap, rng):
    """AUROC of bootstrap samples that draw whole units with replacement.

    Parameters
    ----------
    scores : array, shape (n, n_classes)
    label : array of int, shape (n,)
    unit : array, shape (n,)
        What is drawn: each window's subject, or its own number to draw windows.
    n_bootstrap : int
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (n_bootstrap,)
        Empty for a single unit, which says nothing about others.
    """
    units, place = np.unique(unit, return_inverse=True)
    n_units = len(units)
    if n_units < 2:
        return np.empty(0)
    samples = []
    for drawn in resampling_weights(n_units, n_bootstrap, rng):
        n_weights = len(drawn) * len(label)
        n_blocks = -(-n_weights // _BLOCK)
        for block in np.array_split(drawn, n_blocks):
            weights = block[:, place]
            samples.append(auroc(scores, label, weights))
    return np.concatenate(samples)


def permuted_auroc(scores, label, subject):
    """Mean AUROC over all permutations of the labels within subjects.

    Nothing is drawn: the area is linear in a class's sum of ranks, whose mean over permutations is
    each subject's number of the class's windows times that subject's mean rank.

    Parameters
    ----------
    scores : array, shape (n, n_classes)
    label : array of int, shape (n,)
    subject : array, shape (n,)

    Returns
    -------
    float
        0.5 for one subject; several pooled can lie elsewhere, as scores and labels both differ
        between them. NaN with fewer than two classes.
    """
    from scipy.stats import rankdata

    _, place = np.unique(subject, return_inverse=True)
    sizes = np.bincount(place)
    areas = []
    for score, in_class in _one_against_rest(scores, label):
        mean_rank = np.bincount(place, rankdata(score)) / sizes
        n_inside = in_class.sum()
        n_outside = len(in_class) - n_inside
        rank_sum = np.bincount(place, in_class) @ mean_rank
        smallest_sum = n_inside * (n_inside + 1) / 2
        excess = rank_sum - smallest_sum
        n_pairs = n_inside * n_outside
        area = _ratio(np.array([excess]), n_pairs)
        areas.append(area)
    mean = _over_classes(areas)
    return float(mean[0])


def _one_against_rest(scores, label):
    """Scores and membership of each class; of two, one tells all."""
    n_classes = scores.shape[1]
    first = 1 if n_classes == 2 else 0
    classes = range(first, n_classes)
    return [(scores[:, k], label == k) for k in classes]


def _area(score, in_class, weights):
    """Weighted share of pairs (window of the class, other window) in the right order: (m,)."""
    order = np.argsort(score)
    weights = weights[:, order]
    in_class = in_class[order]
    # Windows with the same score stand together.
    steps = np.diff(score[order], prepend=-np.inf)
    starts = np.flatnonzero(steps)
    inside = np.add.reduceat(weights * in_class, starts, axis=1)
    outside = np.add.reduceat(weights * ~in_class, starts, axis=1)
    below = outside.cumsum(1) - outside / 2
    right_pairs = (inside * below).sum(1)
    all_pairs = inside.sum(1) * outside.sum(1)
    return _ratio(right_pairs, all_pairs)


def _ratio(values, pairs):
    unknown = np.full(len(values), np.nan)
    has_pairs = pairs > 0
    return np.divide(values, pairs, out=unknown, where=has_pairs)


def _over_classes(areas):
    """Mean over the classes (first axis) for which there is an area."""
    areas = np.stack(areas)
    defined = ~np.isnan(areas)
    total = np.where(defined, areas, 0).sum(0)
    n_classes = defined.sum(0)
    return _ratio(total, n_classes)
