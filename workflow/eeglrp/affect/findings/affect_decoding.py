"""What the table of accuracy for arousal and valence says beside its nulls."""

from eeglrp.affect.scores import BALANCED, INFLATION
from eeglrp.findings import Finding, estimate, few_subjects
from eeglrp.labels import REGIMES, TASKS, label, ordered

_LEVEL = 0.05
_STAGES = {"evaluation": "tested", "training": "fitted"}
_COLUMNS = [
    "task",
    "model",
    "balanced accuracy",
    "chance of the nulls",
    "largest p",
    "largest p over subjects",
]


def affect_decoding_view(frame):
    """Every score, with the null in the method's place; folds of whole windows apart."""
    stage = frame["stage"].map(_STAGES)
    nulls = frame["null"] + ", " + stage
    is_none = frame["null"] == "none"
    return frame.assign(method=nulls.mask(is_none, "folds"))


def affect_decoding_finding(frame):
    """Which models leave every null of ratings in another order, and what random splits add."""
    over_subjects = frame[frame["subject"] == "all"]
    scores = over_subjects[over_subjects["metric"] == BALANCED]
    if scores.empty:
        return None
    passing, rows = [], []
    for task in ordered(scores["task"], TASKS):
        of_task = scores[scores["task"] == task]
        models = []
        for regime in ordered(of_task["regime"], REGIMES):
            nulls = of_task[of_task["regime"] == regime]
            above = bool((nulls["p"] <= _LEVEL).all())
            if above:
                models.append(label(regime))
            rows.append(_row(task, regime, nulls, above))
        names = ", ".join(models) or "none"
        passing.append(f"{label(task)} ({names})")
    sentence = (
        "Accuracy above chance with ratings in another order, as slow as they were (p up to "
        f"{_LEVEL:g} for every null and seed, not corrected for the number of models): "
        f"{'; '.join(passing)}."
    )
    evaluation = frame[frame["stage"] == "evaluation"]
    sentence += few_subjects(evaluation)
    sentence += _inflation(over_subjects)
    return Finding("Arousal and valence", sentence, _COLUMNS, rows)


def _row(task, regime, nulls, above):
    """Means over seeds and nulls; the largest p of either test."""
    mean = nulls[["value", "ci_low", "ci_high", "chance"]].mean()
    largest = nulls[["p", "p_subjects"]].max()
    cells = [
        (label(task), False),
        (label(regime), False),
        (estimate(mean), above),
        (f"{mean['chance']:.2f}", False),
    ]
    for p in largest:
        words = "" if p != p else f"{p:.2g}"
        cells.append((words, False))
    return cells


def _inflation(frame):
    """By how much a random split would have misled, from rows over subjects."""
    rows = frame[frame["metric"] == INFLATION]
    if rows.empty:
        return ""
    gains = [
        f"{label(row.task)}, {label(row.regime)} {estimate(row)}"
        for row in rows.itertuples()
    ]
    words = (
        "Folds of windows drawn at random add to the score, mean over subjects"
    )
    return f" {words}: {'; '.join(gains)}."
