"""Which regime decodes better? Paired comparisons over subjects of all pairs within a task."""

from itertools import combinations

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.seeds import generator
from eeglrp.statistics import (
    holm,
    mean_interval,
    sign_flip_test,
    standardised_difference,
)
from eeglrp.tables import metric_frame, metric_row

METRIC = "balanced_accuracy"
#: Column of the regime that is subtracted from that in the column `regime`.
EXTRA = ("against",)


def compare_models(path, statistics, seed, out):
    """Compare the models in a table of decoding metrics and write the table of comparisons.

    Parameters
    ----------
    path : Path
        Table with the contract's columns.
    statistics : dict
        `bootstrap` and `confidence`.
    seed : int
    out : Path

    Raises
    ------
    InputError
        If a column is missing.
    """
    frame = read_table(path, METRIC_COLUMNS)
    table = comparisons(frame, statistics, seed)
    write_table(table, out)


def comparisons(frame, statistics, seed):
    """All pairs of regimes of a task, over the subjects that both decoded.

    Parameters
    ----------
    frame : DataFrame
        Decoding metrics; balanced accuracies of subjects are averaged over seeds first.
    statistics : dict
        `bootstrap` and `confidence`.
    seed : int

    Returns
    -------
    DataFrame
        The contract's columns and `against`. Metrics: `difference` (regime minus against; each
        subject, and the mean as `all` with its bootstrap interval over subjects), `effect_size`
        (Hedges' correction of Cohen's d_z), `p` (sign-flip test), `p_holm` (Holm, 1979, over the
        pairs of the task), `smallest_p` (what so few subjects can reach at best, before Holm).
        `n` counts subjects.
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
        rows += _task_rows(of_task, statistics, seed, ids)
    return metric_frame(rows, EXTRA)


def _task_rows(frame, statistics, seed, ids):
    """Rows of all pairs of regimes of one task."""
    task = ids["task"]
    pairs = paired_differences(frame)
    tests = []
    for pair, differences in pairs.items():
        rng = generator(seed, "comparisons", task, *pair)
        tests.append(sign_flip_test(differences.to_numpy(), rng))
    p_holm = holm([test.p for test in tests])
    rows = []
    for pair, test, corrected in zip(pairs, tests, p_holm, strict=True):
        rng = generator(seed, "differences", task, *pair)
        regime, against = pair
        names = ids | {"regime": regime, "against": against}
        rows += _rows(pairs[pair], test, corrected, statistics, rng, names)
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


def _rows(differences, test, corrected, statistics, rng, ids):
    values = differences.to_numpy()
    rows = [
        metric_row(**ids, subject=subject, metric="difference", value=value)
        for subject, value in differences.items()
    ]
    low, high = mean_interval(
        values[:, None], statistics["bootstrap"], statistics["confidence"], rng
    )
    numbers = {
        "difference": {
            "value": values.mean(),
            "ci_low": low[0],
            "ci_high": high[0],
        },
        "effect_size": {"value": standardised_difference(values)},
        "p": {"value": test.p},
        "p_holm": {"value": corrected},
        "smallest_p": {"value": test.smallest_p},
    }
    ids = ids | {"subject": "all", "n": len(values)}
    for metric, columns in numbers.items():
        rows.append(metric_row(**ids, metric=metric, **columns))
    return rows
