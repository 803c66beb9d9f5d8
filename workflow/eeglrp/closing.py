"""What Snakemake says last: what was found and where it is, or what failed and what to do."""

import shlex
from pathlib import Path

from eeglrp.errors import InputError
from eeglrp.questions import all_tables, findings
from eeglrp.report.outcome import failed_jobs
from eeglrp.report.tables import read_metrics

#: Failed jobs that are listed; a study may have hundreds.
_LISTED = 10


def words_of_success(folder, started):
    """One line on a run that ended well: a finding, new figures and the new report.

    Parameters
    ----------
    folder : Path
        `results/<study>`.
    started : float
        When the run began, in seconds since the epoch: earlier files are not this run's.
    """
    folder = Path(folder)
    figures = [
        file for file in folder.glob("figures/*.png") if _is_new(file, started)
    ]
    report = folder / "report.html"
    parts = []
    if _is_new(report, started):
        parts += first_finding(folder)
    if figures:
        parts.append(
            f"{len(figures)} new figure{'s' * (len(figures) > 1)} in {folder}/figures."
        )
    if _is_new(report, started):
        parts.append(f"Report: {report}")
    return " ".join(parts or [f"All that was asked for is in {folder}."])


def first_finding(folder):
    """The study's first sentence, in a list; empty where it found nothing or a table is broken."""
    paths = {name: folder / "metrics" / f"{name}.tsv" for name in all_tables()}
    try:
        frames = {
            name: read_metrics(name, [p])
            for name, p in paths.items()
            if p.is_file()
        }
        return [found.sentence for found in findings(frames)[:1]]
    except InputError:
        return []


def words_of_failure(folder, started, command):
    """Which jobs failed, where their logs are, and what to type next.

    Parameters
    ----------
    folder : Path
    started : float
    command : sequence of str
        What the user typed.
    """
    logs = Path(folder) / "logs"
    failed = [
        (log, said)
        for log, said in failed_jobs(folder)
        if _is_new(logs / log, started)
    ]
    lines = [f"  {logs / log}: {said}" for log, said in failed[:_LISTED]]
    lines += (
        [f"  and {len(failed) - _LISTED} more"]
        if len(failed) > _LISTED
        else []
    )
    number = (
        f"{len(failed)} job{'s' * (len(failed) != 1)} failed"
        if failed
        else "The run failed"
    )
    again = shlex.join(
        [
            Path(command[0]).name.replace("__main__.py", "snakemake"),
            *command[1:],
        ]
    )
    return "\n".join(
        [
            f"{number}{'; logs:' if failed else ', see above.'}",
            *lines,
            "Whole results are kept. When the cause is mended, go on with the same command:",
            f"  {again}",
        ]
    )


def _is_new(file, started):
    return file.is_file() and file.stat().st_mtime >= started
