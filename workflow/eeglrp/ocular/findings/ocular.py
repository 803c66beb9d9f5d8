"""What the table of trials says: whether accuracy and relevance follow gaze."""

from eeglrp.findings import Finding, estimate, few_subjects
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.statistics import FEWEST
from eeglrp.tables import over_seeds

_KEYS = ["task", "regime", "method", "metric", "group"]
_GRADIENT, _SHARE = "accuracy gradient", "share ocular_frontal gradient"
_TERCILES = ("low", "middle", "high")
_QUIET, _ODDS = "no saccade", "odds ratio share"
_COLUMNS = [
    "task",
    "model",
    *(f"accuracy, {name}" for name in _TERCILES),
    "high minus low",
    "p",
    "without saccade",
    "p",
    "ocular share, high minus low",
    "odds ratio of the share",
    "p",
]
#: Level below which a p is reported; no correction for the number of models.
ALPHA = 0.05


def trials_view(frame):
    """Rows over all trials: gaze, gradients and odds ratios."""
    on_all = frame["group"] == "all"
    return frame[on_all]


def trials_finding(frame):
    """Gaze towards the cue, gradients over its terciles, and what the ocular share adds."""
    caveat = few_subjects(frame)
    frame = frame[frame["subject"] == "all"]
    means = {}
    for row in over_seeds(frame, _KEYS).itertuples(index=False):
        key = row.task, row.regime, row.metric, row.group
        means[key] = row
    models = _models(means)
    if not models:
        return None
    seeds = frame.groupby(["task", "regime", "metric", "group"])
    p = seeds["p"].max().to_dict()
    rows = [
        _row(means, p, task, model)
        for task, names in models.items()
        for model in names
    ]
    sentence = " ".join(
        [
            *(_gaze(means, task) for task in models),
            "Accuracy grows from the low to the high tercile of cue-signed HEOG where the interval",
            f"over subjects lies above 0: {_growing(means, models, 'all')}. In trials without a",
            f"detected saccade: {_growing(means, models, _QUIET)}.",
            _odds(means, p, models),
            _untested(means, models),
        ]
    )
    return Finding("Eyes, trial by trial", sentence + caveat, _COLUMNS, rows)


def _models(means):
    """Models of every task whose accuracy has a gradient."""
    models = {}
    for task, regime, metric, _ in means:
        if metric == _GRADIENT:
            models.setdefault(task, []).append(regime)
    return {
        task: ordered(models[task], REGIMES) for task in ordered(models, TASKS)
    }


def _gaze(means, task):
    """How often gaze follows the cue, and how many trials hold a saccade."""
    towards = means[task, "", "gaze towards cue", "all"]
    saccade = means[task, "", "saccade share", "all"]
    return (
        f"{label(task)}: gaze turns to the cued side in {estimate(towards, 0, 100)} % of the "
        f"{towards.n:.0f} test trials (unrelated: 50 %), a saccade was detected in "
        f"{estimate(saccade, 0, 100)} %."
    )


def _growing(means, models, group):
    """Models whose interval of the gradient lies above 0, and below."""
    words = []
    for task, names in models.items():
        above, below = [], []
        number = 0
        for name in names:
            key = (task, name, _GRADIENT, group)
            row = means.get(key)
            if row is None:
                continue
            number += 1
            if row.ci_low > 0:
                above.append(label(name))
            if row.ci_high < 0:
                below.append(label(name))
        counted = _counted(above, below, number)
        words.append(f"{label(task)} ({counted})")
    return "; ".join(words)


def _counted(above, below, number):
    """`2 of 3 models: A, B; it falls for C`."""
    if not number:
        return "no trials"
    words = f"{len(above)} of {number} models"
    if above:
        words += f": {', '.join(above)}"
    if below:
        words += f"; it falls for {', '.join(below)}"
    return words


def _odds(means, p, models):
    """Where the ocular share says something of correctness beside saccade and HEOG."""
    n_fitted = 0
    predicting = []
    for task, names in models.items():
        for name in names:
            key = (task, name, _ODDS, "all")
            if key not in means:
                continue
            n_fitted += 1
            if p[key] < ALPHA:
                way = "right" if means[key].value > 1 else "wrong"
                predicting.append(
                    f"{label(task)}, {label(name)} (higher in trials decoded {way})"
                )
    if not n_fitted:
        return "Too few explained trials were decoded wrongly to ask whether the share predicts it."
    named = f": {'; '.join(predicting)}" if predicting else ""
    return (
        "Beside saccade and HEOG, the ocular share of relevance goes with correctness (p < "
        f"{ALPHA} in every seed) in {len(predicting)} of {n_fitted} models{named}."
    )


def _untested(means, models):
    """That so few subjects have no test."""
    n = max(
        means[task, name, _GRADIENT, "all"].n
        for task in models
        for name in models[task]
    )
    if n >= FEWEST:
        return ""
    return (
        f"Gradients of {n:.0f} subjects, fewer than {FEWEST}, are not tested."
    )


def _row(means, p, task, model):
    def cell(metric, group="all", mark=False):
        key = (task, model, metric, group)
        row = means.get(key)
        if row is None:
            return ("", False)
        above = bool(row.ci_low > 0)
        return (estimate(row), mark and above)

    def test(metric, group="all"):
        key = (task, model, metric, group)
        known = p.get(key, float("nan"))
        words = "" if known != known else f"{known:.3g}"
        return (words, False)

    return [
        (label(task), False),
        (label(model), False),
        *(cell("accuracy", name) for name in _TERCILES),
        cell(_GRADIENT, mark=True),
        test(_GRADIENT),
        cell(_GRADIENT, _QUIET, mark=True),
        test(_GRADIENT, _QUIET),
        cell(_SHARE, mark=True),
        cell(_ODDS),
        test(_ODDS),
    ]
