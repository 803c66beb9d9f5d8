import copy

import pytest
import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from eeglrp import config as settings
from eeglrp.errors import InputError

CONFIGS = ("demo", "real-small", "study")


@pytest.fixture
def demo(root):
    return load(root, "demo")


def load(root, name):
    config = yaml.safe_load((root / "config" / f"{name}.yaml").read_text())
    validate(config, str(root / "config" / "schema.yaml"))
    return config


@pytest.mark.parametrize("name", CONFIGS)
def test_shipped_configurations_are_valid(root, name):
    config = load(root, name)
    assert settings.check_config(config) is None
    assert config["study"] == name


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("training", "epoch"), 3, "'epoch' was unexpected"),
        (("training", "epochs"), 0, "0 is less than the minimum"),
        (("training", "learning_rate"), "fast", "'fast' is not of type 'number'"),
        (("windows", "notch"), 55, "55 is not one of"),
        (("tasks", "sleep"), {}, "'sleep' is not one of"),
        (("datasets", "rest", "source"), "edf", "'edf' is not one of"),
        (("datasets", "rest", "sources", "heartbeat", "ampltude"), 1, "'ampltude' was unexpected"),
        (("datasets", "imagery", "sources", "saccade", "label_probability"), 1.5, "1.5 is greater"),
        (("tasks", "r_peak", "training", "epochs"), 0, "0 is less than the minimum"),
        (("training", "baselines"), ["svm"], "'svm' is not one of"),
        (("tasks", "r_peak", "windows", "low_pas"), 40, "'low_pas' was unexpected"),
        (("study"), "Demo Study", "does not match"),
    ],
)
def test_wrong_keys_and_values_are_named(root, demo, path, value, words):
    _put(demo, path, value)
    with pytest.raises(WorkflowError) as error:
        validate(demo, str(root / "config" / "schema.yaml"))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("tasks", "r_peak", "dataset"), "sleep", "tasks.r_peak.dataset: sleep is not a dataset"),
        (("tasks", "r_peak", "classes"), ["a", "b", "c"], "tasks.r_peak.classes: has 3 names"),
        (("tasks", "r_peak", "length"), 1.3, "tasks.r_peak.length: 1.3 s at 200 Hz"),
        (("tasks", "r_peak", "split", "test_folds"), 7, "tasks.r_peak.split.folds: leaves no"),
        (("windows", "sampling_rate"), 100, "windows.low_pass: is at or above half"),
        (("windows", "low_pass"), 10, None),
        (("model", "heads"), 7, "model.heads: 7 does not divide"),
        (("weights", "source"), "file", "weights.path: is empty"),
    ],
)
def test_rules_across_keys(demo, path, value, words):
    _put(demo, path, value)
    if path == ("windows", "sampling_rate"):
        for task in demo["tasks"].values():
            task["length"] = 2.0
    if words is None:
        assert settings.check_config(demo) is None
        return
    with pytest.raises(InputError) as error:
        settings.check_config(demo)
    assert words in str(error.value)


def test_missing_rating_is_named(demo):
    del demo["tasks"]["arousal"]["rating"]
    with pytest.raises(InputError, match=r"tasks\.arousal\.rating: is missing"):
        settings.check_config(demo)


def test_a_task_overrides_training_and_windows(demo):
    demo["tasks"]["r_peak"]["training"] = {"seeds": [7], "epochs": 2}
    demo["tasks"]["r_peak"]["windows"] = {"notch": 60}
    assert settings.seeds(demo, "r_peak") == [7]
    assert settings.seeds(demo, "motor_imagery") == demo["training"]["seeds"]
    assert settings.training_settings(demo, "r_peak")["epochs"] == 2
    assert settings.window_settings(demo, "r_peak")["notch"] == 60
    assert settings.window_settings(demo, "motor_imagery")["notch"] == 50


def test_baselines_have_one_fit_and_networks_one_a_seed(demo):
    defaults = ["csp_lda", "tangent_lr", "mdm"]
    assert settings.baselines(demo, "arousal") == [(name, 0) for name in defaults]
    demo["tasks"]["r_peak"]["training"] = {"baselines": ["shallow", "lda_samples"], "seeds": [3, 5]}
    expected = [("shallow", 3), ("shallow", 5), ("lda_samples", 0)]
    assert settings.baselines(demo, "r_peak") == expected
    assert settings.check_config(demo) is None


