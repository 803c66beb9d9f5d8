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
from eeglrp.files import read_json

from .conftest import CHANNELS, SACCADE

KEY = "tasks.imagery.arms.inputs.x"
PAIR = {"regress": "F7-F8"}


def fit(study, options, by="block", path=None):
    out = study.splits.parent / "regression.json"
    fit_regression(
        path or study.stores,
        study.splits,
        options,
        out,
        key=KEY,
        by=by,
        seed=1,
    )
    return read_json(out)


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


@pytest.mark.parametrize("by", ["block", "subject"])
def test_coefficients_are_least_squares_over_training_windows(study, by):
    found = fit(study, PAIR, by)
    groups = {"a": ["a"], "b": ["b"]} if by == "block" else {"all": ["a", "b"]}
    assert found.keys() == groups.keys()
    for group, subjects in groups.items():
        signal = np.concatenate(
            [study.signal[subject][:12] for subject in subjects]
        )
        own = [found[group]["coefficients"][name] for name in CHANNELS]
        assert np.allclose(own, by_hand(signal, pair_of(signal)), atol=1e-9)
        assert found[group]["windows"] == 12 * len(subjects)


def test_windows_that_do_not_train_do_not_count(study):
    table = study.splits.read_text()
    before = fit(study, PAIR)
    study.splits.write_text(table.replace("train", "test", 3))
    assert fit(study, PAIR)["a"] != before["a"]
    study.splits.write_text(table.replace("validation", "test"))
    assert fit(study, PAIR) == before


def test_a_subject_that_does_not_train_shares_the_pooled_coefficients_only(
    study,
):
    text = study.splits.read_text()
    own = "\n".join(
        line.replace("train", "test")
        for line in text.splitlines()
        if "b/" in line
    )
    rest = "\n".join(line for line in text.splitlines() if "b/" not in line)
    study.splits.write_text(f"{rest}\n{own}\n")
    own = fit(study, PAIR)
    assert set(own) == {"a"}
    assert fit(study, PAIR, "subject")["all"] == own["a"]


def test_nothing_of_the_pair_and_of_its_field_is_left(study):
    signal, own = study.signal["a"], fit(study, PAIR)["a"]
    found = references(signal, CHANNELS, PAIR, key=KEY, seed=1, subject="a")
    rest = regress_out(signal, found, CHANNELS, own)
    assert np.abs(pair_of(rest)).max() < 1e-9
    pattern = np.array([own["coefficients"][name] for name in CHANNELS])
    # Half of a difference of two lies at each.
    assert np.allclose(pattern, SACCADE / 2, atol=0.05)


@pytest.mark.parametrize(
    "placebo", ["reversed", "orthogonalised", "other_trial"]
)
def test_placebos_have_coefficients_of_their_own(study, placebo):
    options = {"regress": "C3-C4", "placebo": placebo}
    signal = study.signal["a"][:12]
    pair, heog = pair_of(study.signal["a"], "C3", "C4"), pair_of(signal)
    share = 0.0
    if placebo == "reversed":
        regressor = pair[:12, ::-1]
    elif placebo == "other_trial":
        regressor = pair[other_trials(20, 1, "a")][:12]
    else:
        share = by_hand(pair[:12, None], heog)[0]
        regressor = pair[:12] - share * heog
    own = fit(study, options)["a"]
    coefficients = [own["coefficients"][name] for name in CHANNELS]
    assert np.allclose(coefficients, by_hand(signal, regressor), atol=1e-9)
    assert np.isclose(own["heog"], share)
    found = references(
        study.signal["a"], CHANNELS, options, key=KEY, seed=1, subject="a"
    )
    rest = regress_out(study.signal["a"], found, CHANNELS, own)[:12]
    expected = signal - np.multiply.outer(coefficients, regressor).transpose(
        1, 0, 2
    )
    assert np.allclose(rest, expected, atol=1e-6)


def test_an_orthogonalised_pair_holds_no_eye_movement(study):
    options = {"regress": "C3-C4", "placebo": "orthogonalised"}
    own = fit(study, options)["a"]
    pattern = np.array([own["coefficients"][name] for name in CHANNELS])
    plain = fit(study, {"regress": "C3-C4"})["a"]
    leaked = np.array([plain["coefficients"][name] for name in CHANNELS])
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
            "nothing is left of the pair",
        ),
    ],
)
def test_pairs_that_cannot_be_regressed_out_are_refused(study, options, words):
    with pytest.raises(InputError) as error:
        fit(study, options)
    assert words in str(error.value)
    assert not (study.splits.parent / "regression.json").exists()


def test_one_window_has_no_other_trial():
    with pytest.raises(InputError, match="subject a: has one window"):
        other_trials(1, 0, "a")


@pytest.mark.slow
def test_stores_that_share_coefficients_have_the_same_electrodes(study):
    from eeglrp.store import open_windows, write_dataset

    fewer = (
        open_windows(study.stores[1])
        .load()
        .drop_encoding()
        .isel(channel=slice(0, 8))
    )
    path = study.splits.parent / "c.zarr.zip"
    write_dataset(fewer, path, {})
    with pytest.raises(InputError, match="differ from those of"):
        fit(study, PAIR, "subject", [study.stores[0], path])
    assert set(fit(study, PAIR, "block", [study.stores[0], path])) == {
        "a",
        "b",
    }
