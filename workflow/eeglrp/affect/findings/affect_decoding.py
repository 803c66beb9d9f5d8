"""What the table of accuracy for arousal and valence says beside its nulls."""

from eeglrp.affect.scores import BALANCED, INFLATION
from eeglrp.findings import Finding, estimate, few_subjects
from eeglrp.labels import REGIMES, TASKS, label, ordered

_LEVEL = 0.05
_STAGES = {"evaluation": "tested", "training": "fitted"}


def affect_decoding_view(frame):
    """Every score, with the null in the method's place; folds of whole windows apart."""
    nulls = frame["null"] + ", " + frame["stage"].map(_STAGES)
    return frame.assign(method=nulls.mask(frame["null"] == "none", "folds"))


def affect_decoding_finding(frame):
    """Which models leave every null of ratings in another order, and what random splits add."""
    scores = frame[(frame["metric"] == BALANCED) & (frame["subject"] == "all")]
    if scores.empty:
        return None
    parts, rows = [], []
    for task in ordered(scores["task"], TASKS):
        own = scores[scores["task"] == task]
        passed = []
        for regime in ordered(own["regime"], REGIMES):
            found = own[own["regime"] == regime]
            above = bool((found["p"] <= _LEVEL).all())
            passed += [label(regime)] if above else []
            rows.append(_row(task, regime, found, above))
        parts.append(f"{label(task)} ({', '.join(passed) or 'none'})")
    sentence = (
        "Accuracy above chance with ratings in another order, as slow as they were (p up to "
        f"{_LEVEL:g} for every null and seed, not corrected for the number of models): "
        f"{'; '.join(parts)}."
    )
    sentence += few_subjects(
        frame[frame["stage"] == "evaluation"]
    ) + _inflation(frame)
    columns = [
        "task",
        "model",
        "balanced accuracy",
        "chance of the nulls",
        "largest p",
    ]
    columns += ["largest p over subjects"]
    return Finding("Arousal and valence", sentence, columns, rows)


def _row(task, regime, found, above):
    """Means over seeds and nulls; the largest p of either test."""
    mean = found[["value", "ci_low", "ci_high", "chance"]].mean()
    largest = found[["p", "p_subjects"]].max()
    cells = [
        label(task),
        label(regime),
        estimate(mean),
        f"{mean['chance']:.2f}",
    ]
    cells += ["" if p != p else f"{p:.2g}" for p in largest]
    return [(cell, above and number == 2) for number, cell in enumerate(cells)]


def _inflation(frame):
    """By how much a random split would have misled."""
    rows = frame[(frame["metric"] == INFLATION) & (frame["subject"] == "all")]
    parts = [
        f"{label(row.task)}, {label(row.regime)} {estimate(row)}"
        for row in rows.itertuples()
    ]
    if not parts:
        return ""
    words = (
        "Folds of windows drawn at random add to the score, mean over subjects"
    )
    return f" {words}: {'; '.join(parts)}."
