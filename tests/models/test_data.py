import numpy as np
import pytest

from eeglrp.errors import InputError
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
