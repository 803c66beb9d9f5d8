"""Arms through the graph: what they add, and what they leave alone."""

import re

import numpy as np
import pytest
import yaml

from eeglrp.files import read_json, read_table, sha256
from eeglrp.store import open_attribution, open_windows

from .conftest import CONFIG, TOGETHER
from .graph import job_counts

pytestmark = pytest.mark.snakemake

BASE = "results/tiny"


def change(tree, edit):
    """Write the tiny configuration with its motor imagery changed, and return its arguments."""
    config = yaml.safe_load((tree / CONFIG[1]).read_text())
    edit(config["tasks"]["motor_imagery"])
    (tree / "changed.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    return ("--configfile", "changed.yaml")


def test_a_study_without_arms_has_no_job_of_theirs(tree, snakemake):
    plain = change(tree, lambda task: task.pop("arms"))
    counts = job_counts(snakemake(tree, "-n", *plain).stdout)
    ours = (
        "arm_",
        "predict_on",
        "attribute_on",
        "baselines_of",
        "components",
        "figure_components",
    )
    assert [rule for rule in counts if rule.startswith(ours)] == []
    with_arms = job_counts(snakemake(tree, "-n", *CONFIG).stdout)
    assert with_arms["train"] == counts["train"] + 2
    for rule in (
        "windows",
        "split_in_1",
        "split_in_3",
        "pretrain",
        "verify",
        "localisation",
        "sanity",
        "decoding",
    ):
        assert with_arms[rule] == counts[rule], rule


def test_another_arm_leaves_the_other_jobs_alone(finished, snakemake):
    def edit(task):
        task["arms"]["inputs"]["late"] = {"blank": [0, 0.5]}
        task["also_test"] = ["motor_imagery"]

    changed = change(finished, edit)
    targets = [
        f"{BASE}/attributions/motor_imagery/frozen/seed-0/attn_lrp.zarr.zip",
        f"{BASE}/predictions/motor_imagery_no_eyes/frozen/seed-0.tsv",
        f"{BASE}/metrics/components.tsv",
    ]
    done = snakemake(finished, "-n", *targets, *changed, *TOGETHER[2:])
    (finished / "changed.yaml").unlink()
    assert "Nothing to be done" in done.stdout + done.stderr


def test_arms_have_the_windows_and_the_splits_of_their_task(finished):
    windows = finished / BASE / "windows"
    splits = (finished / BASE / "splits").glob("motor_imagery*")
    assert {path.name for path in splits} == {
        "motor_imagery",
        "motor_imagery.tsv",
    }
    for subject in ("S001", "S004"):
        whole, late, eyes = (
            open_windows(
                windows / f"motor_imagery{arm}" / f"{subject}.zarr.zip"
            )
            for arm in ("", "_late_central", "_no_eyes")
        )
        assert list(late["sample"].values) == list(whole["sample"].values)
        assert set(late["channel"].values) == {"C3", "CZ", "C4", "PZ"}
        assert (late["signal"].sel(time=slice(0, 0.49)) == 0).all()
        pair = eyes["signal"].sel(channel="F7") - eyes["signal"].sel(
            channel="F8"
        )
        assert np.abs(pair.values).max() < 1e-5


def test_models_are_tested_on_arms_and_explained(finished):
    base, models = finished / BASE, "motor_imagery/frozen/seed-0"
    whole = read_table(base / "predictions" / f"{models}.tsv")
    test = whole.loc[whole["split"] == "test", "sample"].tolist()
    for arm, n_channels in (("late_central", 4), ("no_eyes", 19)):
        other = read_table(
            base / "predictions" / f"{models}-on-motor_imagery_{arm}.tsv"
        )
        assert other["sample"].tolist() == test
        assert list(other) == list(whole)
        for name in (
            f"{models}-on-motor_imagery_{arm}",
            f"motor_imagery_{arm}/frozen/seed-0",
        ):
            store = open_attribution(
                base / "attributions" / name / "attn_lrp.zarr.zip"
            )
            assert store.sizes["channel"] == n_channels
        assert not (
            base
            / "attributions"
            / f"motor_imagery_{arm}"
            / "frozen/seed-0/cp_lrp.zarr.zip"
        ).exists()
    assert not (base / "weights" / "pretrained-motor_imagery_no_eyes").exists()
    record = read_json(
        base / "models/motor_imagery_no_eyes/frozen/fold-0/seed-0.json"
    )
    weights = base / "weights/pretrained-motor_imagery/fold-0.safetensors"
    assert record["weights"]["sha256"] == sha256(weights)


def test_a_wrong_arm_stops_before_any_job(tree, snakemake):
    arms = {"inputs": {"a": {"drop": ["CENTRAL"]}}}
    changed = change(tree, lambda task: task.update(arms=arms))
    done = snakemake(tree, "-n", *changed, check=False)
    assert done.returncode != 0
    words = "tasks.motor_imagery.arms.inputs.a.drop: CENTRAL is"
    assert words in re.sub(r"\s+", " ", done.stdout + done.stderr)
