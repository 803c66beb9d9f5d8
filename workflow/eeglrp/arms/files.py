"""Which files the tables of arms are made from; imported while the graph of jobs is built."""

from typing import NamedTuple

from eeglrp import config as settings
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
    here = f"{name or task}/{regime}/seed-{seed}"
    on_own = Tested(
        arm,
        OWN,
        regime,
        seed,
        f"predictions/{here}.tsv",
        f"attributions/{here}/{method}.zarr.zip",
    )
    if name is None:
        return [on_own]
    there = f"{task}/{regime}/seed-{seed}-on-{name}"
    only_tested = Tested(
        arm,
        ONLY,
        regime,
        seed,
        f"predictions/{there}.tsv",
        f"attributions/{there}/{method}.zarr.zip",
    )
    return [on_own, only_tested]


def _of_baseline(task, arm, name, model):
    baseline, seed = model
    here = f"predictions/{name or task}/{baseline}/seed-{seed}"
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
    there = f"predictions/{task}/{baseline}/seed-{seed}-on-{name}.tsv"
    only_tested = Tested(arm, ONLY, baseline, seed, there)
    return [on_own, only_tested]
