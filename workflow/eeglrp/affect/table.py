"""The table of the central cluster: region, clusters, and whether maps are signal or embedding."""

import numpy as np

from eeglrp.affect.cluster import find_clusters, largest_gain
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
        found = task_clusters(maps, affect["permutations"], seed)
        for model in maps.models:
            own = names | dict(zip(("regime", "seed"), model, strict=True))
            rows += region_rows(maps, [model], region, own, settings)
            rows += correlation_rows(maps, model, own, settings)
            rows += cluster_rows(maps, model, found, own)
        rows += regimes_rows(maps, region, names, settings)
        rows += recurrence_rows(maps, found, region, names, settings)
    write_table(metric_frame(corrected(rows), EXTRA), out)


def regimes_rows(maps, region, names, settings):
    """Share of the region in each regime, mean over seeds."""
    rows = []
    for regime in dict.fromkeys(regime for regime, _ in maps.models):
        models = [model for model in maps.models if model[0] == regime]
        own = names | {"regime": regime}
        rows += region_rows(maps, models, region, own, settings, OF_SEEDS)
    return rows


def region_rows(maps, models, region, names, settings, metric=SHARE):
    """Share of the region against every reference, mean over models of one regime.

    One row of every subject and one of all for each.
    """
    share = np.mean(
        [maps.models[model][:, region].sum(1) for model in models], axis=0
    )
    known = np.isfinite(share)
    subjects = [s for s, own in zip(maps.subjects, known, strict=True) if own]
    share, names = share[known], names | {"metric": metric}
    rng = generator(settings["seed"], "central", len(subjects))
    rows, comparisons = [], {}
    for name, array in _references(maps, models).items():
        one = compare(share, array[:, known][:, :, region].sum(2), rng)
        comparisons[name] = one
        rows += [
            metric_row(
                **names, null=name, subject=subject, value=value, chance=chance
            )
            for subject, value, chance in zip(
                subjects, share, one.reference, strict=True
            )
        ]
        tests = {"p": one.p, "p_models": one.p_models}
        rows.append(
            _whole_row(
                share,
                one.reference.mean(),
                settings,
                names,
                null=name,
                **tests,
            )
        )
    largest = max(one.reference.mean() for one in comparisons.values())
    last = {"p": above_all(share, comparisons.values()), "null": ALL}
    electrodes = " ".join(np.array(maps.channels)[region])
    return [
        *rows,
        _whole_row(
            share, largest, settings, names, channels=electrodes, **last
        ),
    ]


def _references(maps, models):
    """References of models of one regime; of several embeddings the mean."""
    each = [maps.references(*model) for model in models]
    found = dict(each[0])
    if all("embedding" in one for one in each):
        found["embedding"] = np.mean([one["embedding"] for one in each], 0)
    return found


def _whole_row(share, chance, settings, names, **more):
    """Row of all subjects."""
    low, high = interval(share, settings)
    ends = {
        "value": share.mean(),
        "ci_low": low,
        "ci_high": high,
        "n": len(share),
    }
    tests = {"chance": chance, "enrichment": share.mean() / chance}
    return metric_row(**names, **ends, **tests, **more, subject="all")


def interval(values, settings):
    """Ends of the bootstrap interval of a mean over subjects."""
    statistics = settings["statistics"]
    rng = generator(settings["seed"], "bootstrap", len(values))
    sizes = statistics["bootstrap"], statistics["confidence"], rng
    return np.ravel(mean_interval(values[:, None], *sizes))


def correlation_rows(maps, model, names, settings):
    """Correlation over electrodes of each subject's shares with those of each reference."""
    rows, own = [], maps.models[model]
    for name, array in maps.references(*model).items():
        if name == "chance":
            continue
        pairs = zip(own, array.mean(0), strict=True)
        values = np.array(
            [correlate(share[None], other)[0] for share, other in pairs]
        )
        values = values[np.isfinite(values)]
        low, high = interval(values, settings)
        ends = {
            "value": values.mean(),
            "ci_low": low,
            "ci_high": high,
            "n": len(values),
        }
        fields = names | {
            "metric": "correlation",
            "null": name,
            "subject": "all",
        }
        rows.append(metric_row(**fields, **ends, chance=0.0))
    return rows


def task_clusters(maps, permutations, seed):
    """Clusters of every model against every reference, and of permuted ones against each other.

    Returns
    -------
    dict
        (regime, seed, reference) -> list of Cluster; (regime, None, number of the model of
        permuted labels) -> its clusters against the mean of the others of its regime.
    """
    sizes = maps.channels, permutations, seed
    found = {
        (*model, name): find_clusters(own - array.mean(0), *sizes)
        for model, own in maps.models.items()
        for name, array in maps.references(*model).items()
    }
    for regime, array in maps.permuted.items():
        for k in range(len(array) if len(array) > 1 else 0):
            others = np.delete(array, k, 0).mean(0)
            found[regime, None, k] = find_clusters(array[k] - others, *sizes)
    return found


def cluster_rows(maps, model, found, names):
    """One row a cluster of a model, the most massive first."""
    rows, electrodes = [], np.array(maps.channels)
    null = [
        largest_gain(one)
        for key, one in found.items()
        if key[:2] == (model[0], None)
    ]
    for name in maps.references(*model):
        for number, one in enumerate(found[*model, name], start=1):
            fields = names | {
                "metric": "cluster",
                "null": name,
                "subject": "all",
            }
            p_models = float("nan")
            if null and name == "permuted" and one.value > 0:
                p_models = (1 + np.sum(np.array(null) >= one.value)) / (
                    1 + len(null)
                )
            tests = {
                "value": one.value,
                "chance": 0.0,
                "p": one.p,
                "p_models": p_models,
            }
            place = {
                "cluster": number,
                "channels": " ".join(electrodes[one.members]),
            }
            rows.append(
                metric_row(**fields, **tests, **place, n=len(maps.subjects))
            )
    return rows


def corrected(rows):
    """Rows with p values corrected for tasks, regimes and seeds.

    Those of the region by Holm (1979); those of clusters, which hold for the scalp of one model,
    in a column of its own, times the number of models (Bonferroni).
    """
    tested = [row for row in rows if row["metric"] in (SHARE, OF_SEEDS)]
    for column in ("p", "p_models"):
        for family in dict.fromkeys(
            (row["metric"], row["null"]) for row in tested
        ):
            own = [
                row
                for row in tested
                if (row["metric"], row["null"]) == family
                and np.isfinite(row.get(column, np.nan))
            ]
            for row, p in zip(
                own, holm([row[column] for row in own]), strict=True
            ):
                row[column] = float(p)
    names = ("task", "regime", "seed")
    models = {
        tuple(row.get(name) for name in names)
        for row in tested
        if row["metric"] == SHARE
    }
    for row in rows:
        if row["metric"] == "cluster":
            row["p_corrected"] = min(1.0, row["p"] * len(models))
    return rows
