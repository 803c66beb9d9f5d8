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
    found = {name: _rung(config, name) for name in main_tasks(config)}
    return {name: rung for name, rung in found.items() if rung}


def _rung(config, name):
    tasks = main_tasks(config)
    tested = tasks[name].get("also_test", ())
    for source, options in tasks[name].get("plant", {}).items():
        if "label_probability" not in options:
            continue
        like = {
            tasks[other]["plant"][source]["label_probability"]: other
            for other in tested
            if other in tasks
            and _differs_in(tasks[name], tasks[other], source)
        }
        if MATCHED in like and NEUTRAL in like:
            places = like[MATCHED], like[NEUTRAL], _regressed(config, name)
            return Rung(source, options["label_probability"], *places)
        if (
            len(
                {MATCHED, NEUTRAL}
                & like.keys() - {options["label_probability"]}
            )
            == 1
        ):
            _refuse(name, source, next(iter({MATCHED, NEUTRAL} - like.keys())))
    return None


def _differs_in(task, other, source):
    """Whether two tasks are the same but for the probability of one planted source."""
    same = all(
        task.get(key) == other.get(key)
        for key in (task.keys() | other.keys()) - set(_FREE)
    )
    return same and _without(task, source) == _without(other, source)


def _without(task, source):
    plant = {
        name: dict(options) for name, options in task.get("plant", {}).items()
    }
    plant.get(source, {}).pop("label_probability", None)
    return plant


def _regressed(config, name):
    """Task of the arm that has channels regressed out and nothing else."""
    inputs = config["tasks"][name].get("arms", {}).get("inputs", {})
    own = [
        arm for arm, options in inputs.items() if set(options) == {"regress"}
    ]
    return arms(config, name)[own[0]] if own else None


def _refuse(name, source, probability):
    problem = f"names no task that is the same but for {source}'s label_probability {probability:g}"
    remedy = f"name one with {MATCHED:g} and one with {NEUTRAL:g}, or leave both out"
    raise InputError("config", f"tasks.{name}.also_test", problem, remedy)
