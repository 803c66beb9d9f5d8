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
        self.jobs = []
        self._group = None

    def emit(self, record):
        event = getattr(record, "event", None)
        kind = getattr(event, "value", None)
        if kind == "group_info":
            self._group = record.group_id
        elif kind == "job_info":
            group = self._group if record.indent else None
            self.jobs.append(_job(record, group))


def _job(record, group):
    resources = {
        name: value
        for name, value in record.resources.items()
        if name[0] != "_"
    }
    return Job(
        record.rule_name,
        record.benchmark or "",
        tuple(map(str, record.input or ())),
        tuple(map(str, record.output or ())),
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

    listener = _Listener()
    above = logging.getLogger("snakemake")
    above.addHandler(listener)
    which = "--forceall" if everything else "--rerun-incomplete"
    options = ["--dry-run", which, "--quiet", "all", "--cores", "1"]
    try:
        # Standard output belongs to the plan.
        with redirect_stdout(sys.stderr):
            cli.main([*options, *arguments])
    except SystemExit as end:
        if end.code:
            problem = "the dry run failed"
            remedy = "see Snakemake's message above"
            raise InputError("plan", "snakemake", problem, remedy) from end
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
    maker = {}
    for place, job in enumerate(jobs):
        maker |= dict.fromkeys(job.outputs, place)
    before = []
    for job in jobs:
        makers = {maker[file] for file in job.inputs if file in maker}
        before.append(sorted(makers))
    end, via = {}, {}
    for place in _in_order(before):
        latest = max(before[place], key=end.get, default=None)
        start = 0 if latest is None else end[latest]
        end[place] = seconds[place] + start
        via[place] = latest
    chain = []
    place = max(end, key=end.get, default=None)
    while place is not None:
        chain.append(place)
        place = via[place]
    return chain[::-1]


def _in_order(before):
    """Every job after those that it needs."""
    from graphlib import TopologicalSorter

    return TopologicalSorter(dict(enumerate(before))).static_order()
