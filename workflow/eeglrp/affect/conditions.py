"""Which tasks ask for affect, and on which other input their models are looked at too.

The module is imported while the graph of jobs is built, so it imports nothing heavy.
"""

from typing import NamedTuple

from eeglrp import config as settings
from eeglrp import paths
from eeglrp.arms.expand import WHOLE
from eeglrp.arms.files import OWN, model_files
from eeglrp.models.registry import start_of

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
    tasks = [
        name
        for name in settings.main_tasks(config)
        if settings.task_kind(config, name) in KINDS
    ]
    return [name for name in tasks if not _is_regressed(config, name, tasks)]


def _is_regressed(config, name, others):
    """Whether another task is the same but for channels that this one regresses out."""
    if not _regressed(config, name):
        return False
    return any(
        _alike(config, name, other) and not _regressed(config, other)
        for other in others
    )


def _regressed(config, task):
    windows = settings.window_settings(config, task)
    return windows.get("regress") or []


def _alike(config, task, other):
    """Whether two tasks ask the same of the same recordings."""
    kind = settings.task_kind(config, task)
    if settings.task_kind(config, other) != kind:
        return False
    first = config["tasks"][task]
    second = config["tasks"][other]
    return all(first.get(key) == second.get(key) for key in _SAME)


def regressed_tasks(config, task):
    """Tasks that are this one with channels regressed out: `<channels> regressed` -> task."""
    others = [name for name in settings.main_tasks(config) if name != task]
    tasks = {}
    for name in others:
        channels = _regressed(config, name)
        if channels and _alike(config, name, task):
            condition = f"{' '.join(channels)} regressed"
            tasks[condition] = name
    return tasks


def affect_method(config):
    """Name of the attribution method whose relevance is asked."""
    wanted = config["affect"]["method"]
    if wanted:
        return wanted
    return next(iter(config["attribution"]["methods"]))


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
    method = affect_method(config)
    inputs = {WHOLE: task}
    inputs |= regressed_tasks(config, task)
    models = []
    for condition, name in inputs.items():
        models += _trained_on(config, condition, name, method)
    method_of_arms = settings.arm_method(config, task)
    if method_of_arms == method:
        models += _of_arms(config, task)
    return models


def _trained_on(config, condition, task, method):
    """Models of a task on its own input."""
    models = []
    for regime in settings.regimes(config, task):
        for seed in settings.seeds(config, task):
            store = paths.ATTRIBUTION.format(
                task=task, regime=regime, seed=seed, method=method
            )
            model = Condition(
                condition=condition,
                tested=OWN,
                task=task,
                regime=regime,
                seed=seed,
                store=f"{store}.zarr.zip",
            )
            models.append(model)
    return models


def _of_arms(config, task):
    """Models that are explained on the input of an arm."""
    tasks = settings.arms(config, task)
    models = []
    for model in model_files(config, task):
        if not model.store or model.arm == WHOLE:
            continue
        condition = Condition(
            condition=model.arm,
            tested=model.tested,
            task=tasks[model.arm],
            regime=model.regime,
            seed=model.seed,
            store=model.store,
        )
        models.append(condition)
    return models


def permuted_models(config, task):
    """Regime and number of every model of a task that is trained on labels without meaning."""
    count = config["affect"]["permuted_models"]
    regimes = [
        regime
        for regime in settings.regimes(config, task)
        if start_of(regime) != "untrained"
    ]
    return [(regime, number) for regime in regimes for number in range(count)]
