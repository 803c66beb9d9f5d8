"""What of a study is done and what remains: `python -m eeglrp.status --configfile FILE`.

Snakemake's own dry run says so; nothing is guessed from the names of files. It may run beside a
study at work.
"""

import argparse
import io
import sys
import time
from collections import Counter
from contextlib import redirect_stderr
from pathlib import Path
from typing import NamedTuple

from eeglrp.errors import InputError
from eeglrp.plan.graph import read_jobs
from eeglrp.report.outcome import failed_jobs

#: Failed jobs that are listed; a study may have hundreds.
_LISTED = 10
#: Seconds without a word in a log, after which its job is no longer called running.
_SILENT = 3600


class Status(NamedTuple):
    """State of a study: jobs by stage, what runs or failed, bytes on disk."""

    done: dict
    total: dict
    failed: list
    running: list
    locked: bool
    size: int


def study_status(arguments, directory="."):
    """Compare all jobs of a study with those that a run would start now.

    Parameters
    ----------
    arguments : sequence of str
        As for the command `snakemake`, without `-n`.
    directory : Path
        Where Snakemake runs.

    Returns
    -------
    Status

    Raises
    ------
    InputError
        If Snakemake refuses.
    """
    jobs = [job for job in _quietly(read_jobs, arguments) if job.benchmark]
    open_jobs = _quietly(read_jobs, arguments, everything=False)
    left = {job.benchmark for job in open_jobs}
    done, total = Counter(), Counter()
    for job in jobs:
        stage = stage_of(job.benchmark)
        total[stage] += 1
        done[stage] += job.benchmark not in left
    folders = sorted({study_of(job.benchmark) for job in jobs})
    failed, running = unfinished_jobs(folders, left)
    locks = Path(directory, ".snakemake", "locks").glob("*")
    size = sum(_size(folder) for folder in folders)
    return Status(dict(done), dict(total), failed, running, any(locks), size)


def _size(folder):
    """Bytes of all files in a folder."""
    total = 0
    for file in folder.rglob("*"):
        if file.is_file():
            total += file.stat().st_size
    return total


def _quietly(function, *arguments, **options):
    """Keep what Snakemake says of every job to ourselves, unless it ends badly."""
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            return function(*arguments, **options)
    except InputError:
        print(said.getvalue()[-4000:], file=sys.stderr)
        raise


def study_of(benchmark):
    """Folder of the study that a job's benchmark file belongs to."""
    parts = Path(benchmark).parts
    place = parts.index("benchmarks")
    return Path(*parts[:place])


def stage_of(benchmark):
    """Stage of a job: the folder below `benchmarks`, or the name of the file there."""
    parts = Path(benchmark).parts
    place = parts.index("benchmarks") + 1
    return Path(parts[place]).stem


def unfinished_jobs(folders, left):
    """Of the jobs that are left and have a log: those that ended badly, those without an end.

    Parameters
    ----------
    folders : sequence of Path
        Of studies.
    left : set of str
        Benchmark files of the jobs that a run would start.

    Returns
    -------
    failed, running : list of str
        Path of the log, for those that failed with its last error.
    """
    failed, running = [], []
    for folder in folders:
        for name, said in failed_jobs(folder):
            log = folder / "logs" / name
            benchmark = folder / "benchmarks" / name
            if str(benchmark.with_suffix(".tsv")) not in left:
                continue
            ended = " ERROR " in log.read_text(errors="replace")
            recent = time.time() - log.stat().st_mtime < _SILENT
            if ended or not recent:
                failed.append(f"{log}: {said}")
            else:
                running.append(str(log))
    return failed, running


def in_words(status):
    """A table of stages, and sentences on the rest."""
    width = max(map(len, [*status.total, "stage"]))
    rows = [f"{'stage':{width}}  {'done':>6} {'of':>6}"]
    # The order of a dry run is an order in which jobs can run.
    for stage, total in status.total.items():
        done = status.done[stage]
        rows.append(f"{stage:{width}}  {done:6} {total:6}")
    done = sum(status.done.values())
    total = sum(status.total.values())
    rows.append(f"{'all':{width}}  {done:6} {total:6}")
    rows.append("")
    rows.append(f"{status.size / 2**30:.2f} GB on disk.")
    if status.locked:
        rows.append(
            "Snakemake is at work here, or was killed: see --unlock in the README."
        )
        rows += _listed("Running", status.running)
    else:
        rows += _listed("Interrupted", status.running)
    rows += _listed("Failed", status.failed)
    if done == total:
        rows.append("Everything is done.")
    return "\n".join(rows)


def _listed(heading, lines):
    if not lines:
        return []
    number = len(lines)
    listed = [f"{heading}: {number}"]
    listed += [f"  {line}" for line in lines[:_LISTED]]
    if number > _LISTED:
        listed.append(f"  and {number - _LISTED} more")
    return listed


def main(given=None):
    """Print the status."""
    parser = argparse.ArgumentParser(
        "python -m eeglrp.status", description=__doc__
    )
    parser.add_argument(
        "--configfile", nargs="+", default=[], help="as for snakemake"
    )
    parser.add_argument(
        "snakemake", nargs="*", help="after --: arguments of snakemake"
    )
    options = parser.parse_args(given)
    files = ["--configfile", *options.configfile] if options.configfile else []
    print(in_words(study_status([*options.snakemake, *files])))


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(f"Error: {error}")
