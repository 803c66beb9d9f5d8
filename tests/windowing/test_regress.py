import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.recordings.registry import Recording
from eeglrp.windowing.condition import condition
from eeglrp.windowing.counts import CannotUse
from eeglrp.windowing.regress import reference_signals, regress_out
from eeglrp.windowing.windows import make_windows

PEAKS = 0.5 + np.cumsum(np.random.default_rng(1).uniform(0.7, 0.9, 36))


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 4), seed=st.integers(0, 999))
def test_what_is_left_is_orthogonal_to_the_references(n, seed):
    """The normal equations of least squares, and the shares of variance add up."""
    rng = np.random.default_rng(seed)
    references = rng.normal(size=(n, 400))
    references -= references.mean(axis=1, keepdims=True)
    signal = (
        rng.normal(size=(5, 400)) + rng.normal(size=(5, n)) @ references + 2
    )
    rest, share = regress_out(signal, references)
    np.testing.assert_allclose(rest @ references.T, 0, atol=1e-8)
    np.testing.assert_allclose(rest.mean(axis=1), signal.mean(axis=1))
    explained = (signal - rest).var(axis=1).sum()
    assert share == pytest.approx(explained / signal.var(axis=1).sum())


def test_it_is_linear_in_the_signal():
    rng = np.random.default_rng(0)
    references, a, b = (rng.normal(size=(k, 300)) for k in (2, 4, 4))
    references -= references.mean(axis=1, keepdims=True)
    together, _ = regress_out(a + b, references)
    np.testing.assert_allclose(
        together,
        regress_out(a, references)[0] + regress_out(b, references)[0],
        atol=1e-12,
    )


def with_heart(make_raw, gain=0.05, delay=0):
    raw = make_raw(32, peaks=PEAKS)
    ecg = raw.get_data(picks=["ECG"])[0]
    raw.apply_function(
        lambda x: x + gain * np.roll(ecg, delay), picks=["C3"], verbose="ERROR"
    )
    return Recording("run", raw)


def at_peaks(signal, channel=2):
    """Evoked amplitude of a channel: at the R-peaks, less its mean."""
    samples = np.rint(PEAKS[1:-1] * 200).astype(int)
    return signal[channel][samples].mean() - signal[channel].mean()


def test_a_leaked_ecg_is_taken_out_of_the_eeg(make_raw, settings):
    recording = with_heart(make_raw)
    channels = recording.raw.ch_names[:-1]
    before = condition(recording, channels, [], settings)
    after = condition(
        recording,
        channels,
        [],
        settings | {"regress": ["ECG"], "regress_lags": 0.0},
    )
    assert at_peaks(before.signal) > 20
    assert abs(at_peaks(after.signal)) < 5
    assert before.regressed is None
    assert 0.005 < after.regressed < 0.2
    assert after.counts == [("regressed", "ECG", 1)]


def test_recordings_with_a_date_are_filtered_by_the_same_annotations(
    make_raw, settings
):
    """EDF files have a date, to which annotations then refer."""
    raw = make_raw(32, peaks=PEAKS, notes=[(10.0, 0.0, "EDGE boundary")])
    windows = settings | {"regress": ["ECG"], "regress_lags": 0.0}
    plain = reference_signals(Recording("a", raw), windows)
    dated = raw.copy().set_meas_date(946684800)
    np.testing.assert_array_equal(
        reference_signals(Recording("a", dated), windows), plain
    )
    whole = reference_signals(
        Recording("a", raw.copy().set_annotations(None)), windows
    )
    assert abs(whole - plain).max() > 1e-9


def test_lags_take_out_a_field_that_comes_later(make_raw, settings):
    recording = with_heart(make_raw, delay=10)
    channels = recording.raw.ch_names[:-1]
    shares = [
        condition(
            recording,
            channels,
            [],
            settings | {"regress": ["ECG"], "regress_lags": lag},
        )
        for lag in (0.0, 0.04)
    ]
    assert shares[1].regressed > 2 * shares[0].regressed


def test_names_types_and_pairs_of_channels(make_raw, settings):
    recording = Recording("run", make_raw(32, peaks=PEAKS))
    raw, plain = (
        recording.raw,
        settings | {"high_pass": 0, "low_pass": None, "notch": None},
    )

    def found(*names, lags=0.0):
        windows = plain | {"regress": list(names), "regress_lags": lags}
        return reference_signals(recording, windows)

    ecg, one, other = raw.get_data(picks=["ECG", "FP1", "FP2"])
    for names, expected in (
        (["ECG"], ecg),
        (["ecg"], ecg),
        (["FP1-FP2"], one - other),
    ):
        signals = found(*names)
        assert signals.shape == (1, raw.n_times)
        np.testing.assert_allclose(
            signals[0], expected - expected.mean(), atol=1e-15
        )
    lagged = found("ECG", lags=0.04)
    assert len(lagged) == 5
    np.testing.assert_array_equal(np.roll(lagged[0], 20), lagged[4])


@pytest.mark.parametrize("name", ["EOG", "FP1-XX", "ECG2", "FP1-FP2-C3"])
def test_a_channel_that_is_not_there(make_raw, settings, name):
    recording = Recording("run-3", make_raw(32, peaks=PEAKS))
    with pytest.raises(
        InputError, match=f"run-3: regress: {name}: no such channel"
    ):
        reference_signals(
            recording, settings | {"regress": [name], "regress_lags": 0.0}
        )


@pytest.mark.parametrize(("value", "word"), [(0.0, "flat"), (np.nan, "NaN")])
def test_a_dead_channel_refuses_the_recording(make_raw, settings, value, word):
    raw = make_raw(32, peaks=PEAKS)
    raw.apply_function(lambda x: np.full_like(x, value), picks=["ECG"])
    with pytest.raises(CannotUse, match=f"ECG to regress out .* {word}"):
        reference_signals(
            Recording("a", raw),
            settings | {"regress": ["ECG"], "regress_lags": 0},
        )


def test_a_channel_marked_bad_is_regressed_too(make_raw, settings):
    """It is interpolated later, but must not pass the regression by."""
    recording = with_heart(make_raw)
    recording.raw.info["bads"] = ["FP1"]
    channels = recording.raw.ch_names[:-1]
    windows = settings | {"regress": ["ECG"], "regress_lags": 0.0}
    assert (
        abs(at_peaks(condition(recording, channels, [], windows).signal)) < 5
    )


@pytest.mark.slow
def test_the_windows_say_what_was_taken_out(make_raw, settings):
    task = {
        "classes": ["left", "right"],
        "start": 0.0,
        "length": 2.0,
        "truth": [],
    }
    task |= {"kind": "motor_imagery"}
    notes = [
        (1.0 + 3 * i, 2.0, "right" if i % 2 else "left") for i in range(8)
    ]
    raw = make_raw(32, peaks=PEAKS, notes=notes)
    windows = settings | {"regress": ["ECG"], "regress_lags": 0.0}
    arrays, counts = make_windows(
        [Recording("a", raw)], "control", task, windows, 1, "S"
    )
    assert 0 < arrays["regressed"]["a"] < 0.01
    assert (counts["item"] == "regressed").sum() == 1
