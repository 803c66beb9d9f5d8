import numpy as np
import pytest
import torch

from eeglrp.arms.crossing import (
    attribute_on,
    predict_on,
    write_shared_split,
)
from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.models.data import load_windows
from eeglrp.models.labram import build as build_labram
from eeglrp.models.subjects import SubjectLayer, for_subject
from eeglrp.models.trained import logits, save_model
from eeglrp.store import open_attribution, open_windows, write_dataset
from eeglrp.training.predict import predict_model

from .conftest import CHANNELS

MODEL = {
    "layers": 1,
    "heads": 10,
    "drop_path": 0.0,
    "dropout": 0.0,
    "spatial_init": 0.5,
}


def part(study, path, **selection):
    chosen = open_windows(path).load().drop_encoding().isel(**selection)
    out = study.splits.parent / f"part-{path.name}"
    write_dataset(chosen, out, {})
    return out


def test_windows_that_both_tasks_have_keep_the_split_of_the_model(
    study, tmp_path
):
    stores = [part(study, path, sample=slice(2, 18)) for path in study.stores]
    write_shared_split(study.splits, stores, "test", tmp_path / "shared.tsv")
    shared, table = (
        read_table(tmp_path / "shared.tsv"),
        read_table(study.splits),
    )
    assert shared["split"].value_counts().to_dict() == {
        "train": 20,
        "validation": 8,
        "test": 4,
    }
    merged = shared.merge(table, on="sample", suffixes=("", "_before"))
    assert (merged["split"] == merged["split_before"]).all()


def other_recordings(study, path):
    """The same windows under the names of another recording."""
    chosen = open_windows(path).load().drop_encoding()
    names = [f"{name}-again" for name in chosen["sample"].values]
    out = study.splits.parent / f"again-{path.name}"
    write_dataset(chosen.assign_coords(sample=names), out, {})
    return out


def test_other_recordings_take_the_split_of_their_subject(study, tmp_path):
    stores = [other_recordings(study, path) for path in study.stores]
    table = read_table(study.splits)
    split = table["subject"].map({"a": "train", "b": "test"})
    by_subject = tmp_path / "by-subject.tsv"
    write_table(table.assign(split=split), by_subject)
    write_shared_split(by_subject, stores, "test", tmp_path / "shared.tsv")
    shared = read_table(tmp_path / "shared.tsv")
    assert shared["sample"].str.endswith("-again").all()
    assert len(shared) == len(table)
    assert set(shared.loc[shared["subject"] == "b", "split"]) == {"test"}
    assert set(shared.loc[shared["subject"] == "a", "split"]) == {"train"}


def test_other_recordings_of_subjects_in_several_splits_are_refused(
    study, tmp_path
):
    stores = [other_recordings(study, path) for path in study.stores]
    with pytest.raises(InputError, match="other recordings of the same"):
        write_shared_split(
            study.splits, stores, "test", tmp_path / "shared.tsv"
        )


def test_tasks_without_a_common_window_are_refused(study, tmp_path):
    stores = [part(study, path, sample=slice(0, 16)) for path in study.stores]
    with pytest.raises(InputError, match="none of 8 windows of the split"):
        write_shared_split(
            study.splits, stores, "test", tmp_path / "shared.tsv"
        )
    assert not (tmp_path / "shared.tsv").exists()


@pytest.mark.slow
def test_a_model_reads_windows_that_lack_electrodes(study, tmp_path):
    torch.manual_seed(0)
    record = {
        "model": MODEL,
        "channels": list(CHANNELS),
        "n_times": 400,
        "classes": ["x", "y"],
    }
    network = build_labram(MODEL, CHANNELS, 400, 2).eval()
    save_model(network, tmp_path / "model.safetensors", record)
    stores = [part(study, path, channel=slice(4, 9)) for path in study.stores]
    write_shared_split(study.splits, stores, "test", tmp_path / "shared.tsv")
    out = tmp_path / "on.tsv"
    shared = tmp_path / "shared.tsv"
    predict_model(
        tmp_path / "model.safetensors",
        stores,
        shared,
        out,
        "cpu",
        split="test",
    )
    table = read_table(out)
    assert set(table["split"]) == {"test"}
    assert len(table) == 8
    data = load_windows(stores, shared, "test", tmp_path)
    with torch.no_grad():
        expected = logits(
            network, torch.from_numpy(np.array(data.signal)), CHANNELS[4:]
        )
    assert np.allclose(table[["logit_x", "logit_y"]], expected, atol=1e-5)


