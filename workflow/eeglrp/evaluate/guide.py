"""Which attribution method to use: the scores of a study, summed up over tasks and subjects.

Scores of different tasks have different units, so methods are compared by wins: the share of the
other methods that a method beats in the same model and subject (1 always best, 0.5 by chance).
`wins truth` averages signed AUC and mass accuracy against the planted truth, `wins faithfulness`
SRG over the occluders that were used, and `wins` these two. Only models that decode are counted
(interval of the balanced accuracy above chance): a map of one that guesses has nothing to be true
about. Randomisation is a sanity check and noise a matter of taste: neither wins anything.
"""

from functools import partial

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.seeds import generator
from eeglrp.statistics import mean_interval
from eeglrp.tables import metric_frame, metric_row

EXTRA = ("against",)
YARDSTICKS = ("signal", "random")
_MODEL = ["task", "regime", "seed"]
_UNIT = ["task", "subject"]
#: Table -> metrics by which methods win, and the group that each belongs to.
_CONTESTS = {
    "localisation": {"auc": "truth", "rma": "truth"},
    "faithfulness": {"srg": "faithfulness"},
}
#: What is told of a method without a contest: table -> metrics.
_TOLD = {
    "sanity": ("max_sensitivity",),
    "cost": ("gradients", "seconds_per_window"),
}
#: Similarity to maps of a network whose weights are all random.
_RANDOMISED = "spearman_absolute cascading"


def write_guide(tables, *, rule_sets, statistics, seed, study, out):
    """Write the guide from the tables of a study.

    Parameters
    ----------
    tables : dict of str to Path
        `decoding` and any of `localisation`, `faithfulness`, `sanity`, `cost`.
    rule_sets : sequence of str
        Methods of the study that are LRP rule sets: the best of these is what others are held
        against.
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
    study : str
    out : Path
        Contract's columns and `against`; one row a method and metric, `n` counts pairs of task and
        subject, intervals are over these. `wins difference` is a method's wins minus those of the
        rule set with the most, in pairs.

    Raises
    ------
    InputError
        If a column is missing.
    """
    extra = {"faithfulness": ("occluder",), "sanity": ("unit", "depth")}
    frames = {
        name: read_table(path, [*METRIC_COLUMNS, *extra.get(name, ())])
        for name, path in tables.items()
    }
    rows = guide_rows(frames, rule_sets, statistics, seed)
    write_table(
        metric_frame([row | {"study": study} for row in rows], EXTRA), out
    )


def guide_rows(frames, rule_sets, statistics, seed):
    """Rows of the guide, from data frames by the name of their table."""
    models = decoding_models(frames["decoding"])
    frames = {
        name: frame.merge(models, on=_MODEL)
        for name, frame in frames.items()
        if name != "decoding"
    }
    row = partial(_rows, statistics=statistics, seed=seed)
    wins = all_wins(frames)
    rows = [
        one
        for name, table in wins.items()
        for one in row(table, f"wins {name}".strip(), 0.5)
    ]
    rows += _against_best(wins.get("", ()), rule_sets, row)
    for name, table, chance in _told(frames):
        rows += row(table, name, chance)
    return rows


def decoding_models(decoding):
    """Task, regime and seed of the models whose balanced accuracy lies above chance."""
    pooled = decoding["subject"] == "all"
    pooled &= decoding["metric"] == "balanced_accuracy"
    return decoding.loc[
        pooled & (decoding["ci_low"] > decoding["chance"]), _MODEL
    ]


def all_wins(frames):
    """Wins of every contest, of groups of contests (`truth`, `faithfulness`) and in all (`""`).

    Returns
    -------
    dict of str to DataFrame
        One row a pair of task and subject, one column a method.
    """
    groups, wins = {}, {}
    for name, group, table in _contests(frames):
        wins[name] = won = share_beaten(table)
        groups.setdefault(group, []).append(won)
    means = {group: _mean(tables) for group, tables in groups.items()}
    return wins | means | ({"": _mean(list(means.values()))} if means else {})


