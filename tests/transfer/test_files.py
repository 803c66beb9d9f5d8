"""Which models are tested on other recordings, and the files that tell of it."""

import copy

import pytest
import yaml
from snakemake.utils import validate

from eeglrp import config as settings
from eeglrp.arms.expand import check_arms
from eeglrp.errors import InputError
from eeglrp.transfer.files import transfer_files, transfers
from eeglrp.transfer.question import has_transfer


@pytest.fixture(scope="module")
def valid(root):
    """The demo without its arms, its imagery with other recordings of the same people."""
    config = yaml.safe_load((root / "config" / "demo.yaml").read_text())
    tasks = config["tasks"]
    tasks["motor_imagery"].pop("arms")
    config["datasets"]["more"] = dict(config["datasets"]["imagery"])
    tasks["moved"] = tasks["motor_imagery"] | {
        "kind": "motor_imagery",
        "dataset": "more",
    }
    tasks["motor_imagery"] = tasks["motor_imagery"] | {"also_test": ["moved"]}
    validate(config, str(root / "config" / "schema.yaml"))
    return config


@pytest.fixture
def config_of_two(valid):
    """To be changed."""
    return copy.deepcopy(valid)


def test_a_task_with_other_recordings_is_a_transfer(config_of_two):
    assert transfers(config_of_two) == {"motor_imagery": ["moved"]}
    assert has_transfer(config_of_two)


def test_the_same_recordings_made_otherwise_are_none(config_of_two):
    config_of_two["tasks"]["moved"]["dataset"] = "imagery"
    assert transfers(config_of_two) == {}
    assert not has_transfer(config_of_two)


def test_every_model_is_there_on_its_own_and_on_the_other_windows(
    config_of_two,
):
    models = transfer_files(config_of_two, "motor_imagery")
    regimes = settings.regimes(config_of_two, "motor_imagery")
    seeds = settings.seeds(config_of_two, "motor_imagery")
    assert len(models) == 2 * len(regimes) * len(seeds)
    own, other = models[:2]
    assert (own.arm, other.arm) == ("all", "moved")
    assert "-on-" not in own.predictions + own.store
    assert other.predictions.endswith("-on-moved.tsv")
    assert "-on-moved/" in other.store


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda config: config["datasets"]["more"].update(
                folder="elsewhere"
            ),
            "moved has another dataset",
        ),
        (
            lambda config: config["tasks"]["moved"].update(dataset="rest"),
            "moved has another dataset",
        ),
        (
            lambda config: config["tasks"]["motor_imagery"]["split"].update(
                by="block"
            ),
            "and the split is not by subject",
        ),
    ],
)
def test_other_people_and_splits_within_subjects_are_refused(
    config_of_two, change, words
):
    config_of_two["datasets"]["imagery"]["folder"] = "here"
    config_of_two["datasets"]["more"]["folder"] = "here"
    change(config_of_two)
    models = {"regimes": [], "seeds": [], "baselines": []}
    with pytest.raises(InputError) as error:
        check_arms(config_of_two, "motor_imagery", models)
    assert words in str(error.value)
    assert "tasks.motor_imagery.also_test" in str(error.value)
