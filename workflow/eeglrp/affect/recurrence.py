"""Whether the central cluster comes back in every seed and regime, more than without labels."""

import numpy as np

from eeglrp.affect.cluster import central_cluster
from eeglrp.affect.maps_table import PREFERRED
from eeglrp.seeds import generator
from eeglrp.statistics import mean_interval
from eeglrp.tables import metric_row
from eeglrp.verdict.dial import share


def main_reference(maps):
    """Name of the reference that recurrence is counted against."""
    names = set()
    for model in maps.models:
        names |= set(maps.references(*model))
    return next(name for name in PREFERRED if name in names)


def recurrence_rows(maps, found, region, names, settings):
    """Rows over the models of a task, in `null` the reference.

    Parameters
    ----------
    maps : Maps
    found : dict
        Of `task_clusters`.
    region : array of bool, shape (n_channels,)
    names : dict
        Study, task, method.
    settings : dict

    Returns
    -------
    list of dict
        Metrics `recurrence`: part of the models with a cluster in the region
        (`cluster.central_cluster`), with Wilson's interval (1927); `recurrence electrode`: with the
        electrode in any cluster of more relevance; both beside the same part of models of permuted
        labels (`chance`), each against the others of its regime; neither where so few subjects
        are tested that no cluster could have a small p. `overlap`: part of the
        electrodes that gain most over the reference, as many as the region has, that lie in the
        region, mean over models and subjects, with an interval over models; beside the region's
        part of the electrodes. `overlap permuted` the same of models of permuted labels.
    """
    reference = main_reference(maps)
    confidence = settings["statistics"]["confidence"]
    alpha = 1 - confidence
    models = [
        model for model in maps.models if reference in maps.references(*model)
    ]
    if not models:
        return []
    fields = names | {"regime": "all", "subject": "all", "null": reference}
    rows = _overlap_rows(maps, models, reference, region, fields, settings)
    # MNE tests half of the sign patterns: the others mirror them.
    if 2.0 ** (1 - len(maps.subjects)) >= alpha:
        return rows
    trained = [found[*model, reference] for model in models]
    permuted = [found[key] for key in found if key[1] is None]
    inside = [_is_inside(model, region, alpha) for model in trained]
    by_chance = [_is_inside(model, region, alpha) for model in permuted]
    part = _part(inside, by_chance, confidence)
    rows.append(metric_row(**fields, metric="recurrence", **part))
    for k, channel in enumerate(maps.channels):
        held = [_holds(model, k, alpha) for model in trained]
        by_chance = [_holds(model, k, alpha) for model in permuted]
        part = _part(held, by_chance, confidence)
        part |= {"metric": "recurrence electrode", "channels": channel}
        rows.append(metric_row(**fields, **part))
    return rows


def _part(trained, permuted, confidence):
    """Part of the models, from one bool each, beside that of models of permuted labels."""
    count = sum(trained)
    numbers = share(count, len(trained), confidence)
    numbers["chance"] = float("nan")
    if permuted:
        numbers["chance"] = float(np.mean(permuted))
    return numbers


def _is_inside(clusters, region, alpha):
    cluster = central_cluster(clusters, region, alpha)
    return cluster is not None


def _holds(clusters, channel, alpha):
    """Whether a significant cluster of more relevance holds an electrode."""
    return any(
        cluster.mass > 0 and cluster.p < alpha and cluster.members[channel]
        for cluster in clusters
    )


def _overlap_rows(maps, models, reference, region, fields, settings):
    gains = []
    for model in models:
        of_reference = maps.references(*model)[reference]
        gain = maps.models[model] - of_reference.mean(0)
        gains.append(gain)
    rows = [_overlap_row("overlap", gains, region, fields, settings)]
    by_chance = _permuted_gains(maps)
    if by_chance:
        metric = "overlap permuted"
        row = _overlap_row(metric, by_chance, region, fields, settings)
        rows.append(row)
    return rows


def _permuted_gains(maps):
    """What a model of permuted labels has beyond the others of its regime."""
    gains = []
    for array in maps.permuted.values():
        if len(array) < 2:
            continue
        for k, shares in enumerate(array):
            others = np.delete(array, k, 0)
            gains.append(shares - others.mean(0))
    return gains


def _overlap_row(metric, gains, region, fields, settings):
    overlaps = [overlap(gain, region) for gain in gains]
    values = np.array([np.nanmean(of_model) for of_model in overlaps])
    statistics = settings["statistics"]
    rng = generator(settings["seed"], "bootstrap", metric, len(values))
    sizes = statistics["bootstrap"], statistics["confidence"]
    ends = mean_interval(values[:, None], *sizes, rng)
    low, high = np.ravel(ends)
    return metric_row(
        **fields,
        metric=metric,
        value=values.mean(),
        ci_low=low,
        ci_high=high,
        n=len(values),
        chance=float(region.mean()),
    )


def overlap(gain, region):
    """Part of the electrodes with the largest gain that lie in the region: (n_subjects,).

    Parameters
    ----------
    gain : array, shape (n_subjects, n_channels)
        NaN where a subject has none.
    region : array of bool, shape (n_channels,)
        As many electrodes are taken as it has.
    """
    size = region.sum()
    by_gain = np.argsort(-gain, axis=1)
    largest = by_gain[:, :size]
    inside = region[largest].mean(1)
    known = np.isfinite(gain).all(1)
    return np.where(known, inside, np.nan)
