"""What the table of trials says: whether accuracy and relevance follow gaze."""

from eeglrp.findings import Finding, estimate, few_subjects
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.power import smallest_p
from eeglrp.tables import over_seeds

_KEYS = ["task", "regime", "method", "metric", "group"]
_GRADIENT, _SHARE = "accuracy gradient", "share ocular_frontal gradient"
_TERCILES = ("low", "middle", "high")
_QUIET, _ODDS = "no saccade", "odds ratio share"
#: Level below which a p is reported; no correction for the number of models.
ALPHA = 0.05


def trials_view(frame):
    """Rows over all trials: gaze, gradients and odds ratios."""
    return frame[frame["group"] == "all"]


def trials_finding(frame):
    """Gaze towards the cue, gradients over its terciles, and what the ocular share adds."""
    caveat = few_subjects(frame)
    frame = frame[frame["subject"] == "all"]
    mean = over_seeds(frame, _KEYS)
    found = {
        (row.task, row.regime, row.metric, row.group): row
        for row in mean.itertuples(index=False)
    }
    tasks = ordered((key[0] for key in found if key[2] == _GRADIENT), TASKS)
    models = {task: _models(found, task) for task in tasks}
    if not tasks:
        return None
    p = (
        frame.groupby(["task", "regime", "metric", "group"])["p"]
        .max()
        .to_dict()
    )
    rows = [
        _row(found, p, task, model) for task in tasks for model in models[task]
    ]
    sentence = " ".join(
        [
            *(_gaze(found, task) for task in tasks),
            "Accuracy grows from the low to the high tercile of cue-signed HEOG where the interval",
            f"over subjects lies above 0: {_growing(found, models, 'all')}. In trials without a",
            f"detected saccade: {_growing(found, models, _QUIET)}.",
            _odds(found, p, models),
            _smallest(found, models),
        ]
    )
    columns = [
        "task",
        "model",
        *(f"accuracy, {name}" for name in _TERCILES),
        "high minus low",
    ]
    columns += ["p", "without saccade", "p", "ocular share, high minus low"]
    columns += ["odds ratio of the share", "p"]
    return Finding("Eyes, trial by trial", sentence + caveat, columns, rows)


def _models(found, task):
    names = [key[1] for key in found if key[0] == task and key[2] == _GRADIENT]
    return ordered(names, REGIMES)


def _gaze(found, task):
    """How often gaze follows the cue, and how many trials hold a saccade."""
    towards, saccade = (
        found[task, "", metric, "all"]
        for metric in ("gaze towards cue", "saccade share")
    )
    return (
        f"{label(task)}: gaze turns to the cued side in {estimate(towards, 0, 100)} % of the "
        f"{towards.n:.0f} test trials (unrelated: 50 %), a saccade was detected in "
        f"{estimate(saccade, 0, 100)} %."
    )


def _growing(found, models, group):
    """Models whose interval of the gradient lies above 0, and below."""
    parts = []
    for task, names in models.items():
        own = {
            name: found.get((task, name, _GRADIENT, group)) for name in names
        }
        own = {name: row for name, row in own.items() if row is not None}
        above = [label(name) for name, row in own.items() if row.ci_low > 0]
        below = [label(name) for name, row in own.items() if row.ci_high < 0]
        falling = f"; it falls for {', '.join(below)}" if below else ""
        count = f"{len(above)} of {len(own)} models" if own else "no trials"
        names = f": {', '.join(above)}" if above else ""
        parts.append(f"{label(task)} ({count}{names}{falling})")
    return "; ".join(parts)


def _odds(found, p, models):
    """Where the ocular share says something of correctness beside saccade and HEOG."""
    fitted, said = 0, []
    for task, names in models.items():
        for name in names:
            row = found.get((task, name, _ODDS, "all"))
            fitted += row is not None
            if row is not None and p[task, name, _ODDS, "all"] < ALPHA:
                way = "right" if row.value > 1 else "wrong"
                said.append(
                    f"{label(task)}, {label(name)} (higher in trials decoded {way})"
                )
    if not fitted:
        return "Too few explained trials were decoded wrongly to ask whether the share predicts it."
    named = f": {'; '.join(said)}" if said else ""
    return (
        "Beside saccade and HEOG, the ocular share of relevance goes with correctness (p < "
        f"{ALPHA} in every seed) in {len(said)} of {fitted} models{named}."
    )


def _smallest(found, models):
    """What so few subjects can reach at best."""
    n = max(
        found[task, name, _GRADIENT, "all"].n
        for task in models
        for name in models[task]
    )
    least = smallest_p(int(n))
    if least < ALPHA:
        return ""
    return f"With {n:.0f} subjects the sign-flip test of a gradient gives p = {least:.2g} at best."


def _row(found, p, task, model):
    def cell(metric, group="all", mark=False):
        row = found.get((task, model, metric, group))
        return (
            ("", False)
            if row is None
            else (estimate(row), mark and bool(row.ci_low > 0))
        )

    def test(metric, group="all"):
        known = p.get((task, model, metric, group), float("nan"))
        return ("" if known != known else f"{known:.3g}", False)

    odds = found.get((task, model, _ODDS, "all"))
    return [
        (label(task), False),
        (label(model), False),
        *(cell("accuracy", name) for name in _TERCILES),
        cell(_GRADIENT, mark=True),
        test(_GRADIENT),
        cell(_GRADIENT, _QUIET, mark=True),
        test(_GRADIENT, _QUIET),
        cell(_SHARE, mark=True),
        (estimate(odds) if odds else "", False),
        test(_ODDS),
    ]
