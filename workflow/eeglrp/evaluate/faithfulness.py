"""Does the score fall when relevant units are hidden, and stay when irrelevant ones are.

Maps are read from the stores; only the model runs again, on windows with units hidden. All
methods, orders and steps of a window go through it together, and the curve of random orders is
computed once for all methods.
"""

from contextlib import ExitStack
from tempfile import TemporaryDirectory

import torch

from eeglrp.attribution.selection import choose_windows, read_background
from eeglrp.attribution.stores import store_names, text
from eeglrp.errors import InputError
from eeglrp.evaluate.curve_rows import (
    CURVE_EXTRA,
    EXTRA,
    curve_rows,
    metric_rows,
)
from eeglrp.evaluate.window_curves import Job, block_curves, join_curves
from eeglrp.files import write_table
from eeglrp.jobs import logger, progress
from eeglrp.models.data import load_windows
from eeglrp.models.trained import load_model
from eeglrp.store import CHUNK_SAMPLES, open_attribution
from eeglrp.tables import metric_frame
from eeglrp.training.optimisation import choose_device
from eeglrp.training.predict import check_fit

#: Training windows that pieces of `other` data come from.
_DONORS = 32


def score_faithfulness(
    windows,
    models,
    splits,
    *,
    study,
    task,
    split,
    settings,
    statistics,
    seed,
    device,
    outputs,
):
    """Write the faithfulness of all methods for every model of a task.

    Parameters
    ----------
    windows : sequence of Path
        Windows stores, one a subject.
    models : sequence of (Path, sequence of Path)
        A model's `.safetensors`, and its attribution stores.
    splits : Path
        Table of the splits.
    study, task, split : str
        `split`: the explained windows' one.
    settings : dict
        `max_windows` of a subject, `steps`, `occluders`, `piece` (samples), `random_orders`.
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
        The study's.
    device : str
        `auto`, `cpu` or `cuda`.
    outputs : dict
        Paths of `faithfulness` (metrics of each subject and all; `chance` is what random orders
        reach) and `faithfulness_curves` (mean scores over all, with the `fraction` hidden).

    Raises
    ------
    InputError
        If stores are broken or explain another model, other windows or other classes.
    """
    rows = []
    curves = []
    names = {"study": study, "task": task}
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, split, folder)
        place = {name: row for row, name in enumerate(data.frame["sample"])}
        donors = None
        if "other" in settings["occluders"]:
            background = read_background(windows, splits, _DONORS, seed)
            donors = torch.from_numpy(background)
        job = Job(data, place, donors, settings, seed, choose_device(device))
        for path, stores in progress(models, f"faithfulness {task}"):
            for of_occluder in _score_model(path, stores, job):
                described = (
                    of_occluder["curves"],
                    of_occluder["methods"],
                    names | of_occluder["names"],
                    statistics,
                    seed,
                )
                rows += metric_rows(*described)
                curves += curve_rows(*described)
    write_table(metric_frame(rows, EXTRA), outputs["faithfulness"])
    mean_curves = metric_frame(curves, CURVE_EXTRA)
    write_table(mean_curves, outputs["faithfulness_curves"])


def _score_model(path, paths, job):
    """Yield the curves of every occluder, with names and methods."""
    model, record = load_model(path)
    check_fit(path, record, job.data)
    model = model.to(job.device).requires_grad_(False)
    with ExitStack() as stack:
        stores = {}
        for store in paths:
            dataset = stack.enter_context(open_attribution(store))
            names = store_names(store, dataset)
            first = next(iter(stores.values()), dataset)
            _check_store(store, dataset, record, first, job)
            stores[names.pop("method")] = dataset
        blocks = _blocks(first, job)
        n_windows = sum(len(index) for _, index in blocks)
        logger.info("%s: %d windows", path, n_windows)
        for occluder in job.settings["occluders"]:
            of_blocks = [
                block_curves(
                    model, record, stores, index, subject, occluder, job
                )
                for subject, index in blocks
            ]
            yield {
                "curves": join_curves(of_blocks),
                "methods": list(stores),
                "names": names | {"occluder": occluder},
            }


def _check_store(path, dataset, record, first, job):
    """Refuse a store that does not explain this model's score of the windows that others do."""
    remedy = (
        "delete the stores of this model and rerun the jobs that write them"
    )
    if dataset.attrs.get("model_sha256") != record["sha256"]:
        problem = "explains another model"
        raise InputError(path, "model_sha256", problem, remedy)
    samples = text(dataset, "sample").tolist()
    if not samples or not set(samples) <= job.place.keys():
        problem = "has no windows, or windows of another split"
        raise InputError(path, "sample", problem, remedy)
    if not _same_question(dataset, first):
        problem = (
            "explains other windows or classes than the model's other stores"
        )
        raise InputError(path, "target", problem, remedy)


def _same_question(dataset, first):
    """Whether two stores explain the same score of the same windows for the same classes."""
    samples = text(dataset, "sample").tolist()
    if samples != text(first, "sample").tolist():
        return False
    if dataset.attrs.get("score") != first.attrs.get("score"):
        return False
    target = dataset["target"].values
    return bool((target == first["target"].values).all())


def _blocks(dataset, job):
    """Subject and positions in the store of the windows used, a block of one subject a time."""
    subject = text(dataset, "subject").astype(str)
    label = dataset["label"].values
    limit = job.settings["max_windows"]
    chosen = choose_windows(subject, label, limit, job.seed)
    blocks = []
    for name in dict.fromkeys(subject[chosen]):
        of_subject = chosen[subject[chosen] == name]
        for start in range(0, len(of_subject), CHUNK_SAMPLES):
            block = of_subject[start : start + CHUNK_SAMPLES]
            blocks.append((name, block))
    return blocks
