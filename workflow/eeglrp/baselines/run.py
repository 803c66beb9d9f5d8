"""The job of one baseline: windows and splits in, a table of predictions out."""

from tempfile import TemporaryDirectory

import numpy as np

from eeglrp.baselines.registry import NETWORKS, REGRESSORS, load
from eeglrp.errors import InputError
from eeglrp.models.data import load_windows
from eeglrp.seeds import integer_seed
from eeglrp.training.predictions import join_folds, predictions_table


def predict_baseline(
    name,
    windows,
    splits,
    out,
    *,
    run,
    device="cpu",
    layer=None,
    target="classes",
):
    """Fit one baseline on the training split of each fold, predict all windows, write the table.

    Parameters
    ----------
    name : str
        One of `registry.BASELINES`.
    windows : sequence of Path
    splits : sequence of Path
        One a fold.
    out : Path
        Columns as those of the models' predictions of all folds.
    run : dict
        `task`, `classes` (sequence of str), `seed` of this fit and `study_seed`; a baseline
        without random numbers does not use the seeds.
    device : str
        `auto`, `cpu` or `cuda`, for networks.
    layer : dict, optional
        `subject_layer` and `subject_layer_rate` of the training settings, for networks.
    target : str
        `classes` or `rating`, for regressions.

    Raises
    ------
    InputError
        If the windows cannot be used, or the training split lacks a class.
    """
    baseline = load(name)
    tables = []
    for fold, table in enumerate(splits):
        options = fit_options(name, run, fold, device, layer, target)
        with TemporaryDirectory(prefix="eeglrp-") as folder:
            data = load_windows(windows, table, None, folder)
            check_classes(table, data, run["classes"])
            scores = baseline(data, **options)
        tables.append(predictions_table(data.frame, scores, run["classes"]))
    join_folds(tables, out)


def fit_options(name, run, fold, device="cpu", layer=None, target="classes"):
    """What the function of a baseline takes beside the windows; parameters as above."""
    if name in REGRESSORS:
        return {"target": target}
    if name not in NETWORKS:
        return {}
    names = ("baseline", run["task"], name, fold, run["seed"])
    seed = integer_seed(run["study_seed"], *names)
    return {"seed": seed, "device": device, **(layer or {})}


def check_classes(splits, data, classes):
    """Refuse a training split that lacks a class, and labels that name none.

    Raises
    ------
    InputError
    """
    label = data.label[data.frame["split"] == "train"]
    present = set(label.tolist())
    absent = [
        name for number, name in enumerate(classes) if number not in present
    ]
    problem = ""
    if absent:
        problem = f"split train has no window of {', '.join(absent)}"
    if np.max(data.label) >= len(classes):
        problem = f"there are labels beyond {', '.join(classes)}"
    if problem:
        remedy = "rerun windows and splits, or check classes"
        raise InputError(splits, "label", problem, remedy)
