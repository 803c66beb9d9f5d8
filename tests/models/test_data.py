import numpy as np
import pandas as pd
import pytest

from eeglrp import store
from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.models.data import load_windows


def test_a_split_holds_its_windows_in_order(study, tmp_path):
    paths, splits, signals = study
    data = load_windows(paths, splits, "train", tmp_path)
    assert isinstance(data.signal, np.memmap)
    np.testing.assert_array_equal(data.signal, signals["b"])
    assert set(data.frame["subject"]) == {"b"}
    assert data.channels == ("FP1", "CZ", "O2")
    np.testing.assert_array_equal(data.label, np.arange(40) % 2)
    assert data.sampling_rate == 200


def test_without_a_split_all_windows_come(study, tmp_path):
    paths, splits, signals = study
    data = load_windows(paths, splits, None, tmp_path)
    np.testing.assert_array_equal(
        data.signal, np.concatenate([signals["a"], signals["b"]])
    )
    assert list(data.frame["split"]) == ["validation"] * 20 + ["train"] * 40


def test_an_empty_split_is_refused(study, tmp_path):
    paths, splits, _ = study
    with pytest.raises(
        InputError, match=r"splits\.tsv: test: the split has no window"
    ):
        load_windows(paths, splits, "test", tmp_path)


def test_windows_that_are_in_no_store_are_refused(study, tmp_path):
    paths, splits, _ = study
    with pytest.raises(InputError, match="40 of 40 windows are in no store"):
        load_windows(paths[:1], splits, "train", tmp_path)


def test_subjects_with_other_electrodes_are_refused(
    study, tmp_path, subject_writer
):
    paths, splits, signals = study
    other = tmp_path / "other.zarr.zip"
    subject_writer(other, "b", signals["b"], channels=("FP1", "CZ", "O1"))
    with pytest.raises(
        InputError, match=r"other\.zarr\.zip: channels: differ.*\(O1, O2\)"
    ):
        load_windows([paths[0], other], splits, None, tmp_path)


def test_subjects_with_another_window_length_are_refused(
    study, tmp_path, subject_writer
):
    paths, splits, signals = study
    other = tmp_path / "other.zarr.zip"
    subject_writer(other, "b", np.concatenate([signals["b"]] * 2, axis=2))
    with pytest.raises(
        InputError, match=r"window length: .*\(400, 200\.0\).*\(200, 200\.0\)"
    ):
        load_windows([paths[0], other], splits, None, tmp_path)


def test_values_that_are_not_finite_are_refused(
    study, tmp_path, subject_writer
):
    paths, splits, signals = study
    broken = signals["b"].copy()
    broken[3, 1, 7] = np.nan
    other = tmp_path / "other.zarr.zip"
    subject_writer(other, "b", broken)
    with pytest.raises(
        InputError,
        match=r"other\.zarr\.zip: signal: holds values that are not",
    ):
        load_windows([other], splits, "train", tmp_path)


def test_the_table_of_all_folds_gives_every_window_once(study, tmp_path):
    paths, splits, signals = study
    table = read_table(splits)
    other = {"train": "test", "validation": "train"}
    more = table.assign(split=table["split"].map(other), fold=1)
    joined = tmp_path / "joined.tsv"
    write_table(pd.concat([table, more]), joined)
    every = load_windows(paths, joined, None, tmp_path)
    assert every.frame["sample"].is_unique
    assert len(every.signal) == len(every.frame) == 60
    # Both subjects train, each in a fold of its own.
    train = load_windows(paths, joined, "train", tmp_path)
    np.testing.assert_array_equal(
        train.signal, np.concatenate([signals["a"], signals["b"]])
    )


@pytest.fixture
def opened(monkeypatch):
    """Names of the stores that were opened, in their order."""
    names, original = [], store.open_windows

    def spy(path):
        names.append(str(path).rsplit("/", 1)[-1])
        return original(path)

    monkeypatch.setattr(store, "open_windows", spy)
    return names


def copies(study, folder, subject_writer):
    """Stores of this test alone."""
    _, splits, signals = study
    paths = [folder / f"{name}.zarr.zip" for name in ("a", "b")]
    for name, path in zip("ab", paths, strict=True):
        subject_writer(path, name, signals[name])
    return paths, splits, signals


def test_a_job_opens_every_store_once(study, tmp_path, subject_writer, opened):
    paths, splits, signals = copies(study, tmp_path, subject_writer)
    loads = [
        load_windows(paths, splits, split, tmp_path)
        for split in ("train", "validation", None, "train")
    ]
    assert opened == ["a.zarr.zip", "b.zarr.zip"]
    np.testing.assert_array_equal(loads[0].signal, signals["b"])
    np.testing.assert_array_equal(loads[3].signal, signals["b"])


def test_a_store_that_has_changed_is_opened_again(
    study, tmp_path, subject_writer, opened
):
    paths, splits, signals = copies(study, tmp_path, subject_writer)
    load_windows(paths, splits, "train", tmp_path)
    paths[1].unlink()
    subject_writer(paths[1], "b", signals["b"] * 2)
    again = load_windows(paths, splits, "train", tmp_path)
    assert opened == ["a.zarr.zip", "b.zarr.zip", "b.zarr.zip"]
    np.testing.assert_array_equal(again.signal, signals["b"] * 2)


def test_a_store_that_is_gone_is_named(study, tmp_path, subject_writer):
    paths, splits, _ = copies(study, tmp_path, subject_writer)
    load_windows(paths, splits, "train", tmp_path)
    paths[1].unlink()
    with pytest.raises(InputError, match=r"b\.zarr\.zip"):
        load_windows(paths, splits, "train", tmp_path)
