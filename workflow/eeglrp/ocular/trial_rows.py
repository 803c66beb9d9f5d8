"""Rows of the table of trials, from tables of windows."""

from typing import NamedTuple

import numpy as np

from eeglrp.ocular.association import odds_ratios
from eeglrp.ocular.eyes import NO_SACCADE, eye_groups
from eeglrp.seeds import generator
from eeglrp.statistics import mean_interval, sign_flip_test
from eeglrp.tables import estimate_rows, metric_row
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
    towards = (trials["heog"] > 0).to_numpy(float)
    values = np.column_stack(
        [trials["heog"], towards, trials["saccade"]]
    ).astype(float)
    chances = {
        "heog": 0.0,
        "gaze towards cue": 0.5,
        "saccade share": float("nan"),
    }
    columns = [
        {"metric": metric, "chance": chance}
        for metric, chance in chances.items()
    ]
    return _by_group(values, columns, trials, {}, job)


def accuracy_rows(trials, names, job):
    """Accuracy by group beside its chance level, and its gradients."""
    columns, rows = [{"metric": "accuracy"}, {"metric": "chance"}], []
    for group, own in _groups(trials):
        values = np.column_stack(
            [own["label"] == own["prediction"], chance_accuracy(own)]
        )
        found = _estimates(values, columns, own, names | {"group": group}, job)
        pairs = zip(found[::2], found[1::2], strict=True)
        rows += [row | {"chance": other["value"]} for row, other in pairs]
    return rows + gradient_rows(rows, "accuracy", names, job)


def chance_accuracy(trials):
    """Mean accuracy of a trial's subject over permutations of its labels, (n_trials,)."""
    result = np.zeros(len(trials))
    for rows in trials.groupby("subject", sort=False).indices.values():
        own = trials.iloc[rows]
        n_classes = 1 + max(own["label"].max(), own["prediction"].max())
        counts = confusion(own["label"], own["prediction"], n_classes)
        result[rows] = counts.sum(0) @ counts.sum(1) / counts.sum() ** 2
    return result


def share_rows(trials, even, names, job):
    """Ocular share of relevance by group, its gradients, and what it says of correctness.

    `even` is the share that relevance spread evenly over electrodes would have.
    """
    trials = trials[trials["share"].notna()]
    if trials.empty:
        return []
    columns = [{"metric": SHARE, "chance": even}]
    rows = _by_group(
        trials[["share"]].to_numpy(float), columns, trials, names, job
    )
    rows += gradient_rows(rows, SHARE, names, job)
    correct = (trials["label"] == trials["prediction"]).to_numpy()
    of_all = (
        job.ids | names | {"subject": "all", "group": "all", "n": len(trials)}
    )
    rows.append(
        metric_row(**of_all, metric="wrong", value=int((~correct).sum()))
    )
    predictors = {
        name: trials[name].to_numpy(float)
        for name in ("share", "saccade", "heog")
    }
    rng = generator(job.seed, "odds ratio", *names.values())
    subject = trials["subject"].to_numpy(str)
    found = odds_ratios(predictors, correct, subject, job.statistics, rng)
    return rows + [
        metric_row(**of_all, metric=f"odds ratio {name}", chance=1.0, **one)
        for name, one in found.items()
    ]


def gradient_rows(rows, metric, names, job):
    """High tercile minus the low one: every subject that has both, and all."""
    values = {
        (row["group"], row["subject"]): row["value"]
        for row in rows
        if row["metric"] == metric
    }
    sizes = {(row["group"], row["subject"]): row["n"] for row in rows}
    subjects = dict.fromkeys(
        subject for _, subject in values if subject != "all"
    )
    result = []
    for group, (high, low) in _GRADIENTS.items():
        both = [
            one
            for one in subjects
            if {(high, one), (low, one)} <= values.keys()
        ]
        if not both:
            continue
        ids = (
            job.ids
            | names
            | {"metric": f"{metric} gradient", "group": group, "chance": 0.0}
        )
        differences = np.array(
            [values[high, one] - values[low, one] for one in both]
        )
        number = [sizes[high, one] + sizes[low, one] for one in both]
        result += [
            metric_row(**ids, subject=one, value=value, n=n)
            for one, value, n in zip(both, differences, number, strict=True)
        ]
        result.append(
            metric_row(**ids, **_over_subjects(differences, group, job))
        )
    return result


def _over_subjects(differences, group, job):
    """Mean with its interval and sign-flip test."""
    rng = generator(job.seed, "gradient", group, len(differences))
    settings = job.statistics["bootstrap"], job.statistics["confidence"]
    (low,), (high,) = mean_interval(differences[:, None], *settings, rng)
    ends = {
        "ci_low": low,
        "ci_high": high,
        "p": sign_flip_test(differences, rng).p,
    }
    return {
        "subject": "all",
        "value": differences.mean(),
        "n": len(differences),
    } | ends


def _groups(trials):
    """Name and trials of every group that has some."""
    masks = eye_groups(trials)
    return [
        (group, trials[mask]) for group, mask in masks.items() if mask.any()
    ]


def _by_group(values, columns, trials, names, job):
    rows = []
    for group, mask in eye_groups(trials).items():
        ids = names | {"group": group}
        rows += _estimates(values[mask], columns, trials[mask], ids, job)
    return rows


def _estimates(values, columns, trials, names, job):
    subject = trials["subject"].to_numpy(str)
    return estimate_rows(
        values, columns, subject, job.ids | names, job.statistics, job.seed
    )
