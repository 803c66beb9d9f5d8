"""The horizontal electro-oculogram: its pair, its sign, its deflection after the cue."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.ocular.heog import (
    NoGaze,
    cue_signed,
    deflection,
    heog,
    pair,
    stored_heog,
)
from eeglrp.recordings.simulation.head import fit_sphere, lead_fields
from eeglrp.store import open_windows, write_windows

RATE = 200


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        (["C3", "AF8", "AF7", "F7", "F8", "FP1", "FP2"], ("AF7", "AF8")),
        (["AF7", "F7", "F8", "FP1", "FP2"], ("F7", "F8")),
        (["fp1", "Fp2", "AF7"], ("FP1", "FP2")),
    ],
)
def test_the_outermost_complete_pair_is_taken(channels, expected):
    assert pair(channels) == expected


def test_a_montage_without_a_pair_is_refused():
    with pytest.raises(
        InputError, match=r"C3, C4, AF7: have no pair .*Remedy: use a montage"
    ):
        pair(["C3", "C4", "AF7"])
    with pytest.raises(NoGaze):
        heog(np.zeros((1, 2, 5)), ["C3", "C4"])


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(-1e3, 1e3))
def test_it_is_left_minus_right_whatever_the_reference(left, right, reference):
    signal = np.array([right, left, 7.0])[None, :, None] + reference
    found = heog(signal, ["F8", "F7", "CZ"])
    np.testing.assert_allclose(found, [[left - right]], atol=1e-9)


def test_gaze_to_the_left_is_positive_in_the_field_of_the_eyes():
    """The eyes' dipoles of the simulated head point to the left, cornea positive."""
    sphere = fit_sphere(
        ["AF7", "AF8", "F7", "F8", "Fp1", "Fp2"], "colin27_1005"
    )
    field = lead_fields(sphere, 1, 0.0, np.random.default_rng(0))[
        "saccade"
    ].sum(1)
    for k in (0, 2, 4):
        assert field[k] > 0 > field[k + 1]


@pytest.mark.slow
def test_a_cued_saccade_is_positive_on_the_cued_side(simulated):
    """All saccades follow the label: the mean over left and over right trials is positive."""
    one = simulated(
        amplitude=60.0, trial_probability=1.0, label_probability=1.0
    )
    signed = cue_signed(
        deflection(heog(one.signal, one.channels), 250, 0.0), one.label
    )
    for number in (0, 1):
        assert signed[one.label == number].mean() > 20


@pytest.mark.slow
@pytest.mark.parametrize("start", [0.0, 0.5])
def test_deflection_follows_the_true_gaze(simulated, start):
    one = simulated("S003", start)
    found = deflection(heog(one.signal, one.channels), 250, start)
    true = deflection(heog(one.saccade, one.channels), 250, start)
    assert np.corrcoef(found, true)[0, 1] > 0.9


def test_deflection_is_the_mean_after_less_the_mean_before():
    trace = np.zeros((2, 2 * RATE))
    trace[0, : round(0.1 * RATE)] = 3.0
    trace[0, round(0.3 * RATE) : round(1.2 * RATE)] = 10.0
    trace[1] = 5.0
    np.testing.assert_allclose(deflection(trace, RATE, 0.0), [7.0, 0.0])
    # A window from 0.3 s before the cue holds the same.
    early = np.pad(
        trace, ((0, 0), (round(0.3 * RATE), 0)), constant_values=99.0
    )
    np.testing.assert_allclose(deflection(early, RATE, -0.3), [7.0, 0.0])


def test_without_a_baseline_the_median_of_the_windows_is_subtracted():
    trace = np.array([1.0, 2.0, 9.0])[:, None] * np.ones(2 * RATE)
    np.testing.assert_allclose(deflection(trace, RATE, 0.5), [-1.0, 0.0, 7.0])


@pytest.mark.parametrize(
    ("start", "length"), [(1.1, 2.0), (2.0, 2.0), (0.0, 0.4)]
)
def test_windows_without_gaze_are_refused(start, length):
    with pytest.raises(NoGaze, match="hold no gaze"):
        deflection(np.zeros((3, round(length * RATE))), RATE, start)


def test_cue_signed_turns_right_trials_only():
    np.testing.assert_array_equal(
        cue_signed(np.array([2.0, 3.0, -1.0]), [0, 1, 1]), [2, -3, 1]
    )


def test_a_store_gives_microvolt(tmp_path):
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(3, 4, 200)).astype(np.float32)
    names = {
        "samples": list("abc"),
        "subject": ["s"] * 3,
        "recording": ["r"] * 3,
    }
    write_windows(
        tmp_path / "w.zarr.zip",
        signal,
        [0, 1, 0],
        channels=["CZ", "F8", "O1", "F7"],
        sampling_rate=200,
        onset=np.arange(3),
        attrs={"settings": {"unit": 100.0}},
        **names,
    )
    with open_windows(tmp_path / "w.zarr.zip") as dataset:
        np.testing.assert_allclose(
            stored_heog(dataset),
            100 * (signal[:, 3] - signal[:, 1]),
            rtol=1e-5,
            atol=1e-4,
        )
