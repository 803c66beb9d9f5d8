import copy

import pytest

from eeglrp.arms.expand import expand_arms
from eeglrp.errors import InputError
from eeglrp.reliance.ladder import Rung, ladder


def task(probability, source="saccade", **more):
    plant = {source: {"amplitude": 20, "label_probability": probability}}
    shared = {"dataset": "rest", "kind": "rest", "length": 2.0, "training": {}}
    return shared | {"plant": plant} | more


@pytest.fixture
def config():
    tested = {"also_test": ["full", "none"]}
    tasks = {
        "some": task(0.7, **tested),
        "full": task(1.0, **tested),
        "none": task(0.5, **tested),
        "other": task(0.7),
    }
    return {"tasks": tasks}


def test_tasks_with_matched_and_neutral_windows_make_a_ladder(config):
    assert ladder(config) == {
        "some": Rung("saccade", 0.7, "full", "none", None),
        "full": Rung("saccade", 1.0, "full", "none", None),
        "none": Rung("saccade", 0.5, "full", "none", None),
    }


def test_the_order_of_the_tested_tasks_does_not_matter(config):
    config["tasks"]["some"]["also_test"] = ["other", "none", "full"]
    assert ladder(config)["some"][2:4] == ("full", "none")


def test_the_confound_is_the_source_whose_probability_differs(config):
    for one in config["tasks"].values():
        one["plant"]["alpha"] = {"amplitude": 5, "label_probability": 0.5}
    assert {rung.confound for rung in ladder(config).values()} == {"saccade"}


@pytest.mark.parametrize(
    "change",
    [
        {"length": 1.0},
        {"dataset": "elsewhere"},
        {"plant": {"saccade": {"amplitude": 40, "label_probability": 1.0}}},
        {"plant": {"alpha": {"amplitude": 20, "label_probability": 1.0}}},
    ],
)
def test_tested_tasks_that_differ_otherwise_do_not_count(config, change):
    config["tasks"]["full"] |= change
    with pytest.raises(
        InputError, match=r"tasks.some.also_test: names no task .* 1\. Remedy"
    ):
        ladder(config)


def test_other_training_is_allowed(config):
    config["tasks"]["full"]["training"] = {"seeds": [0]}
    assert ladder(config)["some"].matched == "full"


def test_a_missing_neutral_task_is_named(config):
    config["tasks"]["some"]["also_test"] = ["full"]
    with pytest.raises(InputError, match=r"label_probability 0\.5"):
        ladder(config)


def test_tasks_that_plant_nothing_or_test_nothing_make_no_ladder(config):
    config["tasks"] = {
        "plain": {"dataset": "rest", "also_test": ["more"]},
        "more": {},
    }
    assert ladder(config) == {}
    heart = {"heartbeat": {"amplitude": 2}}
    config["tasks"] = {"beat": {"plant": heart, "also_test": ["beat"]}}
    assert ladder(config) == {}


def test_the_arm_that_only_regresses_is_found_and_arms_are_no_rungs(config):
    inputs = {
        "placebo": {"regress": "O1-O2", "placebo": "reversed"},
        "both": {"regress": "AF7-AF8", "blank": [0, 1]},
        "heog": {"regress": "AF7-AF8"},
    }
    config["tasks"]["some"]["arms"] = {"inputs": inputs}
    before = ladder(copy.deepcopy(config))
    expand_arms(config)
    assert "some_heog" in config["tasks"]
    assert ladder(config) == before
    assert before["some"].regressed == "some_heog"
    assert before["full"].regressed is None


def test_the_ladder_of_the_shipped_configuration(root):
    import yaml

    config = yaml.safe_load((root / "config" / "reliance.yaml").read_text())
    rungs = ladder(config)
    assert set(rungs) == set(config["tasks"])
    for confound in ("saccade", "alpha"):
        own = {
            rung.probability
            for rung in rungs.values()
            if rung.confound == confound
        }
        assert {0.5, 1.0} < own
    assert all(
        rung.regressed == f"{name}_heog_regressed"
        for name, rung in rungs.items()
    )
