import copy

import pytest
import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from eeglrp import config as settings
from eeglrp.errors import InputError

INPUTS = {
    "late": {"blank": [0, 0.5]},
    "no_eyes": {"regress": "F7-F8", "ica": "eyes"},
}


@pytest.fixture(scope="module")
def valid(root):
    """The demo without its arms."""
    config = yaml.safe_load((root / "config" / "demo.yaml").read_text())
    for task in config["tasks"].values():
        task.pop("arms", None)
    validate(config, str(root / "config" / "schema.yaml"))
    return config


@pytest.fixture
def demo(valid):
    """To be changed."""
    return copy.deepcopy(valid)


def with_arms(config, inputs=None, **more):
    config["tasks"]["motor_imagery"]["arms"] = {
        "inputs": inputs or INPUTS,
        **more,
    }
    return config


def check(root, config):
    validate(config, str(root / "config" / "schema.yaml"))
    settings.check_config(config)


def test_an_arm_becomes_a_task_with_the_same_settings(root, demo):
    config = with_arms(demo, regimes=["scratch"], seeds=[1], baselines=[])
    config["tasks"]["motor_imagery"]["training"]["seeds"] = [0, 1]
    config["tasks"]["motor_imagery"]["training"]["learning_curve"] = [8]
    check(root, config)
    before = copy.deepcopy(config)
    settings.expand_arms(config)
    base, arm = (
        config["tasks"]["motor_imagery"],
        config["tasks"]["motor_imagery_late"],
    )
    assert base == before["tasks"]["motor_imagery"]
    assert (arm["arm_of"], arm["arm"], arm["input"]) == (
        "motor_imagery",
        "late",
        {"blank": [0, 0.5]},
    )
    for key in (
        "dataset",
        "classes",
        "length",
        "start",
        "truth",
        "split",
        "windows",
    ):
        assert arm[key] == base[key]
    assert settings.task_kind(config, "motor_imagery_late") == "motor_imagery"
    assert settings.regimes(config, "motor_imagery_late") == ["scratch"]
    assert settings.seeds(config, "motor_imagery_late") == [1]
    assert settings.baselines(config, "motor_imagery_late") == []
    assert settings.learning_curve(config, "motor_imagery_late") == []
    assert settings.arms(config, "motor_imagery") == {
        "late": "motor_imagery_late",
        "no_eyes": "motor_imagery_no_eyes",
    }
    assert settings.base_task(config, "motor_imagery_late") == "motor_imagery"
    assert settings.base_task(config, "arousal") == "arousal"


def test_expanding_twice_or_without_arms_changes_nothing(demo):
    plain = copy.deepcopy(demo)
    settings.expand_arms(plain)
    assert plain == demo
    once = with_arms(demo)
    settings.expand_arms(once)
    twice = copy.deepcopy(once)
    settings.expand_arms(twice)
    assert twice == once
    assert list(settings.main_tasks(once)) == list(plain["tasks"])
    assert list(settings.as_written(once)["tasks"]) == list(plain["tasks"])


def test_arms_take_models_and_method_of_the_task_by_default(demo):
    config = with_arms(demo)
    settings.expand_arms(config)
    for read in (settings.regimes, settings.seeds, settings.baselines):
        assert read(config, "motor_imagery_late") == read(
            config, "motor_imagery"
        )
    first, *_, last = config["attribution"]["methods"]
    assert settings.arm_method(config, "motor_imagery") == first
    config["tasks"]["motor_imagery"]["arms"]["method"] = last
    assert settings.arm_method(config, "motor_imagery") == last


def test_arms_leave_the_windows_and_models_of_the_task_as_they_are(demo):
    plain = copy.deepcopy(demo)
    config = with_arms(demo)
    config["tasks"]["motor_imagery"]["also_test"] = ["motor_imagery"]
    settings.expand_arms(config)
    for read in (
        settings.task_settings,
        settings.training_settings,
        settings.settings_hash,
    ):
        assert read(config, "motor_imagery") == read(plain, "motor_imagery")
    hashes = [
        settings.settings_hash(config, f"motor_imagery_{arm}")
        for arm in INPUTS
    ]
    assert len({*hashes, settings.settings_hash(plain, "motor_imagery")}) == 3


