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
    metrics = [column["metric"] for column in columns]
    is_share = [metric == _SHARE for metric in metrics]
    total = values.mean(0)[is_share]
    everywhere = np.ones(len(label), bool)
    clusters = {"all": everywhere}
    for k in range(label.max(initial=0) + 1):
        name = str(k + 1)
        clusters[name] = label == k
    rows = []
    for name, members in clusters.items():
        ids = names | {"subject": "all", "cluster": name}
        rng = generator(seed, "strategies", *names.values(), name)
        described = _means(values[members], columns, ids, statistics, rng)
        described += _counts(windows.subject, members, ids)
        if name != "all":
            n_permutations = statistics["permutations"]
            described = _tested(
                described, windows, members, n_permutations, rng
            )
            n = members.sum()
            described.append(_ocular(described, total, n, ids))
        rows += described
    return rows


def window_values(windows, channels, classes):
    """Values whose mean over a cluster is reported, (n, k), and what each column means."""
    even = 1 / len(channels)
    n_bins = windows.course.shape[1]
    chance = 1 / len(classes)
    columns = [{"metric": "accuracy", "chance": chance}]
    values = [windows.correct]
    for number, name in enumerate(classes):
        columns.append({"metric": f"class {name}"})
        values.append(windows.label == number)
    regions, matrix = membership(channels)
    for region in _REGIONS:
        if region in regions:
            number = regions.index(region)
            row = matrix[number]
            chance = row.mean()
            columns.append({"metric": f"share {region}", "chance": chance})
            values.append(windows.electrodes @ row)
    if np.isfinite(windows.eyes).all():
        columns += [{"metric": name} for name in EYES]
        values += list(windows.eyes.T)
    for name in channels:
        columns.append({"metric": f"map {name}", "chance": even})
    for k in range(n_bins):
        time = (k + 0.5) * COURSE_BIN
        name = f"course {time:.3f}"
        columns.append({"metric": name, "chance": 1 / n_bins})
    values += [windows.electrodes, windows.course]
    values = np.column_stack(values)
    return values.astype(float), columns


def _means(values, columns, ids, statistics, rng):
    """Mean over the windows of a cluster, with its interval over them."""
    n_bootstrap = statistics["bootstrap"]
    confidence = statistics["confidence"]
    low, high = mean_interval(values, n_bootstrap, confidence, rng)
    mean = values.mean(0)
    rows = []
    for k, column in enumerate(columns):
        row = metric_row(
            **ids,
            **column,
            value=mean[k],
            ci_low=low[k],
            ci_high=high[k],
            n=len(values),
        )
        rows.append(row)
    return rows


def _counts(subject, members, ids):
    """Share of the windows, number of subjects, and how much of the cluster is one subject's."""
    n = members.sum()
    inside = subject[members]
    _, windows = np.unique(inside, return_counts=True)
    _, windows_of_all = np.unique(subject, return_counts=True)
    largest = windows.max() / n
    largest_of_all = windows_of_all.max() / len(subject)
    return [
        metric_row(**ids, metric="trials", value=members.mean(), n=n),
        metric_row(**ids, metric="subjects", value=len(windows), n=n),
        metric_row(
            **ids,
            metric="largest subject",
            value=largest,
            chance=largest_of_all,
            n=n,
        ),
    ]


def _tested(rows, windows, members, n_permutations, rng):
    """Add to what the eyes did the `p` of its being more in the cluster than elsewhere."""
    p = {}
    for name, values in zip(EYES, windows.eyes.T, strict=True):
        if np.isfinite(values).all():
            p[name] = greater_within_subjects(
                values, members, windows.subject, n_permutations, rng
            )
    tested = []
    for row in rows:
        metric = row["metric"]
        if metric in p:
            row = row | {"p": p[metric]}
        tested.append(row)
    return tested


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
    _, unit = np.unique(subject, return_inverse=True)
    by_unit = np.argsort(unit, kind="stable")
    members = own[by_unit]
    observed = values[own].sum()
    size = np.abs(values)
    tolerance = 1e-9 * size.sum()
    least = observed - tolerance
    exceeding = 0
    for _ in range(n_permutations):
        # Sorting by subject, then by a random key, permutes within subjects.
        key = rng.random(len(values))
        order = np.lexsort((key, unit))
        shuffled = values[order]
        total = shuffled[members].sum()
        exceeding += total >= least
    p = (1 + exceeding) / (1 + n_permutations)
    return float(p)


def _ocular(rows, total, n, ids):
    """Whether the cluster is ocular, 1 or 0; NaN where gaze or a share of a part is not known.

    Its ocular-frontal share lies above that of all windows, with its interval; it holds more
    horizontal eye movement than the other windows; and its gaze turns more to the cued side.
    Magnitude of relevance follows that of the signal, in models too that have no use for it: the
    last condition asks whether the eyes can have told the class.
    """
    by_name = {row["metric"]: row for row in rows}
    share = by_name.get(_SHARE)
    size = by_name.get("heog size")
    to_cue = by_name.get("heog")
    if share is None or share["chance"] == 1:
        return metric_row(**ids, metric="ocular", n=n)
    if size is None or to_cue is None:
        return metric_row(**ids, metric="ocular", n=n)
    more_relevance = (share["ci_low"] > total).all()
    more_movement = size["p"] <= ALPHA
    more_to_cue = to_cue["p"] <= ALPHA
    ocular = more_relevance and more_movement and more_to_cue
    return metric_row(
        **ids,
        metric="ocular",
        value=float(ocular),
        n=n,
    )
