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
    write_table(comparisons(frame, statistics, seed), out)


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
    own = (
        (frame["metric"] == METRIC)
        & (frame["subject"] != "all")
        & frame["value"].notna()
    )
    rows = []
    for (study, task), part in frame[own].groupby(
        ["study", "task"], sort=False
    ):
        pairs = paired_differences(part)
        tests = [
            sign_flip_test(
                one.to_numpy(), generator(seed, "comparisons", task, *pair)
            )
            for pair, one in pairs.items()
        ]
        p_holm = holm([test.p for test in tests])
        for (pair, one), test, corrected in zip(
            pairs.items(), tests, p_holm, strict=True
        ):
            rng = generator(seed, "differences", task, *pair)
            ids = {
                "study": study,
                "task": task,
                "regime": pair[0],
                "against": pair[1],
            }
            rows += _rows(one, test, corrected, statistics, rng, ids)
    return metric_frame(rows, EXTRA)


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
    means = frame.groupby(["subject", "regime"])["value"].mean().unstack()
    pairs = combinations(dict.fromkeys(frame["regime"]), 2)
    differences = {
        (a, b): (means[a] - means[b]).dropna().round(7) for a, b in pairs
    }
    return {pair: one for pair, one in differences.items() if len(one)}


def _rows(differences, test, corrected, statistics, rng, ids):
    values = differences.to_numpy()
    subjects = [
        metric_row(**ids, subject=name, metric="difference", value=value)
        for name, value in differences.items()
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
    return subjects + [
        metric_row(**ids, metric=name, **each)
        for name, each in numbers.items()
    ]
