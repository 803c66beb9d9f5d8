"""With what a study was computed: code, packages, settings, machines."""

import hashlib
import json
import re
import subprocess
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from eeglrp import __version__
from eeglrp.files import sha256, write_json
from eeglrp.machine import RUNS_ON, machine

PACKAGES = (
    "snakemake",
    "snakemake-executor-plugin-slurm",
    "torch",
    "braindecode",
    "mne",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "xarray",
    "zarr",
    "matplotlib",
)
_PACKAGE = Path(__file__).parent


def write_provenance(study, config, lock, logs, out):
    """Write the record of a study.

    Parameters
    ----------
    study : str
    config : dict
        All settings, defaults filled in.
    lock : Path
        The file that pins the environment's packages.
    logs : Path
        Folder of the jobs' logs, which tell where each job ran.
    out : Path
        JSON: `study`, `eeglrp` (version, git commit, whether files were changed since),
        `config_sha256`, `lock_sha256`, `versions`, `machine`, `jobs` (stage to machine to number).
    """
    record = {
        "study": study,
        "eeglrp": {"version": __version__, **git_state(_PACKAGE)},
        "config_sha256": hash_settings(config),
        "lock_sha256": sha256(lock),
        "versions": package_versions(),
        "machine": machine(),
        "jobs": jobs_by_machine(logs),
    }
    write_json(record, out)


def hash_settings(config):
    """SHA-256 of settings, whatever the order of their keys."""
    text = json.dumps(config, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def package_versions():
    """Versions of Python and of the packages that decide on results, those that are installed."""
    import platform

    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def git_state(folder):
    """Commit of the repository that tracks a folder's files, and whether any differ from it.

    Both are None where there is no git, or where the folder is an installed copy.
    """
    top = _git(folder, "rev-parse", "--show-toplevel")
    tracked = top and _git(
        folder, "ls-files", "--error-unmatch", "__init__.py"
    )
    if not tracked:
        return {"commit": None, "changed": None}
    changes = _git(
        top,
        "status",
        "--porcelain",
        "--",
        "Snakefile",
        "workflow",
        "config",
        "envs",
    )
    return {
        "commit": _git(folder, "rev-parse", "HEAD"),
        "changed": bool(changes),
    }


def _git(folder, *arguments):
    """What git prints, or None if it is not there or refuses."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def jobs_by_machine(logs):
    """Number of jobs of each stage on each kind of machine, as the logs of the jobs tell."""
    counts = {}
    for log in sorted(Path(logs).rglob("*.log")):
        begin = log.read_text(errors="replace")[:2000]
        line = re.search(f"{RUNS_ON}(.+)", begin)
        if line:
            stage = log.relative_to(logs).with_suffix("").parts[0]
            of_stage = counts.setdefault(stage, Counter())
            of_stage[line[1]] += 1
    return {stage: dict(sorted(counts[stage].items())) for stage in counts}
