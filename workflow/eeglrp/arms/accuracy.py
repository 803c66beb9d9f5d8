"""Balanced accuracy of every arm, and what an arm loses against the whole input."""

import numpy as np

from eeglrp.arms.expand import WHOLE
from eeglrp.decoding.scores import (
    permuted,
    resampled_subjects,
    resampled_windows,
)
from eeglrp.errors import InputError
from eeglrp.statistics import (
    holm,
    mean_test,
    percentile_interval,
)
from eeglrp.tables import folds_of, metric_row, tested_mean
from eeglrp.training.confusion import balanced_accuracy, confusion

METRIC, LOSS = "balanced_accuracy", "balanced_accuracy loss"


def confusions(path, predictions):
    """Confusion matrix (label, prediction) of every subject's test windows.

    Parameters
    ----------
    path : Path
        For messages.
    predictions : DataFrame
        Columns subject, split, label, prediction and one logit column a class.

    Returns
    -------
    dict of str to array of int, shape (n_classes, n_classes)

    Raises
    ------
    InputError
        If no window is in the test split.
    """
    n_classes = sum(name.startswith("logit_") for name in predictions)
    test = predictions[predictions["split"] == "test"]
    if test.empty:
        raise InputError(
            path, "split", "no window is in the test split", "split again"
        )
    return {
        subject: confusion(rows["label"], rows["prediction"], n_classes)
        for subject, rows in test.groupby("subject")
    }


def accuracy_rows(counts, statistics, rng, names):
    """Rows of balanced accuracy: every subject, then all windows pooled.

    Intervals and chance are those of `eeglrp.decoding.scores.decoding_metrics`: windows drawn
    again for a subject, subjects for `all`, and labels permuted within subjects.

    Parameters
    ----------
    counts : dict of str to array
        From `confusions`.
    statistics : dict
        `bootstrap`, `permutations`, `confidence`.
    rng : numpy.random.Generator
    names : dict
        Fields that all rows share.
    """
    chance = {
        subject: permuted(matrix, statistics["permutations"], rng)
        for subject, matrix in counts.items()
    }
    draws = {
        subject: resampled_windows(matrix, statistics["bootstrap"], rng)
        for subject, matrix in counts.items()
    }
    stacked = np.stack(list(counts.values()))
    draws["all"] = resampled_subjects(stacked, statistics["bootstrap"], rng)
    chance["all"] = sum(chance.values())
    matrices = counts | {"all": stacked.sum(0)}
    rows = []
    for subject, matrix in matrices.items():
        samples = balanced_accuracy(draws[subject])
        low, high = _interval(samples, statistics["confidence"])
        row = metric_row(
            **names,
            subject=subject,
            metric=METRIC,
            value=float(balanced_accuracy(matrix)),
            ci_low=low,
            ci_high=high,
            chance=_mean(balanced_accuracy(chance[subject])),
            n=int(matrix.sum()),
        )
        rows.append(row)
    return rows


def _interval(samples, confidence):
    samples = samples[np.isfinite(samples)]
    if not len(samples):
        return np.nan, np.nan
    return percentile_interval(samples, confidence)


def _mean(samples):
    samples = samples[np.isfinite(samples)]
    if not len(samples):
        return float("nan")
    return float(samples.mean())


def loss_rows(frame, statistics):
    """Rows of what each arm loses: accuracy on the whole input minus that on the arm's.

    Paired over the subjects that both have. Of every seed, and of the mean over seeds (whose
    `seed` is empty). The p value (`eeglrp.statistics.mean_test`) is corrected by Holm (1979) over
    the arms of one model; `answer` is one of `eeglrp.statistics.three_answers`, by that p.

    Parameters
    ----------
    frame : DataFrame
        Balanced accuracies of subjects: columns study, task, regime, seed, fold, arm, tested,
        subject, value.
    statistics : dict
        `confidence`, `smallest_effect`.
    """
    is_subject = frame["subject"] != "all"
    is_accuracy = frame["metric"] == METRIC
    is_known = frame["value"].notna()
    accuracies = frame[is_subject & is_accuracy & is_known]
    rows = []
    for (study, task, regime), models in accuracies.groupby(
        ["study", "task", "regime"], sort=False
    ):
        for number in [*dict.fromkeys(models["seed"]), ""]:
            of_seed = models
            if number != "":
                of_seed = models[models["seed"] == number]
            names = {
                "study": study,
                "task": task,
                "regime": regime,
                "seed": number,
            }
            of_arms = of_seed[of_seed["arm"] != WHOLE]
            for tested in dict.fromkeys(of_arms["tested"]):
                losses = _differences(of_seed, tested)
                names["tested"] = tested
                rows += _of_model(losses, folds_of(of_seed), names, statistics)
    return rows


def _differences(frame, tested):
    """Whole input minus arm by subject, seeds averaged: arm -> Series."""
    is_tested = frame["tested"] == tested
    is_whole = frame["arm"] == WHOLE
    inputs = frame[is_tested | is_whole]
    by_subject = inputs.groupby(["subject", "arm"])["value"]
    means = by_subject.mean().unstack()
    whole = means.get(WHOLE, np.nan)
    differences = {}
    for arm in dict.fromkeys(inputs["arm"]):
        if arm == WHOLE:
            continue
        # A table holds 8 digits; rounding keeps equal differences equal.
        lost = (whole - means[arm]).dropna().round(7)
        if len(lost):
            differences[arm] = lost
    return differences


def _of_model(differences, folds, names, statistics):
    """Rows of all arms of one model."""
    confidence = statistics["confidence"]
    margin = statistics["smallest_effect"]["accuracy"]
    tests = [
        mean_test(lost, folds[lost.index], confidence)
        for lost in differences.values()
    ]
    corrected = holm([test.p for test in tests])
    rows = []
    for (arm, lost), test, p in zip(
        differences.items(), tests, corrected, strict=True
    ):
        of_arm = names | {"arm": arm, "metric": LOSS, "chance": 0.0}
        for subject, value in lost.items():
            rows.append(metric_row(**of_arm, subject=subject, value=value))
        row = tested_mean(
            of_arm, test, p, len(lost), margin=margin, confidence=confidence
        )
        rows.append(row)
    return rows
