"""Rows of the table of trials, from tables of windows."""

from typing import NamedTuple

import numpy as np

from eeglrp.ocular.association import odds_ratios
from eeglrp.ocular.eyes import NO_SACCADE, eye_groups
from eeglrp.seeds import generator
from eeglrp.statistics import mean_test, p_over_subjects
from eeglrp.tables import estimate_rows, fold_of_each, metric_row
from eeglrp.training.confusion import confusion

EXTRA = ("group", "p")
SHARE = "share ocular_frontal"
#: Gradients, of all trials and of those without a saccade: group -> its high and low tercile.
_GRADIENTS = {
    "all": ("high", "low"),
    NO_SACCADE: (f"high {NO_SACCADE}", f"low {NO_SACCADE}"),
}


class Job(NamedTuple):
    """What all rows of one run share; `ids`: study and task."""

    ids: dict
    statistics: dict
    seed: int


def gaze_rows(trials, job):
    """Cue-signed HEOG, share of trials in which it is positive, share with a saccade, by group."""
    heog = trials["heog"]
    towards = (heog > 0).to_numpy(float)
    saccade = trials["saccade"]
    values = np.column_stack([heog, towards, saccade])
    values = values.astype(float)
    columns = [
        {"metric": "heog", "chance": 0.0},
        {"metric": "gaze towards cue", "chance": 0.5},
        {"metric": "saccade share", "chance": float("nan")},
    ]
    return _by_group(values, columns, trials, {}, job)


def accuracy_rows(trials, names, job):
    """Accuracy by group beside its chance level, and its gradients."""
    columns = [{"metric": "accuracy"}, {"metric": "chance"}]
    rows = []
    for group, of_group in _groups(trials):
        correct = of_group["label"] == of_group["prediction"]
        chance = chance_accuracy(of_group)
        values = np.column_stack([correct, chance])
        ids = names | {"group": group}
        estimates = _estimates(values, columns, of_group, ids, job)
        # Rows of both columns take turns.
        accuracies = estimates[::2]
        chances = estimates[1::2]
        for row, other in zip(accuracies, chances, strict=True):
            rows.append(row | {"chance": other["value"]})
    return rows + gradient_rows(rows, "accuracy", trials, names, job)


def chance_accuracy(trials):
    """Mean accuracy of a trial's subject over permutations of its labels, (n_trials,)."""
    chance = np.zeros(len(trials))
    subjects = trials.groupby("subject", sort=False).indices
    for rows in subjects.values():
        of_subject = trials.iloc[rows]
        label = of_subject["label"]
        prediction = of_subject["prediction"]
        last_class = max(label.max(), prediction.max())
        n_classes = 1 + last_class
        counts = confusion(label, prediction, n_classes)
        by_prediction = counts.sum(0)
        by_label = counts.sum(1)
        agreeing = by_prediction @ by_label
        n = counts.sum()
        chance[rows] = agreeing / n**2
    return chance


def share_rows(trials, even, names, job):
    """Ocular share of relevance by group, its gradients, and what it says of correctness.

    `even` is the share that relevance spread evenly over electrodes would have.
    """
    trials = trials[trials["share"].notna()]
    if trials.empty:
        return []
    columns = [{"metric": SHARE, "chance": even}]
    share = trials[["share"]].to_numpy(float)
    rows = _by_group(share, columns, trials, names, job)
    rows += gradient_rows(rows, SHARE, trials, names, job)
    return rows + _odds_rows(trials, names, job)


def _odds_rows(trials, names, job):
    """Number of wrong trials, and what the share says of correctness."""
    correct = trials["label"] == trials["prediction"]
    correct = correct.to_numpy()
    ids = job.ids | names
    ids |= {"subject": "all", "group": "all", "n": len(trials)}
    n_wrong = int((~correct).sum())
    rows = [metric_row(**ids, metric="wrong", value=n_wrong)]
    predictors = {
        name: trials[name].to_numpy(float)
        for name in ("share", "saccade", "heog")
    }
    subject = trials["subject"].to_numpy(str)
    rng = generator(job.seed, "odds ratio", *names.values())
    ratios = odds_ratios(predictors, correct, subject, job.statistics, rng)
    for name, ratio in ratios.items():
        fields = ids | {"metric": f"odds ratio {name}", "chance": 1.0}
        rows.append(metric_row(**fields, **ratio))
    return rows


def gradient_rows(rows, metric, trials, names, job):
    """High tercile minus the low one: every subject that has both, and all.

    `trials` tell the folds whose models tested the subjects.
    """
    values = {}
    sizes = {}
    for row in rows:
        place = row["group"], row["subject"]
        sizes[place] = row["n"]
        if row["metric"] == metric:
            values[place] = row["value"]
    subjects = dict.fromkeys(name for _, name in values if name != "all")
    gradients = []
    for group, (high, low) in _GRADIENTS.items():
        ids = job.ids | names
        ids |= {"metric": f"{metric} gradient", "group": group, "chance": 0.0}
        differences = {}
        for name in subjects:
            upper = (high, name)
            lower = (low, name)
            if upper not in values or lower not in values:
                continue
            difference = values[upper] - values[lower]
            n = sizes[upper] + sizes[lower]
            row = metric_row(**ids, subject=name, value=difference, n=n)
            gradients.append(row)
            differences[name] = difference
        if differences:
            fold = fold_of_each(differences, trials["subject"], trials["fold"])
            whole = _over_subjects(list(differences.values()), fold, job)
            gradients.append(metric_row(**ids, **whole))
    return gradients


def _over_subjects(differences, fold, job):
    """Mean with its interval and test."""
    confidence = job.statistics["confidence"]
    test = mean_test(differences, fold, confidence)
    return {
        "subject": "all",
        "value": test.mean,
        "n": len(differences),
        "ci_low": test.low,
        "ci_high": test.high,
        "p": p_over_subjects(differences, fold, confidence),
    }


def _groups(trials):
    """Name and trials of every group that has some."""
    groups = []
    for name, mask in eye_groups(trials).items():
        if mask.any():
            groups.append((name, trials[mask]))
    return groups


def _by_group(values, columns, trials, names, job):
    rows = []
    for group, mask in eye_groups(trials).items():
        of_group = values[mask]
        trials_of_group = trials[mask]
        ids = names | {"group": group}
        rows += _estimates(of_group, columns, trials_of_group, ids, job)
    return rows


def _estimates(values, columns, trials, names, job):
    subject = trials["subject"].to_numpy(str)
    return estimate_rows(
        values, columns, subject, job.ids | names, job.statistics, job.seed
    )
