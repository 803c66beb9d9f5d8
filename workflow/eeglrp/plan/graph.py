"""The jobs of a study as Snakemake's dry run lists them, and the longest chain among them."""

import logging
import sys
from contextlib import redirect_stdout
from typing import NamedTuple

from eeglrp.errors import InputError


class Job(NamedTuple):
    """One job of the graph, or all jobs of one submission where `group` is not empty."""

    rule: str
    benchmark: str
    inputs: tuple
    outputs: tuple
    threads: int
    resources: dict
    group: int | None = None


class _Listener(logging.Handler):
    """Collects the jobs of a dry run from the events that Snakemake logs."""

    def __init__(self):
        super().__init__()
        self.jobs, self._group = [], None

    def emit(self, record):
        event = getattr(getattr(record, "event", None), "value", None)
        if event == "group_info":
            self._group = record.group_id
        elif event == "job_info":
            self.jobs.append(
                _job(record, self._group if record.indent else None)
            )


def _job(record, group):
    resources = {
        name: value
        for name, value in record.resources.items()
        if name[0] != "_"
    }
    files = (
        tuple(map(str, record.input or ())),
        tuple(map(str, record.output or ())),
    )
    return Job(
        record.rule_name,
        record.benchmark or "",
        *files,
        record.threads,
        resources,
        group,
    )


def read_jobs(arguments, everything=True):
    """List the jobs of a study by a dry run in this process.

    Parameters
    ----------
    arguments : sequence of str
        As for the command `snakemake`, without `-n`.
    everything : bool
        Finished jobs too, not only those that a run would start now.

    Returns
    -------
    list of Job

    Raises
    ------
    InputError
        If Snakemake refuses; its message stands on standard error.
    """
    from snakemake import cli

    listener, above = _Listener(), logging.getLogger("snakemake")
    above.addHandler(listener)
    try:
        # Standard output belongs to the plan.
        with redirect_stdout(sys.stderr):
            which = ["--forceall"] if everything else ["--rerun-incomplete"]
            cli.main(
                [
                    "--dry-run",
                    *which,
                    "--quiet",
                    "all",
                    "--cores",
                    "1",
                    *arguments,
                ]
            )
    except SystemExit as end:
        if end.code:
            remedy = "see Snakemake's message above"
            raise InputError(
                "plan", "snakemake", "the dry run failed", remedy
            ) from end
    finally:
        above.removeHandler(listener)
    return listener.jobs


def longest_chain(jobs, seconds):
    """The critical path: the chain of jobs that takes longest, whatever the number of machines.

    Parameters
    ----------
    jobs : sequence of Job
        Without cycles, in any order.
    seconds : sequence of float
        Time of each job.

    Returns
    -------
    list of int
        Places in `jobs`, first job first.
    """
    maker = {
        file: place for place, job in enumerate(jobs) for file in job.outputs
    }
    before = [
        sorted({maker[f] for f in job.inputs if f in maker}) for job in jobs
    ]
    end, via = {}, {}
    for place in _in_order(before):
        via[place] = max(before[place], key=end.get, default=None)
        end[place] = seconds[place] + (
            end[via[place]] if via[place] is not None else 0
        )
    chain = [max(end, key=end.get)] if end else []
    while chain and via[chain[-1]] is not None:
        chain.append(via[chain[-1]])
    return chain[::-1]


def _in_order(before):
    """Every job after those that it needs."""
    from graphlib import TopologicalSorter

    return TopologicalSorter(dict(enumerate(before))).static_order()
