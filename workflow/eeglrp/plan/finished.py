"""What finished runs measured: seconds, CPU seconds, memory and bytes of every job."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from eeglrp.errors import InputError
from eeglrp.files import read_json, read_table
from eeglrp.models.registry import DEFAULT, model_of
from eeglrp.plan.work import Size, kind_of, n_together, work_of

_REMEDY = "name the results folder of a finished study, such as results/demo"
#: Folders whose size grows with the number of jobs.
_OTHERS = (
    "predictions",
    "metrics",
    "figures",
    "logs",
    "benchmarks",
    "splits",
)


class Measured(NamedTuple):
    """One finished job."""

    study: str
    kind: str
    variant: str
    work: float
    seconds: float
    cpu_seconds: float
    memory_mb: float


class Study(NamedTuple):
    """A finished run: its jobs, the sizes of its tasks, subjects by task, bytes on disk."""

    name: str
    jobs: list
    sizes: dict
    subjects: dict
    storage: dict


def read_study(folder):
    """Read a finished study's benchmarks and sizes.

    Parameters
    ----------
    folder : Path
        `results/<study>`.

    Raises
    ------
    InputError
        If it has no benchmarks.
    """
    folder = Path(folder)
    files = sorted((folder / "benchmarks").rglob("*.tsv"))
    if not files:
        raise InputError(folder, "benchmarks", "has none", _REMEDY)
    benchmarks = {}
    for file in files:
        path = file.relative_to(folder / "benchmarks")
        benchmarks[path.with_suffix("").as_posix()] = file
    paths = folder.glob("models/*/*/fold-0/seed-*.json")
    records = {
        path.parts[-4]: path for path in sorted(paths, key=_labram_last)
    }
    sizes = {
        task: _size(folder, task, record) for task, record in records.items()
    }
    counts = count_jobs(benchmarks, sizes)
    subjects = {task: size.subjects for task, size in sizes.items()}
    jobs = [
        _measured(folder.name, name, file, counts, sizes)
        for name, file in benchmarks.items()
    ]
    jobs = [job for job in jobs if job]
    storage = _storage(folder, counts, sizes, subjects)
    return Study(folder.name, jobs, sizes, subjects, storage)


def count_jobs(names, sizes):
    """Number of jobs by (kind, task); one that does several together counts as these."""
    counts = Counter()
    for name in names:
        kind, _, task, _ = kind_of(name)
        counts[kind, task] += n_together(name, sizes)
    return counts


def _labram_last(path):
    """Work is counted in layers of LaBraM: others give a size only where it is not there."""
    return model_of(path.parts[-3]) == DEFAULT, path


def _size(folder, task, model):
    record = read_json(model)
    splits = read_table(_splits_of(folder, task), ("split", "fold"))
    n_folds = splits["fold"].nunique()
    counts = splits["split"].value_counts()
    windows = {
        name: round(counts.get(name, 0) / n_folds)
        for name in ("train", "validation", "test")
    }
    explained = int(counts.get("test", 0))
    costs = sorted(folder.glob(f"attributions/{task}/*/*/*-cost.tsv"))
    if costs:
        explained = int(read_table(costs[0])["windows"][0])
    epochs = record["training"]["epochs"]
    history = model.with_name(f"{model.stem}-history.tsv")
    if history.exists():
        epochs = len(read_table(history))
    return Size(
        len(record["channels"]),
        record["n_times"],
        record["model"].get("layers", 1),
        **windows,
        explained=explained,
        epochs=epochs,
        pretraining=_pretraining(folder, task, windows["train"]),
        subjects=len(list(folder.glob(f"windows/{task}/*.zarr.zip"))),
        regimes=len(
            {
                path.parts[-3]
                for path in folder.glob(f"models/{task}/*/*/*.json")
            }
        ),
        folds=n_folds,
    )


def _splits_of(folder, task):
    """Table of a task's splits; an arm has those of its task, with whose name its own begins."""
    file = folder / "splits" / f"{task}.tsv"
    if file.exists():
        return file
    bases = [
        path
        for path in folder.glob("splits/*.tsv")
        if task.startswith(f"{path.stem}_")
    ]
    return max(bases, key=lambda path: len(path.stem), default=file)


def _pretraining(folder, task, n_train):
    file = folder / "weights" / f"pretrained-{task}" / "fold-0.json"
    if not file.exists():
        return 0
    settings = read_json(file)["pretraining"]
    most = settings["max_windows"] or n_train
    return settings["epochs"] * min(n_train, most)


def _measured(study, name, file, counts, sizes):
    kind, variant, task, _ = kind_of(name)
    row = read_table(file, ("s", "max_rss", "cpu_time")).iloc[-1]
    if kind is None or (task and task not in sizes):
        return None
    numbers = (row["s"], row["cpu_time"], row["max_rss"])
    seconds, cpu_seconds, memory = (
        float(number) if number == number else 0.0 for number in numbers
    )
    work = work_of(name, counts, sizes)
    return Measured(study, kind, variant, work, seconds, cpu_seconds, memory)


def _storage(folder, counts, sizes, subjects):
    """Bytes by kind of file, each with what they grow with."""
    storage = {}
    for task, size in sizes.items():
        n_attributed = max(1, counts["attribute", task])
        values = {
            "windows": size.windows * size.samples,
            "attributions": size.explained * size.samples * n_attributed,
        }
        for kind, number in values.items():
            bytes_ = _bytes(folder / kind / task)
            if bytes_ and number:
                storage.setdefault(kind, []).append((number, bytes_))
    storage["models"] = []
    for file in folder.glob("models/*/*/*/*.safetensors"):
        layers = sizes[file.parts[-4]].layers
        storage["models"].append((layers, file.stat().st_size))
    n_recordings = len(list(folder.glob("recordings/*/*.json")))
    in_recordings = _bytes(folder / "recordings")
    storage["recordings"] = [(max(1, n_recordings), in_recordings)]
    n_jobs = sum(counts.values())
    in_others = sum(_bytes(folder / name) for name in _OTHERS)
    storage["others"] = [(n_jobs, in_others)]
    return storage


def _bytes(folder):
    total = 0
    for file in folder.rglob("*"):
        if file.is_file():
            total += file.stat().st_size
    return total
