"""Snakemake, run for real on a copy of the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COPIED = (
    "Snakefile",
    "workflow",
    "config",
    "envs",
    "tests/workflow/tiny.yaml",
    "tests/workflow/real-tiny.yaml",
)


def copy_tree(root, folder):
    """Copy what a study needs, so that a test may change code without touching the checkout."""
    for name in COPIED:
        source, target = root / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    return folder


def run_snakemake(folder, *arguments, check=True, timeout=900, **options):
    """Run Snakemake in `folder` and return the finished process, its output as text."""
    command = [sys.executable, "-m", "snakemake", *map(str, arguments)]
    # The copy's package must win over an installed one.
    environment = os.environ | {"PYTHONPATH": str(Path(folder) / "workflow")}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        **options,
    )
    if check and done.returncode:
        raise AssertionError(f"{command} failed:\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}")
    return done


@pytest.fixture(scope="session")
def snakemake():
    """The function that runs Snakemake."""
    return run_snakemake


@pytest.fixture
def tree(root, tmp_path):
    """A fresh copy of the tree."""
    return copy_tree(root, tmp_path)


@pytest.fixture(scope="session")
def finished(root, tmp_path_factory):
    """A copy of the tree in which the tiny study has run; tests must leave it as it is."""
    folder = copy_tree(root, tmp_path_factory.mktemp("finished"))
    run_snakemake(folder, "--cores", 2, "--configfile", "tests/workflow/tiny.yaml")
    return folder
