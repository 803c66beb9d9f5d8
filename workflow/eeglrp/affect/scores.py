"""Scores of decoders beside those under a null, per subject and over subjects, as rows."""

import numpy as np

from eeglrp.affect.nulls import null_p
from eeglrp.statistics import sign_flip_test
from eeglrp.tables import metric_row
from eeglrp.training.confusion import balanced_accuracy

#: Columns after those of every metric table. `stage`: which labels were reordered, those that a
#: model was tested with (`evaluation`) or all before it was fitted (`training`). `orders`: how many
#: orders differ.
EXTRA = ("null", "stage", "p", "p_subjects", "orders")
#: Part of the null below its upper bound, and a number of orders that is as good as endless.
_BOUND, _MANY = 0.95, 10**9
BALANCED, SPEARMAN = "balanced_accuracy", "spearman"
#: What random folds add to either (`eeglrp.affect.inflation`).
INFLATION = "inflation"


def confusions(label, prediction, orders, n_classes):
    """Confusion matrices (label, prediction) of one subject for every order of the labels.

    Parameters
    ----------
    label, prediction : array of int, shape (n_windows,)
    orders : array of int, shape (n, n_windows)

    Returns
    -------
    array of int, shape (n, n_classes, n_classes)
    """
    cells = n_classes**2
    index = (
        label[orders] * n_classes
        + prediction
        + cells * np.arange(len(orders))[:, None]
    )
    counts = np.bincount(index.ravel(), minlength=len(orders) * cells)
    return counts.reshape(len(orders), n_classes, n_classes)


def rank_correlations(rating, score, orders):
    """Spearman correlations of one subject for every order of the ratings.

    Parameters
    ----------
    rating, score : array, shape (n_windows,)
    orders : array of int, shape (n, n_windows)

    Returns
    -------
    array, shape (n,)
        NaN where all ratings or all scores are equal.
    """
    from scipy.stats import rankdata

    first, second = (
        rankdata(values) - (len(rating) + 1) / 2 for values in (rating, score)
    )
    size = np.sqrt((first**2).sum() * (second**2).sum())
    return (
        first[orders] @ second / size if size else np.full(len(orders), np.nan)
    )


def values_of(metric, parts):
    """Score of each subject: `parts` are confusion matrices, or the correlations themselves."""
    return balanced_accuracy(parts) if metric == BALANCED else parts


def pooled(metric, parts, axis):
    """Score over subjects: of the summed confusion matrices, or the mean correlation."""
    if metric == BALANCED:
        return balanced_accuracy(parts.sum(axis))
    known = np.isfinite(parts)
    with np.errstate(invalid="ignore"):
        return np.where(known, parts, 0).sum(axis) / known.sum(axis)


def null_rows(
    metric, subjects, observed, reordered, orders, n, statistics, rng, **ids
):
    """Rows of one model and one null: each subject, then `all`.

    The interval of `all` comes from subjects drawn again; a subject's windows are no sample, since
    they resemble their neighbours. `chance` is the mean under the null. `p_subjects` is a sign-flip
    test of the subjects' differences from it, which holds with trends over the recordings too, as
    long as these differ between subjects.

    Parameters
    ----------
    metric : str
    subjects : sequence of str
    observed : array, shape (n_subjects, ...)
        Confusion matrix or correlation of each subject.
    reordered : array, shape (n_subjects, n_orders, ...)
        The same under the null.
    orders : sequence of int, length n_subjects + 1
        How many orders of each subject, and of all together, differ.
    n : sequence of int, length n_subjects
        Windows of each subject.
    statistics : dict
        `bootstrap`, `confidence`.
    rng : numpy.random.Generator
    **ids
        Further columns: study, task, regime, seed, null, stage.

    Returns
    -------
    list of dict
    """
    values, nulls = values_of(metric, observed), values_of(metric, reordered)
    rows = []
    for k, subject in enumerate(subjects):
        own = {"value": float(values[k]), "n": int(n[k])}
        rows += _pair(metric, nulls[k], orders[k], own, subject=subject, **ids)
    low, high = subject_interval(metric, observed, statistics, rng)
    own = {
        "value": float(pooled(metric, observed, 0)),
        "ci_low": low,
        "ci_high": high,
    }
    own |= {"n": int(sum(n)), "p_subjects": p_subjects(values, nulls, rng)}
    rows += _pair(
        metric,
        pooled(metric, reordered, 0),
        orders[-1],
        own,
        subject="all",
        **ids,
    )
    return rows


def _pair(metric, reordered, orders, own, **ids):
    """The score beside its chance, and the bound that chance rarely exceeds."""
    reordered = reordered[np.isfinite(reordered)]
    orders = min(int(orders), _MANY)
    chance = float(reordered.mean()) if len(reordered) else float("nan")
    bound = (
        float(np.quantile(reordered, _BOUND))
        if len(reordered)
        else float("nan")
    )
    p = null_p(own["value"], reordered)
    shared = {**ids, "orders": orders, "n": own["n"]}
    score = {
        **metric_row(metric=metric, chance=chance, **shared | own),
        "p": p,
    }
    bounded = metric_row(
        metric=f"{metric} null 95%", value=bound, chance=chance, **shared
    )
    return [score, bounded]


def subject_interval(metric, observed, statistics, rng):
    """Bootstrap interval over subjects; NaN for fewer than two."""
    n = len(observed)
    if n < 2:
        return float("nan"), float("nan")
    drawn = rng.integers(n, size=(statistics["bootstrap"], n))
    samples = pooled(metric, observed[drawn], 1)
    tail = (1 - statistics["confidence"]) / 2
    return tuple(map(float, np.nanquantile(samples, [tail, 1 - tail])))


def p_subjects(values, nulls, rng):
    """Two-sided p of the subjects' scores against the mean of each one's null."""
    defined = np.isfinite(nulls)
    chance = np.where(defined, nulls, 0).sum(1) / np.maximum(defined.sum(1), 1)
    differences = (values - chance)[np.isfinite(values) & defined.any(1)]
    return (
        sign_flip_test(differences, rng).p
        if len(differences)
        else float("nan")
    )
