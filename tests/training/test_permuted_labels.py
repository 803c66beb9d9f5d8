"""Labels without meaning: what stays, what is lost, and that a model can be trained on them."""

import numpy as np
import pandas as pd
import pytest

from eeglrp.files import read_json, write_table
from eeglrp.store import open_windows, window_array
from eeglrp.training.loop import train_model
from eeglrp.training.permuted_labels import permuted_labels, permuted_windows


@pytest.fixture
def study(small_study, tmp_path):
    """Windows of two subjects, split in three."""
    paths = [small_study / "s1.zarr.zip", small_study / "s2.zarr.zip"]
    rows = []
    for path, subject in zip(paths, ("s1", "s2"), strict=True):
        samples = open_windows(path)["sample"].values
        split = np.array(["train", "validation", "test"])[
            np.arange(len(samples)) // 6
        ]
        rows.append(
            pd.DataFrame(
                {"sample": samples, "subject": subject, "split": split}
            )
        )
    splits = tmp_path / "splits.tsv"
    write_table(pd.concat(rows).assign(fold=0), splits)
    return paths, splits


def test_labels_are_exchanged_within_subject_and_split():
    rng = np.random.default_rng(0)
    label, subject = (
        rng.integers(0, 3, 300),
        rng.choice(["a", "b"], 300).astype(object),
    )
    split = rng.choice(["train", "test"], 300).astype(object)
    found = permuted_labels(label, subject, split, seed=1)
    for name in ("a", "b"):
        for part in ("train", "test"):
            own = (subject == name) & (split == part)
            assert sorted(found[own]) == sorted(label[own])
            assert (found[own] != label[own]).mean() > 0.4
    # Nothing is left of what a label said.
    assert np.mean(found == label) == pytest.approx(1 / 3, abs=0.1)
    assert np.array_equal(
        found, permuted_labels(label, subject, split, seed=1)
    )
    assert not np.array_equal(
        found, permuted_labels(label, subject, split, seed=2)
    )


def test_copies_hold_the_same_windows_under_other_labels(study, tmp_path):
    paths, splits = study
    copies = permuted_windows(paths, splits, 2, tmp_path / "copies")
    for path, copy in zip(paths, copies, strict=True):
        first, second = open_windows(path), open_windows(copy)
        assert np.array_equal(window_array(first), window_array(second))
        for name in (
            "sample",
            "subject",
            "recording",
            "onset",
            "channel",
            "time",
        ):
            assert np.array_equal(first[name].values, second[name].values), (
                name
            )
        assert sorted(first["label"].values) == sorted(second["label"].values)
        assert not np.array_equal(
            first["label"].values, second["label"].values
        )
        assert second.attrs["sampling_rate"] == 200


@pytest.mark.slow
def test_a_model_is_trained_on_them(study, tmp_path):
    paths, splits = study
    training = {
        "device": "cpu",
        "precision": "float32",
        "augmentation": {},
        "epochs": 1,
    }
    training |= {
        "batch_size": 8,
        "accumulate": 1,
        "learning_rate": 1e-3,
        "layer_decay": 1.0,
    }
    training |= {
        "min_learning_rate": 1e-6,
        "warmup_epochs": 0,
        "weight_decay": 0.05,
    }
    training |= {
        "label_smoothing": 0.1,
        "patience": None,
        "subject_layer": None,
    }
    training |= {"subject_layer_rate": 10.0, "frozen_learning_rate": 0.01}
    model = {
        "layers": 1,
        "heads": 10,
        "drop_path": 0.0,
        "dropout": 0.0,
        "spatial_init": 0.2,
    }
    out = tmp_path / "model.safetensors"
    run = {
        "task": "arousal",
        "classes": ["low", "high"],
        "regime": "scratch",
        "fold": 0,
        "seed": 0,
        "study_seed": 2,
    }
    outputs = {
        "model": out,
        "record": out.with_suffix(".json"),
        "history": tmp_path / "history.tsv",
    }
    train_model(
        permuted_windows(paths, splits, 2, tmp_path),
        splits,
        None,
        run=run,
        model=model,
        training=training,
        outputs=outputs,
    )
    assert read_json(out.with_suffix(".json"))["n_windows"] == {
        "train": 12,
        "validation": 12,
    }
