"""Snakemake, run for real on a copy of the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

#: A run that takes longer hangs, on any machine: seconds.
HANGS = 6 * 3600
CONFIG = ("--configfile", "tests/workflow/tiny.yaml")
#: The tiny study in few jobs, which give the same files as many: `test_together.py`.
TOGETHER = (*CONFIG, "--config", "jobs=together")
COPIED = (
    "Snakefile",
    "workflow",
    "config",
    "envs",
    "tests/workflow/tiny.yaml",
    "tests/workflow/real-tiny.yaml",
    "tests/workflow/frail.yaml",
)


def copy_tree(root, folder):
    """Copy what a study needs, so that a test may change code without touching the checkout."""
    for name in COPIED:
        source, target = root / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(
                source, target, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy2(source, target)
    return folder


def run_tiny(root, folder):
    """Copy the tree and run the tiny study in it."""
    shutil.rmtree(folder, ignore_errors=True)
    run_snakemake(copy_tree(root, folder), "--cores", 2, *TOGETHER)
    return folder


def run_snakemake(folder, *arguments, check=True, **options):
    """Run Snakemake in `folder` and return the finished process, its output as text."""
    command = [sys.executable, "-m", "snakemake", *map(str, arguments)]
    # The copy's package must win over an installed one.
    environment = os.environ | {"PYTHONPATH": str(Path(folder) / "workflow")}
    # Jobs of the copy compile the package once, not each.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANGS,
        check=False,
        **options,
    )
    if check and done.returncode:
        raise AssertionError(
            f"{command} failed:\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}"
        )
    return done


@pytest.fixture(scope="session")
def snakemake():
    """The function that runs Snakemake."""
    return run_snakemake


@pytest.fixture(scope="session")
def copied(root):
    """The function that copies the tree into a folder."""
    return lambda folder: copy_tree(root, folder)


@pytest.fixture
def tree(root, tmp_path):
    """A fresh copy of the tree."""
    return copy_tree(root, tmp_path)


@pytest.fixture(scope="session")
def finished(root, tmp_path_factory):
    """A copy of the tree in which the tiny study has run; tests must leave it as it is."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return run_tiny(root, tmp_path_factory.mktemp("finished"))
    # The study runs once for all workers; each gets a copy, since some tests change code.
    shared = tmp_path_factory.getbasetemp().parent / "finished"
    with FileLock(f"{shared}.lock"):
        if not (shared / "results" / "tiny" / "report.html").exists():
            run_tiny(root, shared)
    folder = tmp_path_factory.mktemp("finished")
    shutil.copytree(shared, folder, dirs_exist_ok=True)
    # What the report is made with has another place now.
    run_snakemake(folder, "--cores", 2, *TOGETHER)
    return folder
