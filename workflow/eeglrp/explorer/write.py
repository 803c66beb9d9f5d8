"""Write the explorer of a study."""

import shutil
import tempfile
from pathlib import Path

from eeglrp.errors import InputError
from eeglrp.explorer.group import group_record
from eeglrp.explorer.packing import ROUNDING
from eeglrp.explorer.page_files import PAGE
from eeglrp.explorer.relevance import relevance_records
from eeglrp.explorer.sample import explained_windows, shown_windows
from eeglrp.explorer.shards import write_shard
from eeglrp.explorer.tables import band_rows, method_rows
from eeglrp.explorer.windows import read_windows, windows_records
from eeglrp.files import read_table, unwritable_named
from eeglrp.labels import METHODS, REGIMES, TASKS, label
from eeglrp.questions import metric_names
from eeglrp.store import open_attribution

#: Windows of a task that are shown, at most.
MAX_WINDOWS = 192


def write_explorer(
    study, folder, stores, tables, out, max_windows=MAX_WINDOWS, seed=0
):
    """Write a page that opens by double click, with its scripts and data beside it.

    Parameters
    ----------
    study : str
    folder : Path
        Of the study, `results/<study>`.
    stores : sequence of Path
        Attribution stores below it.
    tables : sequence of Path
        Metric tables, such as `localisation.tsv`.
    out : Path
        `index.html`; what lies beside it under the names of the explorer is replaced.
    max_windows, seed : int
        At most so many windows of a task, and which sample of them.

    Raises
    ------
    InputError
        If there is no store, or one is damaged.
    """
    if not stores:
        remedy = "run a study that explains models, then ask again"
        raise InputError(folder, "attributions", "has no store", remedy)
    folder, out = Path(folder), Path(out)
    with unwritable_named(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        place = tempfile.mkdtemp(prefix=".unfinished-", dir=out.parent)
        try:
            sample = {"max_windows": max_windows, "seed": seed}
            _write(Path(place), study, folder, stores, tables, sample)
            _replace(Path(place), out)
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _write(place, study, folder, stores, tables, sample):
    """Write everything into a folder."""
    models = [model_of(path, folder) for path in sorted(map(Path, stores))]
    shares = next(
        (path for path in tables if Path(path).stem == "shares"), None
    )
    tasks = {}
    for name in dict.fromkeys(model["tested"] for model in models):
        of_task = [model for model in models if model["tested"] == name]
        tasks[name] = _write_task(place, folder, name, of_task, sample)
        for model in of_task:
            _write_model(place, folder, model, tasks[name], shares)
    write_shard(place, "methods", {"tables": method_rows(tables)})
    write_shard(
        place,
        "study",
        {
            "study": study,
            "tasks": {name: facts["summary"] for name, facts in tasks.items()},
            "models": models,
            "labels": {name: label(name) for name in _names(models)},
            "metrics": metric_names(),
            "sample": sample,
            "rounding": ROUNDING,
        },
    )
    shutil.copytree(PAGE, place / "page")
    (place / "page" / "index.html").replace(place / "index.html")


def _replace(place, out):
    """Put the new files in place of the former ones, the page itself last."""
    index = place / "index.html"
    for path in sorted(place.iterdir()):
        if path == index:
            continue
        former = out.parent / path.name
        if former.is_dir():
            shutil.rmtree(former)
        path.replace(former)
    index.replace(out)


def _names(models):
    keys = ("task", "tested", "regime", "method")
    names = {model[key] for model in models for key in keys}
    return sorted(names | set(TASKS) | set(REGIMES) | set(METHODS))


def model_of(path, folder):
    """What tells a store from the others, from its own attributes.

    Raises
    ------
    InputError
        If the store is damaged.
    """
    store = open_attribution(path)
    attributes = store.attrs
    relative = Path(path).relative_to(folder / "attributions").as_posix()
    return {
        "id": relative.removesuffix(".zarr.zip"),
        "task": attributes["task"],
        "tested": attributes.get("tested", attributes["task"]),
        "regime": attributes["regime"],
        "seed": str(attributes["seed"]),
        "method": attributes["method"],
        "classes": list(attributes["classes"]),
        "sums_to": attributes.get("sums_to", ""),
        "n_windows": int(store.sizes["sample"]),
        "layers": int(store.sizes.get("layer", 0)),
    }


def _open(folder, model):
    path = folder / "attributions" / f"{model['id']}.zarr.zip"
    return open_attribution(path)


def _write_task(place, folder, name, models, sample):
    """Write windows of a task; return their samples and what the page lists of them."""
    stores = [_open(folder, model) for model in models]
    every = explained_windows(stores)
    shown = shown_windows(every, sample["max_windows"], sample["seed"])
    shown = shown.reset_index(drop=True)
    paths = sorted(folder.glob(f"windows/{name}/*.zarr.zip"))
    if not paths:
        problem = "has no store of windows"
        remedy = "run the jobs that cut windows"
        raise InputError(folder / "windows" / name, "store", problem, remedy)
    samples = shown["sample"].tolist()
    facts, blocks = windows_records(shown, read_windows(paths, samples))
    write_shard(place, f"windows/{name}", facts)
    for number, block in enumerate(blocks):
        write_shard(place, f"signal/{name}/{number}", block)
    summary = {
        "classes": models[0]["classes"],
        "n_windows": len(every),
        "n_shown": len(shown),
        "n_blocks": len(blocks),
        "n_subjects": every["subject"].nunique(),
    }
    return {"samples": samples, "summary": summary}


def _write_model(place, folder, model, task, shares):
    """Write relevance of one model and method."""
    store = _open(folder, model)
    logits = _logits(folder, model, store)
    facts, blocks = relevance_records(store, task["samples"], logits)
    write_shard(place, f"model/{model['id']}", facts)
    for number, block in enumerate(blocks):
        write_shard(place, f"relevance/{model['id']}/{number}", block)
    bands = band_rows(shares, model)
    record = group_record(store, model["classes"], bands)
    write_shard(place, f"group/{model['id']}", record)


def _logits(folder, model, store):
    """Logits of every class for each window of a store, where the study has predictions of them."""
    run = model["id"].rpartition("/")[0]
    path = folder / "predictions" / f"{run}.tsv"
    if not path.is_file():
        return None
    columns = [f"logit_{name}" for name in model["classes"]]
    frame = read_table(path, ("sample", "split", "fold", *columns))
    frame = frame[frame["split"] == store.attrs["split"]]
    frame = frame.drop_duplicates(["sample", "fold"])
    frame = frame.set_index(["sample", "fold"])[columns]
    wanted = list(
        zip(store["sample"].values, store["fold"].values, strict=True)
    )
    return frame.reindex(wanted).values
