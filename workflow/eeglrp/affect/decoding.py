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
    models = [
        {
            "study": study,
            "task": task,
            "regime": item["regime"],
            "seed": item["seed"],
        }
        for item in predictions
    ]
    tests = [tested(item["path"], rated) for item in predictions]
    rows = []
    for test, item in zip(tests, predictions, strict=True):
        if not test["sample"].equals(tests[0]["sample"]):
            problem = "are not the test windows of the other models"
            raise InputError(
                item["path"], "sample", problem, "delete the table and rerun"
            )
    for kind in nulls["kinds"] if tests else ():
        subjects, orders, counted = subject_orders(
            tests[0], kind, nulls, seed, task
        )
        for ids, test in zip(models, tests, strict=True):
            rng = generator(
                seed, "affect decoding", task, kind, ids["regime"], ids["seed"]
            )
            shared = {"null": kind, "stage": "evaluation"} | ids
            for metric in metrics_of(ids["regime"], target):
                own = [test[test["subject"] == name] for name in subjects]
                parts = [
                    subject_parts(metric, part, order)
                    for part, order in zip(own, orders, strict=True)
                ]
                observed = np.stack([part[0] for part in parts])
                null = np.stack([part[1:] for part in parts])
                n = [len(part) for part in own]
                rest = counted, n, statistics, rng
                rows += null_rows(
                    metric, subjects, observed, null, *rest, **shared
                )
    write_table(metric_frame(rows, EXTRA), out)


def metrics_of(regime, target):
    """Decoders of classes have an accuracy; regressions of the rating a correlation too."""
    both = regime in REGRESSORS and target == "rating"
    return (BALANCED, SPEARMAN) if both else (BALANCED,)


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
    score = table[logits[1]] - table[logits[0]]
    known = rated[["sample", "rating", "place"]]
    test = table.assign(score=score).merge(known, on="sample", how="left")
    if test.empty or test["place"].isna().any():
        problem = f"{test['place'].isna().sum()} of {len(test)} test windows are in no store"
        raise InputError(path, "sample", problem, "delete the table and rerun")
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
    options = {name: nulls[name] for name in ("nearest", "blocks")}
    subjects, orders, counted = [], [], []
    for subject, own in test.groupby("subject"):
        # A window of its own has no other order.
        moved, number = np.zeros((nulls["evaluation"], len(own)), int), 1
        if len(own) > 1:
            shared = (
                own["rating"].to_numpy(),
                own["subject"].to_numpy(str),
                own["place"].to_numpy(),
            )
            rng = generator(seed, "affect null", task, kind, subject)
            moved = null_orders(
                *shared, kind, nulls["evaluation"], rng, **options
            )
            number = count_orders(*shared, kind, **options)
        subjects.append(subject)
        orders.append(np.concatenate([np.arange(len(own))[None], moved]))
        counted.append(number)
    return subjects, orders, [*counted, int(np.prod(counted, dtype=object))]


def subject_parts(metric, own, orders):
    """What the score of a subject is made of, for every order of the labels or ratings."""
    if metric == SPEARMAN:
        return rank_correlations(
            own["rating"].to_numpy(), own["score"].to_numpy(), orders
        )
    return confusions(
        own["label"].to_numpy(), own["prediction"].to_numpy(), orders, 2
    )
