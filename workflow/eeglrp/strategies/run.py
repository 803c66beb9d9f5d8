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
    job = Job(
        {"study": study, "task": task},
        classes,
        statistics,
        seed,
        known_eyes(windows),
    )
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
    values = np.column_stack(
        [np.abs(heog), heog, table["saccade"].to_numpy(float)]
    )
    return dict(zip(table["sample"], values, strict=True))


def store_rows(path, dataset, arm, job):
    """Rows of one open store."""
    shares, windows, target = read_maps(path, dataset, job)
    names = job.ids | store_names(path, dataset) | {"arm": arm}
    if not len(shares):
        return []
    rng = generator(job.seed, "clusters", *names.values())
    found = find_clusters(features(shares, target), rng)
    ids = names | {"subject": "all", "cluster": "all", "n": len(shares)}
    rows = [metric_row(**ids, metric="n_clusters", value=found.number)]
    rows.append(
        metric_row(
            **ids, metric="eigengap", value=found.gap, chance=found.expected
        )
    )
    rows[-1]["p"] = found.p
    rows.append(
        metric_row(
            **ids,
            metric="stability",
            value=found.stability,
            chance=found.chance,
        )
    )
    channels = text(dataset, "channel").tolist()
    described = cluster_rows(
        windows,
        found.label,
        channels,
        job.classes,
        names,
        job.statistics,
        job.seed,
    )
    return [
        *rows,
        *described,
        metric_row(**ids, metric="ocular trials", value=_held(described)),
    ]


def _held(rows):
    """Share of the windows in ocular clusters; NaN where none can be called so or not."""
    by_cluster = {
        (row["cluster"], row["metric"]): row["value"] for row in rows
    }
    ocular = {
        name: value
        for (name, metric), value in by_cluster.items()
        if metric == "ocular"
    }
    return sum(
        value * by_cluster[name, "trials"] for name, value in ocular.items()
    )


def read_maps(path, dataset, job):
    """Coarse maps of the windows that are clustered, what is known of them, and their target."""
    subject, label = text(dataset, "subject"), dataset["label"].values
    most = max(1, MOST_WINDOWS // max(1, len(np.unique(subject))))
    chosen = choose_windows(subject, label, most, job.seed)
    coarse, fine = _shares(dataset)
    chosen = chosen[np.isfinite(fine[chosen]).all((1, 2))]
    known = Windows(
        fine[chosen].sum(2),
        fine[chosen].sum(1),
        (dataset["prediction"].values == label)[chosen],
        label[chosen],
        subject[chosen],
        _eyes(path, text(dataset, "sample")[chosen], job.eyes),
    )
    return coarse[chosen], known, dataset["target"].values[chosen]


def _shares(dataset):
    """Shares of all windows in the bins of clustering and of courses."""
    rate, parts = sampling_rate(dataset), []
    for part in blocks(dataset.sizes["sample"]):
        relevance = window_array(dataset, part, "relevance")
        parts.append(
            [
                coarse_shares(relevance, rate, length)
                for length in (BIN, COURSE_BIN)
            ]
        )
    if not parts:
        return [np.zeros((0, dataset.sizes["channel"], 1))] * 2
    return [np.concatenate(each) for each in zip(*parts, strict=True)]


def _eyes(path, samples, eyes):
    if eyes is None:
        return np.full((len(samples), 3), np.nan)
    missing = [name for name in samples if name not in eyes]
    if missing:
        problem = f"{len(missing)} of {len(samples)} windows are not in the windows stores"
        raise InputError(
            path,
            "sample",
            problem,
            "delete it and rerun the job that writes it",
        )
    return np.array([eyes[name] for name in samples]).reshape(-1, 3)
