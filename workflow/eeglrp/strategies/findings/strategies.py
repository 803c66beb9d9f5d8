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
    models = _models(whole, numbers)
    base = {}
    for key, of_key in models.items():
        if key[2] == _WHOLE:
            base[key] = of_key
    keys = sorted(models, key=_place)
    rows = [_line(key, models[key]) for key in keys]
    tasks = ordered((task for task, *_ in base), TASKS)
    words = "; ".join(_words(task, base) for task in tasks)
    sentence = (
        f"Spectral clustering of single-trial maps. On the whole input: {words}."
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


def _models(whole, numbers):
    """Task, regime and arm -> of every seed, the number of clusters and the ocular share."""
    is_share = whole["metric"] == "ocular trials"
    ocular = {}
    for row in whole[is_share].itertuples():
        ocular[_key(row)] = row.value
    models = {}
    for row in numbers.itertuples():
        key = _key(row)
        of_seed = row.value, ocular.get(key)
        models.setdefault(key[:3], []).append(of_seed)
    return models


def _key(row):
    return (
        row.task,
        row.regime,
        row.arm,
        row.seed,
    )


def _place(key):
    task, regime, arm = key
    place_of_task = rank(task, TASKS)
    place_of_regime = rank(regime, REGIMES)
    is_arm = arm != _WHOLE
    return (
        place_of_task,
        is_arm,
        arm,
        place_of_regime,
    )


def _line(key, models):
    """Cells of a row: how many models, their numbers of clusters, how many have an ocular one."""
    task, regime, arm = key
    known = _known(models)
    n_ocular = _n_ocular(known)
    ocular = _UNKNOWN
    if known:
        ocular = f"{n_ocular} of {len(known)}"
    numbers = [f"{number:.0f}" for number, _ in models]
    return [
        (label(task), False),
        (label(regime), False),
        (_input(arm), False),
        (str(len(models)), False),
        (", ".join(numbers), False),
        (ocular, n_ocular > 0),
    ]


def _known(models):
    """Shares of windows in ocular clusters, of those models where they are known."""
    known = []
    for _, share in models:
        # A share that is not known is None or NaN.
        if share is not None and share == share:
            known.append(share)
    return known


def _n_ocular(shares):
    ocular = [share for share in shares if share > 0]
    return len(ocular)


def _input(arm):
    if arm == _WHOLE:
        return "whole input"
    return label(arm)


def _words(task, base):
    """`Motor imagery: clusters in 2 of 6 models, an ocular one in 1`."""
    models = []
    for (of_task, *_), of_key in base.items():
        if of_task == task:
            models += of_key
    numbers = [number for number, _ in models]
    several = sum(number > 1 for number in numbers)
    words = f"{label(task)}: clusters in {several} of {len(models)} models"
    known = _known(models)
    if not known:
        return f"{words}, whether ocular is not known"
    return f"{words}, an ocular one in {_n_ocular(known)}"


def _of_arms(models):
    of_arms = []
    for (_, _, arm), of_key in models.items():
        if arm != _WHOLE:
            of_arms += of_key
    known = _known(of_arms)
    if not known:
        return ""
    return (
        f" In arms: an ocular cluster in {_n_ocular(known)} of {len(known)}."
    )


def strategies_view(frame):
    """What the report shows: how many clusters and how sure they are, of every model and input."""
    shown = ("n_clusters", "eigengap", "stability", "ocular trials")
    is_whole = frame["cluster"] == "all"
    is_shown = frame["metric"].isin(shown)
    frame = frame[is_whole & is_shown]
    names = zip(frame["regime"], frame["arm"], strict=True)
    words = []
    for regime, arm in names:
        words.append(f"{label(regime)}, {_input(arm)}")
    return frame.assign(regime=words)
