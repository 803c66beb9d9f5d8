"""What the tables of the central cluster and of its confounds say."""

from eeglrp.affect.figures.affect_confounds import BANDS, CHANGE, PARTS
from eeglrp.affect.figures.affect_recurrence import ALPHA, is_above
from eeglrp.affect.maps_table import OF_SEEDS, REFERENCES, SHARE
from eeglrp.findings import Finding, estimate, few_subjects
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.power import smallest_p, subjects_needed
from eeglrp.tables import over_seeds

#: Correlations over electrodes that tell signal from embedding.
_LIKE = ("signal", "embedding", "untrained")


def cluster_view(frame):
    """Share of the region against each reference, which stands in the method's place."""
    is_share = frame["metric"] == SHARE
    is_single = frame["null"].isin(REFERENCES)
    shares = frame[is_share & is_single]
    words = shares["null"].map(REFERENCES)
    return shares.assign(method=words)


def confounds_view(frame):
    """Shares of the parts of the scalp on the whole input."""
    is_share = frame["metric"] == "share"
    on_whole = frame["condition"] == "all"
    shares = frame[is_share & on_whole]
    words = shares["part"].map(PARTS)
    return shares.assign(metric="share " + words)


def cluster_finding(frame):
    """Whether the region has more relevance than anything without labels gives it, and recurs."""
    over_subjects = frame[frame["subject"] == "all"]
    regimes = over_subjects[over_subjects["metric"] == OF_SEEDS]
    single = over_subjects[over_subjects["metric"] == SHARE]
    if regimes.empty:
        return None
    is_all = regimes["null"] == "all"
    of_region = regimes.loc[is_all, "channels"]
    electrodes = of_region.iloc[0]
    nulls = set(regimes["null"])
    names = [words for name, words in REFERENCES.items() if name in nulls]
    n_regimes = len(regimes[["task", "regime"]].drop_duplicates())
    answers = [
        f"{label(task)} ({_above(regimes, single, task)})"
        for task in ordered(regimes["task"], TASKS)
    ]
    sentence = (
        f"Share of |relevance| in the electrodes {electrodes}, named beforehand, mean over seeds. "
        f"Above every reference ({', '.join(names)}), over subjects and over models, p < {ALPHA} "
        f"after Holm over tasks and regimes ({n_regimes}): {'; '.join(answers)}."
    )
    sentence += _without_labels(regimes)
    sentence += _too_few(frame, n_regimes)
    sentence += _recurrence(frame)
    sentence += _electrodes(over_subjects)
    sentence += _alike(frame)
    sentence += few_subjects(frame)
    columns, rows = _table(regimes)
    return Finding("The central cluster", sentence, columns, rows)


def _above(regimes, single, task):
    """`fine-tuned (1 of 2 seeds by itself), ...`, or none."""
    regimes = regimes[regimes["task"] == task]
    single = single[single["task"] == task]
    words = []
    for regime in ordered(regimes["regime"], REGIMES):
        mean = regimes[regimes["regime"] == regime]
        if not is_above(mean.set_index("null")):
            continue
        seeds = single[single["regime"] == regime]
        models = []
        for _, model in seeds.groupby("seed"):
            models.append(model.set_index("null"))
        count = sum(map(is_above, models))
        words.append(
            f"{label(regime)}, by itself {count} of {len(models)} seeds"
        )
    return "; ".join(words) or "none"


def _without_labels(regimes):
    if "permuted" in set(regimes["null"]):
        return ""
    return (
        " No model was trained on labels in another order, "
        "so none of it can be laid to the labels."
    )


def _too_few(frame, n_tests):
    """Tasks whose subjects are too few for any p to be small after correction."""
    single = frame[frame["subject"] != "all"]
    counts = single.groupby("task", sort=False)["subject"].nunique()
    few = [
        f"{label(task)} {counts[task]}"
        for task in counts.index
        if smallest_p(counts[task]) * n_tests >= ALPHA
    ]
    if not few:
        return ""
    needed = subjects_needed(ALPHA / n_tests)
    return f" Too few subjects for such a p ({', '.join(few)}; it takes {needed})."


