"""Which regime decodes better? Paired comparisons over subjects of all pairs within a task."""

from itertools import combinations

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.statistics import (
    equivalence_p,
    holm,
    mean_test,
    standardised_difference,
    three_answers,
)
from eeglrp.tables import folds_of, metric_frame, metric_row

METRIC = "balanced_accuracy"
#: Columns of the regime that is subtracted from that in the column `regime`, and of the answer.
EXTRA = ("against", "answer")


def compare_models(path, statistics, out):
    """Compare the models in a table of decoding metrics and write the table of comparisons.

    Parameters
    ----------
    path : Path
        Table with the contract's columns.
    statistics : dict
        `confidence` and `smallest_effect`.
    out : Path

    Raises
    ------
    InputError
        If a column is missing.
    """
    frame = read_table(path, METRIC_COLUMNS)
    table = comparisons(frame, statistics)
    write_table(table, out)


def comparisons(frame, statistics):
    """All pairs of regimes of a task, over the subjects that both decoded.

    Parameters
    ----------
    frame : DataFrame
        Decoding metrics; balanced accuracies of subjects are averaged over seeds first.
    statistics : dict
        `confidence` and `smallest_effect`.

    Returns
    -------
    DataFrame
        The contract's columns, `against` and `answer`. Metrics: `difference` (regime minus against;
        each subject, and the mean as `all` with its interval and, in `answer`, one of
        `eeglrp.statistics.three_answers`), `effect_size` (Hedges' correction of Cohen's d_z), `p`
        (`eeglrp.statistics.mean_test`), `p_holm` (Holm, 1979, over the pairs of the task; it
        decides), `p_equivalence` (two one-sided tests). `n` counts subjects.
    """
    is_accuracy = frame["metric"] == METRIC
    is_subject = frame["subject"] != "all"
    is_known = frame["value"].notna()
    accuracies = frame[is_accuracy & is_subject & is_known]
    rows = []
    for (study, task), of_task in accuracies.groupby(
        ["study", "task"], sort=False
    ):
        ids = {"study": study, "task": task}
        rows += _task_rows(of_task, statistics, ids)
    return metric_frame(rows, EXTRA)


def _task_rows(frame, statistics, ids):
    """Rows of all pairs of regimes of one task."""
    pairs = paired_differences(frame)
    folds = folds_of(frame)
    tests = [
        mean_test(values, folds[values.index], statistics["confidence"])
        for values in pairs.values()
    ]
    p_holm = holm([test.p for test in tests])
    rows = []
    for pair, test, corrected in zip(pairs, tests, p_holm, strict=True):
        regime, against = pair
        names = ids | {"regime": regime, "against": against}
        rows += _rows(pairs[pair], test, corrected, statistics, names)
    return rows


def paired_differences(frame):
    """First minus second, by subject, for each pair of regimes that share subjects.

    Rounded to the seven digits that a table of 8 significant ones still holds.

    Parameters
    ----------
    frame : DataFrame
        Columns subject, regime, value of one task; seeds are averaged.

    Returns
    -------
    dict of (str, str) to Series
    """
    by_subject = frame.groupby(["subject", "regime"])["value"]
    means = by_subject.mean().unstack()
    regimes = dict.fromkeys(frame["regime"])
    pairs = {}
    for first, second in combinations(regimes, 2):
        difference = means[first] - means[second]
        differences = difference.dropna().round(7)
        if len(differences):
            pairs[first, second] = differences
    return pairs


def _rows(differences, test, corrected, statistics, ids):
    rows = [
        metric_row(**ids, subject=subject, metric="difference", value=value)
        for subject, value in differences.items()
    ]
    margin = statistics["smallest_effect"]["accuracy"]
    alpha = 1 - statistics["confidence"]
    answer = three_answers(test._replace(p=corrected), margin, alpha)
    numbers = {
        "difference": {
            "value": test.mean,
            "ci_low": test.low,
            "ci_high": test.high,
            "answer": answer,
        },
        "effect_size": {
            "value": standardised_difference(differences.to_numpy())
        },
        "p": {"value": test.p},
        "p_holm": {"value": corrected},
        "p_equivalence": {"value": equivalence_p(test, margin)},
    }
    ids = ids | {"subject": "all", "n": len(differences)}
    for metric, columns in numbers.items():
        rows.append(metric_row(**ids, metric=metric, **columns))
    return rows
