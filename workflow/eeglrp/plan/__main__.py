"""Plan a study: `python -m eeglrp.plan --configfile FILE --finished results/STUDY`."""

import argparse
import re
import sys
from collections import Counter

from eeglrp.errors import InputError
from eeglrp.plan.finished import count_jobs, read_study
from eeglrp.plan.fit import errors
from eeglrp.plan.graph import read_jobs
from eeglrp.plan.planned import planned_sizes, read_config
from eeglrp.plan.totals import (
    estimate,
    flag_declared,
    print_errors,
    print_plan,
)
from eeglrp.plan.work import kind_of


def arguments(given=None):
    """Read the command line; what stands after `--` goes to Snakemake."""
    parser = argparse.ArgumentParser(
        "python -m eeglrp.plan", description=__doc__
    )
    parser.add_argument(
        "--configfile",
        nargs="+",
        default=["config/demo.yaml"],
        help="as for snakemake",
    )
    parser.add_argument(
        "--finished", nargs="+", action="extend", metavar="FOLDER",
        help="results/STUDY of finished runs whose benchmarks count (results/demo)",
    )  # fmt: skip
    parser.add_argument(
        "--windows",
        nargs="*",
        default=[],
        metavar="TASK=N",
        help="windows a subject of a task",
    )
    parser.add_argument(
        "--gpu-speed", type=float, metavar="X",
        help="how many times as fast as one core a graphics card runs the model",
    )  # fmt: skip
    parser.add_argument(
        "--check",
        metavar="FOLDER",
        help="predict this finished run from the others, and stop",
    )
    parser.add_argument(
        "snakemake", nargs="*", help="after --: arguments of snakemake"
    )
    return parser.parse_args(given)


def windows_given(pairs):
    """`TASK=N` as a dict.

    Raises
    ------
    InputError
        If one is not of this form.
    """
    for pair in pairs:
        if not re.fullmatch(r"\w+=\d*[1-9]\d*", pair):
            problem, remedy = f"{pair} is not TASK=N", "write motor_imagery=90"
            raise InputError("plan", "--windows", problem, remedy)
    windows = {}
    for pair in pairs:
        task, number = pair.split("=")
        windows[task] = int(number)
    return windows


def main(given=None):
    """Print the plan."""
    options = arguments(given)
    folders = options.finished or ["results/demo"]
    finished = [read_study(folder) for folder in folders]
    if options.check:
        measured = [job for study in finished for job in study.jobs]
        checked = read_study(options.check).jobs
        print_errors(errors(measured, checked, "cpu_seconds"))
        return
    config = read_config(options.configfile)
    windows = windows_given(options.windows)
    jobs = read_jobs(["--configfile", *options.configfile, *options.snakemake])
    below = f"results/{config['study']}/benchmarks/"
    paths = [
        job.benchmark.removeprefix(below).removesuffix(".tsv") for job in jobs
    ]
    subjects = {task: [] for task in config["tasks"]}
    for path in paths:
        kind, _, task, _ = kind_of(path)
        if kind == "windows":
            *_, subject = path.split("/")
            subjects[task].append(subject)
    sizes, sources = planned_sizes(config, subjects, finished, windows)
    counts = Counter(count_jobs(paths, sizes))
    speed = options.gpu_speed
    plan = estimate(jobs, paths, counts, sizes, finished, speed)
    print_plan(plan, config["study"], sizes, sources, subjects, speed)
    flag_declared(jobs, plan)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(f"Error: {error}")
