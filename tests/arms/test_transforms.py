import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.arms.transforms import (
    Arm,
    blank,
    electrodes_left,
    low_passed,
    transform,
)
from eeglrp.errors import InputError

from .conftest import CHANNELS, RATE, make_signal

KEY = "tasks.imagery.arms.inputs.x"
FIT = {
    "coefficients": {name: 0.1 * k for k, name in enumerate(CHANNELS)},
    "heog": 0.3,
}


def arm(**options):
    return Arm(options, KEY, FIT, RATE, "a", 1)


def test_the_blank_part_is_zero_and_the_rest_as_it_was():
    signal = np.random.default_rng(0).standard_normal((3, 2, 400)) + 5
    made = blank(signal, [0.5, 1.25], RATE)
    assert (made[..., 100:250] == 0).all()
    assert (made[..., :100] == signal[..., :100]).all()
    assert (made[..., 250:] == signal[..., 250:]).all()
    assert (signal != 0).all()


def test_what_is_faster_than_the_limit_is_gone_and_the_rest_stays_in_time():
    time = np.arange(400) / RATE
    slow, fast = (
        np.sin(2 * np.pi * hertz * time + 0.4)[None, None] for hertz in (5, 60)
    )
    made = low_passed(slow + fast, 25.0, RATE, KEY)
    middle = slice(100, 300)
    np.testing.assert_allclose(made[..., middle], slow[..., middle], atol=0.02)
    signal = np.repeat(slow + fast, len(CHANNELS), axis=1)
    whole, truth, left, _ = transform(
        signal, fast + 0 * signal, CHANNELS, arm(low_pass=25.0)
    )
    np.testing.assert_array_equal(
        whole, np.repeat(made, len(CHANNELS), axis=1)
    )
    assert np.abs(truth[..., middle]).max() < 0.02
    assert len(left) == len(CHANNELS)
    with pytest.raises(
        InputError, match=r"inputs\.x\.low_pass: 100 Hz is at or above half"
    ):
        low_passed(signal, 100.0, RATE, KEY)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, CHANNELS),
        ({"keep": ["O2", "c3"]}, ("C3", "O2")),
        ({"drop": ["ocular_frontal"]}, CHANNELS[4:]),
        ({"keep": ["central", "O1"], "drop": ["CZ"]}, ("C3", "C4", "O1")),
    ],
)
def test_electrodes_are_named_one_by_one_or_by_region(options, names):
    left = electrodes_left(CHANNELS, options, KEY)
    assert tuple(CHANNELS[k] for k in left) == names


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"keep": ["AF7", "FP1"]},
            "inputs.x.keep: AF7 is not among the electrodes",
        ),
        (
            {"drop": ["temporal"]},
            "inputs.x.drop: temporal is not among the electrodes",
        ),
        (
            {"keep": ["C3"], "drop": ["central"]},
            "inputs.x: leaves no electrode",
        ),
    ],
)
def test_electrodes_that_the_windows_lack_are_refused(options, words):
    with pytest.raises(InputError) as error:
        electrodes_left(CHANNELS, options, KEY)
    assert words in str(error.value)


@pytest.mark.parametrize(
    "placebo", [None, "reversed", "other_trial", "orthogonalised"]
)
def test_every_arm_is_linear_so_that_truth_goes_the_signals_way(placebo):
    rng = np.random.default_rng(5)
    truth = rng.standard_normal((30, len(CHANNELS), 400))
    rest = make_signal(rng, 30, 400)
    options = {"regress": "C3-C4", "blank": [0, 0.5], "drop": ["O1"]}
    options |= {"placebo": placebo} if placebo else {}
    whole, planted, left, _ = transform(
        rest + truth, truth, CHANNELS, arm(**options)
    )
    alone, none, *_ = transform(rest, None, CHANNELS, arm(**options))
    assert none is None
    assert len(left) == len(CHANNELS) - 1
    assert np.allclose(whole - alone, planted, atol=1e-9)
    assert np.abs(planted[..., 100:]).max() > 0


@pytest.mark.slow
def test_components_are_found_in_what_regression_left():
    signal = make_signal(np.random.default_rng(5), 40, 400)
    alone = transform(signal, signal, CHANNELS, arm(ica="eyes"))
    assert np.allclose(alone[0], alone[3].clean @ signal)
    assert np.allclose(alone[0], alone[1])
    both = transform(signal, None, CHANNELS, arm(regress="F7-F8", ica="eyes"))
    assert not np.allclose(alone[3].clean, both[3].clean)


@settings(max_examples=20, deadline=None)
@given(start=st.floats(0, 1.9), length=st.floats(0.01, 2))
def test_a_blank_is_as_long_as_asked_for(start, length):
    stop = min(start + length, 2.0)
    made = blank(np.ones((1, 1, 400)), [start, stop], RATE)
    assert abs((made == 0).sum() - RATE * (stop - start)) <= 1
