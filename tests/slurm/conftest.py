"""A cluster for all tests of this folder; a part of a small study run on it and on this machine."""

import os
import shutil
import subprocess
import sys

import pytest

from ..workflow.conftest import copy_tree, run_snakemake
from . import cluster as slurm

CONFIG = "tests/slurm/small.yaml"
PROFILE = "workflow/profiles/slurm"
STUDY = "results/small"
MODEL = f"{STUDY}/models/r_peak/scratch/fold-0/seed-0.safetensors"
BASELINE = f"{STUDY}/predictions/r_peak/csp_lda/seed-0.tsv"
#: Files whose jobs are of every kind: in groups and alone, with and without a graphics card, local.
PART = (
    f"{STUDY}/attributions/r_peak/scratch/seed-0/attn_lrp.zarr.zip",
    f"{STUDY}/figures/decoding.png",
)
#: Few at a time, since the pretended nodes are one small machine; looked after more often.
HERE = (
    "--jobs",
    "3",
    "--slurm-init-seconds-before-status-checks",
    "1",
    "--latency-wait",
    "5",
)

on_request = pytest.mark.skipif(
    "EEGLRP_SLURM_SLOW" not in os.environ,
    reason="takes minutes: set EEGLRP_SLURM_SLOW=1",
)


def small_tree(root, folder):
    """A copy of the tree with the small study's configuration."""
    copy_tree(root, folder)
    (folder / CONFIG).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(root / CONFIG, folder / CONFIG)
    return folder


def submit(cluster, folder, *arguments):
    """Start Snakemake with the project's profile on the cluster; it writes `submitted.log`."""
    command = [sys.executable, "-m", "snakemake", "--profile", PROFILE]
    # What the profile's README tells users without a database of finished jobs to do.
    path = (
        f"{folder / PROFILE / 'bin'}{os.pathsep}{cluster.environment['PATH']}"
    )
    environment = cluster.environment | {
        "PATH": path,
        "PYTHONPATH": str(folder / "workflow"),
    }
    with (folder / "submitted.log").open("w") as log:
        return subprocess.Popen(
            [*command, *map(str, arguments), "--configfile", CONFIG, *HERE],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def finish(process, folder):
    """Wait for a Snakemake that must end well; its log otherwise."""
    try:
        code = process.wait(slurm.HANGS)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    text = (folder / "submitted.log").read_text()
    assert code == 0, text[-8000:]
    return text


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A running cluster."""
    missing = slurm.missing_programs()
    if missing:
        names = ", ".join(missing)
        pytest.skip(
            f"SLURM is not installed ({names} missing): apt-get install slurm-wlm"
        )
    # Paths of sockets must be short.
    running = slurm.start(tmp_path_factory.mktemp("slurm") / "up")
    yield running
    slurm.stop(running)


@pytest.fixture(scope="session")
def here(root, tmp_path_factory):
    """The part, run on this machine with two cores."""
    folder = small_tree(root, tmp_path_factory.mktemp("here"))
    run_snakemake(folder, "--cores", 2, *PART, "--configfile", CONFIG)
    return folder


@pytest.fixture(scope="session")
def submitted(root, cluster, tmp_path_factory):
    """The part, run on the cluster, and the scheduler's records of it."""
    folder = small_tree(root, tmp_path_factory.mktemp("submitted"))
    before = set(slurm.job_records(cluster))
    finish(submit(cluster, folder, *PART), folder)
    records = slurm.job_records(cluster)
    return folder, [
        records[number] for number in sorted(set(records) - before)
    ]


@pytest.fixture
def again(submitted, tmp_path):
    """A copy of what the cluster did, to disturb."""
    folder = tmp_path / "again"
    # With times: Snakemake compares them.
    shutil.copytree(submitted[0], folder, copy_function=shutil.copy2)
    return folder