def _electrodes(frame):
    """Single electrodes, since a cluster's p says nothing of them."""
    tested = frame[frame["metric"] == "electrodes"]
    words = []
    for task in ordered(tested["task"], TASKS):
        of_task = tested[tested["task"] == task]
        of_regimes = [
            f"{label(regime)} {_surely(of_task[of_task['regime'] == regime])}"
            for regime in ordered(of_task["regime"], REGIMES)
        ]
        words.append(f"{label(task)} ({', '.join(of_regimes)})")
    if not words:
        return ""
    return (
        " The p of a cluster is not that of its electrodes. Electrodes that exceed every reference "
        f"by themselves, in every seed (largest t over the scalp, p < {ALPHA}): {'; '.join(words)}."
    )


def _surely(rows):
    """Electrodes that stand in all of these rows."""
    sets = [set(names.split()) for names in rows["channels"].fillna("")]
    shared = set.intersection(*sets)
    return " ".join(sorted(shared)) or "none"


def _recurrence(frame):
    words = ""
    recurring = frame[frame["metric"] == "recurrence"]
    models = [_recurs(row) for row in recurring.itertuples()]
    if models:
        words += f" Models with a significant cluster in the region: {'; '.join(models)}."
    overlaps = frame[frame["metric"] == "overlap"]
    gains = [
        f"{label(row.task)} {estimate(row)} (by chance {row.chance:.2f})"
        for row in overlaps.itertuples()
    ]
    if gains:
        words += (
            " Of the electrodes that gain most, as many as the region has, the part in the region: "
            f"{'; '.join(gains)}."
        )
    return words


def _recurs(row):
    part = estimate(row, 0, 100)
    words = f"{label(row.task)} {part} % of {row.n:.0f}"
    if row.chance == row.chance:
        words += f", and {row.chance:.0%} of those of permuted labels"
    return words


def _alike(frame):
    """What the maps are like: correlations over electrodes, mean over models."""
    correlations = frame[frame["metric"] == "correlation"]
    correlations = correlations[correlations["null"].isin(_LIKE)]
    tasks = []
    for task in ordered(correlations["task"], TASKS):
        of_task = correlations[correlations["task"] == task]
        models = over_seeds(of_task, ["task", "regime", "null"])
        words = ", ".join(_ranges(models))
        tasks.append(f"{label(task)} ({words})")
    if not tasks:
        return ""
    return f" Correlation of maps over electrodes with {'; '.join(tasks)}."


def _ranges(models):
    """Smallest and largest correlation with each reference."""
    words = []
    for name in _LIKE:
        is_like = models["null"] == name
        values = models.loc[is_like, "value"]
        if values.empty:
            continue
        smallest = f"{values.min():.2f}"
        largest = f"{values.max():.2f}"
        words.append(f"{REFERENCES[name]} {smallest} to {largest}")
    return words


def _table(regimes):
    """Columns, and rows by task and regime."""
    nulls = set(regimes["null"])
    names = [name for name in REFERENCES if name in nulls]
    columns = [
        "task",
        "model",
        "share",
        *(REFERENCES[name] for name in names),
        "p",
        "n",
    ]
    rows = []
    for task in ordered(regimes["task"], TASKS):
        of_task = regimes[regimes["task"] == task]
        for regime in ordered(of_task["regime"], REGIMES):
            of_regime = of_task[of_task["regime"] == regime]
            by_null = of_regime.set_index("null")
            rows.append(_cells(task, regime, by_null, names))
    return columns, rows


def _cells(task, regime, by_null, names):
    """Cells of a row; the share is marked where its interval lies above all references."""
    whole = next(by_null.loc[["all"]].itertuples())
    above = whole.ci_low > whole.chance
    cells = [
        (label(task), False),
        (label(regime), False),
        (estimate(whole), above),
    ]
    for name in names:
        chance = ""
        if name in by_null.index:
            value = by_null.loc[name, "chance"]
            chance = f"{value:.2f}"
        cells.append((chance, False))
    cells.append((f"{whole.p:.2g}", False))
    cells.append((f"{whole.n:.0f}", False))
    return cells


def confounds_finding(frame):
    """Which confounds have more relevance than signal, what the cluster carries, what stays."""
    over_subjects = frame[frame["subject"] == "all"]
    whole = over_subjects[over_subjects["condition"] == "all"]
    if whole.empty:
        return None
    shares = whole[whole["metric"] == "share"]
    present = set(shares["part"])
    beyond = [
        f"{words}: {_where(shares[shares['part'] == part])}"
        for part, words in PARTS.items()
        if part in present
    ]
    sentence = (
        f"Shares of |relevance| above those of |signal|, {'; '.join(beyond)}."
    )
    sentence += _bands(whole)
    sentence += _locked(whole)
    sentence += _changes(over_subjects)
    columns, rows = _confounds_table(shares)
    return Finding("Muscle, eyes, heart", sentence, columns, rows)


