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
    figures = folder.glob("figures/*.png")
    n_figures = sum(_is_new(file, started) for file in figures)
    report = folder / "report.html"
    sentences = []
    if _is_new(report, started):
        sentences += first_finding(folder)
    if n_figures:
        plural = "s" if n_figures > 1 else ""
        sentences.append(
            f"{n_figures} new figure{plural} in {folder}/figures."
        )
    if _is_new(report, started):
        sentences.append(f"Report: {report}")
    if not sentences:
        return f"All that was asked for is in {folder}."
    return " ".join(sentences)


def first_finding(folder):
    """The study's first sentence, in a list; empty where it found nothing or a table is broken."""
    frames = {}
    try:
        for name in all_tables():
            path = folder / "metrics" / f"{name}.tsv"
            if path.is_file():
                frames[name] = read_metrics(name, [path])
        first = findings(frames)[:1]
        return [finding.sentence for finding in first]
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
    failed = []
    for log, said in failed_jobs(folder):
        if _is_new(logs / log, started):
            failed.append(f"  {logs / log}: {said}")
    number = len(failed)
    lines = ["The run failed, see above."]
    if failed:
        plural = "s" if number > 1 else ""
        lines = [f"{number} job{plural} failed; logs:", *failed[:_LISTED]]
    if number > _LISTED:
        lines.append(f"  and {number - _LISTED} more")
    program, *arguments = command
    name = Path(program).name.replace("__main__.py", "snakemake")
    lines.append(
        "Whole results are kept. When the cause is mended, go on with the same command:"
    )
    lines.append(f"  {shlex.join([name, *arguments])}")
    return "\n".join(lines)


def _is_new(file, started):
    if not file.is_file():
        return False
    return file.stat().st_mtime >= started
