"""Tasks whose models rely on a planted confound to a degree that can be measured.

A task plants an event that goes with the label with some probability, and its models are tested on
two more tasks (`also_test`) with the same windows: `matched`, where the event always goes with the
label, and `neutral`, where it goes either way. The module is imported while the graph is built, so
it imports nothing heavy.
"""

from typing import NamedTuple

from eeglrp.arms.expand import arms, main_tasks
from eeglrp.errors import InputError

#: `label_probability` of the tested tasks.
MATCHED, NEUTRAL = 1.0, 0.5
#: Settings in which tasks with the same windows may differ.
_FREE = ("plant", "arms", "also_test", "training")


class Rung(NamedTuple):
    """A task of the ladder.

    `confound`: the planted source; `probability`: how often it goes with the label in the task's
    own windows; `matched`, `neutral`: tasks to test on; `regressed`: the task's arm with HEOG
    regressed out, or None.
    """

    confound: str
    probability: float
    matched: str
    neutral: str
    regressed: str | None


def ladder(config):
    """Every task whose models are tested on matched and on neutral windows.

    Parameters
    ----------
    config : dict
        The whole configuration, checked.

    Returns
    -------
    dict of Rung
        By task.

    Raises
    ------
    InputError
        If a task is tested on matched windows alone, or on neutral ones alone.
    """
    rungs = {}
    for name in main_tasks(config):
        rung = _rung(config, name)
        if rung:
            rungs[name] = rung
    return rungs


def _rung(config, name):
    task = main_tasks(config)[name]
    for source, options in task.get("plant", {}).items():
        if "label_probability" not in options:
            continue
        probability = options["label_probability"]
        tested = _tested_like(config, name, source)
        if MATCHED in tested and NEUTRAL in tested:
            return Rung(
                source,
                probability,
                tested[MATCHED],
                tested[NEUTRAL],
                _regressed(config, name),
            )
        needed = {MATCHED, NEUTRAL}
        named = needed & tested.keys() - {probability}
        if len(named) == 1:
            (absent,) = needed - tested.keys()
            _refuse(name, source, absent)
    return None


def _tested_like(config, name, source):
    """Tasks to test on that differ in nothing but a planted source's probability, by that."""
    tasks = main_tasks(config)
    task = tasks[name]
    tested = {}
    for other in task.get("also_test", ()):
        if other not in tasks:
            continue
        other_task = tasks[other]
        if _differs_in(task, other_task, source):
            planted = other_task["plant"][source]
            tested[planted["label_probability"]] = other
    return tested


def _differs_in(task, other, source):
    """Whether two tasks are the same but for the probability of one planted source."""
    compared = (task.keys() | other.keys()) - set(_FREE)
    if any(task.get(key) != other.get(key) for key in compared):
        return False
    planted = _without(task, source)
    other_planted = _without(other, source)
    return planted == other_planted


def _without(task, source):
    plant = {}
    for name, options in task.get("plant", {}).items():
        plant[name] = dict(options)
    plant.get(source, {}).pop("label_probability", None)
    return plant


def _regressed(config, name):
    """Task of the arm that has channels regressed out and nothing else."""
    task = config["tasks"][name]
    inputs = task.get("arms", {}).get("inputs", {})
    for arm, options in inputs.items():
        if set(options) == {"regress"}:
            return arms(config, name)[arm]
    return None


def _refuse(name, source, probability):
    key = f"tasks.{name}.also_test"
    problem = f"names no task that is the same but for {source}'s label_probability {probability:g}"
    remedy = f"name one with {MATCHED:g} and one with {NEUTRAL:g}, or leave both out"
    raise InputError("config", key, problem, remedy)
