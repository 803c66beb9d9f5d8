"""What the metric tables say: for each question a sentence, and the numbers behind it."""

import math
from typing import NamedTuple

from eeglrp.evaluate.power import half_width, smallest_difference, subjects_needed
from eeglrp.figures.style import METHODS, REGIMES, TASKS, YARDSTICKS, label, ordered
from eeglrp.figures.tables import default_method, over_seeds

_KEYS = ["task", "regime", "method", "metric"]
#: Fewer subjects than this are said to be few; 2.5 % and 97.5 % are then hardly sampled.
FEW_SUBJECTS = 6
#: Level below which a corrected p is reported as a difference.
ALPHA = 0.05
#: Metric of the learning curves that says what pretraining adds.
GAIN = "difference finetuned - scratch"
_REGIONS = {"share ocular_frontal": "ocular-frontal", "share central": "central"}


class Finding(NamedTuple):
    """One question of the study.

    `rows` holds a list of cells (text, whether the interval lies above chance) for each row.
    """

    heading: str
    sentence: str
    columns: list
    rows: list


def findings(frames):
    """Every finding that the tables allow.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Metric tables by name: decoding, comparisons, learning_curve, r_peak, shares, localisation,
        psychometric, conservation, sanity, stability, faithfulness; each optional.

    Returns
    -------
    list of Finding
    """
    from eeglrp.faithfulness_findings import faithfulness_finding
    from eeglrp.map_findings import sanity_finding, stability_finding
    from eeglrp.planted_findings import psychometric_finding

    makers = {
        "decoding": decoding_finding,
        "comparisons": comparison_finding,
        "learning_curve": learning_curve_finding,
        "r_peak": r_peak_finding,
        "shares": share_finding,
        "localisation": localisation_finding,
        "psychometric": psychometric_finding,
        "conservation": ledger_finding,
        "sanity": sanity_finding,
        "stability": stability_finding,
        "faithfulness": faithfulness_finding,
    }
    found = [maker(frames[name]) for name, maker in makers.items() if len(frames.get(name, ()))]
    return [finding for finding in found if finding is not None]


def estimate(row, digits=2, factor=1):
    """`0.79 [0.74, 0.83]`, or the value alone where there is no interval."""
    value, low, high = (
        f"{factor * number:.{digits}f}" for number in (row.value, row.ci_low, row.ci_high)
    )
    return value if "nan" in (low, high) else f"{value} [{low}, {high}]"


def decoding_finding(frame):
    """Balanced accuracy by task and regime, with a warning where few subjects were tested."""
    caveat = _few_subjects(frame)
    frame = _pooled(frame, ["balanced_accuracy"])
    if frame.empty:
        return None
    regimes, grid = _grid(frame)
    sentence = f"Balanced accuracy on the test split above chance: {_where_above(frame)}."
    sentence += caveat + _guesses(grid)
    columns = ["task", *map(label, regimes), "chance", "windows"]
    rows = [
        [(label(task), False), *_cells(row, regimes), *_ends(row.values(), "chance", "n")]
        for (task, _), row in grid.items()
    ]
    return Finding("Decoding", sentence, columns, rows)


def _few_subjects(frame):
    """A bootstrap over very few subjects repeats them: its intervals are too narrow."""
    single = frame[frame["subject"] != "all"]
    counts = single.groupby("task", sort=False)["subject"].nunique()
    few = [f"{label(task)} {counts[task]}" for task in counts.index if counts[task] < FEW_SUBJECTS]
    if not few:
        return ""
    return f" Few subjects were tested ({', '.join(few)}): intervals over them are too narrow."


def _guesses(grid):
    """How far from chance a decoder that guesses may land with so many test windows."""
    parts = []
    for (task, _), rows in grid.items():
        chance = sum(row.chance for row in rows.values()) / len(rows)
        distance = half_width(chance, max(row.n for row in rows.values()))
        parts.append(f"{label(task)} {distance:.2f}")
    return (
        " Guesses on so many windows, were these independent, stay within this distance of chance "
        f"95 times in 100: {'; '.join(parts)}."
    )


