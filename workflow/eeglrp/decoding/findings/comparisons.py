"""What the table of paired differences between regimes says."""

import math

from eeglrp.findings import Finding, estimate, rank
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.power import smallest_difference
from eeglrp.statistics import DIFFERENT, EQUIVALENT, UNDECIDED

#: Level below which a corrected p is reported as a difference.
ALPHA = 0.05


def comparison_finding(frame):
    """Differences between regimes: which differ, which are as good as equal, which are open."""
    spread = _spread(frame)
    frame = frame[frame["subject"] == "all"]
    if frame.empty:
        return None
    rows = []
    pairs_of_tasks = {}
    missed = []
    for task in ordered(frame["task"], TASKS):
        pairs = _comparisons(frame[frame["task"] == task])
        for pair, metrics in pairs.items():
            texts = _comparison(task, pair, metrics)
            rows.append([(text, False) for text in texts])
        pairs_of_tasks[task] = pairs
        missed += _missed(task, pairs, spread)
    columns = [
        "task",
        "first",
        "second",
        "first minus second",
        "answer",
        "effect size d",
        "p",
        "p, Holm",
        "p, equivalence",
        "subjects",
    ]
    sentence = _sentence(pairs_of_tasks, missed)
    return Finding("Which regime decodes better", sentence, columns, rows)


def _sentence(pairs_of_tasks, missed):
    parts = [_of_task(task, pairs) for task, pairs in pairs_of_tasks.items()]
    sentence = (
        "Differences in balanced accuracy, seeds averaged and subjects paired (t-test that knows "
        f"subjects and folds, p < {ALPHA} after Holm's correction for the comparisons of a task; "
        f"equivalent: two one-sided tests): {'; '.join(parts)}."
    )
    if missed:
        sentence += (
            " Differences smaller than these would be missed one time in five or more (power of a "
            "t test at the correction's strictest level, from the spread over these subjects): "
            f"{'; '.join(missed)}."
        )
    return sentence


def _of_task(task, pairs):
    """Pairs that differ by name, and how many are equivalent or undecided."""
    answers = [metrics["difference"].answer for metrics in pairs.values()]
    better = [
        _better(pair, metrics)
        for pair, metrics in pairs.items()
        if metrics["difference"].answer == DIFFERENT
    ]
    counts = [
        f"{answers.count(name)} {name}"
        for name in (EQUIVALENT, UNDECIDED)
        if name in answers
    ]
    return f"{label(task)} ({', '.join([*better, *counts])})"


def _comparisons(frame):
    """(first, second) -> {metric: row}, in the regimes' usual order."""
    pairs = {}
    for row in frame.itertuples():
        metrics = pairs.setdefault((row.regime, row.against), {})
        metrics[row.metric] = row

    def place(pair):
        return [rank(regime, REGIMES) for regime in pair]

    return {pair: pairs[pair] for pair in sorted(pairs, key=place)}


def _comparison(task, pair, metrics):
    first, second = pair
    size = metrics.get("effect_size")
    return [
        label(task),
        label(first),
        label(second),
        estimate(metrics["difference"]),
        metrics["difference"].answer,
        f"{size.value:.2f}" if size else "",
        _p(metrics["p"].value),
        _p(metrics["p_holm"].value),
        _p(metrics["p_equivalence"].value),
        f"{metrics['difference'].n:.0f}",
    ]


def _better(pair, metrics):
    first, second = map(label, pair)
    if metrics["difference"].value > 0:
        return f"{first} above {second}"
    return f"{second} above {first}"


def _spread(frame):
    """Standard deviation of the subjects' differences, by task, first and second."""
    is_difference = frame["metric"] == "difference"
    is_subject = frame["subject"] != "all"
    differences = frame[is_difference & is_subject]
    of_pair = differences.groupby(["task", "regime", "against"])["value"]
    return of_pair.std().to_dict()


def _missed(task, pairs, spread):
    """Range over a task's comparisons of the least difference found four times in five."""
    level = ALPHA / len(pairs)
    least = []
    for pair, metrics in pairs.items():
        deviation = spread.get((task, *pair), math.nan)
        if math.isfinite(deviation):
            n = int(metrics["difference"].n)
            least.append(smallest_difference(deviation, n, alpha=level))
    if not least:
        return []
    differences = [metrics["difference"] for metrics in pairs.values()]
    n = max(row.n for row in differences)
    low = f"{min(least):.2f}"
    high = f"{max(least):.2f}"
    reach = low if low == high else f"{low} to {high}"
    return [f"{label(task)} ({n:.0f} subjects) {reach}"]


def _p(value):
    return f"{value:.3g}"
