"""One job for what otherwise takes many: the same files, bit for bit."""

import shutil

import pytest

from eeglrp.science import science_hashes

from .conftest import CONFIG, TOGETHER
from .graph import job_counts

pytestmark = pytest.mark.snakemake

BASE = "results/tiny"
#: What needs jobs of every kind that there are together: of three folds, and of arms.
PART = (
    f"{BASE}/attributions/r_peak/scratch/seed-0/attn_lrp.zarr.zip",
    f"{BASE}/predictions/r_peak/scratch/seed-0.tsv",
    f"{BASE}/predictions/r_peak/frozen/fold-1/seed-0.tsv",
    f"{BASE}/predictions/motor_imagery/frozen/"
    "seed-0-on-motor_imagery_no_eyes.tsv",
)


@pytest.fixture(scope="module")
def part(copied, snakemake, finished, tmp_path_factory):
    """A part of the tiny study by jobs that do one thing each, and two ways with fewer."""
    folder = copied(tmp_path_factory.mktemp("part"))
    models = (*CONFIG, "--config", "jobs=models")
    few = [
        job_counts(snakemake(folder, "-n", *PART, *setting).stdout)
        for setting in (TOGETHER, models)
    ]
    # One subject's recordings and windows are made here; the others' are there already.
    for stage in ("recordings", "windows"):
        copies = folder / BASE / stage
        shutil.copytree(finished / BASE / stage, copies)
        for file in copies.rglob("S004*"):
            file.unlink()
    snakemake(folder, "--cores", 2, *PART, *CONFIG)
    return folder, *few


def test_jobs_together_are_few(part):
    _, counts, _ = part
    assert counts.pop("total") == sum(counts.values())
    of_arms = ("late_central", "no_eyes")
    assert counts == {
        "simulate_rest": 1,
        "windows_of_rest": 1,
        "split_in_3": 1,
        "pretrain_r_peak": 1,
        # Three regimes in three folds.
        "train_r_peak": 1,
        "attribute_r_peak": 1,
        "join_predictions": 1,
        "simulate_imagery": 1,
        "windows_of_imagery": 1,
        "arm_windows_of_imagery": len(of_arms),
        "split_in_1": 1,
        "pretrain_motor_imagery": 1,
        "train_motor_imagery": 1,
        "test_motor_imagery_on_arms": 1,
    }


def test_windows_of_all_subjects_and_one_model_a_job(part):
    _, together, models = part
    # Three from scratch, one with frozen weights; and that of imagery.
    assert models["train"] == 5
    assert models["pretrain"] == 2
    for rule in ("simulate_rest", "windows_of_rest", "windows_of_imagery"):
        assert models[rule] == together[rule] == 1


def test_jobs_together_give_the_same_files(part, finished):
    folder, *_ = part
    single = science_hashes(folder / BASE)
    together = science_hashes(finished / BASE)
    assert [n for n in single if single[n] != together.get(n)] == []
    # Every kind of file is among them.
    scratch = [f"r_peak/scratch/fold-{fold}/seed-0" for fold in range(3)]
    for model in (*scratch, "r_peak/frozen/fold-1/seed-0"):
        assert f"models/{model}.safetensors" in single
        assert f"predictions/{model}.tsv" in single
    assert "predictions/r_peak/scratch/seed-0.tsv" in single
    assert "weights/pretrained-r_peak/fold-1.safetensors" in single
    for method in ("attn_lrp", "cp_lrp"):
        store = f"r_peak/scratch/seed-0/{method}.zarr.zip"
        assert f"attributions/{store}" in single
    arm = "motor_imagery_no_eyes"
    model = f"motor_imagery/frozen/seed-0-on-{arm}"
    assert f"predictions/{model}.tsv" in single
    for number in range(1, 5):
        store = f"S{number:03d}.zarr.zip"
        assert f"windows/motor_imagery/{store}" in single
    assert f"windows/{arm}/S003.zarr.zip" in single
    assert not list((folder / BASE).rglob("*.checkpoint"))


def test_one_fold_reruns_alone(part, snakemake):
    """And what needs its model: no other training, nothing of other tasks."""
    folder, *_ = part
    model = f"{BASE}/models/r_peak/scratch/fold-1/seed-0.safetensors"
    given = (*PART, *CONFIG, "--forcerun", model)
    counts = job_counts(snakemake(folder, "-n", *given).stdout)
    assert counts == {
        "train": 1,
        "join_predictions": 1,
        "attribute": 1,
        "total": 3,
    }
