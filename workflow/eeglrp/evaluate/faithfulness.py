"""Does the score fall when relevant units are hidden, and stay when irrelevant ones are.

Maps are read from the stores; only the model runs again, on windows with units hidden. All
methods, orders and steps of a window go through it together, and the curve of random orders is
computed once for all methods.
"""

from contextlib import ExitStack
from tempfile import TemporaryDirectory, mkdtemp

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
from eeglrp.evaluate.occluders import REMOVAL
from eeglrp.evaluate.window_curves import Job, block_curves, join_curves
from eeglrp.files import write_table
from eeglrp.jobs import logger, progress
from eeglrp.models.data import load_windows
from eeglrp.models.registry import adapter_of
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
    models : sequence of (sequence of Path, sequence of Path)
        `.safetensors` of each fold, and the attribution stores of all folds.
    splits : sequence of Path
        Table of the splits, one a fold.
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
        place = choose_device(device)
        jobs = [
            _job(windows, table, split, settings, seed, place, folder)
            for table in splits
        ]
        for paths, stores in progress(models, f"faithfulness {task}"):
            for of_occluder in _score_model(paths, stores, jobs):
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


def _job(windows, splits, split, settings, seed, device, folder):
    """What the scores of one fold's models share."""
    data = load_windows(windows, splits, split, mkdtemp(dir=folder))
    place = {name: row for row, name in enumerate(data.frame["sample"])}
    donors = None
    if "other" in settings["occluders"]:
        background = read_background(windows, splits, _DONORS, seed)
        donors = torch.from_numpy(background)
    return Job(data, place, donors, settings, seed, device)


def _score_model(paths, store_paths, jobs):
    """Yield the curves of every occluder, with names and methods."""
    with ExitStack() as stack:
        stores = {}
        for path in store_paths:
            dataset = stack.enter_context(open_attribution(path))
            names = store_names(path, dataset)
            first = next(iter(stores.values()), dataset)
            _check_question(path, dataset, first)
            stores[names.pop("method")] = dataset
        models = []
        for fold, path in enumerate(paths):
            model, record = load_model(path)
            job = jobs[fold]
            check_fit(path, record, job.data)
            for store, dataset in zip(
                store_paths, stores.values(), strict=True
            ):
                _check_fold(store, dataset, fold, record, job)
            model = model.to(job.device).requires_grad_(False)
            models.append((model, record))
        blocks = _blocks(first, jobs[0])
        n_windows = sum(len(index) for *_, index in blocks)
        logger.info("%s: %d windows", ", ".join(map(str, paths)), n_windows)
        for occluder in _possible(jobs[0].settings["occluders"], models):
            of_blocks = [
                block_curves(
                    *models[fold],
                    stores,
                    index,
                    subject,
                    occluder,
                    jobs[fold],
                )
                for fold, subject, index in blocks
            ]
            yield {
                "curves": join_curves(of_blocks),
                "methods": list(stores),
                "names": names | {"occluder": occluder},
            }


def _possible(occluders, models):
    """Occluders that a network allows: without tokens there is no `removal`."""
    model, _ = models[0]
    if hasattr(adapter_of(model), "without_tokens"):
        return occluders
    return [occluder for occluder in occluders if occluder != REMOVAL]


def _check_fold(path, dataset, fold, record, job):
    """Refuse a store whose windows of a fold are not explained by the fold's model."""
    remedy = (
        "delete the stores of this model and rerun the jobs that write them"
    )
    models = dataset.attrs.get("model_sha256", [])
    if fold >= len(models) or models[fold] != record["sha256"]:
        problem = f"explains another model in fold {fold}"
        raise InputError(path, "model_sha256", problem, remedy)
    of_fold = dataset["fold"].values == fold
    samples = text(dataset, "sample")[of_fold].tolist()
    if not samples or not set(samples) <= job.place.keys():
        problem = "has no windows, or windows of another split"
        raise InputError(path, "sample", problem, remedy)


def _check_question(path, dataset, first):
    """Refuse a store that does not explain the score of the windows that others do."""
    if not _same_question(dataset, first):
        problem = (
            "explains other windows or classes than the model's other stores"
        )
        remedy = "delete the stores of this model and rerun the jobs that write them"
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
    """Fold, subject and positions in the store of the windows used, blocks of one subject."""
    subject = text(dataset, "subject").astype(str)
    label = dataset["label"].values
    fold = dataset["fold"].values
    limit = job.settings["max_windows"]
    chosen = choose_windows(subject, label, limit, job.seed)
    blocks = []
    pairs = zip(fold[chosen].tolist(), subject[chosen].tolist(), strict=True)
    for number, name in dict.fromkeys(pairs):
        is_pair = (subject[chosen] == name) & (fold[chosen] == number)
        of_pair = chosen[is_pair]
        for start in range(0, len(of_pair), CHUNK_SAMPLES):
            block = of_pair[start : start + CHUNK_SAMPLES]
            blocks.append((number, name, block))
    return blocks
