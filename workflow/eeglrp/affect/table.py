"""The table of the central cluster: region, clusters, and whether maps are signal or embedding."""

import numpy as np

from eeglrp.affect.cluster import electrode_p, find_clusters, largest_gain
from eeglrp.affect.maps_table import OF_SEEDS, SHARE, read_maps
from eeglrp.affect.recurrence import recurrence_rows
from eeglrp.affect.references import above_all, compare
from eeglrp.affect.region import central
from eeglrp.files import write_table
from eeglrp.seeds import generator
from eeglrp.statistics import holm, mean_interval
from eeglrp.tables import metric_frame, metric_row
from eeglrp.verify.cardiac_field import correlate

#: Columns beyond the contract's.
EXTRA = (
    "null",
    "enrichment",
    "p",
    "p_models",
    "p_corrected",
    "cluster",
    "channels",
)
#: Reference of the row that takes all references together.
ALL = "all"


def write_clusters(tables, out, *, study, method, affect, statistics, seed):
    """Write the table.

    Parameters
    ----------
    tables : dict
        Task -> paths of its tables of topography and of `eeglrp.affect.maps`.
    out : Path
    study : str
    method : str
        Whose relevance.
    affect : dict
        `region`, `permutations`.
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
        The study's.

    Notes
    -----
    Columns of the contract and `EXTRA`. Metrics, each against a reference in `null`:

    - `share central`: the region's share; `chance` that of the reference, `p` over subjects,
      `p_models` over models (`eeglrp.affect.references`), each corrected (Holm) over all tasks,
      regimes and seeds. Reference `all`: the claim that the share is above all of them.
    - `share central of seeds`: the same of the mean over the seeds of a regime, corrected over
      tasks and regimes.
    - `correlation`: over electrodes, with the reference's shares.
    - `cluster`: of the cluster permutation test; `value` is by how much its share exceeds the
      reference's, `channels` its electrodes, `p` for the whole scalp, `p_corrected` for all
      tasks, regimes and seeds too (Bonferroni), `p_models` the place of its value among the largest
      of models of permuted labels.
    - `electrodes`: how many single ones have more relevance than the reference by the largest t
      over the scalp; `channels` names them, `p` is the smallest.
    - of `eeglrp.affect.recurrence`.

    Raises
    ------
    InputError
        If a table cannot be used, or the montage has no such region.
    """
    rows = []
    for task, paths in tables.items():
        maps = read_maps(*paths, method)
        names = {"study": study, "task": task, "method": method}
        region = central(maps.channels, affect["region"])
        settings = {"affect": affect, "statistics": statistics, "seed": seed}
        clusters = task_clusters(maps, affect["permutations"], seed)
        for model in maps.models:
            regime, number = model
            of_model = names | {"regime": regime, "seed": number}
            rows += region_rows(maps, [model], region, of_model, settings)
            rows += correlation_rows(maps, model, of_model, settings)
            rows += cluster_rows(maps, model, clusters, of_model)
            rows += electrode_rows(maps, model, of_model, settings)
        rows += regimes_rows(maps, region, names, settings)
        rows += recurrence_rows(maps, clusters, region, names, settings)
    write_table(metric_frame(corrected(rows), EXTRA), out)


def regimes_rows(maps, region, names, settings):
    """Share of the region in each regime, mean over seeds."""
    by_regime = {}
    for model in maps.models:
        regime = model[0]
        by_regime.setdefault(regime, []).append(model)
    rows = []
    for regime, models in by_regime.items():
        fields = names | {"regime": regime}
        rows += region_rows(maps, models, region, fields, settings, OF_SEEDS)
    return rows


def region_rows(maps, models, region, names, settings, metric=SHARE):
    """Share of the region against every reference, mean over models of one regime.

    One row of every subject and one of all for each.
    """
    shares = [maps.models[model][:, region].sum(1) for model in models]
    share = np.mean(shares, axis=0)
    known = np.isfinite(share)
    share = share[known]
    pairs = zip(maps.subjects, known, strict=True)
    subjects = [name for name, is_known in pairs if is_known]
    names = names | {"metric": metric}
    rng = generator(settings["seed"], "central", len(subjects))
    rows, comparisons = [], []
    for null, array in _references(maps, models).items():
        # Axes: models, subjects, electrodes.
        of_known = array[:, known]
        reference = of_known[:, :, region].sum(2)
        comparison = compare(share, reference, rng)
        comparisons.append(comparison)
        fields = names | {"null": null}
        rows += _compared_rows(share, subjects, comparison, fields, settings)
    means = [comparison.reference.mean() for comparison in comparisons]
    whole = _whole_row(
        share,
        max(means),
        settings,
        names,
        p=above_all(share, comparisons),
        null=ALL,
        channels=" ".join(np.array(maps.channels)[region]),
    )
    return [*rows, whole]


def _compared_rows(share, subjects, comparison, names, settings):
    """Every subject's share beside one reference, then that of all."""
    rows = []
    for k, subject in enumerate(subjects):
        row = metric_row(
            **names,
            subject=subject,
            value=share[k],
            chance=comparison.reference[k],
        )
        rows.append(row)
    whole = _whole_row(
        share,
        comparison.reference.mean(),
        settings,
        names,
        p=comparison.p,
        p_models=comparison.p_models,
    )
    return [*rows, whole]


def _references(maps, models):
    """References of models of one regime; of several embeddings the mean."""
    of_models = [maps.references(*model) for model in models]
    references = dict(of_models[0])
    if all("embedding" in arrays for arrays in of_models):
        embeddings = [arrays["embedding"] for arrays in of_models]
        references["embedding"] = np.mean(embeddings, 0)
    return references


