"""What the table of paired differences between regimes says."""

import math

from eeglrp.findings import Finding, estimate, rank
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.power import smallest_difference, subjects_needed

#: Level below which a corrected p is reported as a difference.
ALPHA = 0.05


def comparison_finding(frame):
    """Differences between regimes, and which ones so few subjects must miss."""
    spread = _spread(frame)
    frame = frame[frame["subject"] == "all"]
    if frame.empty:
        return None
    rows, shown, beyond, missed = [], [], [], []
    for task in ordered(frame["task"], TASKS):
        pairs = _comparisons(frame[frame["task"] == task])
        rows += [
            [(text, False) for text in _comparison(task, *one)]
            for one in pairs.items()
        ]
        better = [
            _better(*one)
            for one in pairs.items()
            if one[1]["p_holm"].value < ALPHA
        ]
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
    columns = [
        "task",
        "first",
        "second",
        "first minus second",
        "effect size d",
    ]
    columns += ["p", "p, Holm", "smallest possible p", "subjects"]
    return Finding("Which regime decodes better", sentence, columns, rows)


def _comparisons(frame):
    """(first, second) -> {metric: row}, in the regimes' usual order."""
    pairs = {}
    for row in frame.itertuples():
        pairs.setdefault((row.regime, row.against), {})[row.metric] = row
    return dict(
        sorted(
            pairs.items(),
            key=lambda one: [rank(name, REGIMES) for name in one[0]],
        )
    )


def _comparison(task, pair, row):
    size = row.get("effect_size")
    numbers = [
        estimate(row["difference"]),
        f"{size.value:.2f}" if size else "",
    ]
    numbers += [_p(row[name].value) for name in ("p", "p_holm", "smallest_p")]
    return [
        label(task),
        *map(label, pair),
        *numbers,
        f"{row['difference'].n:.0f}",
    ]


def _better(pair, row):
    higher, lower = pair if row["difference"].value > 0 else pair[::-1]
    return f"{label(higher)} above {label(lower)}"


def _out_of_reach(task, pairs):
    """What holds a task's comparisons above the level: the smallest p that its subjects allow."""
    smallest = min(
        (one["smallest_p"] for one in pairs.values()),
        key=lambda row: row.value,
    )
    if smallest.value * len(pairs) < ALPHA:
        return []
    return [
        f"{label(task)} ({smallest.n:.0f} subjects, {len(pairs)} comparisons: p is at least "
        f"{_p(smallest.value)} before the correction; it takes "
        f"{subjects_needed(ALPHA / len(pairs))} subjects)"
    ]


def _spread(frame):
    """Standard deviation of the subjects' differences, by task, first and second."""
    own = frame[
        (frame["metric"] == "difference") & (frame["subject"] != "all")
    ]
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
