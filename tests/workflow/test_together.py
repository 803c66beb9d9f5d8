"""One job for what otherwise takes many: the same files, bit for bit."""

import pytest

from eeglrp import config as settings
from eeglrp.science import science_hashes

from .graph import job_counts, read_study

pytestmark = pytest.mark.snakemake

TINY = ("--configfile", "tests/workflow/tiny.yaml")
BASE = "results/tiny"
#: What needs jobs of every kind that there are together: of three folds, and of arms.
PART = (
    f"{BASE}/attributions/r_peak/scratch/seed-0/attn_lrp.zarr.zip",
    f"{BASE}/predictions/r_peak/finetuned/seed-0.tsv",
    f"{BASE}/predictions/motor_imagery/frozen/"
    "seed-0-on-motor_imagery_no_eyes.tsv",
)


@pytest.fixture(scope="module")
def together(copied, snakemake, tmp_path_factory):
    """A part of the tiny study whose jobs do several things each, and their number by rule."""
    folder = copied(tmp_path_factory.mktemp("together"))
    given = (*PART, *TINY, "--config", "jobs=together")
    counts = job_counts(snakemake(folder, "-n", *given).stdout)
    snakemake(folder, "--cores", 2, *given)
    return folder / BASE, counts


def test_jobs_together_are_few(together):
    _, counts = together
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


def test_jobs_together_give_the_same_files(together, finished, root):
    folder, _ = together
    hashes, single = science_hashes(folder), science_hashes(finished / BASE)
    assert [name for name in hashes if hashes[name] != single.get(name)] == []
    # Every kind of file is among them, of every model.
    config = read_study(root, TINY[1])
    stems = [
        f"{regime}/fold-{fold}/seed-0"
        for regime in settings.regimes(config, "r_peak")
        for fold in range(3)
    ]
    assert len(stems) == 9
    for stem in stems:
        assert f"models/r_peak/{stem}.safetensors" in hashes
        assert f"predictions/r_peak/{stem}.tsv" in hashes
    for regime in settings.regimes(config, "r_peak"):
        for method in config["attribution"]["methods"]:
            store = f"r_peak/{regime}/seed-0/{method}.zarr.zip"
            assert f"attributions/{store}" in hashes
    for arm in ("late_central", "no_eyes"):
        model = f"motor_imagery/frozen/seed-0-on-motor_imagery_{arm}"
        assert f"predictions/{model}.tsv" in hashes
        assert f"attributions/{model}/attn_lrp.zarr.zip" in hashes
        for number in range(1, 5):
            store = f"motor_imagery_{arm}/S{number:03d}.zarr.zip"
            assert f"windows/{store}" in hashes
    assert not list(folder.rglob("*.checkpoint"))
