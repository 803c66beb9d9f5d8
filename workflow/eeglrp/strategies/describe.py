"""What the windows of a cluster have in common: relevance, decisions, subjects, eyes."""

from typing import NamedTuple

import numpy as np

from eeglrp.scalp.regions import membership
from eeglrp.seeds import generator
from eeglrp.statistics import mean_interval
from eeglrp.strategies.maps import COURSE_BIN
from eeglrp.tables import metric_row

EXTRA = ("arm", "cluster", "p")
ALPHA = 0.05
_REGIONS, _SHARE = ("ocular_frontal", "central"), "share ocular_frontal"


class Windows(NamedTuple):
    """What is known of each clustered window.

    `electrodes` (n, n_channels) and `course` (n, n_bins): shares of |relevance|. `correct`,
    `label` and `subject` (n,). `eyes` (n, 3): |HEOG| and cue-signed HEOG in microvolt, and whether
    there is a saccade; NaN where gaze is not known.
    """

    electrodes: np.ndarray
    course: np.ndarray
    correct: np.ndarray
    label: np.ndarray
    subject: np.ndarray
    eyes: np.ndarray


EYES = ("heog size", "heog", "saccade share")


def cluster_rows(windows, label, channels, classes, names, statistics, seed):
    """Rows of every cluster (`1` the largest), and of `all` windows.

    Parameters
    ----------
    windows : Windows
    label : array of int, shape (n,)
        Cluster of each window, from 0.
    channels, classes : sequence of str
    names : dict
        Fields that all rows share.
    statistics : dict
        `bootstrap`, `permutations`, `confidence`.
    seed : int
        The study's.

    Returns
    -------
    list of dict
    """
    values, columns = window_values(windows, channels, classes)
    number = label.max(initial=0) + 1
    rows, total = [], values.mean(0)[[c["metric"] == _SHARE for c in columns]]
    for k in range(-1, number):
        own = np.ones(len(label), bool) if k < 0 else label == k
        ids = names | {
            "subject": "all",
            "cluster": "all" if k < 0 else str(k + 1),
        }
        rng = generator(seed, "strategies", *names.values(), ids["cluster"])
        found = _means(values[own], columns, ids, statistics, rng)
        found += _counts(windows.subject, own, ids)
        if k >= 0:
            found = _tested(
                found, windows, own, statistics["permutations"], rng
            )
            found.append(_ocular(found, total, own.sum(), ids))
        rows += found
    return rows


def window_values(windows, channels, classes):
    """Values whose mean over a cluster is reported, (n, k), and what each column means."""
    regions, matrix = membership(channels)
    columns, values = (
        [{"metric": "accuracy", "chance": 1 / len(classes)}],
        [windows.correct],
    )
    for number, name in enumerate(classes):
        columns.append({"metric": f"class {name}"})
        values.append(windows.label == number)
    for region in _REGIONS:
        if region in regions:
            row = matrix[regions.index(region)]
            columns.append({"metric": f"share {region}", "chance": row.mean()})
            values.append(windows.electrodes @ row)
    if np.isfinite(windows.eyes).all():
        columns += [{"metric": name} for name in EYES]
        values += list(windows.eyes.T)
    even = 1 / len(channels)
    columns += [{"metric": f"map {name}", "chance": even} for name in channels]
    n_bins = windows.course.shape[1]
    times = [f"course {(k + 0.5) * COURSE_BIN:.3f}" for k in range(n_bins)]
    columns += [{"metric": name, "chance": 1 / n_bins} for name in times]
    return np.column_stack(
        [*values, windows.electrodes, windows.course]
    ).astype(float), columns


def _means(values, columns, ids, statistics, rng):
    """Mean over the windows of a cluster, with its interval over them."""
    low, high = mean_interval(
        values, statistics["bootstrap"], statistics["confidence"], rng
    )
    ends = zip(columns, values.mean(0), low, high, strict=True)
    return [
        metric_row(
            **ids,
            **column,
            value=value,
            ci_low=first,
            ci_high=last,
            n=len(values),
        )
        for column, value, first, last in ends
    ]


def _counts(subject, own, ids):
    """Share of the windows, number of subjects, and how much of the cluster is one subject's."""
    sizes = np.unique(subject[own], return_counts=True)[1]
    of_all = np.unique(subject, return_counts=True)[1]
    found = {
        "trials": (own.mean(), float("nan")),
        "subjects": (len(sizes), float("nan")),
        "largest subject": (
            sizes.max() / own.sum(),
            of_all.max() / len(subject),
        ),
    }
    return [
        metric_row(**ids, metric=name, value=value, chance=chance, n=own.sum())
        for name, (value, chance) in found.items()
    ]


def _tested(rows, windows, own, n_permutations, rng):
    """Add to what the eyes did the `p` of its being more in the cluster than elsewhere."""
    tests = {
        name: greater_within_subjects(
            values, own, windows.subject, n_permutations, rng
        )
        for name, values in zip(EYES, windows.eyes.T, strict=True)
        if np.isfinite(values).all()
    }
    return [
        row | {"p": tests[row["metric"]]} if row["metric"] in tests else row
        for row in rows
    ]


def greater_within_subjects(values, own, subject, n_permutations, rng):
    """One-sided p of a larger mean in the cluster than elsewhere, by permuting within subjects.

    A cluster that is one subject with large eye movements is then no cluster of eye movements: the
    p of a subject that lies within the cluster, or outside, as a whole is 1.

    Parameters
    ----------
    values : array, shape (n,)
    own : array of bool, shape (n,)
        Windows of the cluster.
    subject : array, shape (n,)
    n_permutations : int
    rng : numpy.random.Generator
    """
    exceeding, unit = 0, np.unique(subject, return_inverse=True)[1]
    order = np.argsort(unit, kind="stable")
    sorted_own, observed = own[order], values[own].sum()
    tolerance = 1e-9 * np.abs(values).sum()
    for _ in range(n_permutations):
        # Sorting by subject, then by a random key, permutes within subjects.
        shuffled = values[np.lexsort((rng.random(len(values)), unit))]
        exceeding += shuffled[sorted_own].sum() >= observed - tolerance
    return float((1 + exceeding) / (1 + n_permutations))


def _ocular(rows, total, n, ids):
    """Whether the cluster is ocular, 1 or 0; NaN where gaze or a share of a part is not known.

    Its ocular-frontal share lies above that of all windows, with its interval; it holds more
    horizontal eye movement than the other windows; and its gaze turns more to the cued side.
    Magnitude of relevance follows that of the signal, in models too that have no use for it: the
    last condition asks whether the eyes can have told the class.
    """
    by_name = {row["metric"]: row for row in rows}
    share = by_name.get(_SHARE)
    eyes = [by_name.get(name) for name in EYES[:2]]
    if share is None or share["chance"] == 1 or None in eyes:
        return metric_row(**ids, metric="ocular", n=n)
    ocular = (share["ci_low"] > total).all() and all(
        row["p"] <= ALPHA for row in eyes
    )
    return metric_row(**ids, metric="ocular", value=float(ocular), n=n)
