"""A study through `workflow/profiles/slurm`, what the scheduler recorded of it, and what fails.

Jobs, nodes, the controller and Snakemake fail; the study ends with the same science.

All in one file, so that one cluster and one finished study serve all of it.
"""

import os
import re
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from eeglrp.science import differences, science_hashes

from ..workflow.conftest import run_snakemake
from ..workflow.graph import listed
from . import cluster as slurm
from .conftest import (
    BASELINE,
    CONFIG,
    MODEL,
    PART,
    PROFILE,
    STUDY,
    finish,
    on_request,
    submit,
)

pytestmark = pytest.mark.snakemake
CHECKPOINT = f"{STUDY}/models/r_peak/scratch/fold-0/.seed-0.checkpoint"
TRAINING_LOG = f"{STUDY}/logs/models/r_peak/scratch/fold-0/seed-0.log"
TRAIN, FIT = (
    "rule_train_wildcards_r_peak_scratch_0_0",
    "rule_baseline_wildcards_r_peak_csp_lda_0",
)


def declared(folder, *arguments):
    """Rule -> what each of its jobs asks for, and in which group, as a dry run says."""
    asked = [
        *PART,
        "--profile",
        PROFILE,
        "--configfile",
        CONFIG,
        "--cores",
        "8",
        *arguments,
    ]
    # Of the size that the inputs have.
    jobs = listed(folder, folder, *asked, input_mb="")
    rules = {}
    for job in jobs:
        rules.setdefault(job["rule"], []).append(job)
    return rules


def allocated(record):
    """What the scheduler gave a job: partition, memory in MB, time in minutes, cores, cards."""
    days, hours, minutes, _ = re.fullmatch(
        r"(?:(\d+)-)?(\d+):(\d+):(\d+)", record["TimeLimit"]
    ).groups(default="0")
    cards = re.search(r":(\d+)", record.get("JOB_GRES", ""))
    return {
        "partition": record["Partition"],
        "mem_mb": int(record["Mem"]),
        "runtime": (int(days) * 24 + int(hours)) * 60 + int(minutes),
        "threads": int(record["NumCPUs"]),
        "gpu": int(cards[1]) if cards else 0,
    }


def wanted(job):
    """A job's declaration in the words of `allocated`."""
    gpu = job["resources"].get("gpu", 0)
    kept = {name: job["resources"][name] for name in ("mem_mb", "runtime")}
    return kept | {
        "threads": job["threads"],
        "gpu": gpu,
        "partition": "gpu" if gpu else "cpu",
    }


def test_jobs_got_what_their_rules_declare(submitted):
    folder, records = submitted
    rules = declared(folder)
    named = [
        (re.match(r"rule_(\w+?)_wildcards", one["Comment"]), one)
        for one in records
    ]
    found = {name[1]: allocated(one) for name, one in named if name}
    assert found == {name: wanted(*rules[name]) for name in found}
    assert set(found) == {
        "split_in_1",
        "train",
        "baseline",
        "decoding",
        "attribute",
    }
    assert {name for name in found if found[name]["gpu"]} == {
        "train",
        "attribute",
    }


@pytest.mark.parametrize("group", ["recordings", "windows", "figures"])
def test_groups_got_at_least_what_one_of_their_jobs_declares(submitted, group):
    folder, records = submitted
    rule = {
        "recordings": "simulate_recording",
        "figures": "figure_decoding",
    }.get(group, group)
    members = [wanted(job) for job in declared(folder)[rule]]
    (given,) = [
        allocated(one) for one in records if f"rule_{group}" in one["Comment"]
    ]
    assert given["partition"] == "cpu"
    assert given["gpu"] == 0
    for name in ("mem_mb", "runtime", "threads"):
        assert given[name] >= max(member[name] for member in members), name


def test_every_job_ran_once_and_ended_well(submitted, cluster):
    _, records = submitted
    comments = [record["Comment"] for record in records]
    assert len(comments) == len(set(comments)) == 8
    assert {record["JobState"] for record in records} == {"COMPLETED"}
    numbers = {record["JobId"] for record in records}
    ended = [
        line for line in slurm.ended_jobs(cluster) if line["JobId"] in numbers
    ]
    assert {line["JobId"] for line in ended} == numbers
    nodes = {
        record["JobId"]: "gpu" if allocated(record)["gpu"] else "cpu"
        for record in records
    }
    assert {line["JobId"]: line["NodeList"] for line in ended} == nodes
    assert set(nodes.values()) == {"cpu", "gpu"}


def test_the_cluster_found_what_this_machine_found(submitted, here):
    folder, _ = submitted
    hashes = science_hashes(here / STUDY)
    assert differences(hashes, science_hashes(folder / STUDY)) == []
    assert any(name.endswith(".safetensors") for name in hashes)
    assert any(name.endswith("attn_lrp.zarr.zip") for name in hashes)


@on_request
def test_the_whole_study_is_the_same_too(again, here, cluster, tmp_path):
    """All that the part left out, to the report."""
    whole = tmp_path / "here"
    shutil.copytree(here, whole, copy_function=shutil.copy2)
    run_snakemake(whole, "--cores", 2, "--configfile", CONFIG)
    finish(submit(cluster, again), again)
    hashes = science_hashes(whole / STUDY)
    assert differences(hashes, science_hashes(again / STUDY)) == []
    assert len(hashes) > 100
    assert (again / STUDY / "report.html").stat().st_size > 100_000


def test_without_cards_all_jobs_go_to_the_cpu_partition(submitted):
    folder, _ = submitted
    cards = {
        job["resources"].get("gpu")
        for job in declared(folder, "--resources", "gpu=0")["train"]
    }
    assert cards == {0}


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
