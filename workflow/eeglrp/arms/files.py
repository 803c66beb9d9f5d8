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
    found, arms = [], settings.arms(config, task)
    for arm, name in ({WHOLE: task} | arms if arms else {}).items():
        # An arm's models are those that the key `arms` asks for; the whole input may have more.
        of_arm = next(iter(arms.values())) if arm == WHOLE else name
        regimes = [
            (regime, seed)
            for regime in settings.regimes(config, of_arm)
            for seed in settings.seeds(config, of_arm)
        ]
        method = settings.arm_method(config, task)
        on = None if arm == WHOLE else name
        found += [
            tested
            for model in regimes
            for tested in _of_model(task, arm, on, model, method)
        ]
        baselines = settings.baselines(config, of_arm)
        found += [
            tested
            for model in baselines
            for tested in _of_baseline(task, arm, on, model)
        ]
    return found


def _of_model(task, arm, name, model, method):
    regime, seed = model
    here, ending = f"{name or task}/{regime}/seed-{seed}", f"{method}.zarr.zip"
    own = Tested(
        arm,
        OWN,
        regime,
        seed,
        f"predictions/{here}.tsv",
        f"attributions/{here}/{ending}",
    )
    if name is None:
        return [own]
    there = f"{task}/{regime}/seed-{seed}-on-{name}"
    files = f"predictions/{there}.tsv", f"attributions/{there}/{ending}"
    return [own, Tested(arm, ONLY, regime, seed, *files)]


def _of_baseline(task, arm, name, model):
    baseline, seed = model
    here = f"predictions/{name or task}/{baseline}/seed-{seed}"
    files = f"{here}.tsv", None, f"{here}-electrodes.tsv"
    own = Tested(arm, OWN, baseline, seed, *files)
    if name is None:
        return [own]
    there = f"predictions/{task}/{baseline}/seed-{seed}-on-{name}.tsv"
    return [own, Tested(arm, ONLY, baseline, seed, there)]