def test_arms_make_no_psychometric_curve(demo):
    config = with_arms(demo)
    tasks = config["tasks"]
    tasks["motor_imagery"] |= {
        "truth": [],
        "plant": {"saccade": {"amplitude": 20.0}},
    }
    stronger = {"plant": {"saccade": {"amplitude": 40.0}}}
    tasks["stronger"] = (
        tasks["motor_imagery"] | {"kind": "motor_imagery"} | stronger
    )
    settings.expand_arms(config)
    (curve,) = settings.planted_curves(config).values()
    assert list(curve) == ["motor_imagery", "stronger"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (
            {"all": {"drop": ["FP1"]}},
            "inputs.all: is the name of the whole input",
        ),
        ({"a": {}}, "inputs.a: changes nothing"),
        (
            {"a": {"placebo": "reversed", "ica": "eyes"}},
            "inputs.a.placebo: has no pair",
        ),
        ({"a": {"regress": "AF7"}}, "inputs.a.regress: AF7 is not a pair"),
        ({"a": {"regress": "F7-f7"}}, "inputs.a.regress: F7-f7 is not a pair"),
        (
            {"a": {"regress": "AF7-EYE"}},
            "inputs.a.regress: EYE is no known electrode",
        ),
        (
            {"a": {"regress": "central-FP1"}},
            "inputs.a.regress: CENTRAL is no known electrode",
        ),
        (
            {"a": {"blank": [0, 3]}},
            "inputs.a.blank: 0 to 3 s do not lie in order",
        ),
        (
            {"a": {"blank": [1, 0.5]}},
            "inputs.a.blank: 1 to 0.5 s do not lie in order",
        ),
        (
            {"a": {"blank": [1, 1]}},
            "inputs.a.blank: 1 to 1 s do not lie in order",
        ),
        ({"a": {"blank": [0, 1.0]}}, "inputs.a.blank: leaves no signal"),
        (
            {"a": {"keep": ["centre"]}},
            "inputs.a.keep: centre is no known electrode",
        ),
        (
            {"a": {"drop": ["FP1", "XX"]}},
            "inputs.a.drop: XX is no known electrode",
        ),
        (
            {"a": {"keep": ["FP1", "AF7"], "drop": ["ocular_frontal"]}},
            "leaves nothing of keep",
        ),
    ],
)
def test_options_that_cannot_be_meant_are_refused(root, demo, inputs, words):
    with pytest.raises(InputError) as error:
        check(root, with_arms(demo, inputs))
    assert words in str(error.value)
    assert "tasks.motor_imagery.arms" in str(error.value)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"regimes": ["untrained"]},
            "arms.regimes: untrained is not trained on the whole",
        ),
        ({"seeds": [7]}, "arms.seeds: 7 is not trained on the whole input"),
        (
            {"baselines": ["eegnet"]},
            "arms.baselines: eegnet is not trained on the whole input",
        ),
        (
            {"method": "occlusion"},
            "arms.method: occlusion is not in attribution.methods",
        ),
    ],
)
def test_arms_repeat_models_and_methods_of_the_study(root, demo, more, words):
    with pytest.raises(InputError) as error:
        check(root, with_arms(demo, **more))
    assert words in str(error.value)


def test_an_arm_must_not_take_the_name_of_a_task(root, demo):
    config = with_arms(demo)
    config["tasks"]["motor_imagery_late"] = config["tasks"][
        "motor_imagery"
    ] | {"kind": "motor_imagery"}
    with pytest.raises(
        InputError, match="makes a task motor_imagery_late, which there is"
    ):
        check(root, config)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("other", "change", "words"),
    [
        ("sleep", {}, "also_test: sleep is not a task"),
        ("again", {"dataset": "rest"}, "also_test: again has another dataset"),
        ("again", {"start": 1.0}, "also_test: again has another start"),
        ("again", {"length": 2.0}, "also_test: again has another length"),
        (
            "again",
            {"classes": ["x", "y"]},
            "also_test: again has another classes",
        ),
        ("again", {}, None),
        ("motor_imagery", {}, None),
    ],
)
def test_models_are_also_tested_on_the_same_windows_made_otherwise(
    root, demo, other, change, words
):
    tasks = demo["tasks"]
    tasks["again"] = (
        copy.deepcopy(tasks["motor_imagery"])
        | {"kind": "motor_imagery"}
        | change
    )
    tasks["motor_imagery"]["also_test"] = [other]
    if words is None:
        assert check(root, demo) is None
        return
    with pytest.raises(InputError) as error:
        check(root, demo)
    assert words in str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"a": {"blurr": 1}}, "'blurr' was unexpected"),
        ({"a": {"ica": "heart"}}, "'eyes' was expected"),
        (
            {"a": {"regress": "F7-F8", "placebo": "noise"}},
            "'noise' is not one of",
        ),
        ({"a": {"blank": [0]}}, "[0] is too short"),
        ({"a": {"keep": []}}, "[] should be non-empty"),
        ({"A": {"ica": "eyes"}}, "'A' does not match"),
    ],
)
def test_misspelt_arms_are_named(root, demo, inputs, words):
    with pytest.raises(WorkflowError) as error:
        validate(with_arms(demo, inputs), str(root / "config" / "schema.yaml"))
    assert words in str(error.value)
