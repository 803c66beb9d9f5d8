import numpy as np
import pytest

from eeglrp.windowing.channels import (
    find_bad_channels,
    flat_and_noisy,
    unfinite_channels,
)
from eeglrp.windowing.counts import CannotUse


def change(raw, name, function):
    raw.apply_function(function, picks=[name], verbose="ERROR")
    return raw


def test_good_channels_are_left_alone(make_raw, settings):
    assert find_bad_channels(make_raw(), [], settings) == {}


def test_flat_noisy_marked_and_nan_channels_are_named(make_raw, settings):
    settings["max_bad"] = 0.5
    raw = change(make_raw(), "C3", lambda x: 0 * x + 5e-5)
    raw.filter(0.5, None, verbose="ERROR")
    change(raw, "P7", lambda x: 30 * x)
    raw.info["bads"] = ["O2"]
    found = find_bad_channels(raw, ["FP1"], settings)
    assert found == {"C3": "flat", "P7": "noisy", "O2": "marked", "FP1": "nan"}


def test_nan_and_infinite_samples_become_zero(make_raw):
    raw = make_raw()
    before = raw.get_data()
    change(raw, "CZ", lambda x: np.where(np.arange(len(x)) < 10, np.nan, x))
    change(raw, "PZ", lambda x: np.where(np.arange(len(x)) < 10, np.inf, x))
    assert unfinite_channels(raw) == ["CZ", "PZ"]
    after = raw.get_data()
    assert (after[3, :10] == 0).all()
    assert (after[6, :10] == 0).all()
    np.testing.assert_array_equal(after[:, 10:], before[:, 10:])


def test_slow_eye_movements_do_not_make_a_channel_noisy(settings):
    rng = np.random.default_rng(0)
    times = np.arange(5000) / 250
    signal = rng.normal(0, 10, (8, 5000))
    signal[0] += 200 * np.sin(2 * np.pi * 0.2 * times)
    blinks = np.exp(-0.5 * ((times % 3 - 1.5) / 0.1) ** 2)
    signal[1] += 300 * blinks
    _, noisy = flat_and_noisy(signal, 250, settings)
    assert not noisy.any()
    signal[2] *= 5
    assert (
        flat_and_noisy(signal, 250, settings)[1].tolist()
        == [False] * 2 + [True] + [False] * 5
    )


def test_nearly_equal_channels_make_no_outlier(settings):
    signal = np.tile(np.random.default_rng(0).normal(0, 10, 1000), (6, 1))
    signal[5] *= 1.5
    assert not flat_and_noisy(signal, 250, settings)[1].any()


def test_a_recording_of_flat_channels_only(settings):
    flat, noisy = flat_and_noisy(np.zeros((4, 1000)), 250, settings)
    assert flat.all()
    assert not noisy.any()


def test_too_many_bad_channels_refuse_the_recording(make_raw, settings):
    with pytest.raises(
        CannotUse, match=r"3 of 10 channels bad \(CZ nan, PZ nan, O1 nan\)"
    ):
        find_bad_channels(make_raw(), ["CZ", "PZ", "O1"], settings)


def test_a_bad_channel_without_a_position_refuses_the_recording(
    make_raw, settings
):
    raw = make_raw()
    raw.rename_channels({"CZ": "CB1"})
    raw.set_montage(
        "colin27_1005", match_case=False, on_missing="ignore", verbose="ERROR"
    )
    with pytest.raises(CannotUse, match="CB1 has no position"):
        find_bad_channels(raw, ["CB1"], settings)