def test_baselines_within_subjects_want_a_split_within_subjects(demo):
    demo["tasks"]["r_peak"]["training"] = {"baselines": ["lda_samples_subject"]}
    with pytest.raises(
        InputError, match=r"tasks\.r_peak\.training\.baselines: lda_samples_subject"
    ):
        settings.check_config(demo)
    demo["tasks"]["r_peak"]["split"]["by"] = "block"
    assert settings.check_config(demo) is None


def test_job_settings_leave_out_what_other_stages_use(demo):
    more = copy.deepcopy(demo)
    more["datasets"]["rest"]["subjects"] += 1
    more["training"]["seeds"] = [0, 1, 2, 3]
    more["training"]["baselines"] = []
    more["tasks"]["r_peak"]["split"]["gap"] = 9
    assert settings.dataset_settings(more, "rest") == settings.dataset_settings(demo, "rest")
    assert settings.training_settings(more, "r_peak") == settings.training_settings(demo, "r_peak")
    assert settings.task_settings(more, "r_peak") == settings.task_settings(demo, "r_peak")


def test_the_settings_hash_follows_what_a_task_depends_on(demo):
    more = copy.deepcopy(demo)
    more["tasks"]["valence"]["length"] = 4.0
    more["datasets"]["rest"]["subjects"] += 1
    more["training"]["seeds"] = [5]
    assert settings.settings_hash(more, "r_peak") == settings.settings_hash(demo, "r_peak")
    assert settings.settings_hash(more, "valence") != settings.settings_hash(demo, "valence")


def test_numbers_that_came_as_text_are_read(root, demo):
    demo["training"] |= {"seeds": ["0", 1], "learning_rate": "1e-3", "patience": "null"}
    schema = str(root / "config" / "schema.yaml")
    for _ in range(3):
        with pytest.raises(WorkflowError) as error:
            validate(demo, schema)
        assert settings.read_as_yaml(demo, error.value.__context__)
    validate(demo, schema)
    assert demo["training"]["seeds"] == [0, 1]
    assert demo["training"]["patience"] is None
    demo["training"]["epochs"] = "many"
    with pytest.raises(WorkflowError) as error:
        validate(demo, schema)
    assert not settings.read_as_yaml(demo, error.value.__context__)


def _put(config, path, value):
    path = (path,) if isinstance(path, str) else path
    for key in path[:-1]:
        config = config.setdefault(key, {})
    config[path[-1]] = value


def _keys(schema):
    """Every name under `properties`, at any depth."""
    if isinstance(schema, dict):
        for name, part in schema.items():
            if name == "properties" and isinstance(part, dict):
                yield from part
            yield from _keys(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _keys(part)


def test_every_key_is_documented(root):
    schema = yaml.safe_load((root / "config" / "schema.yaml").read_text())
    text = (root / "config" / "README.md").read_text()
    keys = set(_keys(schema))
    assert len(keys) > 60
    assert [key for key in sorted(keys) if f"`{key}`" not in text] == []


def test_documented_defaults_are_the_schemas(root, demo):
    config = {"study": "x", "seed": 1, "datasets": demo["datasets"], "tasks": demo["tasks"]}
    validate(config, str(root / "config" / "schema.yaml"))
    text = (root / "config" / "README.md").read_text()
    for section in ("windows", "training", "attribution", "verify", "statistics", "model"):
        part = text.split(f"## `{section}`")[1].split("\n## ")[0]
        for line in part.splitlines():
            cells = [cell.strip().strip("`") for cell in line.split("|")]
            if len(cells) == 5 and cells[1] in config[section]:
                value = yaml.safe_load(cells[2])
                default = config[section][cells[1]]
                if isinstance(default, int | float) and not isinstance(default, bool):
                    assert float(value) == default, (section, cells[1])
                elif not isinstance(default, list | dict):
                    assert value == default, (section, cells[1])
