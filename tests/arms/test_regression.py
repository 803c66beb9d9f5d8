import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.arms.regression import (
    fit_regression,
    other_trials,
    references,
    regress_out,
)
from eeglrp.errors import InputError

from .conftest import CHANNELS, SACCADE

KEY = "tasks.imagery.arms.inputs.x"
PAIR = {"regress": "F7-F8"}


def fit(study, options, subject="a", key=KEY):
    return fit_regression(
        study.signal[subject],
        CHANNELS,
        options,
        key=key,
        seed=1,
        subject=subject,
    )


def pattern_of(found):
    return np.array([found["coefficients"][name] for name in CHANNELS])


def by_hand(signal, regressor):
    """Coefficient of every electrode, by numpy's least squares with an intercept a window."""
    n_windows, _, n_times = signal.shape
    intercepts = np.kron(np.eye(n_windows), np.ones((n_times, 1)))
    design = np.column_stack([regressor.ravel(), intercepts])
    target = (
        signal.astype(float).transpose(0, 2, 1).reshape(-1, signal.shape[1])
    )
    return np.linalg.lstsq(design, target, rcond=None)[0][0]


def pair_of(signal, left="F7", right="F8"):
    signal = signal.astype(float)
    return signal[:, CHANNELS.index(left)] - signal[:, CHANNELS.index(right)]


@pytest.mark.parametrize("subject", ["a", "b"])
def test_coefficients_are_least_squares_over_all_own_windows(study, subject):
    found = fit(study, PAIR, subject)
    signal = study.signal[subject]
    expected = by_hand(signal, pair_of(signal))
    np.testing.assert_allclose(pattern_of(found), expected, atol=1e-9)
    assert found["windows"] == 20
    assert found["heog"] == 0
    assert json.loads(json.dumps(found)) == found


def test_every_window_counts(study):
    before = fit(study, PAIR)
    for window in range(20):
        study.signal["a"][window] *= 2
        after = fit(study, PAIR)
        assert after["coefficients"] != before["coefficients"]
        before = after


def test_nothing_of_the_pair_and_of_its_field_is_left(study):
    signal, own = study.signal["a"], fit(study, PAIR)
    found = references(signal, CHANNELS, PAIR, key=KEY, seed=1, subject="a")
    rest = regress_out(signal, found, CHANNELS, own)
    assert np.abs(pair_of(rest)).max() < 1e-9
    # Half of a difference of two lies at each.
    assert np.allclose(pattern_of(own), SACCADE / 2, atol=0.05)


@pytest.mark.parametrize(
    "placebo", ["reversed", "orthogonalised", "other_trial"]
)
def test_placebos_have_coefficients_of_their_own(study, placebo):
    options = {"regress": "C3-C4", "placebo": placebo}
    signal = study.signal["a"]
    pair, heog = pair_of(signal, "C3", "C4"), pair_of(signal)
    share = 0.0
    if placebo == "reversed":
        regressor = pair[:, ::-1]
    elif placebo == "other_trial":
        regressor = pair[other_trials(20, 1, "a")]
    else:
        share = by_hand(pair[:, None], heog)[0]
        regressor = pair - share * heog
    own = fit(study, options)
    coefficients = pattern_of(own)
    assert np.allclose(coefficients, by_hand(signal, regressor), atol=1e-9)
    assert np.isclose(own["heog"], share)
    found = references(signal, CHANNELS, options, key=KEY, seed=1, subject="a")
    rest = regress_out(signal, found, CHANNELS, own)
    expected = signal - np.multiply.outer(coefficients, regressor).transpose(
        1, 0, 2
    )
    assert np.allclose(rest, expected, atol=1e-6)


def test_an_orthogonalised_pair_holds_no_eye_movement(study):
    options = {"regress": "C3-C4", "placebo": "orthogonalised"}
    pattern = pattern_of(fit(study, options))
    leaked = pattern_of(fit(study, {"regress": "C3-C4"}))
    eyes = CHANNELS.index("F7")
    assert abs(pattern[eyes]) < 0.15 < 0.5 < abs(leaked[eyes])


@settings(max_examples=50, deadline=None)
@given(n_windows=st.integers(2, 60), seed=st.integers(0, 100))
def test_no_window_is_its_own_other_trial(n_windows, seed):
    partner = other_trials(n_windows, seed, "a")
    assert sorted(partner) == list(range(n_windows))
    assert (partner != np.arange(n_windows)).all()
    assert (partner == other_trials(n_windows, seed, "a")).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"regress": "AF7-AF8"},
            "inputs.x.regress: AF7, AF8 is not among the electrodes",
        ),
        (
            {"regress": "F7-F8", "placebo": "orthogonalised"},
            f"{KEY}.regress: nothing is left of the pair to regress out (b). "
            "Remedy: choose another pair or placebo",
        ),
    ],
)
def test_pairs_that_cannot_be_regressed_out_are_refused(study, options, words):
    with pytest.raises(InputError) as error:
        fit(study, options, "b")
    assert words in str(error.value)


def test_one_window_has_no_other_trial():
    with pytest.raises(InputError, match="subject a: has one window"):
        other_trials(1, 0, "a")
