import pytest

from eeglrp.affect.conditions import (
    affect_tasks,
    conditions,
    permuted_models,
    regressed_tasks,
)
from eeglrp.arms.expand import expand_arms


def task(kind="arousal", regress=(), **changes):
    found = {
        "kind": kind,
        "dataset": "films",
        "classes": ["low", "high"],
        "rating": kind,
    }
    found |= {"threshold": "median", "length": 1.0, "training": {}}
    found["windows"] = {"regress": list(regress)} if regress else {}
    return found | changes


def config(**tasks):
    return {
        "tasks": tasks,
        "windows": {"regress": []},
        "training": {
            "regimes": ["scratch", "untrained"],
            "seeds": [0, 1],
            "baselines": [],
        },
        "attribution": {"methods": {"gamma": {}, "cp_lrp": {}}},
        "affect": {"method": None, "permuted_models": 2},
    }


def test_tasks_that_regress_channels_out_are_inputs_of_another():
    both = config(
        arousal=task(), quiet=task(regress=["ECG"]), valence=task("valence")
    )
    assert affect_tasks(both) == ["arousal", "valence"]
    assert regressed_tasks(both, "arousal") == {"ECG regressed": "quiet"}
    assert regressed_tasks(both, "valence") == {}


def test_without_the_whole_input_they_are_tasks_of_their_own():
    alone = config(quiet=task(regress=["ECG"]), imagery=task("motor_imagery"))
    assert affect_tasks(alone) == ["quiet"]


@pytest.mark.parametrize(
    "change", [{"length": 2.0}, {"dataset": "other"}, {"threshold": 5.0}]
)
def test_other_windows_are_no_input_of_a_task(change):
    both = config(arousal=task(), quiet=task(regress=["ECG"], **change))
    assert regressed_tasks(both, "arousal") == {}
    assert affect_tasks(both) == ["arousal", "quiet"]


def test_every_model_on_every_input():
    arms = {"inputs": {"no_temporal": {"drop": ["temporal"]}}, "seeds": [1]}
    whole = config(arousal=task(arms=arms), quiet=task(regress=["ECG"]))
    expand_arms(whole)
    found = {one[:5]: one.store for one in conditions(whole, "arousal")}
    inputs = {
        (condition, tested, name) for condition, tested, name, *_ in found
    }
    assert inputs == {
        ("all", "own", "arousal"),
        ("ECG regressed", "own", "quiet"),
        ("no_temporal", "own", "arousal_no_temporal"),
        ("no_temporal", "only", "arousal_no_temporal"),
    }
    assert len(found) == 4 + 4 + 2 + 2
    own = found["no_temporal", "own", "arousal_no_temporal", "scratch", 1]
    assert (
        own == "attributions/arousal_no_temporal/scratch/seed-1/gamma.zarr.zip"
    )
    only = found["no_temporal", "only", "arousal_no_temporal", "scratch", 1]
    assert (
        only
        == "attributions/arousal/scratch/seed-1-on-arousal_no_temporal/gamma.zarr.zip"
    )


def test_arms_explained_by_another_method_are_left_out():
    arms = {
        "inputs": {"no_temporal": {"drop": ["temporal"]}},
        "method": "cp_lrp",
    }
    whole = config(arousal=task(arms=arms))
    expand_arms(whole)
    assert {one.condition for one in conditions(whole, "arousal")} == {"all"}


def test_untrained_models_have_no_permuted_ones():
    assert permuted_models(config(arousal=task()), "arousal") == [
        ("scratch", 0),
        ("scratch", 1),
    ]