@pytest.fixture
def networks(study, tmp_path):
    """Two models of random weights, one a fold: their paths, and themselves."""
    record = {
        "model": MODEL,
        "channels": list(CHANNELS),
        "n_times": 400,
        "classes": ["x", "y"],
    }
    found = []
    for fold in (0, 1):
        torch.manual_seed(fold)
        network = build_labram(MODEL, CHANNELS, 400, 2).eval()
        path = tmp_path / f"fold-{fold}.safetensors"
        save_model(network, path, record)
        found.append((path, network))
    return zip(*found, strict=True)


def expected_logits(network, stores, samples):
    """Logits of windows in the order of their names, one window at a time."""
    signals = {}
    for path in stores:
        dataset = open_windows(path)
        names = tuple(dataset["channel"].values)
        windows = np.moveaxis(dataset["signal"].values, 2, 0)
        signals |= dict(zip(dataset["sample"].values, windows, strict=True))
    with torch.no_grad():
        return np.concatenate(
            [
                logits(network, torch.from_numpy(signals[name][None]), names)
                for name in samples
            ]
        )


@pytest.mark.slow
def test_windows_of_another_task_are_predicted_by_the_model_of_their_fold(
    study, networks, tmp_path
):
    paths, found = networks
    stores = [part(study, path, channel=slice(4, 9)) for path in study.stores]
    out = tmp_path / "on.tsv"
    predict_on(paths, stores, study.folds, out, "cpu")
    table = read_table(out)
    assert set(table["split"]) == {"test"}
    assert table["sample"].is_unique
    for fold, splits in enumerate(study.folds):
        own = table[table["fold"] == fold]
        wanted = read_table(splits)
        wanted = wanted.loc[wanted["split"] == "test", "sample"]
        assert sorted(own["sample"]) == sorted(wanted)
        expected = expected_logits(found[fold], stores, own["sample"])
        np.testing.assert_allclose(
            own[["logit_x", "logit_y"]], expected, atol=1e-5
        )


@pytest.mark.slow
def test_windows_of_another_task_are_explained_by_the_model_of_their_fold(
    study, networks, tmp_path
):
    paths, found = networks
    store = tmp_path / "on.zarr.zip"
    attribute_on(
        paths,
        study.stores,
        study.folds,
        store,
        ids={"study": "s", "task": "t", "regime": "scratch", "seed": 0},
        methods={"input_x_gradient": {}},
        attribution={
            "split": "test",
            "max_windows": None,
            "target": "predicted",
            "score": "logit",
            "batch_size": 8,
            "layers": False,
        },
        seed=0,
        config_sha256="c",
        device="cpu",
    )
    dataset = open_attribution(store)
    assert dataset.sizes["sample"] == 16
    for fold, splits in enumerate(study.folds):
        own = dataset.isel(sample=dataset["fold"].values == fold)
        samples = own["sample"].values.astype(str)
        wanted = read_table(splits)
        wanted = wanted.loc[wanted["split"] == "test", "sample"]
        assert sorted(samples) == sorted(wanted)
        expected = expected_logits(found[fold], study.stores, samples)
        np.testing.assert_allclose(
            own["logit"].values, expected.max(axis=1), atol=1e-5
        )


@pytest.mark.slow
def test_a_fold_that_shares_no_window_is_refused(study, networks, tmp_path):
    paths, _ = networks
    # The windows that test in the first fold.
    stores = [part(study, path, sample=slice(16, 20)) for path in study.stores]
    with pytest.raises(InputError, match="none of 8 windows of the split"):
        predict_on(paths, stores, study.folds, tmp_path / "on.tsv", "cpu")
    assert not (tmp_path / "on.tsv").exists()


def test_filters_of_a_subject_leave_out_what_windows_lack():
    torch.manual_seed(0)
    network = build_labram(MODEL, CHANNELS, 400, 2).eval()
    layer = SubjectLayer(network, ("a", "b"), CHANNELS)
    with torch.no_grad():
        layer.filters += 0.3 * torch.randn_like(layer.filters)
    names, signal = [CHANNELS[k] for k in (1, 4, 7)], torch.randn(2, 3, 400)
    with torch.no_grad():
        found = layer(signal, np.array(["b", "a"]), ch_names=names)
        for row, subject in enumerate("ba"):
            alone = for_subject(layer, subject)(signal[[row]], ch_names=names)
            assert torch.allclose(found[row], alone[0], atol=1e-5)
