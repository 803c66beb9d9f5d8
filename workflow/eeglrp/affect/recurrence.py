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
    names = {name for model in maps.models for name in maps.references(*model)}
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
    reference, alpha = (
        main_reference(maps),
        1 - settings["statistics"]["confidence"],
    )
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
    own = [found[*model, reference] for model in models]
    null = [clusters for key, clusters in found.items() if key[1] is None]
    confidence = settings["statistics"]["confidence"]

    def part(test):
        numbers = share(sum(map(test, own)), len(own), confidence)
        chance = np.mean([test(one) for one in null]) if null else float("nan")
        return numbers | {"chance": float(chance)}

    def inside(clusters):
        return central_cluster(clusters, region, alpha) is not None

    rows.append(metric_row(**fields, metric="recurrence", **part(inside)))
    for k, channel in enumerate(maps.channels):
        numbers = part(lambda clusters, k=k: _holds(clusters, k, alpha))
        rows.append(
            metric_row(
                **fields,
                metric="recurrence electrode",
                channels=channel,
                **numbers,
            )
        )
    return rows


def _holds(clusters, channel, alpha):
    return any(
        one.mass > 0 and one.p < alpha and one.members[channel]
        for one in clusters
    )


def _overlap_rows(maps, models, reference, region, fields, settings):
    gains = [
        maps.models[m] - maps.references(*m)[reference].mean(0) for m in models
    ]
    rows = [_overlap_row("overlap", gains, region, fields, settings)]
    others = [
        array[k] - np.delete(array, k, 0).mean(0)
        for array in maps.permuted.values()
        for k in range(len(array) if len(array) > 1 else 0)
    ]
    if others:
        rows.append(
            _overlap_row("overlap permuted", others, region, fields, settings)
        )
    return rows


def _overlap_row(metric, gains, region, fields, settings):
    values = np.array([np.nanmean(overlap(gain, region)) for gain in gains])
    statistics = settings["statistics"]
    rng = generator(settings["seed"], "bootstrap", metric, len(values))
    sizes = statistics["bootstrap"], statistics["confidence"], rng
    low, high = np.ravel(mean_interval(values[:, None], *sizes))
    ends = {
        "value": values.mean(),
        "ci_low": low,
        "ci_high": high,
        "n": len(values),
    }
    return metric_row(
        **fields, metric=metric, chance=float(region.mean()), **ends
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
    largest = np.argsort(-gain, axis=1)[:, : region.sum()]
    found = region[largest].mean(1)
    return np.where(np.isfinite(gain).all(1), found, np.nan)
