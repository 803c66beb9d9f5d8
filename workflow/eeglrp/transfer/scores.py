"""The table of transfer: accuracy and shares of relevance on the windows of each task."""

from eeglrp.arms.expand import WHOLE
from eeglrp.arms.scores import arm_frames
from eeglrp.files import write_table
from eeglrp.statistics import holm, mean_test
from eeglrp.tables import folds_of, metric_frame, metric_row, tested_mean

#: Columns beyond the contract's: the task whose windows are tested, p value after Holm, its answer.
EXTRA = ("tested", "p", "answer")
MOVED = "moved"
_KEYS = ["study", "task", "regime", "method"]


def score_transfer(models, *, study, task, method, statistics, seed, out):
    """Write the table of transfer of a task.

    Parameters
    ----------
    models : sequence of dict
        As in `eeglrp.arms.scores.score_arms`; `arm` names the task that the windows belong to.
    study, task, method : str
    statistics : dict
        `bootstrap`, `permutations`, `confidence`, `smallest_effect`.
    seed : int
        The study's.
    out : Path
        The contract's columns and `EXTRA`. Metrics: `balanced_accuracy`; its `loss` (own windows
        minus those of the other task, paired over subjects); `share <region>` of |relevance|, and
        `share <region> moved` (the other task minus own; `chance` 0, `n` subjects).

    Raises
    ------
    InputError
        As `score_arms`.
    """
    import pandas as pd

    frame, _ = arm_frames(
        models,
        study=study,
        task=task,
        method=method,
        statistics=statistics,
        seed=seed,
    )
    moved = metric_frame(moved_rows(frame, statistics), ("arm", "p", "answer"))
    frame = pd.concat([frame, moved], ignore_index=True)
    frame["tested"] = frame["arm"].where(frame["arm"] != WHOLE, task)
    write_table(frame.drop(columns="arm"), out)


def moved_rows(frame, statistics):
    """Rows of how far each region's share moves from a model's own windows to the others'.

    Seeds are averaged first: `seed` is empty. The p value (`eeglrp.statistics.mean_test`) is
    corrected by Holm (1979) over the regions of one model and task.

    Parameters
    ----------
    frame : DataFrame
        Columns study, task, regime, method, fold, subject, arm, metric, value.
    statistics : dict
        `confidence`, `smallest_effect`.
    """
    is_subject = frame["subject"] != "all"
    is_share = frame["metric"].str.startswith("share ")
    is_known = frame["value"].notna()
    shares = frame[is_subject & is_share & is_known]
    rows = []
    for values, of_model in shares.groupby(_KEYS, sort=False):
        names = dict(zip(_KEYS, values, strict=True))
        means = of_model.pivot_table(
            index="subject", columns=["arm", "metric"], values="value"
        )
        arms = dict.fromkeys(of_model["arm"])
        for arm in arms:
            if arm != WHOLE:
                moved = (means[arm] - means[WHOLE]).dropna().round(7)
                place = names | {"arm": arm}
                rows += _rows(moved, folds_of(of_model), place, statistics)
    return rows


def _rows(moved, folds, names, statistics):
    """Rows of all regions: every subject, then their mean."""
    confidence = statistics["confidence"]
    margin = statistics["smallest_effect"]["share"]
    fold = folds[moved.index]
    tests = [mean_test(moved[name], fold, confidence) for name in moved]
    corrected = holm([test.p for test in tests])
    rows = []
    for metric, test, p in zip(moved, tests, corrected, strict=True):
        of_region = names | {"metric": f"{metric} {MOVED}", "chance": 0.0}
        for subject, value in moved[metric].items():
            row = metric_row(
                **of_region, subject=subject, fold=folds[subject], value=value
            )
            rows.append(row)
        mean = tested_mean(
            of_region,
            test,
            p,
            len(moved),
            margin=margin,
            confidence=confidence,
        )
        rows.append(mean)
    return rows