def _mean(tables):
    """Mean of tables over the rows and columns that all of them have."""
    shared = tables[0]
    for table in tables[1:]:
        shared = shared.add(table).dropna(how="all").dropna(axis=1, how="all")
    return shared / len(tables)


def _contests(frames):
    """Name, group and values (task and subject x method) of everything methods compete in."""
    for table, metrics in _CONTESTS.items():
        for metric, group in metrics.items():
            for apart, part in _parts(frames.get(table), metric):
                values = by_unit(part)
                if values.shape[1] > 1:
                    yield f"{metric} {apart}".strip(), group, values


def _parts(frame, metric):
    """Rows of a metric; several occluders are contests of their own."""
    if frame is None:
        return []
    rows = frame[
        (frame["metric"] == metric) & ~frame["method"].isin(YARDSTICKS)
    ]
    if "occluder" not in frame:
        return [("", rows)]
    return list(rows.groupby("occluder", sort=False))


def by_unit(rows, value="value"):
    """Values of each method in each pair of task and subject, averaged over models.

    Pairs that lack a method are left out, so that all methods stand before the same questions.
    """
    rows = rows[rows["subject"] != "all"]
    table = rows.pivot_table(value, _UNIT, "method", sort=False)
    return table.dropna()


def share_beaten(values):
    """Share of the other methods (columns) that each method beats in each row; ties are halves."""
    return (values.rank(axis=1) - 1) / (values.shape[1] - 1)


def _against_best(wins, rule_sets, row):
    """Each method's wins minus those of the rule set that wins most."""
    known = [name for name in rule_sets if len(wins) and name in wins]
    if not known:
        return []
    best = wins[known].mean().idxmax()
    rest = wins.drop(columns=best).sub(wins[best], axis=0)
    return [
        one | {"against": best} for one in row(rest, "wins difference", 0.0)
    ]


def _told(frames):
    """Name, values and chance of what stands beside the contests."""
    found = frames.get("localisation")
    if found is not None and len(found):
        auc = by_unit(found[found["metric"] == "auc"])
        if "signal" in auc:
            yield (
                "auc over signal",
                auc.sub(auc["signal"], axis=0).drop(columns="signal"),
                0.0,
            )
        mass = found[(found["metric"] == "rma")]
        yield (
            "mass over chance",
            by_unit(mass.assign(value=mass["value"] / mass["chance"])),
            1.0,
        )
    faithful = frames.get("faithfulness")
    for occluder, rows in _parts(faithful, "srg"):
        yield (
            f"srg above random {occluder}",
            by_unit(rows.assign(value=rows["value"] > 0)),
            None,
        )
    sanity = frames.get("sanity")
    if sanity is not None and len(sanity):
        deepest = sanity["depth"] == sanity["depth"].max()
        yield (
            "similarity randomised",
            _unit(sanity[deepest], _RANDOMISED),
            None,
        )
    for table, metrics in _TOLD.items():
        for metric in metrics if table in frames else ():
            yield metric, _unit(frames[table], metric), None


def _unit(frame, metric):
    """By task and subject, or by task alone where the table knows no subjects."""
    rows = frame[frame["metric"] == metric]
    pooled = rows["subject"].eq("all").all()
    return by_unit(rows.assign(subject="each") if pooled else rows)


def _rows(table, metric, chance, statistics, seed):
    """Mean of every column with its interval over rows."""
    if not len(table):
        return []
    rng = generator(seed, "guide", len(table))
    values = table.to_numpy(float)
    low, high = mean_interval(
        values, statistics["bootstrap"], statistics["confidence"], rng
    )
    names = {
        "task": "all",
        "subject": "all",
        "metric": metric,
        "n": len(table),
    }
    names |= {} if chance is None else {"chance": chance}
    return [
        metric_row(
            **names, method=method, value=mean, ci_low=low[k], ci_high=high[k]
        )
        for k, (method, mean) in enumerate(
            zip(table.columns, values.mean(axis=0), strict=True)
        )
    ]
