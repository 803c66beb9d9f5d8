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
    n, _, _, n_points = curves.methods.shape
    every = curves.methods.reshape(n, -1, n_points)
    bounds = area_bounds(
        np.concatenate([curves.random, curves.tried, every], 1), curves.counts
    )
    mean = curves.random.mean(1)
    chance = curve_metrics(mean, mean, *shape)
    columns = [{"metric": metric} for metric in METRICS]
    rows = []
    for number, method in enumerate(methods):
        values = curve_metrics(
            curves.methods[:, number, 0], curves.methods[:, number, 1], *shape
        )
        parts = [
            normalised(each[:, 0], *bounds)[:, None]
            for each in (values, chance)
        ]
        shared = curves.subject, names | {"method": method}, statistics, seed
        rows += _beside_chance(values, chance, columns, *shared)
        # Apart, since windows without bounds count for the other metrics.
        rows += _beside_chance(*parts, [{"metric": "naopc"}], *shared)
    return rows


def _beside_chance(values, chance, columns, *shared):
    rows = estimate_rows(values, columns, *shared)
    level = estimate_rows(chance, columns, *shared)
    return [
        row | {"chance": of_row["value"]}
        for row, of_row in zip(rows, level, strict=True)
    ]


def curve_rows(curves, methods, names, statistics, seed):
    """Mean score over all subjects after each fraction of the units is hidden.

    Parameters
    ----------
    As `metric_rows`. The mean over random orders is a method of its own.
    """
    found = [("random", "curve random", curves.random.mean(1))]
    for number, method in enumerate(methods):
        found += [
            (method, way, curves.methods[:, number, k])
            for k, way in enumerate(WAYS)
        ]
    rows = []
    for method, metric, values in found:
        columns = [
            {"metric": metric, "fraction": k / curves.n_units}
            for k in curves.counts
        ]
        named = names | {"method": method}
        rows += estimate_rows(
            values, columns, curves.subject, named, statistics, seed
        )
    return [row for row in rows if row["subject"] == "all"]
