"""The job of one baseline: windows and splits in, a table of predictions out."""

from tempfile import TemporaryDirectory

import numpy as np

from eeglrp.baselines.registry import NETWORKS, REGRESSORS, load
from eeglrp.errors import InputError
from eeglrp.files import write_table
from eeglrp.models.data import load_windows
from eeglrp.seeds import integer_seed
from eeglrp.training.predictions import predictions_table


def predict_baseline(
    name,
    windows,
    splits,
    classes,
    out,
    *,
    task,
    seed,
    study_seed,
    device="cpu",
    layer=None,
    target="classes",
):
    """Fit one baseline on the training split, predict all windows, write the table.

    Parameters
    ----------
    name : str
        One of `registry.BASELINES`.
    windows : sequence of Path
    splits : Path
    classes : sequence of str
    out : Path
        Columns as those of a model's predictions.
    task : str
    seed, study_seed : int
        Of this fit, and of the study; a baseline without random numbers does not use them.
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
    options = fit_options(name, task, seed, study_seed, device, layer, target)
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, None, folder)
        check_classes(splits, data, classes)
        scores = load(name)(data, **options)
    write_table(predictions_table(data.frame, scores, classes), out)


def fit_options(
    name, task, seed, study_seed, device="cpu", layer=None, target="classes"
):
    """What the function of a baseline takes beside the windows; parameters as above."""
    if name in REGRESSORS:
        return {"target": target}
    if name not in NETWORKS:
        return {}
    number = integer_seed(study_seed, "baseline", task, name, seed)
    return {"seed": number, "device": device, **(layer or {})}


def check_classes(splits, data, classes):
    """Refuse a training split that lacks a class, and labels that name none.

    Raises
    ------
    InputError
    """
    present = set(data.label[data.frame["split"] == "train"].tolist())
    absent = [
        name for number, name in enumerate(classes) if number not in present
    ]
    problem = (
        f"split train has no window of {', '.join(absent)}" if absent else ""
    )
    if np.max(data.label) >= len(classes):
        problem = f"there are labels beyond {', '.join(classes)}"
    if problem:
        raise InputError(
            splits,
            "label",
            problem,
            "rerun windows and splits, or check classes",
        )
