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
    own = frame[(frame["metric"] == SHARE) & frame["null"].isin(REFERENCES)]
    return own.assign(method=own["null"].map(REFERENCES))


def confounds_view(frame):
    """Shares of the parts of the scalp on the whole input."""
    own = frame[(frame["metric"] == "share") & (frame["condition"] == "all")]
    return own.assign(metric="share " + own["part"].map(PARTS))


def cluster_finding(frame):
    """Whether the region has more relevance than anything without labels gives it, and recurs."""
    whole = frame[frame["subject"] == "all"]
    regimes, single = (
        whole[whole["metric"] == metric] for metric in (OF_SEEDS, SHARE)
    )
    if regimes.empty:
        return None
    tasks = ordered(regimes["task"], TASKS)
    electrodes = regimes.loc[regimes["null"] == "all", "channels"].iloc[0]
    names = [
        words
        for name, words in REFERENCES.items()
        if name in set(regimes["null"])
    ]
    n_regimes = len(regimes[["task", "regime"]].drop_duplicates())
    found = "; ".join(
        f"{label(task)} ({_above(regimes, single, task)})" for task in tasks
    )
    sentence = (
        f"Share of |relevance| in the electrodes {electrodes}, named beforehand, mean over seeds. "
        f"Above every reference ({', '.join(names)}), over subjects and over models, p < {ALPHA} "
        f"after Holm over tasks and regimes ({n_regimes}): {found}."
    )
    sentence += (
        _without_labels(regimes)
        + _too_few(frame, n_regimes)
        + _recurrence(frame)
    )
    sentence += _alike(frame) + few_subjects(frame)
    return Finding("The central cluster", sentence, *_table(regimes))


def _above(regimes, single, task):
    """`fine-tuned (1 of 2 seeds by itself), ...`, or none."""
    parts = []
    for regime in ordered(
        regimes.loc[regimes["task"] == task, "regime"], REGIMES
    ):
        mean, seeds = (
            one[(one["task"] == task) & (one["regime"] == regime)]
            for one in (regimes, single)
        )
        if is_above(mean.set_index("null")):
            models = [
                part.set_index("null") for _, part in seeds.groupby("seed")
            ]
            count = sum(map(is_above, models))
            parts.append(
                f"{label(regime)}, by itself {count} of {len(models)} seeds"
            )
    return "; ".join(parts) or "none"


def _without_labels(pooled):
    if "permuted" in set(pooled["null"]):
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


def _recurrence(frame):
    words = ""
    found = [
        _recurs(row)
        for row in frame[frame["metric"] == "recurrence"].itertuples()
    ]
    if found:
        words += f" Models with a significant cluster in the region: {'; '.join(found)}."
    gains = [
        f"{label(row.task)} {estimate(row)} (by chance {row.chance:.2f})"
        for row in frame[frame["metric"] == "overlap"].itertuples()
    ]
    if gains:
        words += (
            " Of the electrodes that gain most, as many as the region has, the part in the region: "
            f"{'; '.join(gains)}."
        )
    return words


def _recurs(row):
    beside = ""
    if row.chance == row.chance:
        beside = f", and {row.chance:.0%} of those of permuted labels"
    return (
        f"{label(row.task)} {estimate(row, 0, 100)} % of {row.n:.0f}{beside}"
    )


def _alike(frame):
    """What the maps are like: correlations over electrodes, mean over models."""
    own = frame[(frame["metric"] == "correlation") & frame["null"].isin(_LIKE)]
    parts = []
    for task in ordered(own["task"], TASKS):
        here = over_seeds(own[own["task"] == task], ["task", "regime", "null"])
        words = [
            f"{REFERENCES[name]} {values.min():.2f} to {values.max():.2f}"
            for name in _LIKE
            if len(values := here.loc[here["null"] == name, "value"])
        ]
        parts.append(f"{label(task)} ({', '.join(words)})")
    return (
        f" Correlation of maps over electrodes with {'; '.join(parts)}."
        if parts
        else ""
    )


def _table(pooled):
    names = [name for name in REFERENCES if name in set(pooled["null"])]
    columns = [
        "task",
        "model",
        "share",
        *(REFERENCES[name] for name in names),
        "p",
        "n",
    ]
    rows = []
    for task in ordered(pooled["task"], TASKS):
        of_task = pooled[pooled["task"] == task]
        for regime in ordered(of_task["regime"], REGIMES):
            own = of_task[of_task["regime"] == regime].set_index("null")
            whole = next(own.loc[["all"]].itertuples())
            cells = [label(task), label(regime), estimate(whole)]
            cells += [
                f"{own.loc[n, 'chance']:.2f}" if n in own.index else ""
                for n in names
            ]
            above = whole.ci_low > whole.chance
            cells += [f"{whole.p:.2g}", f"{whole.n:.0f}"]
            rows.append(
                [(text, above and k == 2) for k, text in enumerate(cells)]
            )
    return columns, rows


