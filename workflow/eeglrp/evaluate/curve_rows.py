"""Rows of the tables of faithfulness."""

import numpy as np

from eeglrp.evaluate.perturbation import (
    METRICS,
    area_bounds,
    curve_metrics,
    normalised,
)
from eeglrp.tables import estimate_rows

#: Index columns beyond the contract's: of the metrics, and of the curves.
EXTRA = ("occluder",)
CURVE_EXTRA = ("occluder", "fraction")
#: Metric names of the two ways through the units.
WAYS = ("curve morf", "curve lerf")


def metric_rows(curves, methods, names, statistics, seed):
    """Metrics of every method, each subject and all, beside those of random orders.

    Parameters
    ----------
    curves : eeglrp.evaluate.window_curves.Curves
    methods : sequence of str
    names : dict
        Fields that all rows share.
    statistics, seed
        As `eeglrp.tables.estimate_rows` takes them.
    """
    shape = curves.counts, curves.n_units
    n_windows, _, _, n_points = curves.methods.shape
    of_methods = curves.methods.reshape(n_windows, -1, n_points)
    every = np.concatenate([curves.random, curves.tried, of_methods], 1)
    low, high = area_bounds(every, curves.counts)
    mean = curves.random.mean(1)
    chance = curve_metrics(mean, mean, *shape)
    chance_area = normalised(chance[:, 0], low, high)
    columns = [{"metric": metric} for metric in METRICS]
    area_column = [{"metric": "naopc"}]
    rows = []
    for number, method in enumerate(methods):
        morf = curves.methods[:, number, 0]
        lerf = curves.methods[:, number, 1]
        values = curve_metrics(morf, lerf, *shape)
        area = normalised(values[:, 0], low, high)
        fields = names | {"method": method}
        shared = curves.subject, fields, statistics, seed
        rows += _beside_chance(values, chance, columns, *shared)
        # Apart, since windows without bounds count for the other metrics.
        rows += _beside_chance(
            area[:, None], chance_area[:, None], area_column, *shared
        )
    return rows


def _beside_chance(values, chance, columns, *shared):
    rows = estimate_rows(values, columns, *shared)
    levels = estimate_rows(chance, columns, *shared)
    for row, level in zip(rows, levels, strict=True):
        row["chance"] = level["value"]
    return rows


def curve_rows(curves, methods, names, statistics, seed):
    """Mean score over all subjects after each fraction of the units is hidden.

    Parameters
    ----------
    As `metric_rows`. The mean over random orders is a method of its own.
    """
    shown = [("random", "curve random", curves.random.mean(1))]
    for number, method in enumerate(methods):
        for k, way in enumerate(WAYS):
            shown.append((method, way, curves.methods[:, number, k]))
    rows = []
    for method, metric, values in shown:
        columns = [
            {"metric": metric, "fraction": count / curves.n_units}
            for count in curves.counts
        ]
        fields = names | {"method": method}
        rows += estimate_rows(
            values, columns, curves.subject, fields, statistics, seed
        )
    return [row for row in rows if row["subject"] == "all"]
