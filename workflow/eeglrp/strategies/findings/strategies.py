"""What the table of strategies says: in how many models the maps fall into groups, and of what."""

from eeglrp.findings import Finding, rank
from eeglrp.labels import REGIMES, TASKS, label, ordered

_WHOLE, _UNKNOWN = "all", "not known"


def strategy_finding(frame):
    """Models whose maps form clusters, and those with an ocular one, on each arm's input."""
    whole = frame[frame["cluster"] == "all"]
    numbers = whole[whole["metric"] == "n_clusters"]
    if numbers.empty:
        return None
    ocular = {_key(row): row.value for row in _rows(whole, "ocular trials")}
    # Columns of a row: task, regime and arm; one model a seed.
    models = {}
    for row in numbers.itertuples():
        models.setdefault(_key(row)[:3], []).append(
            (row.value, ocular.get(_key(row)))
        )
    rows = [_line(key, models[key]) for key in sorted(models, key=_place)]
    base = {key: found for key, found in models.items() if key[2] == _WHOLE}
    sentence = (
        "Spectral clustering of single-trial maps. On the whole input: "
        f"{'; '.join(_words(task, base) for task in ordered((k[0] for k in base), TASKS))}."
        f"{_of_arms(models)} A cluster is ocular if its ocular-frontal share, its horizontal eye "
        "movements, and their turn to the cued side all exceed those of the other windows."
    )
    columns = [
        "task",
        "regime",
        "input",
        "models",
        "clusters",
        "with ocular cluster",
    ]
    return Finding("Strategies", sentence, columns, rows)


def _rows(frame, metric):
    return frame[frame["metric"] == metric].itertuples()


def _key(row):
    return row.task, row.regime, row.arm, row.seed


def _place(key):
    task, regime, arm = key
    return rank(task, TASKS), arm != _WHOLE, arm, rank(regime, REGIMES)


def _line(key, found):
    """Cells of a row: how many models, their numbers of clusters, how many have an ocular one."""
    task, regime, arm = key
    known = _known(found)
    ocular = (
        f"{sum(share > 0 for share in known)} of {len(known)}"
        if known
        else _UNKNOWN
    )
    numbers = ", ".join(f"{number:.0f}" for number, _ in found)
    cells = [label(task), label(regime), _input(arm), str(len(found)), numbers]
    return [(cell, False) for cell in cells] + [
        (ocular, any(share > 0 for share in known))
    ]


def _known(found):
    """Shares of windows in ocular clusters, of those models where they are known."""
    return [
        share for _, share in found if share is not None and share == share
    ]


def _input(arm):
    return "whole input" if arm == _WHOLE else label(arm)


def _words(task, base):
    """`Motor imagery: clusters in 2 of 6 models, an ocular one in 1`."""
    found = [
        one for key, models in base.items() if key[0] == task for one in models
    ]
    several = sum(number > 1 for number, _ in found)
    words = f"{label(task)}: clusters in {several} of {len(found)} models"
    known = _known(found)
    ocular = f"an ocular one in {sum(share > 0 for share in known)}"
    return f"{words}, {ocular if known else 'whether ocular is not known'}"


def _of_arms(models):
    found = [
        one
        for key, of_key in models.items()
        if key[2] != _WHOLE
        for one in of_key
    ]
    known = _known(found)
    if not known:
        return ""
    return f" In arms: an ocular cluster in {sum(share > 0 for share in known)} of {len(known)}."


def strategies_view(frame):
    """What the report shows: how many clusters and how sure they are, of every model and input."""
    shown = ("n_clusters", "eigengap", "stability", "ocular trials")
    frame = frame[(frame["cluster"] == "all") & frame["metric"].isin(shown)]
    names = zip(frame["regime"], frame["arm"], strict=True)
    words = [f"{label(regime)}, {_input(arm)}" for regime, arm in names]
    return frame.assign(regime=words)