def confounds_finding(frame):
    """Which confounds have more relevance than signal, what the cluster carries, what stays."""
    pooled = frame[frame["subject"] == "all"]
    whole = pooled[pooled["condition"] == "all"]
    if whole.empty:
        return None
    shares = whole[whole["metric"] == "share"]
    bands = whole[whole["metric"].isin(BANDS) & (whole["part"] == "central")]
    beyond = [
        f"{words}: {_where(shares[shares['part'] == part])}"
        for part, words in PARTS.items()
        if part in set(shares["part"])
    ]
    sentence = (
        f"Shares of |relevance| above those of |signal|, {'; '.join(beyond)}."
    )
    if len(bands):
        carried = [
            f"{label(task)} ({_carried(bands[bands['task'] == task])})"
            for task in ordered(bands["task"], TASKS)
        ]
        sentence += (
            " Bands with more of the central cluster's net relevance than white noise times signal "
            f"gives: {'; '.join(carried)}."
        )
    sentence += _locked(whole) + _changes(pooled)
    return Finding("Muscle, eyes, heart", sentence, *_confounds_table(shares))


def _where(frame):
    """`Arousal (fine-tuned, scratch), Valence (none)`: where the interval lies above |signal|."""
    shown, parts = over_seeds(frame, ["task", "regime"], more=("signal",)), []
    for task in ordered(shown["task"], TASKS):
        own = shown[shown["task"] == task]
        above = own[own["ci_low"] > own["signal"]]
        words = ", ".join(map(label, ordered(above["regime"], REGIMES)))
        parts.append(f"{label(task)} ({words or 'none'})")
    return ", ".join(parts)


def _carried(bands):
    """`beta: fine-tuned, scratch`, or none: bands whose interval lies above."""
    shown, parts = over_seeds(bands, ["regime", "metric"]), []
    above = shown[shown["ci_low"] > shown["chance"]]
    for band in ordered(above["metric"], BANDS):
        regimes = ordered(
            above.loc[above["metric"] == band, "regime"], REGIMES
        )
        parts.append(
            f"{band.removeprefix('share ')}: {', '.join(map(label, regimes))}"
        )
    return "; ".join(parts) or "none"


def _locked(whole):
    """Models whose central relevance is locked to the heartbeat, in every seed."""
    own = whole[whole["metric"] == "r_locked_p"]
    if own.empty:
        return " No R-peaks are known, so locking to the heartbeat was not tested."
    largest = own.groupby(["task", "regime"], sort=False)["value"].max()
    locked = [
        f"{label(task)} {label(regime)}"
        for (task, regime), p in largest.items()
        if p < ALPHA
    ]
    return (
        f" Relevance of the central cluster locked to the R-peak (p < {ALPHA} in every seed, not "
        f"corrected): {', '.join(locked) or 'none'}."
    )


def _changes(pooled):
    """What other inputs do to the enrichment of the central cluster."""
    own = pooled[(pooled["metric"] == CHANGE) & (pooled["part"] == "central")]
    if own.empty:
        return " No input without muscle, eyes or heart was asked for."
    shown = over_seeds(
        own, ["task", "regime", "condition", "tested"], more=("enrichment",)
    )
    parts = [
        f"{label(row.task)}, {label(row.regime)}, {label(row.condition)}"
        f"{' tested only' if row.tested == 'only' else ''}: {row.enrichment:.2f} ({row.value:+.2f})"
        for row in shown.itertuples()
    ]
    return f" Enrichment of the central cluster on other inputs (change): {'; '.join(parts)}."


def _confounds_table(shares):
    columns = [
        "task",
        "model",
        *(PARTS[part] for part in PARTS if part in set(shares["part"])),
    ]
    shown, rows = (
        over_seeds(shares, ["task", "regime", "part"], more=("signal",)),
        [],
    )
    for task in ordered(shown["task"], TASKS):
        of_task = shown[shown["task"] == task]
        for regime in ordered(of_task["regime"], REGIMES):
            own = {
                row.part: row
                for row in of_task[of_task["regime"] == regime].itertuples()
            }
            cells = [
                (
                    f"{estimate(own[part])} (signal {own[part].signal:.2f})",
                    bool(own[part].ci_low > own[part].signal),
                )
                for part in PARTS
                if part in own
            ]
            rows.append([(label(task), False), (label(regime), False), *cells])
    return columns, rows
