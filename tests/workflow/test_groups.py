"""Groups of the SLURM profile and inputs of jobs, as a dry run forms them: no job is submitted."""

import json
import subprocess
import sys
from collections import defaultdict

import pytest
import yaml

PROFILE = "workflow/profiles/slurm"
LIST = """
import json, sys
from eeglrp.plan.graph import read_jobs
jobs = [job._asdict() for job in read_jobs(sys.argv[1:])]
print(json.dumps(jobs, default=str))
"""


def listed(root, folder, *arguments):
    """All jobs of a study, finished or not."""
    given = [
        "--snakefile",
        root / "Snakefile",
        "--directory",
        folder,
        *arguments,
    ]
    command = [sys.executable, "-c", LIST, *map(str, given)]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def jobs(root, tmp_path_factory):
    """All jobs of the tiny study, in the groups that they are submitted in."""
    given = [
        "--profile",
        root / PROFILE,
        "--configfile",
        root / "tests/workflow/tiny.yaml",
    ]
    return listed(root, tmp_path_factory.mktemp("groups"), *given)


@pytest.fixture(scope="module")
def groups(jobs):
    members = defaultdict(list)
    for job in jobs:
        if job["group"] is not None:
            members[job["group"]].append(job)
    return list(members.values())


def test_short_jobs_are_grouped(groups, jobs):
    grouped = defaultdict(int)
    for group in groups:
        names = {
            "figure" if job["rule"].startswith("figure_") else job["rule"]
            for job in group
        }
        assert len(names) == 1, names
        grouped[names.pop()] += len(group)
    assert (
        grouped["windows"]
        == sum(job["rule"] == "windows" for job in jobs)
        == 16
    )
    assert grouped["arm_windows"] == 8
    assert grouped["simulate_recording"] == 12
    assert grouped["predict_on"] == 2
    assert grouped["figure"] == sum(
        job["rule"].startswith("figure_") for job in jobs
    )
    assert (
        len([group for group in groups if group[0]["rule"] == "windows"]) == 1
    )


def test_jobs_that_take_long_stand_alone(jobs):
    for name in (
        "train",
        "attribute",
        "attribute_on",
        "pretrain",
        "sanity",
        "faithfulness",
    ):
        assert all(
            job["group"] is None for job in jobs if job["rule"] == name
        ), name


def test_no_group_mixes_jobs_with_and_without_a_graphics_card(groups):
    for group in groups:
        assert len({job["resources"].get("gpu", 0) for job in group}) == 1, (
            group[0]["rule"]
        )


def test_no_job_of_a_group_needs_another(groups):
    for group in groups:
        made = {file for job in group for file in job["outputs"]}
        assert not any(file in made for job in group for file in job["inputs"])


def test_every_group_has_a_size_and_an_upper_limit(root):
    profile = yaml.safe_load((root / PROFILE / "config.yaml").read_text())
    sizes = profile["group-components"]
    assert set(sizes) == {*profile["groups"].values(), "figures"}
    assert all(2 <= size <= 50 for size in sizes.values())
    # Jobs of a group take turns on one graphics card.
    assert profile["resources"] == {"gpu": 1}
    assert profile["set-resource-scopes"] == {"gpu": "local"}


METHODS = "attribution={methods: {attn_lrp: {}, integrated_gradients: {baseline: other}}}"


def test_jobs_that_test_read_the_stores_of_test_subjects_only(root, tmp_path):
    """Where the configuration names them; others cost a file for each of 1,000 jobs."""
    stem = "results/study/{}/motor_imagery/scratch/seed-0"
    lrp, other = (
        f"{stem.format('attributions')}/{name}.zarr.zip" for name in STORES
    )
    arm = stem.format("predictions") + "-on-motor_imagery_late.tsv"
    config = ("--configfile", root / "config/study.yaml", "--config", METHODS)
    jobs = listed(root, tmp_path, lrp, other, arm, *config)
    read = {
        job["outputs"][0]: [
            file for file in job["inputs"] if "/windows/" in file
        ]
        for job in jobs
    }
    tested = [f"S{number:03d}.zarr.zip" for number in range(90, 110)]
    assert read[lrp] == [
        f"results/study/windows/motor_imagery/{name}" for name in tested
    ]
    assert read[arm] == [
        f"results/study/windows/motor_imagery_late/{name}" for name in tested
    ]
    # Starts from windows of the training split.
    assert len(read[other]) == 109
    assert len(read[f"{stem.format('models')}.safetensors"]) == 109


STORES = ("attn_lrp", "integrated_gradients")
