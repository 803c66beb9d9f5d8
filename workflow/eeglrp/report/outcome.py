"""How a study ran: time by stage, what has not been computed, and which jobs failed."""

import csv
import re
from itertools import product
from pathlib import Path

from eeglrp import paths
from eeglrp.config import expand_arms, folds, regimes, seeds
from eeglrp.report.cells import number, word

#: Columns of a benchmark file that are read: seconds, CPU seconds, MB.
_MEASURED = ("s", "cpu_time", "max_rss")
#: How the last line of a job's log ends when all went well, and how one with an error begins.
_DONE = re.compile(r" INFO done$")
_ERROR = re.compile(r"^\S+ \S+ ERROR (.*)")


def run_times(folder):
    """Time of all jobs that left a benchmark, by stage.

    Parameters
    ----------
    folder : Path
        Of the study.

    Returns
    -------
    dict or None
        A table, its last row the sum; None without benchmarks.
    """
    folder = Path(folder) / "benchmarks"
    stages = {}
    for file in sorted(folder.rglob("*.tsv")):
        stage = file.relative_to(folder).parts[0].removesuffix(".tsv")
        stages.setdefault(stage, []).append(_measured(file))
    if not stages:
        return None
    seconds = {
        stage: sum(job[0] for job in jobs) for stage, jobs in stages.items()
    }
    rows, everything = [], []
    for stage in sorted(stages, key=lambda name: -seconds[name]):
        rows.append(_time_row(stage, stages[stage]))
        everything += stages[stage]
    columns = [
        "stage",
        "jobs",
        "minutes",
        "CPU minutes",
        "longest job (s)",
        "most memory (MB)",
    ]
    return {
        "columns": columns,
        "rows": rows,
        "total": _time_row("all", everything),
    }


def _measured(file):
    """Seconds, CPU seconds and MB of a job's last run; 0 where they were not measured."""
    last = {}
    with file.open(newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            last = row
    return [_float(last.get(name)) for name in _MEASURED]


def _float(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return 0.0


def _time_row(name, jobs):
    seconds, cpu_seconds, memory = zip(*jobs, strict=True)
    minutes = sum(seconds) / 60
    cpu_minutes = sum(cpu_seconds) / 60
    return [
        word(name),
        number(len(jobs)),
        (f"{minutes:.1f}", minutes),
        (f"{cpu_minutes:.1f}", cpu_minutes),
        number(max(seconds)),
        number(max(memory)),
    ]


def absent_files(config, folder):
    """Models and explanations that a study's configuration asks for and its folder lacks.

    Parameters
    ----------
    config : dict
        Checked, without the tasks that arms become.
    folder : Path

    Returns
    -------
    list of str
        Paths below the folder.
    """
    folder = Path(folder)
    expected = _expected(config)
    return [path for path in expected if not (folder / path).is_file()]


def _expected(config):
    config = {**config, "tasks": dict(config["tasks"])}
    expand_arms(config)
    for task, settings in config["tasks"].items():
        # What explains the arms tells when the table of arms is missing.
        methods = config["attribution"]["methods"]
        if "arm_of" in settings:
            methods = []
        models = product(regimes(config, task), seeds(config, task))
        for regime, seed in models:
            run = {"task": task, "regime": regime, "seed": seed}
            for fold in folds(config, task):
                yield paths.MODEL.format(**run, fold=fold) + ".safetensors"
            for method in methods:
                store = paths.ATTRIBUTION.format(**run, method=method)
                yield f"{store}.zarr.zip"


def failed_jobs(folder, own=()):
    """Jobs whose log does not end well: path below `logs`, and the last error in it.

    Parameters
    ----------
    folder : Path
        Of the study.
    own : sequence of str
        Logs that are still being written, by their paths below `logs`.
    """
    logs = Path(folder) / "logs"
    failed = []
    for file in sorted(logs.rglob("*.log")):
        name = file.relative_to(logs).as_posix()
        if name in own:
            continue
        said = _ending(file)
        if said is not None:
            failed.append((name, said))
    return failed


def _ending(file):
    """None for a log that ends well, else its last error or what it says last."""
    text = file.read_text(errors="replace")
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return "ended without a word: killed, or still running"
    last = lines[-1]
    if _DONE.search(last):
        return None
    matches = [_ERROR.match(line) for line in lines]
    errors = [match[1] for match in matches if match]
    if errors and not errors[-1].startswith("Traceback"):
        return errors[-1]
    return last.strip()
