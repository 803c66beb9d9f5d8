"""What the table of localisation on the planted truth says."""

from eeglrp.findings import Finding, cells, ends, pooled, rank
from eeglrp.labels import METHODS, REGIMES, TASKS, YARDSTICKS, label, ordered


def localisation_finding(frame):
    """Signed AUC against the planted truth, methods beside the yardsticks."""
    frame = pooled(frame, ["auc"])
    if frame.empty:
        return None
    real = [name for name in METHODS if name not in YARDSTICKS]
    methods = [
        name
        for name in ordered(frame["method"], real)
        if name not in YARDSTICKS
    ]
    shown = [
        *methods,
        *(name for name in YARDSTICKS if name in set(frame["method"])),
    ]
    found = {
        (row.task, row.regime, row.method): row for row in frame.itertuples()
    }
    models = dict.fromkeys(key[:2] for key in found)
    rows = []
    for task, regime in sorted(models, key=_place):
        row = {name: found.get((task, regime, name)) for name in shown}
        names = [(label(task), False), (label(regime), False)]
        rows.append(
            [*names, *cells(row, shown), *ends(row.values(), "chance")]
        )
    wins = [_wins(found, models, method) for method in methods]
    sentence = (
        "AUC of relevance against the planted truth; models in which its interval lies above what "
        f"the signal's own magnitude reaches: {'; '.join(wins)}."
    )
    columns = ["task", "regime", *map(label, shown), "chance"]
    return Finding("Planted truth", sentence, columns, rows)


def _wins(found, models, method):
    pairs = [
        (found.get((*model, method)), found.get((*model, "signal")))
        for model in models
    ]
    pairs = [pair for pair in pairs if None not in pair]
    return f"{label(method)} {sum(a.ci_low > b.value for a, b in pairs)} of {len(pairs)}"


def _place(model):
    """Sort by task and regime in their usual order."""
    task, regime = model
    return rank(task, TASKS), rank(regime, REGIMES)
