"""The job that trains a model: on its own labels, and on labels without meaning."""

import pytest

from eeglrp.affect.permuted import in_blocks
from eeglrp.files import read_json, read_table, sha256
from eeglrp.seeds import integer_seed
from eeglrp.training.job import LABELS
from eeglrp.training.loop import train_model
from eeglrp.training.permuted_labels import permuted_windows

from .conftest import CLASSES

pytestmark = pytest.mark.slow

MODEL = {
    "layers": 1,
    "heads": 10,
    "drop_path": 0.0,
    "dropout": 0.0,
    "spatial_init": 0.2,
}
TRAINING = {
    "device": "cpu",
    "precision": "float32",
    "augmentation": {},
    "epochs": 1,
    "batch_size": 20,
    "accumulate": 1,
    "learning_rate": 1e-3,
    "min_learning_rate": 1e-6,
    "layer_decay": 1.0,
    "warmup_epochs": 0,
    "weight_decay": 0.05,
    "label_smoothing": 0.1,
    "patience": None,
    "subject_layer": None,
    "subject_layer_rate": 10.0,
    "frozen_learning_rate": 0.01,
}
STUDY_SEED = 7
RUN = {
    "task": "r_peak",
    "classes": list(CLASSES),
    "regime": "scratch",
    "fold": 0,
    "seed": 2,
    "study_seed": STUDY_SEED,
}
SETTINGS = {"model": MODEL, "training": TRAINING}


def outputs(folder):
    names = {
        "model": "seed-2.safetensors",
        "record": "seed-2.json",
        "history": "seed-2-history.tsv",
        "predictions": "seed-2.tsv",
    }
    return {name: folder / file for name, file in names.items()}


@pytest.fixture(scope="module")
def trained(cohort, tmp_path_factory):
    """What each kind of labels gave: the files of its model."""
    found = {}
    for labels, run in LABELS.items():
        found[labels] = outputs(tmp_path_factory.mktemp(labels))
        own = {}
        if labels == "own":
            own["checkpoint"] = found[labels]["model"].parent / ".checkpoint"
        run(
            cohort.windows,
            cohort.splits,
            None,
            run=RUN,
            outputs=found[labels],
            **SETTINGS,
            **own,
        )
    return found


def directly(windows, cohort, folder, **changes):
    """The model that `train_model` gives for these windows: its bytes."""
    files = outputs(folder)
    train_model(
        windows,
        cohort.splits,
        None,
        run=RUN | changes,
        outputs=files,
        **SETTINGS,
    )
    return sha256(files["model"])


def test_own_labels_give_the_model_and_its_predictions(
    trained, cohort, tmp_path
):
    files = trained["own"]
    assert sha256(files["model"]) == directly(cohort.windows, cohort, tmp_path)
    assert read_json(files["record"])["sha256"] == sha256(files["model"])
    table = read_table(files["predictions"])
    split = read_table(cohort.splits)
    assert sorted(table["sample"]) == sorted(split["sample"])
    assert set(table["split"]) == {"train", "validation", "test"}


def test_the_checkpoint_stays_for_a_job_that_has_more_models(trained):
    folder = trained["own"]["model"].parent
    names = {path.name for path in trained["own"].values()}
    assert {file.name for file in folder.iterdir()} == names | {".checkpoint"}


def test_labels_without_meaning_leave_no_predictions(trained):
    for labels in ("permuted", "blocks"):
        files = trained[labels]
        assert not files["predictions"].exists()
        assert read_json(files["record"])["sha256"] == sha256(files["model"])
        assert len(read_table(files["history"])) > 0


def test_every_kind_of_labels_gives_another_model(trained):
    models = [sha256(files["model"]) for files in trained.values()]
    assert len(set(models)) == len(LABELS) == 3
    counts = [
        read_json(files["record"])["n_windows"] for files in trained.values()
    ]
    assert counts[0] == counts[1] == counts[2]


def test_permuted_labels_are_those_of_the_studys_seed(
    trained, cohort, tmp_path
):
    copies = permuted_windows(
        cohort.windows, cohort.splits, STUDY_SEED, tmp_path
    )
    assert sha256(trained["permuted"]["model"]) == directly(
        copies, cohort, tmp_path
    )


def test_null_labels_and_first_weights_are_those_of_the_models_number(
    trained, cohort, tmp_path
):
    """Whatever seeds the study's models have."""
    seed = integer_seed(STUDY_SEED, "null", RUN["seed"])
    copies = permuted_windows(
        cohort.windows, cohort.splits, seed, tmp_path, in_blocks
    )
    assert sha256(trained["blocks"]["model"]) == directly(
        copies, cohort, tmp_path, study_seed=seed
    )
