"""How a study ran: time by stage, what has not been computed, and which jobs failed."""

import csv
import re
from itertools import product
from pathlib import Path

from eeglrp.config import expand_arms, regimes, seeds
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
    folder, stages = Path(folder) / "benchmarks", {}
    for file in sorted(folder.rglob("*.tsv")):
        stage = file.relative_to(folder).parts[0].removesuffix(".tsv")
        stages.setdefault(stage, []).append(_measured(file))
    if not stages:
        return None
    stages = dict(
        sorted(
            stages.items(), key=lambda stage: -sum(job[0] for job in stage[1])
        )
    )
    everything = [job for jobs in stages.values() for job in jobs]
    columns = [
        "stage",
        "jobs",
        "minutes",
        "CPU minutes",
        "longest job (s)",
        "most memory (MB)",
    ]
    rows = [_time_row(*stage) for stage in stages.items()]
    return {
        "columns": columns,
        "rows": rows,
        "total": _time_row("all", everything),
    }


def _measured(file):
    """Seconds, CPU seconds and MB of a job's last run; 0 where they were not measured."""
    with file.open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    last = rows[-1] if rows else {}
    return [_float(last.get(name)) for name in _MEASURED]


def _float(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return 0.0


def _time_row(name, jobs):
    seconds, cpu, memory = zip(*jobs, strict=True)
    minutes = [
        (f"{sum(part) / 60:.1f}", sum(part) / 60) for part in (seconds, cpu)
    ]
    return [
        word(name),
        number(len(jobs)),
        *minutes,
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
    return [
        path
        for path in _expected(config)
        if not (Path(folder) / path).is_file()
    ]


def _expected(config):
    config = {**config, "tasks": dict(config["tasks"])}
    expand_arms(config)
    for task, settings in config["tasks"].items():
        # What explains the arms tells when the table of arms is missing.
        methods = (
            [] if "arm_of" in settings else config["attribution"]["methods"]
        )
        for regime, seed in product(
            regimes(config, task), seeds(config, task)
        ):
            model = f"{task}/{regime}/seed-{seed}"
            yield f"models/{model}.safetensors"
            yield from (
                f"attributions/{model}/{method}.zarr.zip" for method in methods
            )


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
    files = {
        file.relative_to(logs).as_posix(): file
        for file in sorted(logs.rglob("*.log"))
    }
    ends = {
        name: _ending(file) for name, file in files.items() if name not in own
    }
    return [(name, said) for name, said in ends.items() if said is not None]


def _ending(file):
    """None for a log that ends well, else its last error or what it says last."""
    lines = [
        line
        for line in file.read_text(errors="replace").splitlines()
        if line.strip()
    ]
    if lines and _DONE.search(lines[-1]):
        return None
    errors = [found[1] for line in lines if (found := _ERROR.match(line))]
    if errors and not errors[-1].startswith("Traceback"):
        return errors[-1]
    return (
        lines[-1].strip()
        if lines
        else "ended without a word: killed, or still running"
    )
