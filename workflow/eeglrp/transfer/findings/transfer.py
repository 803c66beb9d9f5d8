"""What the table of transfer says."""

from eeglrp.findings import Finding, estimate
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import over_seeds
from eeglrp.transfer.figures.transfer import ACCURACY, SHARE

LOSS = "balanced_accuracy loss"
MOVED = " moved"
_KEYS = ["task", "regime", "metric", "tested"]


def transfer_finding(frame):
    """Accuracy on each task's windows, and whether shares of relevance moved."""
    pooled = frame[frame["subject"] == "all"]
    accuracy = over_seeds(pooled[pooled["metric"] == ACCURACY], _KEYS)
    if accuracy.empty:
        return None
    tested = ordered(accuracy["tested"], TASKS)
    columns = [
        "trained on",
        "model",
        *(f"on {label(name)}" for name in tested),
    ]
    rows = []
    for task in ordered(accuracy["task"], TASKS):
        of_task = accuracy[accuracy["task"] == task]
        for regime in ordered(of_task["regime"], REGIMES):
            of_model = of_task[of_task["regime"] == regime]
            cells = _cells(of_model, tested)
            rows.append([(label(task), False), (label(regime), False), *cells])
    sentence = (
        "Models tested on other recordings of people whom they were not trained on, balanced "
        f"accuracy. Loss against their own paradigm: {_losses(pooled)}. Regions whose share of "
        f"|relevance| moves (p < 0.05 after Holm over regions): {_moved(pooled)}."
    )
    return Finding("Another paradigm", sentence, columns, rows)


def _cells(of_model, tested):
    """`0.79 [0.74, 0.83]`, and whether the interval lies above chance, by the task tested."""
    rows = {row.tested: row for row in of_model.itertuples()}
    cells = []
    for name in tested:
        row = rows.get(name)
        if row is None:
            cells.append(("", False))
        else:
            cells.append((estimate(row), row.ci_low > row.chance))
    return cells


def _losses(pooled):
    is_loss = pooled["metric"] == LOSS
    is_mean = pooled["seed"].astype(str) == ""
    words = [
        f"{_direction(row)}, {label(row.regime)} {estimate(row)}, {row.answer}"
        for row in pooled[is_loss & is_mean].itertuples()
    ]
    return "; ".join(words) or "none tested"


def _moved(pooled):
    is_moved = pooled["metric"].str.endswith(MOVED)
    is_sure = pooled["p"] < 0.05
    words = [
        f"{_direction(row)}, {label(row.regime)}: {_region(row.metric)} {estimate(row)}"
        for row in pooled[is_moved & is_sure].itertuples()
    ]
    return "; ".join(words) or "none"


def _direction(row):
    return f"{label(row.task)} to {label(row.tested)}"


def _region(metric):
    return label(metric.removeprefix(SHARE).removesuffix(MOVED))


def transfer_view(frame):
    """Rows over all subjects: accuracy, loss, and shares that may have moved."""
    is_pooled = frame["subject"] == "all"
    is_share = frame["metric"].str.startswith(SHARE)
    is_moved = frame["metric"].str.endswith(MOVED)
    return frame[is_pooled & (is_moved | ~is_share)]
