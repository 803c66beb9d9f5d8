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
    rows, curves, names = [], [], {"study": study, "task": task}
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, split, folder)
        place = {name: row for row, name in enumerate(data.frame["sample"])}
        donors = None
        if "other" in settings["occluders"]:
            donors = torch.from_numpy(
                read_background(windows, splits, _DONORS, seed)
            )
        job = Job(data, place, donors, settings, seed, choose_device(device))
        for path, stores in progress(models, f"faithfulness {task}"):
            for found in _score_model(path, stores, job):
                shared = names | found["names"], statistics, seed
                rows += metric_rows(found["curves"], found["methods"], *shared)
                curves += curve_rows(
                    found["curves"], found["methods"], *shared
                )
    write_table(metric_frame(rows, EXTRA), outputs["faithfulness"])
    write_table(
        metric_frame(curves, CURVE_EXTRA), outputs["faithfulness_curves"]
    )


def _score_model(path, paths, job):
    """Yield the curves of every occluder, with names and methods."""
    model, record = load_model(path)
    check_fit(path, record, job.data)
    model = model.to(job.device).requires_grad_(False)
    with ExitStack() as stack:
        stores = {}
        for one in paths:
            dataset = stack.enter_context(open_attribution(one))
            names = store_names(one, dataset)
            _check_store(
                one, dataset, record, next(iter(stores.values()), dataset), job
            )
            stores[names.pop("method")] = dataset
        blocks = _blocks(next(iter(stores.values())), job)
        logger.info(
            "%s: %d windows", path, sum(len(index) for _, index in blocks)
        )
        for occluder in job.settings["occluders"]:
            parts = [
                block_curves(
                    model, record, stores, index, subject, occluder, job
                )
                for subject, index in blocks
            ]
            named = names | {"occluder": occluder}
            yield {
                "curves": join_curves(parts),
                "methods": list(stores),
                "names": named,
            }


def _check_store(path, dataset, record, first, job):
    """Refuse a store that does not explain this model's score of the windows that others do."""
    remedy = (
        "delete the stores of this model and rerun the jobs that write them"
    )
    if dataset.attrs.get("model_sha256") != record["sha256"]:
        raise InputError(
            path, "model_sha256", "explains another model", remedy
        )
    samples = text(dataset, "sample").tolist()
    if not samples or not set(samples) <= job.place.keys():
        raise InputError(
            path,
            "sample",
            "has no windows, or windows of another split",
            remedy,
        )
    same = samples == text(first, "sample").tolist()
    same = same and dataset.attrs.get("score") == first.attrs.get("score")
    if not same or (dataset["target"].values != first["target"].values).any():
        problem = (
            "explains other windows or classes than the model's other stores"
        )
        raise InputError(path, "target", problem, remedy)


def _blocks(dataset, job):
    """Subject and positions in the store of the windows used, a block of one subject a time."""
    subject, label = (
        text(dataset, "subject").astype(str),
        dataset["label"].values,
    )
    chosen = choose_windows(
        subject, label, job.settings["max_windows"], job.seed
    )
    blocks = []
    for name in dict.fromkeys(subject[chosen]):
        own = chosen[subject[chosen] == name]
        starts = range(0, len(own), CHUNK_SAMPLES)
        blocks += [
            (name, own[start : start + CHUNK_SAMPLES]) for start in starts
        ]
    return blocks
