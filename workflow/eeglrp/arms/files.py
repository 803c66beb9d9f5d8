"""Which files the tables of arms are made from; imported while the graph of jobs is built."""

from typing import NamedTuple

from eeglrp import config as settings
from eeglrp import paths
from eeglrp.arms.expand import WHOLE

#: Trained and tested on an arm's input, or trained on the whole input and tested on the arm's.
OWN, ONLY = "own", "only"


class Tested(NamedTuple):
    """One model tested on one input; paths are relative to the study's folder.

    `store` is None for a baseline, `electrodes` for a model of LaBraM and where a model of the
    whole input is tested on an arm: which electrodes a baseline rests on is then known already.
    """

    arm: str
    tested: str
    regime: str
    seed: int
    predictions: str
    store: str | None = None
    electrodes: str | None = None

    @property
    def names(self):
        """Columns of the table's rows."""
        return {
            name: getattr(self, name)
            for name in ("arm", "tested", "regime", "seed")
        }


def model_files(config, task):
    """Every model of a task with arms on every input it is tested on, the whole input first.

    Parameters
    ----------
    config : dict
        With arms expanded.
    task : str

    Returns
    -------
    list of Tested
        Empty for a task without arms.
    """
    arms = settings.arms(config, task)
    if not arms:
        return []
    first = next(iter(arms.values()))
    method = settings.arm_method(config, task)
    tested = []
    for arm, name in [(WHOLE, None), *arms.items()]:
        # An arm's models are those that the key `arms` asks for; the whole input may have more.
        of_arm = name or first
        for model in _models(config, of_arm):
            tested += _of_model(task, arm, name, model, method)
        for model in settings.baselines(config, of_arm):
            tested += _of_baseline(task, arm, name, model)
    return tested


def _models(config, task):
    return [
        (regime, seed)
        for regime in settings.regimes(config, task)
        for seed in settings.seeds(config, task)
    ]


def _of_model(task, arm, name, model, method):
    regime, seed = model
    model_names = {"regime": regime, "seed": seed, "method": method}
    own_task = model_names | {"task": name or task}
    other_task = model_names | {"task": task, "tested": name}
    on_own = Tested(
        arm,
        OWN,
        regime,
        seed,
        paths.PREDICTIONS.format(**own_task),
        paths.ATTRIBUTION.format(**own_task) + ".zarr.zip",
    )
    if name is None:
        return [on_own]
    only_tested = Tested(
        arm,
        ONLY,
        regime,
        seed,
        paths.PREDICTIONS_ON.format(**other_task),
        paths.ATTRIBUTION_ON.format(**other_task) + ".zarr.zip",
    )
    return [on_own, only_tested]


def _of_baseline(task, arm, name, model):
    baseline, seed = model
    model_names = {"baseline": baseline, "seed": seed}
    here = paths.BASELINE.format(task=name or task, **model_names)
    on_own = Tested(
        arm,
        OWN,
        baseline,
        seed,
        f"{here}.tsv",
        electrodes=f"{here}-electrodes.tsv",
    )
    if name is None:
        return [on_own]
    there = paths.BASELINE.format(task=task, **model_names)
    predictions = f"{there}-on-{name}.tsv"
    only_tested = Tested(arm, ONLY, baseline, seed, predictions)
    return [on_own, only_tested]
