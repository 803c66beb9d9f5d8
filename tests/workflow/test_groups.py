"""Groups of the SLURM profile and inputs of jobs, as a dry run forms them: no job is submitted."""

from collections import Counter, defaultdict

import pytest
import yaml

from .graph import listed, makers

pytestmark = pytest.mark.snakemake

PROFILE = "workflow/profiles/slurm"


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


#: Short jobs of which there are many.
SHORT = (
    "windows",
    "arm_windows",
    "simulate_recording",
    "predict_on",
    "figure",
)


def kind(job):
    """Name of a rule; figures have one each."""
    is_figure = job["rule"].startswith("figure_")
    return "figure" if is_figure else job["rule"]


def test_short_jobs_are_grouped_with_others_of_their_kind(groups, jobs):
    counts = Counter(map(kind, jobs))
    grouped = Counter()
    for group in groups:
        (name,) = {kind(job) for job in group}
        grouped[name] += len(group)
    for name in SHORT:
        assert grouped[name] == counts[name] > 1, name


def test_jobs_that_use_a_network_for_long_stand_alone(jobs):
    for job in jobs:
        if job["resources"].get("gpu") and job["rule"] != "predict_on":
            assert job["group"] is None, job["rule"]


def test_no_group_mixes_jobs_with_and_without_a_graphics_card(groups):
    for group in groups:
        assert len({job["resources"].get("gpu", 0) for job in group}) == 1, (
            group[0]["rule"]
        )


def test_no_job_of_a_group_needs_another(groups):
    for group in groups:
        made = {file for job in group for file in job["outputs"]}
        assert not any(file in made for job in group for file in job["inputs"])


def test_every_rule_that_is_grouped_exists(root, jobs):
    profile = yaml.safe_load((root / PROFILE / "config.yaml").read_text())
    # The tiny study has no recordings that it did not simulate.
    rules = {job["rule"] for job in jobs} | {"find_recording"}
    assert set(profile["groups"]) <= rules


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
    stem = "results/study/{}/motor_imagery/scratch/{}seed-0"
    lrp, other = (
        f"{stem.format('attributions', '')}/{name}.zarr.zip" for name in STORES
    )
    arm = stem.format("predictions", "") + "-on-motor_imagery_late.tsv"
    config = ("--configfile", root / "config/study.yaml", "--config", METHODS)
    jobs = listed(root, tmp_path, lrp, other, arm, *config)
    read = {
        made: [file for file in job["inputs"] if "/windows/" in file]
        for made, job in makers(jobs).items()
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
    assert len(read[stem.format("models", "fold-0/") + ".safetensors"]) == 109


STORES = ("attn_lrp", "integrated_gradients")
