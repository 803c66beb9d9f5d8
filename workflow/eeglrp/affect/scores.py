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
    n = len(orders)
    n_cells = n_classes**2
    first_cell = n_cells * np.arange(n)
    cell = label[orders] * n_classes + prediction
    cell = cell + first_cell[:, None]
    counts = np.bincount(cell.ravel(), minlength=n * n_cells)
    return counts.reshape(n, n_classes, n_classes)


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

    middle = (len(rating) + 1) / 2
    rating_rank = rankdata(rating) - middle
    score_rank = rankdata(score) - middle
    rating_size = (rating_rank**2).sum()
    score_size = (score_rank**2).sum()
    size = np.sqrt(rating_size * score_size)
    if not size:
        return np.full(len(orders), np.nan)
    product = rating_rank[orders] @ score_rank
    return product / size


def values_of(metric, parts):
    """Score of each subject: `parts` are confusion matrices, or the correlations themselves."""
    if metric == BALANCED:
        return balanced_accuracy(parts)
    return parts


def pooled(metric, parts, axis):
    """Score over subjects: of the summed confusion matrices, or the mean correlation."""
    if metric == BALANCED:
        return balanced_accuracy(parts.sum(axis))
    known = np.isfinite(parts)
    total = np.where(known, parts, 0)
    total = total.sum(axis)
    number = known.sum(axis)
    with np.errstate(invalid="ignore"):
        return total / number


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
    values = values_of(metric, observed)
    nulls = values_of(metric, reordered)
    rows = []
    for k, subject in enumerate(subjects):
        score = {
            "value": float(values[k]),
            "n": int(n[k]),
        }
        names = ids | {"subject": subject}
        rows += _pair(metric, nulls[k], orders[k], score, names)
    low, high = subject_interval(metric, observed, statistics, rng)
    whole = {
        "value": float(pooled(metric, observed, 0)),
        "ci_low": low,
        "ci_high": high,
        "n": int(sum(n)),
        "p_subjects": p_subjects(values, nulls, rng),
    }
    of_all = pooled(metric, reordered, 0)
    names = ids | {"subject": "all"}
    rows += _pair(metric, of_all, orders[-1], whole, names)
    return rows


def _pair(metric, reordered, orders, score, names):
    """The score beside its chance, and the bound that chance rarely exceeds."""
    reordered = reordered[np.isfinite(reordered)]
    chance = bound = float("nan")
    if len(reordered):
        chance = float(reordered.mean())
        bound = float(np.quantile(reordered, _BOUND))
    shared = {
        **names,
        "chance": chance,
        "orders": min(int(orders), _MANY),
        "n": score["n"],
    }
    score = metric_row(metric=metric, **shared | score)
    score["p"] = null_p(score["value"], reordered)
    name = f"{metric} null 95%"
    bounded = metric_row(metric=name, value=bound, **shared)
    return [score, bounded]


def subject_interval(metric, observed, statistics, rng):
    """Bootstrap interval over subjects; NaN for fewer than two."""
    n = len(observed)
    if n < 2:
        return float("nan"), float("nan")
    n_bootstrap = statistics["bootstrap"]
    drawn = rng.integers(n, size=(n_bootstrap, n))
    samples = pooled(metric, observed[drawn], 1)
    tail = (1 - statistics["confidence"]) / 2
    ends = [tail, 1 - tail]
    low, high = np.nanquantile(samples, ends)
    return float(low), float(high)


def p_subjects(values, nulls, rng):
    """Two-sided p of the subjects' scores against the mean of each one's null."""
    defined = np.isfinite(nulls)
    total = np.where(defined, nulls, 0).sum(1)
    number = np.maximum(defined.sum(1), 1)
    chance = total / number
    known = np.isfinite(values) & defined.any(1)
    differences = (values - chance)[known]
    if not len(differences):
        return float("nan")
    return sign_flip_test(differences, rng).p