def _bands(whole):
    """Which bands the central cluster carries, task by task."""
    bands = whole[whole["metric"].isin(BANDS)]
    bands = bands[bands["part"] == "central"]
    if bands.empty:
        return ""
    carried = [
        f"{label(task)} ({_carried(bands[bands['task'] == task])})"
        for task in ordered(bands["task"], TASKS)
    ]
    return (
        " Bands with more of the central cluster's net relevance than white noise times signal "
        f"gives: {'; '.join(carried)}."
    )


def _where(frame):
    """`Arousal (fine-tuned, scratch), Valence (none)`: where the interval lies above |signal|."""
    models = over_seeds(frame, ["task", "regime"], more=("signal",))
    is_above = models["ci_low"] > models["signal"]
    above = models[is_above]
    words = []
    for task in ordered(models["task"], TASKS):
        regimes = above.loc[above["task"] == task, "regime"]
        names = map(label, ordered(regimes, REGIMES))
        names = ", ".join(names) or "none"
        words.append(f"{label(task)} ({names})")
    return ", ".join(words)


def _carried(bands):
    """`beta: fine-tuned, scratch`, or none: bands whose interval lies above."""
    models = over_seeds(bands, ["regime", "metric"])
    is_above = models["ci_low"] > models["chance"]
    above = models[is_above]
    words = []
    for band in ordered(above["metric"], BANDS):
        regimes = above.loc[above["metric"] == band, "regime"]
        names = map(label, ordered(regimes, REGIMES))
        name = band.removeprefix("share ")
        words.append(f"{name}: {', '.join(names)}")
    return "; ".join(words) or "none"


def _locked(whole):
    """Models whose central relevance is locked to the heartbeat, in every seed."""
    locking = whole[whole["metric"] == "r_locked_p"]
    if locking.empty:
        return " No R-peaks are known, so locking to the heartbeat was not tested."
    models = locking.groupby(["task", "regime"], sort=False)
    largest = models["value"].max()
    locked = [
        f"{label(task)} {label(regime)}"
        for (task, regime), p in largest.items()
        if p < ALPHA
    ]
    return (
        f" Relevance of the central cluster locked to the R-peak (p < {ALPHA} in every seed, not "
        f"corrected): {', '.join(locked) or 'none'}."
    )


def _changes(frame):
    """What other inputs do to the enrichment of the central cluster."""
    changes = frame[frame["metric"] == CHANGE]
    changes = changes[changes["part"] == "central"]
    if changes.empty:
        return " No input without muscle, eyes or heart was asked for."
    keys = ["task", "regime", "condition", "tested"]
    models = over_seeds(changes, keys, more=("enrichment",))
    words = [_change(row) for row in models.itertuples()]
    return f" Enrichment of the central cluster on other inputs (change): {'; '.join(words)}."


def _change(row):
    """`Arousal, fine-tuned, ICA: 1.20 (-0.10)`."""
    words = f"{label(row.task)}, {label(row.regime)}"
    words += f", {label(row.condition)}"
    if row.tested == "only":
        words += " tested only"
    words += f": {row.enrichment:.2f}"
    words += f" ({row.value:+.2f})"
    return words


def _confounds_table(shares):
    present = set(shares["part"])
    names = {name: PARTS[name] for name in PARTS if name in present}
    columns = ["task", "model", *names.values()]
    keys = ["task", "regime", "part"]
    models = over_seeds(shares, keys, more=("signal",))
    rows = []
    for task in ordered(models["task"], TASKS):
        of_task = models[models["task"] == task]
        for regime in ordered(of_task["regime"], REGIMES):
            of_regime = of_task[of_task["regime"] == regime]
            cells = [
                (label(task), False),
                (label(regime), False),
            ]
            cells += _share_cells(of_regime)
            rows.append(cells)
    return columns, rows


def _share_cells(frame):
    """A part's share beside that of |signal|, marked where its interval lies above."""
    by_part = {}
    for row in frame.itertuples():
        by_part[row.part] = row
    cells = []
    for name in PARTS:
        if name in by_part:
            row = by_part[name]
            words = f"{estimate(row)} (signal {row.signal:.2f})"
            above = bool(row.ci_low > row.signal)
            cells.append((words, above))
    return cells
