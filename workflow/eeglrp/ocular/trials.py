"""Whether accuracy, and the ocular share of relevance, follow gaze trial by trial.

Test windows are grouped by saccade and by terciles of their cue-signed HEOG. A decoder of the eyes
is right where gaze follows the cue, so its accuracy grows from tercile to tercile; a decoder of
anything that has nothing to do with gaze is as good in each of them. That accuracy grows does not
show the converse: what else improves a trial may turn the eyes as well.
"""

import numpy as np

from eeglrp.attribution.stores import blocks, store_names, text
from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.jobs import logger, progress
from eeglrp.ocular.eyes import eye_table
from eeglrp.ocular.heog import NoGaze
from eeglrp.ocular.trial_rows import (
    EXTRA,
    Job,
    accuracy_rows,
    gaze_rows,
    share_rows,
)
from eeglrp.scalp.regions import membership
from eeglrp.store import open_attribution, window_array
from eeglrp.tables import metric_frame, with_folds

_PREDICTIONS = ("sample", "subject", "split", "fold", "label", "prediction")


def score_trials(
    windows, predictions, stores, *, study, task, statistics, seed, out
):
    """Write the table of trials of a task with the classes left and right.

    Parameters
    ----------
    windows : sequence of Path
        Windows stores, one a subject.
    predictions : sequence of dict
        `regime`, `seed` and `path` of each model and baseline.
    stores : sequence of Path
        Attribution stores of one method, one a model.
    study, task : str
    statistics : dict
        `bootstrap`, `permutations`, `confidence`.
    seed : int
        The study's.
    out : Path
        Contract's columns, `group` (as `eeglrp.ocular.eyes.eye_groups`) and `p`. Metrics:

        - `heog` (cue-signed, in microvolt), `gaze towards cue` (share of windows in which it is
          positive: what a decoder of its sign alone achieves) and `saccade share`, of the test
          windows;
        - `accuracy` of the test windows, `share ocular_frontal` of the explained ones, and of both
          the `... gradient`, the high tercile minus the low one (groups `all` and `no saccade`; `p`
          of a test that knows whose models tested whom; in the row of all, `n` counts subjects);
        - `odds ratio share`, `odds ratio saccade`, `odds ratio heog` (`eeglrp.ocular.association`)
          and the number `wrong` of the explained windows.

        `chance` of an accuracy is its mean over permutations of the labels within subject and
        group, that of a share the region's part of the electrodes. Without rows where the windows
        hold no gaze.

    Raises
    ------
    InputError
        If a table or a store is broken, or names a window that the windows stores do not hold.
    """
    try:
        eyes = eye_table(windows)
    except NoGaze as reason:
        logger.warning("%s: no trials by gaze: %s", task, reason)
        write_table(metric_frame([], EXTRA), out)
        return
    names = {"study": study, "task": task}
    job = Job(names, statistics, seed)
    rows = []
    fold = (), ()
    models = progress(predictions, f"trials {task}")
    for number, item in enumerate(models):
        trials = tested_trials(item["path"], eyes)
        if number == 0:
            # All models are tested on the same windows, by the same folds.
            rows += gaze_rows(trials, job)
            fold = trials["subject"], trials["fold"]
        names = {"regime": item["regime"], "seed": item["seed"]}
        rows += accuracy_rows(trials, names, job)
    for path in progress(stores, f"trials {task}, relevance"):
        with open_attribution(path) as dataset:
            trials = explained_trials(path, dataset, eyes)
            even = float(ocular_electrodes(dataset).mean())
            names = store_names(path, dataset)
            rows += share_rows(trials, even, names, job)
    write_table(with_folds(metric_frame(rows, EXTRA), *fold), out)


def tested_trials(path, eyes):
    """Eyes and `prediction` of each test window of a table of predictions."""
    table = read_table(path, _PREDICTIONS)
    is_test = table["split"] == "test"
    table = table.loc[is_test, ["sample", "fold", "prediction"]]
    return _with_eyes(path, table, eyes)


def explained_trials(path, dataset, eyes):
    """Eyes, `prediction` and ocular `share` of |relevance| of each window of an open store."""
    import pandas as pd

    columns = {
        "sample": text(dataset, "sample"),
        "fold": dataset["fold"].values,
        "prediction": dataset["prediction"].values,
        "share": ocular_share(dataset),
    }
    return _with_eyes(path, pd.DataFrame(columns), eyes)


def _with_eyes(path, table, eyes):
    trials = table.merge(eyes, on="sample", how="left", validate="one_to_one")
    missing = int(trials["subject"].isna().sum())
    if missing:
        problem = (
            f"{missing} of {len(table)} windows are not in the windows stores"
        )
        remedy = "delete it and rerun the job that writes it"
        raise InputError(path, "sample", problem, remedy)
    return trials.astype({"saccade": bool, "label": int})


def ocular_electrodes(dataset):
    """Which electrodes of a store are ocular-frontal, (n_channels,)."""
    channels = text(dataset, "channel").tolist()
    regions, members = membership(channels)
    row = regions.index("ocular_frontal")
    return members[row].astype(bool)


def ocular_share(dataset):
    """Part of each window's |relevance| that lies on ocular-frontal electrodes, (n_windows,)."""
    electrodes = ocular_electrodes(dataset)
    shares = [np.empty(0)]
    for block in blocks(dataset.sizes["sample"]):
        relevance = window_array(dataset, block, "relevance")
        size = np.abs(relevance)
        size = size.sum(2, dtype=np.float64)
        ocular = size[:, electrodes].sum(1)
        total = size.sum(1)
        share = np.full(len(size), np.nan)
        known = total > 0
        np.divide(ocular, total, out=share, where=known)
        shares.append(share)
    return np.concatenate(shares)
