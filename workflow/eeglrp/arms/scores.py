"""The tables of arms: how well each input is decoded, and where the relevance lies on it."""

import numpy as np

from eeglrp.arms.accuracy import accuracy_rows, confusions, loss_rows
from eeglrp.attribution.stores import blocks, text
from eeglrp.baselines.electrodes import READ_BY, channel_shares
from eeglrp.files import read_table, write_table
from eeglrp.jobs import progress
from eeglrp.scalp.regions import membership
from eeglrp.seeds import generator
from eeglrp.store import check_relevance, open_attribution, window_array
from eeglrp.tables import estimate_rows, metric_frame, with_folds

#: Columns beyond the contract's: which input, how tested, p value of a loss after Holm, its answer.
EXTRA = ("arm", "tested", "p", "answer")
TOPOGRAPHY_EXTRA = ("arm", "tested", "channel")
_PREDICTIONS = ("subject", "split", "fold", "label", "prediction")


def score_arms(
    models, *, study, task, method, statistics, seed, out, out_topography
):
    """Write the tables of the arms of a task.

    Parameters
    ----------
    models : sequence of dict
        `arm`, `tested`, `regime`, `seed` and paths `predictions`, `store`, `electrodes` (the last
        two None where there are none): `eeglrp.arms.files.Tested`.
    study, task : str
    method : str
        Name of the method that the stores are of.
    statistics : dict
        `bootstrap`, `permutations`, `confidence`.
    seed : int
        The study's.
    out : Path
        Contract's columns and `EXTRA`. Metrics: `balanced_accuracy` (every subject, and all
        windows pooled), `balanced_accuracy loss` (mean over subjects of the whole input minus the
        arm; `chance` 0, `n` subjects), `share <region>` of |relevance| (`chance`: the region's
        share of the arm's electrodes). Method `pattern`: share of CSP+LDA's activation patterns.
    out_topography : Path
        Contract's columns and `TOPOGRAPHY_EXTRA`: metric `share` of each electrode, all subjects.

    Raises
    ------
    InputError
        If a table lacks a column or a test window, or a store is broken.
    """
    frame, topography = arm_frames(
        models,
        study=study,
        task=task,
        method=method,
        statistics=statistics,
        seed=seed,
    )
    write_table(frame, out)
    write_table(topography, out_topography)


def arm_frames(models, *, study, task, method, statistics, seed):
    """The two tables that `score_arms` writes; parameters and errors are its own.

    Returns
    -------
    arms, topography : DataFrame
    """
    import pandas as pd

    rows = []
    topography = []
    tested = []
    for model in progress(models, f"arms of {task}"):
        names = {
            "study": study,
            "task": task,
            "regime": model["regime"],
            "seed": model["seed"],
            "arm": model["arm"],
            "tested": model["tested"],
        }
        place = [str(names[key]) for key in names if key != "study"]
        rng = generator(seed, "decoding", *place)
        path = model["predictions"]
        predictions = read_table(path, _PREDICTIONS)
        tested.append(predictions[predictions["split"] == "test"])
        counts = confusions(path, predictions)
        rows += accuracy_rows(counts, statistics, rng, names)
        shares = model_shares(model, method)
        if shares is not None:
            of_regions, of_channels = share_rows(
                *shares, names, statistics, seed
            )
            rows += of_regions
            topography += of_channels
    windows = pd.concat(tested)
    fold = windows["subject"], windows["fold"]
    frame = with_folds(metric_frame(rows, EXTRA), *fold)
    losses = loss_rows(frame, statistics)
    frame = metric_frame([*rows, *losses], EXTRA)
    frame = with_folds(frame, *fold)
    return frame, metric_frame(topography, TOPOGRAPHY_EXTRA)


def model_shares(model, method):
    """Shares of the electrodes: by window of a model, by subject of a baseline.

    Returns
    -------
    tuple or None
        Shares (n, n_channels), subject (n,), number of windows that each row stands for (n,),
        channels, method. None where nothing was explained.
    """
    if model["store"]:
        return *_of_store(model["store"]), method
    if not model["electrodes"]:
        return None
    columns = ("subject", "channel", "share", "n")
    table = read_table(model["electrodes"], columns)
    if table.empty:
        return None
    channels = list(dict.fromkeys(table["channel"]))
    wide = table.pivot(index="subject", columns="channel", values="share")
    subjects = wide.index
    n = table.groupby("subject")["n"].first()
    return (
        wide[channels].to_numpy(float),
        subjects.to_numpy(str),
        n[subjects].to_numpy(int),
        channels,
        READ_BY[model["regime"]],
    )


def _of_store(path):
    check_relevance(path)
    magnitudes = []
    with open_attribution(path) as dataset:
        for block in blocks(dataset.sizes["sample"]):
            relevance = np.abs(window_array(dataset, block, "relevance"))
            magnitudes.append(relevance.sum(2, dtype=np.float64))
        subject = text(dataset, "subject").astype(str)
        channels = text(dataset, "channel").tolist()
    shares = channel_shares(np.concatenate(magnitudes))
    n = np.ones(len(shares), int)
    return shares, subject, n, channels


def share_rows(shares, subject, n, channels, method, names, statistics, seed):
    """Rows of the shares of regions, and of the electrodes over all subjects.

    Parameters
    ----------
    shares : array, shape (n_units, n_channels)
        Sums to 1 in every unit, a window or a subject; NaN where there is no relevance at all.
    subject : array of str, shape (n_units,)
    n : array of int, shape (n_units,)
        Windows in each unit.
    channels : sequence of str
    method : str
    names : dict
        Fields that all rows share.
    statistics : dict
    seed : int

    Returns
    -------
    of_regions, of_channels : list of dict
    """
    regions, matrix = membership(channels)
    of_regions = [
        {"metric": f"share {region}", "chance": float(members.mean())}
        for region, members in zip(regions, matrix, strict=True)
    ]
    even = 1 / len(channels)
    of_channels = [
        {"metric": "share", "channel": name, "chance": even}
        for name in channels
    ]
    n_windows = _n_windows(shares, subject, n)
    names = names | {"method": method}

    def rows_of(values, columns):
        rows = estimate_rows(values, columns, subject, names, statistics, seed)
        for row in rows:
            row["n"] = n_windows[row["subject"]]
        return rows

    channel_rows = rows_of(shares, of_channels)
    pooled = [row for row in channel_rows if row["subject"] == "all"]
    region_rows = rows_of(shares @ matrix.T, of_regions)
    return region_rows, pooled


def _n_windows(shares, subject, n):
    """Windows with any relevance, by subject and of `all`."""
    is_explained = np.isfinite(shares).all(1)
    n_windows = {}
    for name in np.unique(subject):
        is_counted = is_explained & (subject == name)
        n_windows[name] = int(n[is_counted].sum())
    n_windows["all"] = sum(n_windows.values())
    return n_windows