def comparison_finding(frame):
    """Differences between regimes, and which ones so few subjects must miss."""
    spread = _spread(frame)
    frame = frame[frame["subject"] == "all"]
    if frame.empty:
        return None
    rows, shown, beyond, missed = [], [], [], []
    for task in ordered(frame["task"], TASKS):
        pairs = _comparisons(frame[frame["task"] == task])
        rows += [[(text, False) for text in _comparison(task, *one)] for one in pairs.items()]
        better = [_better(*one) for one in pairs.items() if one[1]["p_holm"].value < ALPHA]
        shown.append(f"{label(task)} ({', '.join(better) or 'none'})")
        beyond += _out_of_reach(task, pairs)
        missed += _missed(task, pairs, spread)
    sentence = (
        "Differences in balanced accuracy, seeds averaged and subjects paired (sign-flip test, "
        f"p < {ALPHA} after Holm's correction for the comparisons of a task): {'; '.join(shown)}."
    )
    if beyond:
        sentence += (
            " Where few subjects were tested no difference, however large, can reach this level: "
            f"{'; '.join(beyond)}."
        )
    if missed:
        sentence += (
            " Differences smaller than these would be missed one time in five or more (power of a "
            "t test at the correction's strictest level, from the spread over these subjects): "
            f"{'; '.join(missed)}."
        )
    columns = ["task", "first", "second", "first minus second", "effect size d"]
    columns += ["p", "p, Holm", "smallest possible p", "subjects"]
    return Finding("Which regime decodes better", sentence, columns, rows)


def _comparisons(frame):
    """(first, second) -> {metric: row}, in the regimes' usual order."""
    pairs = {}
    for row in frame.itertuples():
        pairs.setdefault((row.regime, row.against), {})[row.metric] = row
    return dict(sorted(pairs.items(), key=lambda one: [_rank(name, REGIMES) for name in one[0]]))


def _comparison(task, pair, row):
    size = row.get("effect_size")
    numbers = [estimate(row["difference"]), f"{size.value:.2f}" if size else ""]
    numbers += [_p(row[name].value) for name in ("p", "p_holm", "smallest_p")]
    return [label(task), *map(label, pair), *numbers, f"{row['difference'].n:.0f}"]


def _better(pair, row):
    higher, lower = pair if row["difference"].value > 0 else pair[::-1]
    return f"{label(higher)} above {label(lower)}"


def _out_of_reach(task, pairs):
    """What holds a task's comparisons above the level: the smallest p that its subjects allow."""
    smallest = min((one["smallest_p"] for one in pairs.values()), key=lambda row: row.value)
    if smallest.value * len(pairs) < ALPHA:
        return []
    return [
        f"{label(task)} ({smallest.n:.0f} subjects, {len(pairs)} comparisons: p is at least "
        f"{_p(smallest.value)} before the correction; it takes "
        f"{subjects_needed(ALPHA / len(pairs))} subjects)"
    ]


def _spread(frame):
    """Standard deviation of the subjects' differences, by task, first and second."""
    own = frame[(frame["metric"] == "difference") & (frame["subject"] != "all")]
    return own.groupby(["task", "regime", "against"])["value"].std().to_dict()


def _missed(task, pairs, spread):
    """Range over a task's comparisons of the least difference found four times in five."""
    if _out_of_reach(task, pairs):
        return []
    level = ALPHA / len(pairs)
    known = {pair: spread.get((task, *pair), math.nan) for pair in pairs}
    least = [
        smallest_difference(known[pair], int(row["difference"].n), alpha=level)
        for pair, row in pairs.items()
        if math.isfinite(known[pair])
    ]
    if not least:
        return []
    n = max(row["difference"].n for row in pairs.values())
    ends = dict.fromkeys(f"{end:.2f}" for end in (min(least), max(least)))
    return [f"{label(task)} ({n:.0f} subjects) {' to '.join(ends)}"]


def _p(value):
    return f"{value:.3g}"


