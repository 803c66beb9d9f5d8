"""Jobs, nodes, the controller and Snakemake fail; the study ends with the same science."""

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from eeglrp.science import differences, science_hashes

from ..workflow.conftest import run_snakemake
from . import cluster as slurm
from .conftest import (
    BASELINE,
    CONFIG,
    MODEL,
    STUDY,
    finish,
    on_request,
    submit,
)
from .test_submission import allocated

pytestmark = pytest.mark.snakemake
CHECKPOINT = f"{STUDY}/models/r_peak/scratch/fold-0/.seed-0.checkpoint"
TRAINING_LOG = f"{STUDY}/logs/models/r_peak/scratch/fold-0/seed-0.log"
TRAIN, FIT = (
    "rule_train_wildcards_r_peak_scratch_0_0",
    "rule_baseline_wildcards_r_peak_csp_lda_0",
)


@pytest.fixture
def untrained(again):
    """The finished study without its model; and the hashes that it had."""
    kept = science_hashes(again / STUDY)
    shutil.rmtree(again / STUDY / "models/r_peak/scratch")
    return again, kept


def jobs_since(cluster, before, comment):
    """The scheduler's records of the jobs of one rule that were submitted since."""
    records = slurm.job_records(cluster)
    new = [records[number] for number in sorted(set(records) - before)]
    return [record for record in new if record["Comment"] == comment]


def wait_for_training(folder):
    """Until at least one epoch is over, and others are not."""
    slurm.wait_until((folder / CHECKPOINT).exists, "first epoch")


def went_on(folder):
    return "goes on after epoch" in (folder / TRAINING_LOG).read_text()


def test_cancelled_and_greedy_jobs_are_submitted_again_with_more(
    cluster, untrained
):
    """One job is cancelled, another uses more memory than it asked for at first."""
    folder, kept = untrained
    (folder / BASELINE).unlink()
    before = set(slurm.job_records(cluster))
    little = "baseline:mem_mb=150*attempt**2"
    running = submit(
        cluster, folder, MODEL, BASELINE, "--set-resources", little
    )
    wait_for_training(folder)
    slurm.tell(
        cluster, "scancel", jobs_since(cluster, before, TRAIN)[-1]["JobId"]
    )
    finish(running, folder)
    first, second = jobs_since(cluster, before, TRAIN)
    assert [first["JobState"], second["JobState"]] == [
        "CANCELLED",
        "COMPLETED",
    ]
    first, second = allocated(first), allocated(second)
    for name in ("runtime", "mem_mb"):
        assert second[name] == pytest.approx(2 * first[name], abs=1), name
    assert went_on(folder)
    *killed, last = jobs_since(cluster, before, FIT)
    assert killed
    assert {record["JobState"] for record in killed} <= {
        "FAILED",
        "OUT_OF_MEMORY",
    }
    assert last["JobState"] == "COMPLETED"
    assert allocated(last)["mem_mb"] == 150 * (len(killed) + 1) ** 2
    assert len(set(slurm.job_records(cluster)) - before) == 2 + len(killed) + 1
    assert differences(kept, science_hashes(folder / STUDY)) == []


def test_the_controller_is_killed_and_comes_back(cluster, untrained):
    folder, kept = untrained
    before = set(slurm.job_records(cluster))
    running = submit(cluster, folder, MODEL)
    wait_for_training(folder)
    slurm.kill_daemon(cluster, "control")
    # Long enough for the executor to notice.
    time.sleep(25)
    slurm.start_daemon(cluster, "control")
    finish(running, folder)
    assert [job["JobState"] for job in jobs_since(cluster, before, TRAIN)][
        -1
    ] == "COMPLETED"
    assert differences(kept, science_hashes(folder / STUDY)) == []


def test_snakemake_is_killed_and_started_again(cluster, untrained):
    """Its jobs stay in the queue; the new one computes what was not whole and nothing else."""
    folder, kept = untrained
    (folder / BASELINE).unlink()
    before = set(slurm.job_records(cluster))
    killed = submit(cluster, folder, MODEL, BASELINE)
    wait_for_training(folder)
    slurm.wait_until((folder / BASELINE).exists, "the baseline")
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert jobs_since(cluster, before, TRAIN)[-1]["JobState"] == "RUNNING"
    made = (folder / BASELINE).stat().st_ino
    run_snakemake(folder, "--unlock", "--configfile", CONFIG)
    finish(submit(cluster, folder, MODEL, BASELINE), folder)
    assert (folder / BASELINE).stat().st_ino == made
    assert len(jobs_since(cluster, before, FIT)) == 1
    assert differences(kept, science_hashes(folder / STUDY)) == []


def training_process(folder):
    """The process that runs the training script of this folder."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes().decode().split("\0")
            if any(
                word.startswith(f"{folder}/") and word.endswith("train.py")
                for word in words
            ):
                return int(entry.name)
    raise AssertionError("no training runs")


@on_request
def test_a_job_that_hangs_beyond_its_time_is_submitted_again_with_more(
    cluster, untrained
):
    """SLURM counts whole minutes, so this takes two."""
    folder, kept = untrained
    before = set(slurm.job_records(cluster))
    running = submit(
        cluster, folder, MODEL, "--set-resources", "train:runtime=attempt"
    )
    wait_for_training(folder)
    os.kill(training_process(folder), signal.SIGSTOP)
    finish(running, folder)
    first, second = jobs_since(cluster, before, TRAIN)
    assert [first["JobState"], second["JobState"]] == ["TIMEOUT", "COMPLETED"]
    assert [allocated(job)["runtime"] for job in (first, second)] == [1, 2]
    assert went_on(folder)
    assert differences(kept, science_hashes(folder / STUDY)) == []


@on_request
def test_a_node_goes_down_under_its_job(cluster, untrained):
    """The daemon and the job's processes die; another boot brings the node back."""
    folder, kept = untrained
    before = set(slurm.job_records(cluster))
    running = submit(cluster, folder, MODEL)
    wait_for_training(folder)
    slurm.kill_node(cluster, "gpu")
    slurm.wait_until(
        lambda: slurm.node_states(cluster)["gpu"].startswith("DOWN"),
        "a node that is down",
    )
    slurm.start_daemon(cluster, "gpu")
    finish(running, folder)
    (job,) = jobs_since(cluster, before, TRAIN)
    assert job["JobState"] == "COMPLETED"
    assert int(job["Restarts"]) == 1
    assert went_on(folder)
    assert differences(kept, science_hashes(folder / STUDY)) == []
