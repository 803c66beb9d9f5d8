import pytest
import yaml

from eeglrp.errors import InputError
from eeglrp.plan.finished import Study
from eeglrp.plan.planned import planned_sizes, read_config
from eeglrp.plan.work import Size

KNOWN = Size(
    19, 200, 4, train=60, validation=20, test=20, explained=20, epochs=5
)
#: Two subjects, so 50 windows each.
FINISHED = [
    Study("demo", [], {"motor_imagery": KNOWN}, {"motor_imagery": 2}, {})
]


@pytest.fixture
def config(root):
    return read_config([root / "config" / "study.yaml"])


def sizes_of(config, finished=(), given=None):
    subjects = {
        task: [f"S{i:03d}" for i in range(1, 110)] for task in config["tasks"]
    }
    return planned_sizes(config, subjects, finished, given or {})


def test_windows_come_from_a_finished_run_of_the_same_task(config):
    sizes, sources = sizes_of(config, FINISHED, {"r_peak": 600})
    size = sizes["motor_imagery"]
    assert (size.train, size.validation, size.test) == (
        50 * 70,
        50 * 19,
        50 * 20,
    )
    assert (size.layers, size.epochs, size.n_times, size.channels) == (
        12,
        50,
        800,
        19,
    )
    assert size.explained == 50 * 20
    # The study names who tests.
    assert size.folds == 1
    assert sources["motor_imagery"] == "demo"
    assert sources["r_peak"] == "--windows"
    # By blocks of time: five folds, of which one tests and one validates.
    r_peak = sizes["r_peak"]
    whole = 600 * 109
    assert (r_peak.train, r_peak.validation, r_peak.test) == pytest.approx(
        (0.6 * whole, 0.2 * whole, 0.2 * whole)
    )
    # Every window is tested, and explained, in one of the folds.
    assert r_peak.folds == 5
    assert r_peak.explained == whole


def test_arms_are_as_large_as_their_task(config):
    sizes, _ = sizes_of(config, FINISHED, {"r_peak": 600})
    arms = {task for task in sizes if task.startswith("motor_imagery_")}
    assert len(arms) == len(config["tasks"]["motor_imagery"]["arms"]["inputs"])
    assert {sizes[task] for task in arms} == {sizes["motor_imagery"]}


def test_given_windows_win(config):
    sizes, sources = sizes_of(
        config, FINISHED, {"motor_imagery": 84, "r_peak": 600}
    )
    assert sizes["motor_imagery"].test == 84 * 20
    assert sources["motor_imagery"] == "demo"


def test_at_most_so_many_windows_of_a_subject_are_explained(config):
    config["attribution"]["max_windows"] = 8
    sizes, _ = sizes_of(config, FINISHED, {"r_peak": 600})
    assert sizes["motor_imagery"].explained == 8 * 20
    # By blocks of time, a subject has windows in the split of every fold.
    assert sizes["r_peak"].explained == 8 * 109 * 5


@pytest.mark.parametrize(
    ("split", "folds"), [("test", 1), ("validation", 2), ("train", 2)]
)
def test_a_subject_is_explained_in_every_fold_that_has_it_in_the_split(
    config, split, folds
):
    config["attribution"] |= {"max_windows": 8, "split": split}
    named = config["tasks"]["motor_imagery"]["split"]
    named |= {"test": [], "validation": [], "train": []}
    named |= {"folds": 5, "validation_folds": 2}
    sizes, _ = sizes_of(config, FINISHED, {"r_peak": 600})
    assert sizes["motor_imagery"].folds == 5
    assert sizes["motor_imagery"].explained == 8 * 109 * folds


def test_a_task_of_unknown_size_is_named(config):
    with pytest.raises(
        InputError,
        match=r"tasks\.r_peak: no finished run .*--windows r_peak=90",
    ):
        sizes_of(config, FINISHED)


def test_files_are_merged_and_defaults_filled_in(root, tmp_path):
    more = tmp_path / "more.yaml"
    more.write_text(yaml.safe_dump({"training": {"epochs": 7}}))
    config = read_config([root / "config" / "study.yaml", more])
    assert config["training"]["epochs"] == 7
    assert config["training"]["regimes"] == ["finetuned", "frozen", "scratch"]


@pytest.mark.parametrize("text", [None, "a: [1"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, text):
    file = tmp_path / "wrong.yaml"
    if text:
        file.write_text(text)
    with pytest.raises(
        InputError, match=r"wrong\.yaml: configuration: cannot be read"
    ):
        read_config([file])
