"""Which files the table of transfer is made from; imported while the graph of jobs is built."""

from eeglrp import config as settings
from eeglrp import paths
from eeglrp.arms.expand import WHOLE, arm_method
from eeglrp.arms.files import ONLY, OWN, Tested


def transfers(config):
    """Tasks whose models are tested on other recordings of the same people.

    Parameters
    ----------
    config : dict
        Checked.

    Returns
    -------
    dict of list of str
        Task to the tasks that it is tested on; those with the same windows are not among them.
    """
    tasks = config["tasks"]
    pairs = {}
    for name in settings.main_tasks(config):
        dataset = tasks[name]["dataset"]
        others = [
            other
            for other in tasks[name].get("also_test", ())
            if tasks[other]["dataset"] != dataset
        ]
        if others:
            pairs[name] = others
    return pairs


def transfer_files(config, task):
    """Every model of a task on its own windows and on those of each other task.

    Returns
    -------
    list of Tested
        `arm` is the task that the windows belong to, or `WHOLE` for the model's own.
    """
    method = arm_method(config, task)
    others = transfers(config)[task]
    tested = []
    for regime in settings.regimes(config, task):
        for seed in settings.seeds(config, task):
            names = {
                "task": task,
                "regime": regime,
                "seed": seed,
                "method": method,
            }
            tested.append(_on_own(names))
            tested += [_on_other(names, other) for other in others]
    return tested


def _on_own(names):
    return Tested(
        WHOLE,
        OWN,
        names["regime"],
        names["seed"],
        paths.PREDICTIONS.format(**names),
        paths.ATTRIBUTION.format(**names) + ".zarr.zip",
    )


def _on_other(names, other):
    names = names | {"tested": other}
    return Tested(
        other,
        ONLY,
        names["regime"],
        names["seed"],
        paths.PREDICTIONS_ON.format(**names),
        paths.ATTRIBUTION_ON.format(**names) + ".zarr.zip",
    )
