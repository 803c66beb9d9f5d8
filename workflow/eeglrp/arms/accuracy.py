"""Balanced accuracy of every arm, and what an arm loses against the whole input."""

import numpy as np

from eeglrp.arms.expand import WHOLE
from eeglrp.decoding.scores import (
    permuted,
    resampled_subjects,
    resampled_windows,
)
from eeglrp.errors import InputError
from eeglrp.seeds import generator
from eeglrp.statistics import (
    holm,
    mean_interval,
    percentile_interval,
    sign_flip_test,
)
from eeglrp.tables import metric_row
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
        name: permuted(c, statistics["permutations"], rng)
        for name, c in counts.items()
    }
    draws = {
        name: resampled_windows(c, statistics["bootstrap"], rng)
        for name, c in counts.items()
    }
    stacked = np.stack(list(counts.values()))
    draws["all"] = resampled_subjects(stacked, statistics["bootstrap"], rng)
    chance["all"] = sum(chance.values())
    rows = []
    for subject, own in (counts | {"all": stacked.sum(0)}).items():
        low, high = _interval(
            balanced_accuracy(draws[subject]), statistics["confidence"]
        )
        numbers = {
            "value": float(balanced_accuracy(own)),
            "ci_low": low,
            "ci_high": high,
        }
        numbers |= {
            "chance": _mean(balanced_accuracy(chance[subject])),
            "n": int(own.sum()),
        }
        rows.append(
            metric_row(**names, subject=subject, metric=METRIC, **numbers)
        )
    return rows


def _interval(samples, confidence):
    samples = samples[np.isfinite(samples)]
    return (
        percentile_interval(samples, confidence)
        if len(samples)
        else (np.nan, np.nan)
    )


def _mean(samples):
    samples = samples[np.isfinite(samples)]
    return float(samples.mean()) if len(samples) else float("nan")


def loss_rows(frame, statistics, seed):
    """Rows of what each arm loses: accuracy on the whole input minus that on the arm's.

    Paired over the subjects that both have. Of every seed, and of the mean over seeds (whose
    `seed` is empty). The p value of a sign-flip test over subjects is corrected by Holm (1979)
    over the arms of one model.

    Parameters
    ----------
    frame : DataFrame
        Balanced accuracies of subjects: columns study, task, regime, seed, arm, tested, subject,
        value.
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
        The study's.
    """
    own = frame[(frame["subject"] != "all") & (frame["metric"] == METRIC)]
    own = own[own["value"].notna()]
    rows = []
    for (study, task, regime), part in own.groupby(
        ["study", "task", "regime"], sort=False
    ):
        for number in [*dict.fromkeys(part["seed"]), ""]:
            of_seed = part if number == "" else part[part["seed"] == number]
            names = {
                "study": study,
                "task": task,
                "regime": regime,
                "seed": number,
            }
            for tested in dict.fromkeys(
                of_seed.loc[of_seed["arm"] != WHOLE, "tested"]
            ):
                found = _differences(of_seed, tested)
                rows += _of_model(
                    found, names | {"tested": tested}, statistics, seed
                )
    return rows


def _differences(frame, tested):
    """Whole input minus arm by subject, seeds averaged: arm -> Series."""
    inputs = frame[(frame["tested"] == tested) | (frame["arm"] == WHOLE)]
    means = inputs.groupby(["subject", "arm"])["value"].mean().unstack()
    arms = [arm for arm in dict.fromkeys(inputs["arm"]) if arm != WHOLE]
    whole = means.get(WHOLE, np.nan)
    # A table holds 8 digits; rounding keeps equal differences equal.
    found = {arm: (whole - means[arm]).dropna().round(7) for arm in arms}
    return {arm: one for arm, one in found.items() if len(one)}


def _of_model(differences, names, statistics, seed):
    """Rows of all arms of one model."""
    place = [str(names[key]) for key in ("task", "regime", "seed", "tested")]
    tests = [
        sign_flip_test(one.to_numpy(), generator(seed, "arms", *place, arm))
        for arm, one in differences.items()
    ]
    corrected, rows = holm([test.p for test in tests]), []
    settings = statistics["bootstrap"], statistics["confidence"]
    for (arm, one), p in zip(differences.items(), corrected, strict=True):
        own = names | {"arm": arm, "metric": LOSS, "chance": 0.0}
        rows += [
            metric_row(**own, subject=name, value=value)
            for name, value in one.items()
        ]
        rng = generator(seed, "loss", *place, arm)
        low, high = mean_interval(one.to_numpy()[:, None], *settings, rng)
        ends = {"ci_low": low[0], "ci_high": high[0], "n": len(one), "p": p}
        rows.append(metric_row(**own, subject="all", value=one.mean(), **ends))
    return rows