def learning_curve_finding(frame):
    """What pretraining adds, at every number of labelled training windows."""
    frame = frame[frame["metric"] == GAIN]
    if frame.empty:
        return None
    caveat, frame = _few_subjects(frame), frame[frame["subject"] == "all"]
    parts, rows = [], []
    for task in ordered(frame["task"], TASKS):
        gains = list(frame[frame["task"] == task].sort_values("windows").itertuples())
        better = [f"{row.windows:.0f}" for row in gains if row.ci_low > 0]
        worse = [f"{row.windows:.0f}" for row in gains if row.ci_high < 0]
        parts.append(
            f"{label(task)}: above with {', '.join(better) or 'none'}, "
            f"below with {', '.join(worse) or 'none'} of {len(gains)} numbers of windows"
        )
        rows += [
            [(label(task), False), (f"{row.windows:.0f}", False)]
            + [(estimate(row), bool(row.ci_low > 0)), (f"{row.n:.0f}", False)]
            for row in gains
        ]
    sentence = (
        "Balanced accuracy of the fine-tuned models against those from scratch, by the number of "
        "labelled training windows, where the interval over subjects leaves out 0. "
        f"{'; '.join(parts)}.{caveat}"
    )
    columns = ["task", "training windows", "fine-tuned minus scratch", "subjects"]
    return Finding("What pretraining is worth", sentence, columns, rows)


def share_finding(frame):
    """Ocular-frontal and central shares of relevance against the regions' size."""
    frame = frame[frame["class"] == "all"]
    frame = frame[frame["method"] == default_method(frame["method"])]
    method = label(default_method(frame["method"]))
    frame = _pooled(frame, list(_REGIONS))
    if frame.empty:
        return None
    regimes, grid = _grid(frame)
    parts = [
        f"{words} electrodes: {_where_above(frame[frame['metric'] == metric])}"
        for metric, words in _REGIONS.items()
    ]
    sentence = (
        f"Shares of |relevance| ({method}) larger than the region's share of electrodes, "
        f"{'; '.join(parts)}."
    )
    columns = ["task", "region", *map(label, regimes), "share of electrodes"]
    rows = [
        [(label(task), False), (_REGIONS[metric], False)]
        + [*_cells(row, regimes), *_ends(row.values(), "chance")]
        for (task, metric), row in grid.items()
    ]
    return Finding("Eyes or brain", sentence, columns, rows)


def r_peak_finding(frame):
    """Locking of the default method's relevance to the R-peak."""
    method = default_method(frame["method"])
    frame = frame[(frame["subject"] == "all") & (frame["method"] == method)]
    wide = {key: group for key, group in frame.groupby(["task", "regime", "metric"], sort=False)}
    regimes, tasks = ordered(frame["regime"], REGIMES), ordered(frame["task"], TASKS)
    rows, locked = [], []
    for task in tasks:
        cells = [_locking(wide, task, regime) for regime in regimes]
        rows.append([(label(task), False), *cells])
        locked += [
            f"{label(task)}, {label(name)}"
            for name, cell in zip(regimes, cells, strict=True)
            if cell[1]
        ]
    where = "; ".join(locked) if locked else "nowhere"
    sentence = (
        f"Relevance ({label(method)}) around the R-peak beyond its surrogates in every seed "
        f"(p < 0.05): {where}."
    )
    return Finding("Heartbeat", sentence, ["task", *map(label, regimes)], rows)


def _locking(wide, task, regime):
    """Mean z, in how many seeds p < 0.05, latency of the peak; whether all seeds have it."""
    z = wide.get((task, regime, "r_locked_z"))
    p = wide.get((task, regime, "r_locked_p"))
    latency = wide.get((task, regime, "peak_latency"))
    words = [f"z = {z['value'].mean():.1f}"] if z is not None else []
    if p is not None:
        words.append(f"p < 0.05 in {(p['value'] < 0.05).sum()} of {len(p)}")
    if latency is not None:
        row = next(over_seeds(latency, _KEYS).itertuples())
        words.append(f"peak {estimate(row, digits=0, factor=1000)} ms")
    return ", ".join(words), p is not None and bool((p["value"] < 0.05).all())


