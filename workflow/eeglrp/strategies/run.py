"""The table of strategies of a task: clusters of the single-trial maps of each model.

Spectral relevance analysis (Lapuschkin et al., 2019, doi:10.1038/s41467-019-08987-4) on every model
by itself, on the whole input and on each arm's.
"""

from typing import NamedTuple

import numpy as np

from eeglrp.attribution.selection import choose_windows
from eeglrp.attribution.stores import blocks, sampling_rate, store_names, text
from eeglrp.errors import InputError
from eeglrp.files import write_table
from eeglrp.jobs import logger, progress
from eeglrp.ocular.eyes import eye_table
from eeglrp.ocular.heog import NoGaze
from eeglrp.seeds import generator
from eeglrp.store import open_attribution, window_array
from eeglrp.strategies.describe import EXTRA, Windows, cluster_rows
from eeglrp.strategies.maps import BIN, COURSE_BIN, coarse_shares, features
from eeglrp.strategies.spectral import find_clusters
from eeglrp.tables import metric_frame, metric_row

#: Windows of a store that are clustered: time grows with their third power.
MOST_WINDOWS = 600


class Job(NamedTuple):
    """What all stores of one run share; `ids`: study and task; `eyes`: None or by sample id."""

    ids: dict
    classes: list
    statistics: dict
    seed: int
    eyes: dict | None


def score_strategies(
    windows, stores, *, study, task, classes, statistics, seed, out
):
    """Write the table of strategies of a task.

    Parameters
    ----------
    windows : sequence of Path
        Windows stores of the whole input, one a subject; gaze is read there, in arms too.
    stores : sequence of (str, Path)
        Arm (`all`: the whole input) and attribution store of each model.
    study, task : str
    classes : sequence of str
    statistics : dict
        `bootstrap`, `permutations`, `confidence`.
    seed : int
        The study's.
    out : Path
        Contract's columns, `arm`, `cluster` and `p`. Cluster `all` has `n_clusters` (1: no
        structure beyond chance), `eigengap` (with `p`) and `stability`, whose `chance` are means
        over clouds without clusters, and `ocular trials`, the share of windows in ocular clusters
        (NaN: not known). Every cluster, and `all`: share of `trials`, number of `subjects`, share
        of the `largest subject`, and with intervals over windows `accuracy`, `class <name>`,
        `share ocular_frontal`, `share central`, `heog size` (|HEOG|) and `heog` (cue-signed) in
        microvolt, `saccade share`, and `map <electrode>` and `course <s>` (shares of |relevance|).
        Clusters alone have `ocular`, 1 or 0 (see `eeglrp.strategies.describe`), and the `p` of
        more `heog size`, `heog` and `saccade share` than in the other windows.

    Raises
    ------
    InputError
        If a store is broken, or explains a window that the windows stores do not hold.
    """
    names = {"study": study, "task": task}
    eyes = known_eyes(windows)
    job = Job(names, classes, statistics, seed, eyes)
    rows = []
    for arm, path in progress(stores, f"strategies {task}"):
        with open_attribution(path) as dataset:
            rows += store_rows(path, dataset, arm, job)
    write_table(metric_frame(rows, EXTRA), out)


def known_eyes(windows):
    """|HEOG|, cue-signed HEOG and saccade by sample id; None where the windows hold no gaze."""
    try:
        table = eye_table(windows)
    except NoGaze as reason:
        logger.warning("clusters without gaze: %s", reason)
        return None
    heog = table["heog"].to_numpy(float)
    saccade = table["saccade"].to_numpy(float)
    size = np.abs(heog)
    values = np.column_stack([size, heog, saccade])
    return dict(zip(table["sample"], values, strict=True))


def store_rows(path, dataset, arm, job):
    """Rows of one open store."""
    shares, windows, target = read_maps(path, dataset, job)
    names = job.ids | store_names(path, dataset) | {"arm": arm}
    if not len(shares):
        return []
    points = features(shares, target)
    rng = generator(job.seed, "clusters", *names.values())
    structure = find_clusters(points, rng)
    channels = text(dataset, "channel").tolist()
    described = cluster_rows(
        windows,
        structure.label,
        channels,
        job.classes,
        names,
        job.statistics,
        job.seed,
    )
    ids = names | {"subject": "all", "cluster": "all", "n": len(shares)}
    ocular = _held(described)
    return [
        *_structure_rows(structure, ids),
        *described,
        metric_row(**ids, metric="ocular trials", value=ocular),
    ]


def _structure_rows(structure, ids):
    """Number of clusters, and how sure it is."""
    number = metric_row(**ids, metric="n_clusters", value=structure.number)
    gap = metric_row(
        **ids,
        metric="eigengap",
        value=structure.gap,
        chance=structure.expected,
        p=structure.p,
    )
    stability = metric_row(
        **ids,
        metric="stability",
        value=structure.stability,
        chance=structure.chance,
    )
    return [number, gap, stability]


def _held(rows):
    """Share of the windows in ocular clusters; NaN where none can be called so or not."""
    trials, ocular = {}, {}
    for row in rows:
        cluster = row["cluster"]
        if row["metric"] == "trials":
            trials[cluster] = row["value"]
        if row["metric"] == "ocular":
            ocular[cluster] = row["value"]
    share = 0
    for cluster, is_ocular in ocular.items():
        share += is_ocular * trials[cluster]
    return share


def read_maps(path, dataset, job):
    """Coarse maps of the windows that are clustered, what is known of them, and their target."""
    subject = text(dataset, "subject")
    label = dataset["label"].values
    n_subjects = len(np.unique(subject))
    of_subject = MOST_WINDOWS // max(1, n_subjects)
    most = max(1, of_subject)
    chosen = choose_windows(subject, label, most, job.seed)
    coarse, fine = _shares(dataset)
    # Axes of both: windows, channels, bins.
    finite = np.isfinite(fine[chosen])
    known = finite.all((1, 2))
    chosen = chosen[known]
    prediction = dataset["prediction"].values
    correct = prediction == label
    sample = text(dataset, "sample")
    windows = Windows(
        electrodes=fine[chosen].sum(2),
        course=fine[chosen].sum(1),
        correct=correct[chosen],
        label=label[chosen],
        subject=subject[chosen],
        eyes=_eyes(path, sample[chosen], job.eyes),
    )
    target = dataset["target"].values
    return coarse[chosen], windows, target[chosen]


def _shares(dataset):
    """Shares of all windows in the bins of clustering and of courses."""
    rate = sampling_rate(dataset)
    coarse, fine = [], []
    for block in blocks(dataset.sizes["sample"]):
        relevance = window_array(dataset, block, "relevance")
        coarse.append(coarse_shares(relevance, rate, BIN))
        fine.append(coarse_shares(relevance, rate, COURSE_BIN))
    if not coarse:
        n_channels = dataset.sizes["channel"]
        nothing = np.zeros((0, n_channels, 1))
        return [nothing, nothing]
    return [np.concatenate(coarse), np.concatenate(fine)]


def _eyes(path, samples, eyes):
    if eyes is None:
        shape = len(samples), 3
        return np.full(shape, np.nan)
    missing = [name for name in samples if name not in eyes]
    if missing:
        problem = f"{len(missing)} of {len(samples)} windows are not in the windows stores"
        remedy = "delete it and rerun the job that writes it"
        raise InputError(path, "sample", problem, remedy)
    values = [eyes[name] for name in samples]
    return np.array(values).reshape(-1, 3)
