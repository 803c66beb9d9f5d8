import pytest

from eeglrp.verdict.levels import levels


def dataset(probability=0.5, loss=0.9, **changes):
    saccade = {
        "amplitude": 40,
        "trial_probability": 0.9,
        "label_probability": probability,
    }
    sources = {
        "saccade": saccade,
        "mu": {"amplitude": 20, "desynchronisation": loss},
    }
    common = {"source": "simulated", "paradigm": "imagery", "first_subject": 1}
    return common | {"sources": sources} | changes


def config(**datasets):
    arms = {"inputs": {"frontal_only": {"keep": ["FP1"]}}}
    tasks = {
        name: {"dataset": name, "plant": {}, "arms": arms, "training": {}}
        for name in datasets
    }
    training = {"regimes": ["finetuned", "scratch"]}
    return {"datasets": datasets, "tasks": tasks, "training": training}


@pytest.mark.parametrize(
    ("probability", "loss", "truth"),
    [
        (0.5, 0.9, "sensorimotor"),
        (1.0, 0.0, "ocular"),
        (0.7, 0.3, "both"),
        (0.5, 0.0, "neither"),
    ],
)
def test_truth_of_a_level(probability, loss, truth):
    found = levels(config(one=dataset(probability, loss), other=dataset(0.9)))
    assert found["one"] == {
        "confound": probability,
        "mu": loss,
        "cohort": 1,
        "truth": truth,
    }


def test_a_source_without_amplitude_carries_nothing():
    silent = dataset(1.0)
    silent["sources"]["saccade"]["amplitude"] = 0
    assert (
        levels(config(a=silent, b=dataset()))["a"]["truth"] == "sensorimotor"
    )


def test_the_first_subject_names_the_cohort():
    found = levels(config(a=dataset(), b=dataset(1.0, first_subject=101)))
    assert [level["cohort"] for level in found.values()] == [1, 101]


def test_equal_confounds_are_no_ladder():
    assert levels(config(a=dataset(), b=dataset(0.5, 0.0))) == {}


@pytest.mark.parametrize(
    "changes", [{"paradigm": "affect"}, {"source": "eegmmidb"}]
)
def test_other_recordings_are_no_level(changes):
    found = levels(
        config(a=dataset(), b=dataset(1.0), c=dataset(0.7, **changes))
    )
    assert list(found) == ["a", "b"]


def test_tasks_without_arms_and_arms_themselves_are_no_level():
    study = config(a=dataset(), b=dataset(1.0), c=dataset(0.7), d=dataset(0.8))
    del study["tasks"]["c"]["arms"]
    study["tasks"]["d"]["arm_of"] = "a"
    assert list(levels(study)) == ["a", "b"]


@pytest.mark.parametrize(
    ("options", "climbs"),
    [
        ({"arms": ["frozen"]}, False),
        ({"training": ["frozen"]}, False),
        ({"training": ["frozen"], "arms": ["scratch"]}, True),
        ({"training": ["scratch"]}, True),
    ],
)
def test_a_ladder_is_climbed_by_one_regime(options, climbs):
    both = config(a=dataset(), b=dataset(1.0, 0.0))
    both["training"]["regimes"] = ["scratch"]
    first = both["tasks"]["a"] = dict(both["tasks"]["a"])
    for key, regimes in options.items():
        first[key] = first[key] | {"regimes": regimes}
    assert bool(levels(both)) == climbs
