import pytest

from eeglrp.arms.files import model_files
from eeglrp.config import expand_arms

TRAINING = {
    "regimes": ["finetuned", "scratch"],
    "seeds": [0, 1],
    "baselines": ["csp_lda", "eegnet"],
}


def config(**arms):
    inputs = {"late": {"blank": [0, 0.5]}, "no_eyes": {"drop": ["FP1"]}}
    task = {"dataset": "d", "classes": ["left", "right"], "training": {}}
    made = {
        "tasks": {
            "mi": task | {"arms": {"inputs": inputs} | arms},
            "other": dict(task),
        },
        "training": TRAINING | {"learning_curve": []},
        "attribution": {"methods": {"attn_lrp": {}, "cp_lrp": {}}},
    }
    expand_arms(made)
    return made


def test_every_model_on_its_own_input_and_that_of_the_whole_input_on_every_arm():
    found = model_files(config(), "mi")
    # Four models, two seeds of EEGNet, one CSP.
    assert len(found) == 7 * (1 + 2 * 2)
    assert len({one[:4] for one in found}) == len(found)
    assert [one.arm for one in found] == ["all"] * 7 + ["late"] * 14 + [
        "no_eyes"
    ] * 14
    assert {one.tested for one in found if one.arm == "all"} == {"own"}


def test_files_lie_where_other_jobs_write_them():
    files = {
        one[:4]: one[4:] for one in model_files(config(method="cp_lrp"), "mi")
    }
    assert files["all", "own", "scratch", 1] == (
        "predictions/mi/scratch/seed-1.tsv",
        "attributions/mi/scratch/seed-1/cp_lrp.zarr.zip",
        None,
    )
    assert files["late", "own", "scratch", 1] == (
        "predictions/mi_late/scratch/seed-1.tsv",
        "attributions/mi_late/scratch/seed-1/cp_lrp.zarr.zip",
        None,
    )
    assert files["late", "only", "scratch", 1] == (
        "predictions/mi/scratch/seed-1-on-mi_late.tsv",
        "attributions/mi/scratch/seed-1-on-mi_late/cp_lrp.zarr.zip",
        None,
    )
    own = "predictions/mi_late/eegnet/seed-1"
    assert files["late", "own", "eegnet", 1] == (
        f"{own}.tsv",
        None,
        f"{own}-electrodes.tsv",
    )
    only = "predictions/mi/csp_lda/seed-0-on-mi_late.tsv"
    assert files["late", "only", "csp_lda", 0] == (only, None, None)


def test_models_that_have_no_arm_are_left_out():
    found = model_files(
        config(regimes=["scratch"], seeds=[1], baselines=[]), "mi"
    )
    assert {(one.regime, one.seed) for one in found} == {("scratch", 1)}
    assert len(found) == 5


@pytest.mark.parametrize("task", ["other", "mi_late"])
def test_a_task_without_arms_has_none(task):
    assert model_files(config(), task) == []
