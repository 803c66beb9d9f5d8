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
from eeglrp.tables import metric_frame

_PREDICTIONS = ("sample", "subject", "split", "label", "prediction")


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
          of a sign-flip test; in the row of all, `n` counts subjects);
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
    job, rows = Job({"study": study, "task": task}, statistics, seed), []
    for number, item in enumerate(progress(predictions, f"trials {task}")):
        trials = tested_trials(item["path"], eyes)
        # All models are tested on the same windows.
        rows += [] if number else gaze_rows(trials, job)
        rows += accuracy_rows(
            trials, {"regime": item["regime"], "seed": item["seed"]}, job
        )
    for path in progress(stores, f"trials {task}, relevance"):
        with open_attribution(path) as dataset:
            trials = explained_trials(path, dataset, eyes)
            even = float(ocular_electrodes(dataset).mean())
            rows += share_rows(trials, even, store_names(path, dataset), job)
    write_table(metric_frame(rows, EXTRA), out)


def tested_trials(path, eyes):
    """Eyes and `prediction` of each test window of a table of predictions."""
    table = read_table(path, _PREDICTIONS)
    table = table.loc[table["split"] == "test", ["sample", "prediction"]]
    return _with_eyes(path, table, eyes)


def explained_trials(path, dataset, eyes):
    """Eyes, `prediction` and ocular `share` of |relevance| of each window of an open store."""
    import pandas as pd

    columns = {
        "sample": text(dataset, "sample"),
        "prediction": dataset["prediction"].values,
        "share": ocular_share(dataset),
    }
    return _with_eyes(path, pd.DataFrame(columns), eyes)


def _with_eyes(path, table, eyes):
    found = table.merge(eyes, on="sample", how="left", validate="one_to_one")
    missing = int(found["subject"].isna().sum())
    if missing:
        problem = (
            f"{missing} of {len(table)} windows are not in the windows stores"
        )
        raise InputError(
            path,
            "sample",
            problem,
            "delete it and rerun the job that writes it",
        )
    return found.astype({"saccade": bool, "label": int})


def ocular_electrodes(dataset):
    """Which electrodes of a store are ocular-frontal, (n_channels,)."""
    regions, members = membership(text(dataset, "channel").tolist())
    return members[regions.index("ocular_frontal")].astype(bool)


def ocular_share(dataset):
    """Part of each window's |relevance| that lies on ocular-frontal electrodes, (n_windows,)."""
    own, parts = ocular_electrodes(dataset), []
    for part in blocks(dataset.sizes["sample"]):
        size = np.abs(window_array(dataset, part, "relevance")).sum(
            2, dtype=np.float64
        )
        total = size.sum(1)
        share = np.full(len(size), np.nan)
        parts.append(
            np.divide(size[:, own].sum(1), total, out=share, where=total > 0)
        )
    return np.concatenate([np.empty(0), *parts])
