"""Which tasks ask for affect, and on which other input their models are looked at too.

The module is imported while the graph of jobs is built, so it imports nothing heavy.
"""

from typing import NamedTuple

from eeglrp import config as settings
from eeglrp.arms.expand import WHOLE
from eeglrp.arms.files import OWN, model_files

KINDS = ("arousal", "valence")
#: Settings that tasks share which differ in what is regressed out alone.
_SAME = ("dataset", "classes", "rating", "threshold", "length", "lag")


class Condition(NamedTuple):
    """A model and its relevance on one input; `store` is relative to the study's folder.

    `tested`: `own` where the model was trained on that input, `only` where it was not. `task` names
    the windows.
    """

    condition: str
    tested: str
    task: str
    regime: str
    seed: int
    store: str


def affect_tasks(config):
    """Tasks of arousal and valence, without arms and without those that regress channels out."""
    tasks = settings.main_tasks(config)
    found = [
        name for name in tasks if settings.task_kind(config, name) in KINDS
    ]
    return [name for name in found if not _is_regressed(config, name, found)]


def _is_regressed(config, name, others):
    """Whether another task is the same but for channels that this one regresses out."""
    return _regressed(config, name) and any(
        _alike(config, name, other) and not _regressed(config, other)
        for other in others
    )


def _regressed(config, task):
    return settings.window_settings(config, task).get("regress") or []


def _alike(config, one, two):
    first, second = (config["tasks"][name] for name in (one, two))
    kinds = {settings.task_kind(config, name) for name in (one, two)}
    return len(kinds) == 1 and all(
        first.get(key) == second.get(key) for key in _SAME
    )


def regressed_tasks(config, task):
    """Tasks that are this one with channels regressed out: `<channels> regressed` -> task."""
    others = [name for name in settings.main_tasks(config) if name != task]
    return {
        f"{' '.join(_regressed(config, name))} regressed": name
        for name in others
        if _regressed(config, name) and _alike(config, name, task)
    }


def affect_method(config):
    """Name of the attribution method whose relevance is asked."""
    wanted = config["affect"]["method"]
    return wanted or next(iter(config["attribution"]["methods"]))


def conditions(config, task):
    """Every model of a task on the whole input, on its arms, and with channels regressed out.

    Parameters
    ----------
    config : dict
        With arms expanded.
    task : str

    Returns
    -------
    list of Condition
        Arms only where they are explained by the same method.
    """
    method, found = affect_method(config), []
    for condition, name in (
        {WHOLE: task} | regressed_tasks(config, task)
    ).items():
        found += [
            Condition(
                condition,
                OWN,
                name,
                regime,
                seed,
                _store(name, regime, seed, method),
            )
            for regime in settings.regimes(config, name)
            for seed in settings.seeds(config, name)
        ]
    if settings.arm_method(config, task) != method:
        return found
    named = settings.arms(config, task)
    return found + [
        Condition(
            one.arm,
            one.tested,
            named[one.arm],
            one.regime,
            one.seed,
            one.store,
        )
        for one in model_files(config, task)
        if one.store and one.arm != WHOLE
    ]


def _store(task, regime, seed, method):
    return f"attributions/{task}/{regime}/seed-{seed}/{method}.zarr.zip"


def permuted_models(config, task):
    """Regime and number of every model of a task that is trained on labels without meaning."""
    count = config["affect"]["permuted_models"]
    names = [
        name for name in settings.regimes(config, task) if name != "untrained"
    ]
    return [(regime, number) for regime in names for number in range(count)]