def localisation_finding(frame):
    """Signed AUC against the planted truth, methods beside the yardsticks."""
    frame = _pooled(frame, ["auc"])
    if frame.empty:
        return None
    real = [name for name in METHODS if name not in YARDSTICKS]
    methods = [name for name in ordered(frame["method"], real) if name not in YARDSTICKS]
    shown = [*methods, *(name for name in YARDSTICKS if name in set(frame["method"]))]
    cells = {(row.task, row.regime, row.method): row for row in frame.itertuples()}
    models = dict.fromkeys(key[:2] for key in cells)
    rows = []
    for task, regime in sorted(models, key=_place):
        row = {name: cells.get((task, regime, name)) for name in shown}
        names = [(label(task), False), (label(regime), False)]
        rows.append([*names, *_cells(row, shown), *_ends(row.values(), "chance")])
    wins = [_wins(cells, models, method) for method in methods]
    sentence = (
        "AUC of relevance against the planted truth; models in which its interval lies above what "
        f"the signal's own magnitude reaches: {'; '.join(wins)}."
    )
    columns = ["task", "regime", *map(label, shown), "chance"]
    return Finding("Planted truth", sentence, columns, rows)


def _wins(cells, models, method):
    pairs = [(cells.get((*model, method)), cells.get((*model, "signal"))) for model in models]
    pairs = [pair for pair in pairs if None not in pair]
    return f"{label(method)} {sum(a.ci_low > b.value for a, b in pairs)} of {len(pairs)}"


def ledger_finding(frame):
    """The input's share of the output's sources, and how well the sum closes."""
    shares = _pooled(frame, ["share input"])
    if shares.empty:
        return None
    parts = []
    for method in ordered(shares["method"], METHODS):
        values = shares.loc[shares["method"] == method, "value"]
        parts.append(f"{label(method)} {values.min():.2f} to {values.max():.2f}")
    sentence = f"Share of the input in the ledger, over all models: {'; '.join(parts)}."
    errors = frame.loc[frame["metric"] == "closure_error", "value"]
    if len(errors):
        sentence += f" The ledger closes within {errors.max():.1g} of the sum of its magnitudes."
    return Finding("Ledger", sentence, [], [])


def _pooled(frame, metrics):
    chosen = (frame["subject"] == "all") & frame["metric"].isin(metrics)
    return over_seeds(frame[chosen], _KEYS)


def _grid(frame):
    """Regimes in order, and (task, metric) -> {regime: row}."""
    regimes, grid = ordered(frame["regime"], REGIMES), {}
    for task in ordered(frame["task"], TASKS):
        for row in frame[frame["task"] == task].itertuples():
            grid.setdefault((task, row.metric), {})[row.regime] = row
    return regimes, grid


def _cells(row, names):
    """(estimate, whether it lies above chance) by name; empty where there is none."""
    present = [row.get(name) for name in names]
    return [("", False) if one is None else (estimate(one), _above(one)) for one in present]


def _ends(rows, *columns):
    """What the rows share, such as chance and n: mean and largest."""
    rows = [row for row in rows if row is not None]
    values = {
        "chance": f"{sum(row.chance for row in rows) / len(rows):.2f}",
        "n": f"{max(row.n for row in rows):.0f}",
    }
    return [(values[column], False) for column in columns]


def _above(row):
    return bool(row.ci_low > row.chance)


def _where_above(frame):
    """`Arousal (fine-tuned, scratch); Valence (none)`."""
    regimes, grid = _grid(frame)
    parts = []
    for (task, _), row in grid.items():
        above = [label(name) for name in regimes if name in row and _above(row[name])]
        parts.append(f"{label(task)} ({', '.join(above) or 'none'})")
    return "; ".join(parts)


def _place(model):
    """Sort by task and regime in their usual order."""
    task, regime = model
    return _rank(task, TASKS), _rank(regime, REGIMES)


def _rank(name, names):
    names = list(names)
    return (names.index(name), "") if name in names else (len(names), name)
