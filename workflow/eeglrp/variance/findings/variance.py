"""How far scores and maps depend on the subjects and the models that were drawn, in words."""

from eeglrp.findings import Finding
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import default_method

_ACCURACY = "balanced_accuracy"
_OCULAR = "share ocular_frontal"
_SOURCES = ("subject", "fold", "model", "rest")


def variance_finding(frame):
    """Spread of accuracies and of the ocular share, and how many seeds a map needs."""
    method = default_method(set(frame["method"].dropna()) - {""})
    of_method = frame["method"].isin([method, ""]) | frame["method"].isna()
    frame = frame[of_method]
    if frame.empty:
        return None
    rows = []
    for task in ordered(frame["task"], TASKS):
        of_task = frame[frame["task"] == task]
        for regime in ordered(of_task["regime"], REGIMES):
            of_model = of_task[of_task["regime"] == regime]
            for metric in (_ACCURACY, _OCULAR):
                texts = _spread(of_model, task, regime, metric)
                rows.append([(text, False) for text in texts])
    columns = ["task", "model", "of", "subjects", "folds", "seeds", "rest"]
    sentence = (
        "Standard deviations of balanced accuracy and of the ocular-frontal share of relevance "
        "over subjects, over folds (training subjects), over seeds within a fold, and of what is "
        "left. With one seed, folds hold the model's part and subjects the rest. Where folds or "
        "seeds vary as much as subjects, more subjects alone make no answer surer."
    )
    return Finding(
        "What varies", sentence + _reliability(frame), columns, rows
    )


def _spread(frame, task, regime, metric):
    values = frame[frame["metric"] == metric]
    by_source = dict(zip(values["source"], values["value"], strict=True))
    cells = [
        f"{by_source[source]:.3f}" if source in by_source else ""
        for source in _SOURCES
    ]
    name = "accuracy" if metric == _ACCURACY else "ocular share"
    return [label(task), label(regime), name, *cells]


def _reliability(frame):
    """Reliability of group maps over seeds, of models that have several."""
    maps = frame[frame["metric"].isin(["map reliability", "seeds for 0.9"])]
    maps = maps[maps["source"] != "all seeds"]
    if maps.empty:
        return " No model has several seeds: how reliable its map is cannot be said."
    parts = []
    for (task, regime), of_model in maps.groupby(
        ["task", "regime"], sort=False
    ):
        values = dict(zip(of_model["metric"], of_model["value"], strict=True))
        single = values["map reliability"]
        needed = values.get("seeds for 0.9", float("inf"))
        wanted = (
            f"{needed:.0f} seed{'s' * (needed > 1)}"
            if needed < 1e6
            else "no number of seeds"
        )
        parts.append(
            f"{label(task)}, {label(regime)} {single:.2f}, {wanted} for 0.9"
        )
    return (
        " Correlation of one seed's group map with another's, and how many seeds' mean would be "
        f"stable: {'; '.join(parts)}."
    )
