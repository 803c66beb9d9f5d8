"""What the table of arms says."""

from eeglrp.arms.figures.arms import ACCURACY, SHARE, arm_label, arm_order
from eeglrp.findings import FEW_SUBJECTS, Finding, cells, ends
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import over_seeds

LOSS = "balanced_accuracy loss"
_KEYS = ["task", "regime", "metric", "arm", "tested"]
_WORDS = {"own": "trained on it", "only": "tested only"}
#: Corrected p value from which on a loss is not called one.
_ALPHA = 0.05


def arms_finding(frame):
    """Balanced accuracy and ocular-frontal share by arm, and which arms lose accuracy."""
    pooled = frame[frame["subject"] == "all"]
    is_shown = pooled["metric"].isin((ACCURACY, SHARE))
    shown = over_seeds(pooled[is_shown], _KEYS)
    if shown.empty:
        return None
    regimes = ordered(shown["regime"], REGIMES)
    columns = ["task", "arm", "model", "", *map(label, regimes), "chance"]
    rows = []
    for names, models in _lines(shown):
        first = [(text, False) for text in names]
        numbers = cells(models, regimes)
        chance = ends(models.values(), "chance")
        rows.append([*first, *numbers, *chance])
    sentence = (
        "An arm is the task with another input. Arms on which models trained on them decode above "
        f"chance: {_above(shown)}. Arms that lose balanced accuracy against the whole input (test "
        f"over subjects, p < {_ALPHA} after Holm over a model's arms, seeds averaged): "
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
            for (metric, tested), models in of_arm.groupby(
                ["metric", "tested"], sort=False
            ):
                names = (
                    label(task),
                    arm_label(arm),
                    _WORDS[tested],
                    words[metric],
                )
                yield names, {row.regime: row for row in models.itertuples()}


def _above(frame):
    """`fine-tuned: all input, late; frozen: none`."""
    is_accuracy = frame["metric"] == ACCURACY
    is_own = frame["tested"] == "own"
    trained = frame[is_accuracy & is_own]
    is_above = trained["ci_low"] > trained["chance"]
    return _by_model(trained, is_above)


def _losses(pooled):
    """The same of the arms whose loss over all seeds is significant."""
    is_loss = pooled["metric"] == LOSS
    is_mean = pooled["seed"].astype(str) == ""
    is_own = pooled["tested"] == "own"
    losses = pooled[is_loss & is_mean & is_own]
    is_small_p = losses["p"] < _ALPHA
    is_lost = losses["value"] > 0
    return _by_model(losses, is_small_p & is_lost) or "none tested"


def _by_model(frame, chosen):
    models = []
    several = frame["task"].nunique() > 1
    for task in ordered(frame["task"], TASKS):
        is_task = frame["task"] == task
        for regime in ordered(frame.loc[is_task, "regime"], REGIMES):
            is_model = is_task & (frame["regime"] == regime)
            arms = arm_order(frame[is_model & chosen])
            names = ", ".join(map(arm_label, arms))
            model = label(regime)
            if several:
                model = f"{label(task)}, {model}"
            models.append(f"{model}: {names or 'none'}")
    return "; ".join(models)


def _caveat(pooled):
    """What so few subjects can show at best."""
    losses = pooled[pooled["metric"] == LOSS]
    if losses.empty:
        return ""
    if losses["n"].min() >= FEW_SUBJECTS:
        return ""
    return " Intervals over so few subjects are too narrow."


def arms_view(frame):
    """Rows of the main metrics over all subjects, with the arm in the method's place."""
    metrics = (ACCURACY, LOSS, SHARE, "share central")
    is_pooled = frame["subject"] == "all"
    is_shown = frame["metric"].isin(metrics)
    # The mean over seeds is made of the others.
    is_one_seed = frame["seed"] != ""
    shown = frame[is_pooled & is_shown & is_one_seed]
    words = []
    for arm, tested in zip(shown["arm"], shown["tested"], strict=True):
        words.append(f"{arm_label(arm)}, {_WORDS[tested]}")
    return shown.assign(method=words)
