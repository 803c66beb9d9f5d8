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
    frames = {}
    for name, path in tables.items():
        columns = [*METRIC_COLUMNS, *extra.get(name, ())]
        frames[name] = read_table(path, columns)
    rows = guide_rows(frames, rule_sets, statistics, seed)
    for row in rows:
        row["study"] = study
    write_table(metric_frame(rows, EXTRA), out)


def guide_rows(frames, rule_sets, statistics, seed):
    """Rows of the guide, from data frames by the name of their table."""
    models = decoding_models(frames["decoding"])
    frames = {
        name: frame.merge(models, on=_MODEL)
        for name, frame in frames.items()
        if name != "decoding"
    }
    rows_of = partial(_rows, statistics=statistics, seed=seed)
    wins = all_wins(frames)
    rows = []
    for name, table in wins.items():
        rows += rows_of(table, f"wins {name}".strip(), 0.5)
    rows += _against_best(wins.get("", ()), rule_sets, rows_of)
    for name, table, chance in _told(frames):
        rows += rows_of(table, name, chance)
    return rows


def decoding_models(decoding):
    """Task, regime and seed of the models whose balanced accuracy lies above chance."""
    is_pooled = decoding["subject"] == "all"
    is_accuracy = decoding["metric"] == "balanced_accuracy"
    is_above = decoding["ci_low"] > decoding["chance"]
    decodes = is_pooled & is_accuracy & is_above
    return decoding.loc[decodes, _MODEL]


def all_wins(frames):
    """Wins of every contest, of groups of contests (`truth`, `faithfulness`) and in all (`""`).

    Returns
    -------
    dict of str to DataFrame
        One row a pair of task and subject, one column a method.
    """
    groups = {}
    wins = {}
    for name, group, table in _contests(frames):
        beaten = share_beaten(table)
        wins[name] = beaten
        groups.setdefault(group, []).append(beaten)
    means = {group: _mean(tables) for group, tables in groups.items()}
    wins |= means
    if means:
        wins[""] = _mean(list(means.values()))
    return wins


def _mean(tables):
    """Mean of tables over the rows and columns that all of them have."""
    total = tables[0]
    for table in tables[1:]:
        total = total.add(table)
        total = total.dropna(how="all").dropna(axis=1, how="all")
    return total / len(tables)


def _contests(frames):
    """Name, group and values (task and subject x method) of everything methods compete in."""
    for table, metrics in _CONTESTS.items():
        frame = frames.get(table)
        for metric, group in metrics.items():
            for apart, rows in _parts(frame, metric):
                name = f"{metric} {apart}".strip()
                values = by_unit(rows)
                if values.shape[1] > 1:
                    yield name, group, values


def _parts(frame, metric):
    """Rows of a metric; several occluders are contests of their own."""
    if frame is None:
        return []
    is_metric = frame["metric"] == metric
    is_yardstick = frame["method"].isin(YARDSTICKS)
    rows = frame[is_metric & ~is_yardstick]
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
    beaten = values.rank(axis=1) - 1
    n_others = values.shape[1] - 1
    return beaten / n_others


def _against_best(wins, rule_sets, rows_of):
    """Each method's wins minus those of the rule set that wins most."""
    if not len(wins):
        return []
    known = [name for name in rule_sets if name in wins]
    if not known:
        return []
    best = wins[known].mean().idxmax()
    others = wins.drop(columns=best)
    difference = others.sub(wins[best], axis=0)
    rows = rows_of(difference, "wins difference", 0.0)
    return [row | {"against": best} for row in rows]


def _told(frames):
    """Name, values and chance of what stands beside the contests."""
    localised = frames.get("localisation")
    if localised is not None and len(localised):
        yield from _told_of_localisation(localised)
    for occluder, rows in _parts(frames.get("faithfulness"), "srg"):
        is_above = rows.assign(value=rows["value"] > 0)
        yield f"srg above random {occluder}", by_unit(is_above), None
    sanity = frames.get("sanity")
    if sanity is not None and len(sanity):
        depth = sanity["depth"]
        deepest = sanity[depth == depth.max()]
        yield "similarity randomised", _unit(deepest, _RANDOMISED), None
    for table, metrics in _TOLD.items():
        if table not in frames:
            continue
        for metric in metrics:
            yield metric, _unit(frames[table], metric), None


def _told_of_localisation(frame):
    is_auc = frame["metric"] == "auc"
    auc = by_unit(frame[is_auc])
    if "signal" in auc:
        over_signal = auc.sub(auc["signal"], axis=0)
        yield "auc over signal", over_signal.drop(columns="signal"), 0.0
    is_mass = frame["metric"] == "rma"
    mass = frame[is_mass]
    over_chance = mass["value"] / mass["chance"]
    yield "mass over chance", by_unit(mass.assign(value=over_chance)), 1.0


def _unit(frame, metric):
    """By task and subject, or by task alone where the table knows no subjects."""
    rows = frame[frame["metric"] == metric]
    if rows["subject"].eq("all").all():
        # Rows of `all` would be left out.
        rows = rows.assign(subject="each")
    return by_unit(rows)


def _rows(table, metric, chance, statistics, seed):
    """Mean of every column with its interval over rows."""
    if not len(table):
        return []
    rng = generator(seed, "guide", len(table))
    values = table.to_numpy(float)
    mean = values.mean(axis=0)
    low, high = mean_interval(
        values, statistics["bootstrap"], statistics["confidence"], rng
    )
    names = {
        "task": "all",
        "subject": "all",
        "metric": metric,
        "n": len(table),
    }
    if chance is not None:
        names["chance"] = chance
    rows = []
    for k, method in enumerate(table.columns):
        row = metric_row(
            **names,
            method=method,
            value=mean[k],
            ci_low=low[k],
            ci_high=high[k],
        )
        rows.append(row)
    return rows
