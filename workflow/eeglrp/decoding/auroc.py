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
    weights = np.ones((1, len(label))) if weights is None else weights
    return _over_classes(
        [_area(s, y, weights) for s, y in _one_against_rest(scores, label)]
    )


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
    names, place = np.unique(unit, return_inverse=True)
    if len(names) < 2:
        return np.empty(0)
    samples = []
    for drawn in resampling_weights(len(names), n_bootstrap, rng):
        parts = np.array_split(drawn, -(-len(drawn) * len(label) // _BLOCK))
        samples += [auroc(scores, label, part[:, place]) for part in parts]
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
    for score, own in _one_against_rest(scores, label):
        mean_rank = np.bincount(place, rankdata(score)) / sizes
        n = own.sum()
        excess = np.bincount(place, own) @ mean_rank - n * (n + 1) / 2
        areas.append(_ratio(np.array([excess]), n * (len(own) - n)))
    return float(_over_classes(areas)[0])


def _one_against_rest(scores, label):
    """Scores and membership of each class; of two, one tells all."""
    n_classes = scores.shape[1]
    return [
        (scores[:, k], label == k)
        for k in range(n_classes)[1 if n_classes == 2 else 0 :]
    ]


def _area(score, own, weights):
    """Weighted share of pairs (window of the class, other window) in the right order: (m,)."""
    order = np.argsort(score)
    weights, own = weights[:, order], own[order]
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))
    inside = np.add.reduceat(weights * own, starts, axis=1)
    outside = np.add.reduceat(weights * ~own, starts, axis=1)
    below = outside.cumsum(1) - outside / 2
    return _ratio((inside * below).sum(1), inside.sum(1) * outside.sum(1))


def _ratio(values, pairs):
    return np.divide(
        values, pairs, out=np.full(len(values), np.nan), where=pairs > 0
    )


def _over_classes(areas):
    """Mean over the classes (first axis) for which there is an area."""
    areas = np.stack(areas)
    defined = ~np.isnan(areas)
    return _ratio(np.where(defined, areas, 0).sum(0), defined.sum(0))
