"""What the table of arms says."""

from eeglrp.arms.figures.arms import ACCURACY, SHARE, arm_label, arm_order
from eeglrp.findings import FEW_SUBJECTS, Finding, cells, ends
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.statistics import SIGN_FLIPS
from eeglrp.tables import over_seeds

LOSS = "balanced_accuracy loss"
_KEYS = ["task", "regime", "metric", "arm", "tested"]
_WORDS = {"own": "trained on it", "only": "tested only"}
#: Corrected p value from which on a loss is not called one.
_ALPHA = 0.05


def arms_finding(frame):
    """Balanced accuracy and ocular-frontal share by arm, and which arms lose accuracy."""
    pooled = frame[frame["subject"] == "all"]
    shown = over_seeds(pooled[pooled["metric"].isin((ACCURACY, SHARE))], _KEYS)
    if shown.empty:
        return None
    regimes = ordered(shown["regime"], REGIMES)
    columns = ["task", "arm", "model", "", *map(label, regimes), "chance"]
    rows = [
        [(text, False) for text in names]
        + [*cells(row, regimes), *ends(row.values(), "chance")]
        for names, row in _lines(shown)
    ]
    sentence = (
        "An arm is the task with another input. Arms on which models trained on them decode above "
        f"chance: {_above(shown)}. Arms that lose balanced accuracy against the whole input (sign "
        f"flips over subjects, p < {_ALPHA} after Holm over a model's arms, seeds averaged): "
        f"{_losses(pooled)}.{_caveat(pooled)}"
    )
    if "pattern" in set(pooled["method"]):
        sentence += " Shares of CSP+LDA are those of its activation patterns, not of relevance."
    return Finding("Arms", sentence, columns, rows)


def _lines(frame):
    """First cells of a row, and {regime: row}, task by task and arm by arm."""
    words = {ACCURACY: "balanced accuracy", SHARE: "ocular-frontal share"}
    for task in ordered(frame["task"], TASKS):
        of_task = frame[frame["task"] == task]
        for arm in arm_order(of_task):
            of_arm = of_task[of_task["arm"] == arm]
            for (metric, tested), part in of_arm.groupby(
                ["metric", "tested"], sort=False
            ):
                names = (
                    label(task),
                    arm_label(arm),
                    _WORDS[tested],
                    words[metric],
                )
                yield names, {row.regime: row for row in part.itertuples()}


def _above(frame):
    """`fine-tuned: all input, late; frozen: none`."""
    own = frame[(frame["metric"] == ACCURACY) & (frame["tested"] == "own")]
    return _by_model(own, own["ci_low"] > own["chance"])


def _losses(pooled):
    """The same of the arms whose loss over all seeds is significant."""
    losses = pooled[
        (pooled["metric"] == LOSS) & (pooled["seed"].astype(str) == "")
    ]
    losses = losses[losses["tested"] == "own"]
    return (
        _by_model(losses, (losses["p"] < _ALPHA) & (losses["value"] > 0))
        or "none tested"
    )


def _by_model(frame, chosen):
    parts = []
    several = frame["task"].nunique() > 1
    for task in ordered(frame["task"], TASKS):
        for regime in ordered(
            frame.loc[frame["task"] == task, "regime"], REGIMES
        ):
            of_model = (frame["task"] == task) & (frame["regime"] == regime)
            names = [
                arm_label(arm) for arm in arm_order(frame[of_model & chosen])
            ]
            model = (
                f"{label(task)}, {label(regime)}" if several else label(regime)
            )
            parts.append(f"{model}: {', '.join(names) or 'none'}")
    return "; ".join(parts)


def _caveat(pooled):
    """What so few subjects can show at best."""
    losses = pooled[pooled["metric"] == LOSS]
    if losses.empty:
        return ""
    n = int(losses["n"].min())
    least, words = max(2 / 2**n, 1 / SIGN_FLIPS), ""
    if least * losses.groupby("task")["arm"].nunique().max() >= _ALPHA:
        words = f" Over {n} subjects the test gives no p below {least:.2g} before Holm, so that "
        words += "with so many arms no single loss can be significant."
    few = (
        " Intervals over so few subjects are too narrow."
        if n < FEW_SUBJECTS
        else ""
    )
    return words + few


def arms_view(frame):
    """Rows of the main metrics over all subjects, with the arm in the method's place."""
    metrics = (ACCURACY, LOSS, SHARE, "share central")
    shown = frame[(frame["subject"] == "all") & frame["metric"].isin(metrics)]
    # The mean over seeds is made of the others.
    shown = shown[shown["seed"] != ""]
    words = [
        f"{arm_label(a)}, {_WORDS[t]}"
        for a, t in zip(shown["arm"], shown["tested"], strict=True)
    ]
    return shown.assign(method=words)
