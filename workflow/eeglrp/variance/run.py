"""The table of variance: how far scores, shares and maps depend on who and what was drawn."""

import numpy as np

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.tables import metric_frame, metric_row
from eeglrp.variance.components import components, reliability, seeds_needed

#: Column of what varies: `subject`, `fold`, `model`, `rest`.
EXTRA = ("source",)
_ACCURACY = "balanced_accuracy"
_MODEL = ["study", "task", "regime", "method", "metric"]


def write_variance(decoding, shares, topography, out):
    """Write how balanced accuracies and shares vary, and how reliable maps are over seeds.

    Parameters
    ----------
    decoding, shares, topography, out : Path
        `out`: the contract's columns and `source`. A metric of those tables, `value` the standard
        deviation of the `source`; `map reliability` of one seed's map (`source` `one seed`) and of
        the mean map (`all seeds`), and `seeds for 0.9`. `n` counts subjects, of maps seeds.

    Raises
    ------
    InputError
        If a table lacks a column.
    """
    accuracies = read_table(decoding, METRIC_COLUMNS)
    accuracies = accuracies[accuracies["metric"] == _ACCURACY]
    of_regions = read_table(shares, [*METRIC_COLUMNS, "class"])
    is_region = of_regions["metric"].str.match(r"share \w+$")
    of_regions = of_regions[is_region & (of_regions["class"] == "all")]
    maps = read_table(topography, [*METRIC_COLUMNS, "class", "channel"])
    rows = [*_spread_rows(accuracies), *_spread_rows(of_regions)]
    write_table(metric_frame([*rows, *_map_rows(maps)], EXTRA), out)


def _spread_rows(frame):
    """Standard deviations of every metric of every model."""
    frame = frame[(frame["subject"] != "all") & frame["value"].notna()]
    frame = frame.fillna({"method": "", "fold": ""})
    rows = []
    for names, of_model in frame.groupby(_MODEL, sort=False):
        complete = _complete(of_model)
        if complete["subject"].nunique() < 2:
            continue
        parts = components(complete)
        n = complete["subject"].nunique()
        shared = dict(zip(_MODEL, names, strict=True)) | {
            "subject": "all",
            "n": n,
        }
        rows += [
            metric_row(**shared, value=value, source=source)
            for source, value in parts._asdict().items()
            if np.isfinite(value)
        ]
    return rows


def _complete(frame):
    """Rows of the subjects who have a value of every seed."""
    n_seeds = frame["seed"].nunique()
    counts = frame.groupby("subject")["seed"].transform("nunique")
    return frame[counts == n_seeds]


def _map_rows(frame):
    """Reliability of the group's mean map of |relevance|, by model and method."""
    is_map = frame["metric"] == "share"
    frame = frame[is_map & (frame["subject"] == "all")]
    frame = frame[frame["class"] == "all"]
    rows = []
    for names, of_model in frame.groupby(_MODEL[:-1], sort=False):
        wide = of_model.pivot(index="seed", columns="channel", values="value")
        single, mean = reliability(wide.to_numpy(float))
        if not np.isfinite(single):
            continue
        shared = dict(zip(_MODEL, names, strict=False))
        shared |= {"subject": "all", "n": len(wide)}
        values = {
            ("map reliability", "one seed"): single,
            ("map reliability", "all seeds"): mean,
            ("seeds for 0.9", ""): seeds_needed(single),
        }
        rows += [
            metric_row(**shared, metric=metric, source=source, value=value)
            for (metric, source), value in values.items()
        ]
    return rows
