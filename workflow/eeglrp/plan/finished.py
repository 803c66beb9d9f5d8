"""What finished runs measured: seconds, CPU seconds, memory and bytes of every job."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from eeglrp.errors import InputError
from eeglrp.files import read_json, read_table
from eeglrp.plan.work import Size, kind_of, work_of

_REMEDY = "name the results folder of a finished study, such as results/demo"


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
    names = [
        file.relative_to(folder / "benchmarks").with_suffix("").as_posix()
        for file in files
    ]
    counts = count_jobs(names)
    records = {
        path.parts[-3]: path
        for path in sorted(folder.glob("models/*/*/seed-*.json"))
    }
    sizes = {
        task: _size(folder, task, record) for task, record in records.items()
    }
    subjects = {task: counts["windows", task] for task in sizes}
    jobs = [
        _measured(folder.name, *pair, counts, sizes)
        for pair in zip(names, files, strict=True)
    ]
    jobs = [job for job in jobs if job]
    return Study(
        folder.name,
        jobs,
        sizes,
        subjects,
        _storage(folder, counts, sizes, subjects),
    )


def count_jobs(names):
    """Number of jobs by (kind, task)."""
    return Counter((kind, task) for kind, _, task, _ in map(kind_of, names))


def _size(folder, task, model):
    record = read_json(model)
    split = read_table(folder / "splits" / f"{task}.tsv", ("split",))[
        "split"
    ].value_counts()
    history = model.with_name(f"{model.stem}-history.tsv")
    costs = sorted(folder.glob(f"attributions/{task}/*/*/*-cost.tsv"))
    windows = {
        name: int(split.get(name, 0))
        for name in ("train", "validation", "test")
    }
    return Size(
        len(record["channels"]),
        record["n_times"],
        record["model"]["layers"],
        **windows,
        explained=int(read_table(costs[0])["windows"][0])
        if costs
        else windows["test"],
        epochs=len(read_table(history))
        if history.exists()
        else record["training"]["epochs"],
        pretraining=_pretraining(folder, task, windows["train"]),
    )


def _pretraining(folder, task, n_train):
    file = folder / "weights" / f"pretrained-{task}.json"
    if not file.exists():
        return 0
    settings = read_json(file)["pretraining"]
    return settings["epochs"] * min(
        n_train, settings["max_windows"] or n_train
    )


def _measured(study, name, file, counts, sizes):
    kind, variant, task, _ = kind_of(name)
    row = read_table(file, ("s", "max_rss", "cpu_time")).iloc[-1]
    if kind is None or (task and task not in sizes):
        return None
    numbers = (row["s"], row["cpu_time"], row["max_rss"])
    seconds, cpu, memory = (
        float(value) if value == value else 0.0 for value in numbers
    )
    return Measured(
        study,
        kind,
        variant,
        work_of(name, counts, sizes),
        seconds,
        cpu,
        memory,
    )


def _storage(folder, counts, sizes, subjects):
    """Bytes by kind of file, each with what they grow with."""
    found = {}
    for kind, per in (("windows", "windows"), ("attributions", "explained")):
        for task, size in sizes.items():
            bytes_ = _bytes(folder / kind / task)
            n = counts["attribute", task] if kind == "attributions" else 1
            values = getattr(size, per) * size.samples * max(1, n)
            if bytes_ and values:
                found.setdefault(kind, []).append((values, bytes_))
    models = [file for file in folder.glob("models/*/*/*.safetensors")]
    layers = {task: size.layers for task, size in sizes.items()}
    found["models"] = [
        (layers[file.parts[-3]], file.stat().st_size) for file in models
    ]
    n_recordings = sum(
        n for (kind, _), n in counts.items() if kind == "recordings"
    )
    found["recordings"] = [
        (max(1, n_recordings), _bytes(folder / "recordings"))
    ]
    others = (
        "predictions",
        "metrics",
        "figures",
        "logs",
        "benchmarks",
        "splits",
    )
    found["others"] = [
        (sum(counts.values()), sum(_bytes(folder / name) for name in others))
    ]
    return found


def _bytes(folder):
    return sum(
        file.stat().st_size for file in folder.rglob("*") if file.is_file()
    )
