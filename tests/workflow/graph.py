"""What Snakemake says of the jobs of a study, without running any."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import yaml
from snakemake.utils import validate

from eeglrp import config as settings

LIST = """
import json, sys
from snakemake.jobs import Job
from eeglrp import jobs as package
from eeglrp.plan.graph import read_jobs

size, *given = sys.argv[1:]
if size:
    # Resources grow with the input, which is not there yet.
    package.megabytes = lambda files: float(size)
seen, tell = [], Job.log_info


def log_info(job, *arguments, **options):
    local = job.rule.name in job.dag.workflow._localrules
    params = {name: str(value) for name, value in job.params.items()}
    seen.append({
        "log": list(map(str, job.log)),
        "message": job.message,
        "params": params,
        "local": local,
        "conda": str(job.rule.conda_env or ""),
    })
    return tell(job, *arguments, **options)


Job.log_info = log_info
jobs = [job._asdict() for job in read_jobs(given)]
jobs = [job | more for job, more in zip(jobs, seen, strict=True)]
print(json.dumps(jobs, default=str))
"""


def listed(root, folder, *arguments, input_mb=1.0):
    """All jobs of a study, finished or not: `eeglrp.plan.graph.Job` and more as dictionaries.

    `input_mb` is the size of every job's input; empty for that of the files.
    """
    given = [
        input_mb,
        "--snakefile",
        root / "Snakefile",
        "--directory",
        folder,
        *arguments,
    ]
    done = subprocess.run(
        [sys.executable, "-c", LIST, *map(str, given)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(Path(root) / "workflow")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


def read_study(root, name):
    """A configuration as the workflow sees it: checked, with defaults and with arms as tasks."""
    config = yaml.safe_load((root / name).read_text())
    validate(config, str(root / "config" / "schema.yaml"))
    settings.check_config(config)
    settings.expand_arms(config)
    return config


def job_counts(output):
    """Rule -> number of jobs, from the table that a dry run prints."""
    table = output.split("Job stats:")[1].split("\n\n")[0]
    rows = re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)
    return {rule: int(n) for rule, n in rows}


def makers(jobs):
    """Path of a file -> the job that makes it; fails if several do."""
    found = {}
    for job in jobs:
        for file in job["outputs"]:
            assert file not in found, file
            found[file] = job
    return found
