"""Accuracy of every model against labels that were reordered in the evaluation.

The predictions stay as they are. What a model gets right beyond such a null goes with the ratings,
and not only with time.
"""

import numpy as np

from eeglrp.affect.nulls import count_orders, null_orders
from eeglrp.affect.samples import rated_windows
from eeglrp.affect.scores import (
    BALANCED,
    EXTRA,
    SPEARMAN,
    confusions,
    null_rows,
    rank_correlations,
)
from eeglrp.baselines.registry import REGRESSORS
from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.seeds import generator
from eeglrp.tables import metric_frame

_COLUMNS = ("sample", "subject", "split", "label", "prediction")


def score_affect(
    windows, predictions, *, study, task, target, nulls, statistics, seed, out
):
    """Score the prediction tables of a task against both nulls, and write one metric table.

    Parameters
    ----------
    windows : sequence of Path
    predictions : sequence of dict
        `regime`, `seed` and `path` of each table.
    study, task : str
    target : str
        `rating` asks regressions for their correlation with it too; or `classes`.
    nulls : dict
        `evaluation`, the number of orders; `kinds`, `nearest`, `blocks` of
        `eeglrp.affect.nulls.null_orders`.
    statistics : dict
    seed : int
        The study's.
    out : Path

    Raises
    ------
    InputError
        If a table has no test window, or one that is in no store.
    """
    rated = rated_windows(windows)
    tests = [tested(item["path"], rated) for item in predictions]
    _check_same_windows(predictions, tests)
    rows = []
    for kind in nulls["kinds"] if tests else ():
        reordered = subject_orders(tests[0], kind, nulls, seed, task)
        for item, test in zip(predictions, tests, strict=True):
            regime = item["regime"]
            number = item["seed"]
            ids = {
                "null": kind,
                "stage": "evaluation",
                "study": study,
                "task": task,
                "regime": regime,
                "seed": number,
            }
            names = ("affect decoding", task, kind, regime, number)
            rng = generator(seed, *names)
            for metric in metrics_of(regime, target):
                rows += _model_rows(
                    metric, test, reordered, statistics, rng, ids
                )
    write_table(metric_frame(rows, EXTRA), out)


def _check_same_windows(predictions, tests):
    """Raise unless all models were tested on the same windows."""
    for item, test in zip(predictions, tests, strict=True):
        first = tests[0]["sample"]
        windows = test["sample"]
        if not windows.equals(first):
            problem = "are not the test windows of the other models"
            remedy = "delete the table and rerun"
            raise InputError(item["path"], "sample", problem, remedy)


def _model_rows(metric, test, reordered, statistics, rng, ids):
    """Rows of one model, metric and null; `reordered` as of `subject_orders`."""
    subjects, orders, counted = reordered
    observed, null = [], []
    n = []
    for name, order in zip(subjects, orders, strict=True):
        windows = test[test["subject"] == name]
        scores = subject_parts(metric, windows, order)
        # The first order is the observed one.
        observed.append(scores[0])
        null.append(scores[1:])
        n.append(len(windows))
    return null_rows(
        metric,
        subjects,
        np.stack(observed),
        np.stack(null),
        counted,
        n,
        statistics,
        rng,
        **ids,
    )


def metrics_of(regime, target):
    """Decoders of classes have an accuracy; regressions of the rating a correlation too."""
    if regime in REGRESSORS and target == "rating":
        return (BALANCED, SPEARMAN)
    return (BALANCED,)


def tested(path, rated):
    """A model's test windows with recording, place in time and rating, in order of both.

    Returns
    -------
    DataFrame
        Columns sample, subject, label, prediction, score (second class minus first), rating,
        place.
    """
    table = read_table(path, _COLUMNS)
    table = table[table["split"] == "test"]
    logits = [name for name in table if name.startswith("logit_")]
    first, second = logits[:2]
    score = table[second] - table[first]
    known = rated[["sample", "rating", "place"]]
    scored = table.assign(score=score)
    test = scored.merge(known, on="sample", how="left")
    unknown = test["place"].isna().sum()
    if test.empty or unknown:
        problem = f"{unknown} of {len(test)} test windows are in no store"
        remedy = "delete the table and rerun"
        raise InputError(path, "sample", problem, remedy)
    return test.sort_values(["subject", "place"], ignore_index=True)


def subject_orders(test, kind, nulls, seed, task):
    """Orders of every subject's test windows, the first of them as they are.

    Returns
    -------
    subjects : list of str
    orders : list of array of int, shape (1 + n, n_windows of the subject)
    counted : list of int
        How many orders of each subject, and of all together, differ from the observed one.
    """
    subjects, orders, counted = [], [], []
    for subject, windows in test.groupby("subject"):
        rng = generator(seed, "affect null", task, kind, subject)
        moved, number = _moved(windows, kind, nulls, rng)
        as_they_are = np.arange(len(windows))
        subjects.append(subject)
        observed = as_they_are[None]
        orders.append(np.concatenate([observed, moved]))
        counted.append(number)
    of_all = int(np.prod(counted, dtype=object))
    return subjects, orders, [*counted, of_all]


def _moved(windows, kind, nulls, rng):
    """Orders of one subject's windows under the null, and how many differ."""
    count = nulls["evaluation"]
    if len(windows) < 2:
        # A single window has no other order.
        unmoved = np.zeros((count, len(windows)), int)
        return unmoved, 1
    rating = windows["rating"].to_numpy()
    group = windows["subject"].to_numpy(str)
    place = windows["place"].to_numpy()
    options = {name: nulls[name] for name in ("nearest", "blocks")}
    moved = null_orders(rating, group, place, kind, count, rng, **options)
    number = count_orders(rating, group, place, kind, **options)
    return moved, number


def subject_parts(metric, own, orders):
    """What the score of a subject is made of, for every order of the labels or ratings."""
    if metric == SPEARMAN:
        rating = own["rating"].to_numpy()
        score = own["score"].to_numpy()
        return rank_correlations(rating, score, orders)
    label = own["label"].to_numpy()
    prediction = own["prediction"].to_numpy()
    n_classes = 2
    return confusions(label, prediction, orders, n_classes)