def _whole_row(share, chance, settings, names, **more):
    """Row of all subjects."""
    low, high = interval(share, settings)
    return metric_row(
        **names,
        **more,
        subject="all",
        value=share.mean(),
        ci_low=low,
        ci_high=high,
        n=len(share),
        chance=chance,
        enrichment=share.mean() / chance,
    )


def interval(values, settings):
    """Ends of the bootstrap interval of a mean over subjects."""
    statistics = settings["statistics"]
    n_bootstrap = statistics["bootstrap"]
    confidence = statistics["confidence"]
    rng = generator(settings["seed"], "bootstrap", len(values))
    ends = mean_interval(values[:, None], n_bootstrap, confidence, rng)
    return np.ravel(ends)


def correlation_rows(maps, model, names, settings):
    """Correlation over electrodes of each subject's shares with those of each reference."""
    shares = maps.models[model]
    rows = []
    for name, array in maps.references(*model).items():
        if name == "chance":
            continue
        values = _correlations(shares, array.mean(0))
        low, high = interval(values, settings)
        row = metric_row(
            **names,
            metric="correlation",
            null=name,
            subject="all",
            value=values.mean(),
            ci_low=low,
            ci_high=high,
            n=len(values),
            chance=0.0,
        )
        rows.append(row)
    return rows


def _correlations(shares, reference):
    """Correlation over electrodes of every subject that has one."""
    values = []
    for share, other in zip(shares, reference, strict=True):
        correlation = correlate(share[None], other)
        values.append(correlation[0])
    values = np.array(values)
    return values[np.isfinite(values)]


def task_clusters(maps, permutations, seed):
    """Clusters of every model against every reference, and of permuted ones against each other.

    Returns
    -------
    dict
        (regime, seed, reference) -> list of Cluster; (regime, None, number of the model of
        permuted labels) -> its clusters against the mean of the others of its regime.
    """
    sizes = maps.channels, permutations, seed
    clusters = {}
    for model, shares in maps.models.items():
        for name, array in maps.references(*model).items():
            difference = shares - array.mean(0)
            key = (*model, name)
            clusters[key] = find_clusters(difference, *sizes)
    for regime, array in maps.permuted.items():
        if len(array) < 2:
            continue
        for k, shares in enumerate(array):
            others = np.delete(array, k, 0)
            difference = shares - others.mean(0)
            key = (regime, None, k)
            clusters[key] = find_clusters(difference, *sizes)
    return clusters


def cluster_rows(maps, model, found, names):
    """One row a cluster of a model, the most massive first."""
    electrodes = np.array(maps.channels)
    regime = model[0]
    null = [
        largest_gain(clusters)
        for key, clusters in found.items()
        if key[:2] == (regime, None)
    ]
    rows = []
    for name in maps.references(*model):
        for number, cluster in enumerate(found[*model, name], start=1):
            p_models = float("nan")
            if null and name == "permuted" and cluster.value > 0:
                p_models = _place_among(cluster.value, null)
            row = metric_row(
                **names,
                metric="cluster",
                null=name,
                subject="all",
                value=cluster.value,
                chance=0.0,
                p=cluster.p,
                p_models=p_models,
                cluster=number,
                channels=" ".join(electrodes[cluster.members]),
                n=len(maps.subjects),
            )
            rows.append(row)
    return rows


def electrode_rows(maps, model, names, settings):
    """Electrodes of a model with more relevance than each reference, every one tested alone."""
    electrodes = np.array(maps.channels)
    permutations = settings["affect"]["permutations"]
    alpha = 1 - settings["statistics"]["confidence"]
    rows = []
    for name, array in maps.references(*model).items():
        difference = maps.models[model] - array.mean(0)
        t, p = electrode_p(difference, permutations, settings["seed"])
        gains = t > 0
        surely = gains & (p < alpha)
        row = metric_row(
            **names,
            metric="electrodes",
            null=name,
            subject="all",
            value=surely.sum(),
            p=p[gains].min() if gains.any() else np.nan,
            channels=" ".join(electrodes[surely]),
            n=len(maps.subjects),
        )
        rows.append(row)
    return rows


def _place_among(value, null):
    """One-sided p: how many of the null are as large, the value among them."""
    as_large = np.array(null) >= value
    n_as_large = 1 + np.sum(as_large)
    return n_as_large / (1 + len(null))


def corrected(rows):
    """Rows with p values corrected for tasks, regimes and seeds.

    Those of the region by Holm (1979); those of clusters, which hold for the scalp of one model,
    in a column of its own, times the number of models (Bonferroni).
    """
    tested = [row for row in rows if row["metric"] in (SHARE, OF_SEEDS)]
    for column in ("p", "p_models"):
        families = {}
        for row in tested:
            family = row["metric"], row["null"]
            if np.isfinite(row.get(column, np.nan)):
                families.setdefault(family, []).append(row)
        for family in families.values():
            p_values = [row[column] for row in family]
            for row, p in zip(family, holm(p_values), strict=True):
                row[column] = float(p)
    models = set()
    for row in tested:
        if row["metric"] == SHARE:
            model = (
                row.get("task"),
                row.get("regime"),
                row.get("seed"),
            )
            models.add(model)
    for row in rows:
        if row["metric"] == "cluster":
            p = row["p"] * len(models)
            row["p_corrected"] = min(1.0, p)
    return rows
