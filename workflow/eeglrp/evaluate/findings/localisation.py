"""What the table of localisation on the planted truth says."""

from eeglrp.findings import Finding, cells, ends, pooled, rank
from eeglrp.labels import METHODS, REGIMES, TASKS, YARDSTICKS, label, ordered


def localisation_finding(frame):
    """Signed AUC against the planted truth, methods beside the yardsticks."""
    frame = pooled(frame, ["auc"])
    if frame.empty:
        return None
    present = ordered(frame["method"], METHODS)
    methods = [name for name in present if name not in YARDSTICKS]
    yardsticks = [name for name in YARDSTICKS if name in present]
    shown = methods + yardsticks
    aucs = {
        (row.task, row.regime, row.method): row for row in frame.itertuples()
    }
    models = dict.fromkeys((task, regime) for task, regime, _ in aucs)
    rows = []
    for task, regime in sorted(models, key=_place):
        names = [(label(task), False), (label(regime), False)]
        of_model = {name: aucs.get((task, regime, name)) for name in shown}
        numbers = cells(of_model, shown)
        chance = ends(of_model.values(), "chance")
        rows.append([*names, *numbers, *chance])
    wins = [_wins(aucs, models, method) for method in methods]
    sentence = (
        "AUC of relevance against the planted truth; models in which its interval lies above what "
        f"the signal's own magnitude reaches: {'; '.join(wins)}."
    )
    columns = ["task", "regime", *map(label, shown), "chance"]
    return Finding("Planted truth", sentence, columns, rows)


def _wins(aucs, models, method):
    n_pairs = 0
    n_wins = 0
    for model in models:
        auc = aucs.get((*model, method))
        of_signal = aucs.get((*model, "signal"))
        if auc is None or of_signal is None:
            continue
        n_pairs += 1
        n_wins += auc.ci_low > of_signal.value
    return f"{label(method)} {n_wins} of {n_pairs}"


def _place(model):
    """Sort by task and regime in their usual order."""
    task, regime = model
    task_place = rank(task, TASKS)
    regime_place = rank(regime, REGIMES)
    return task_place, regime_place
