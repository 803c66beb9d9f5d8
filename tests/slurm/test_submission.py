"""A study through `workflow/profiles/slurm`, and what the scheduler recorded of it."""

import re
import shutil

import pytest

from eeglrp.science import differences, science_hashes

from ..workflow.conftest import run_snakemake
from ..workflow.graph import listed
from .cluster import ended_jobs
from .conftest import CONFIG, PART, PROFILE, STUDY, finish, on_request, submit

pytestmark = pytest.mark.snakemake


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
    ended = [line for line in ended_jobs(cluster) if line["JobId"] in numbers]
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
