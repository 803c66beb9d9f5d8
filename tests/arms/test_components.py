import mne
import numpy as np
import pytest
from scipy.linalg import hadamard

from eeglrp.arms.components import component_rows, find_eyes
from eeglrp.errors import InputError

from .conftest import BLINK, CHANNELS, RATE, SACCADE, make_signal


@pytest.fixture(scope="module")
def found():
    signal = make_signal(np.random.default_rng(3), 40, 400)
    return find_eyes(signal, CHANNELS, RATE, subject="a", seed=1)


def likeness(map_, field):
    return abs(np.corrcoef(map_, field)[0, 1])


def test_the_components_of_eye_movements_and_blinks_go(found):
    maps = found.maps[:, found.removed].T
    assert len(maps) == 2
    for field in (SACCADE, BLINK):
        assert max(likeness(map_, field) for map_ in maps) > 0.99


def test_the_filter_takes_out_the_eyes_and_keeps_the_rest(found):
    for field in (SACCADE, BLINK):
        assert np.linalg.norm(found.clean @ field) < 0.05 * np.linalg.norm(
            field
        )
    occipital = np.eye(len(CHANNELS))[CHANNELS.index("O1")]
    assert np.linalg.norm(found.clean @ occipital - occipital) < 0.1
    assert np.linalg.matrix_rank(found.clean, tol=1e-6) == len(CHANNELS) - 2


def test_the_filter_does_what_mne_does(found, monkeypatch):
    """MNE subtracts the mean of what it was fitted on first; here that is 0 but for rounding."""
    kept = []
    fit = mne.preprocessing.ICA.fit
    monkeypatch.setattr(
        mne.preprocessing.ICA,
        "fit",
        lambda self, *a, **k: kept.append(fit(self, *a, **k)),
    )
    signal = make_signal(np.random.default_rng(3), 40, 400)
    again = find_eyes(signal, CHANNELS, RATE, subject="a", seed=1)
    assert again.removed == found.removed
    (ica,) = kept
    info = mne.create_info(list(CHANNELS), RATE, "eeg")
    centred = signal - signal.mean((0, 2), keepdims=True)
    epochs = mne.EpochsArray(1e-4 * centred, info, verbose="ERROR")
    applied = ica.apply(
        epochs, exclude=again.removed, verbose="ERROR"
    ).get_data()
    assert np.allclose(again.clean @ centred, 1e4 * applied, atol=0.02)


def test_the_same_seed_finds_the_same(found):
    signal = make_signal(np.random.default_rng(3), 40, 400)
    assert np.array_equal(
        find_eyes(signal, CHANNELS, RATE, subject="a", seed=1).clean,
        found.clean,
    )


def test_nothing_is_removed_where_nothing_follows_the_eyes():
    """Equal weights of 16 sources: each makes an eighth of a difference or mean of electrodes."""
    names = [*CHANNELS, "P3", "PZ", "P4", "P7", "P8", "F3", "F4"]
    mixed = hadamard(16) @ np.random.default_rng(0).laplace(size=(40, 16, 400))
    quiet = find_eyes(mixed, names, RATE, subject="a", seed=1)
    assert quiet.removed == []
    assert np.allclose(np.abs(quiet.scores).max(1), 8**-0.5, atol=0.04)
    assert np.array_equal(quiet.clean, np.eye(16))


def test_rank_and_number_of_samples_limit_the_components():
    signal = make_signal(np.random.default_rng(0), 40, 400)
    referenced = signal - signal.mean(1, keepdims=True)
    assert (
        find_eyes(referenced, CHANNELS, RATE, subject="a", seed=1).maps.shape[
            1
        ]
        == 8
    )
    few = find_eyes(signal[:2], CHANNELS, RATE, subject="a", seed=1)
    assert few.maps.shape[1] == 6
    assert few.n_windows == 2


@pytest.mark.parametrize("n_windows", [0, 1])
def test_too_few_samples_are_refused(n_windows):
    signal = make_signal(np.random.default_rng(0), 5, 400)[:n_windows, :, :170]
    with pytest.raises(
        InputError, match=f"subject a: has {n_windows} windows to learn"
    ):
        find_eyes(signal, CHANNELS, RATE, subject="a", seed=1)


def test_too_few_electrodes_are_refused():
    signal = make_signal(np.random.default_rng(0), 40, 400)[:, 2:4]
    with pytest.raises(
        InputError, match="subject a: holds 2 independent signals"
    ):
        find_eyes(signal, ("F7", "F8"), RATE, subject="a", seed=1)


def test_a_montage_without_electrodes_beside_the_eyes_is_refused():
    signal = make_signal(np.random.default_rng(0), 40, 400)[:, 4:]
    with pytest.raises(InputError, match="no pair beside the eyes"):
        find_eyes(signal, CHANNELS[4:], RATE, subject="a", seed=1)


def test_blinks_are_not_looked_for_without_electrodes_above_the_eyes():
    signal = make_signal(np.random.default_rng(0), 40, 400)[:, 2:]
    assert find_eyes(
        signal, CHANNELS[2:], RATE, subject="a", seed=1
    ).traces == ("heog",)


def test_a_pair_that_regression_has_emptied_is_followed_by_nothing():
    signal = make_signal(np.random.default_rng(0), 40, 400)
    pair = signal[:, CHANNELS.index("F7")] - signal[:, CHANNELS.index("F8")]
    emptied = signal - np.einsum("c,nt->nct", SACCADE / 2, pair)
    blinks = find_eyes(emptied, CHANNELS, RATE, subject="a", seed=1)
    assert blinks.traces == ("veog",)
    assert len(blinks.removed) == 1
    above = emptied[:, :2].mean(1)
    for name in (0, 1):
        emptied[:, name] -= above
    nothing = find_eyes(emptied, CHANNELS, RATE, subject="a", seed=1)
    assert (nothing.traces, nothing.removed) == ((), [])
    assert np.array_equal(nothing.clean, np.eye(len(CHANNELS)))


def test_rows_tell_what_was_removed_and_show_it(found):
    rows = component_rows(found, CHANNELS, subject="a", arm="x")
    removed = [
        row["component"]
        for row in rows
        if row["metric"] == "removed" and row["value"]
    ]
    assert removed == found.removed
    scores = {
        (row["component"], row["metric"]): row["value"]
        for row in rows
        if row["metric"].startswith("correlation")
    }
    assert len(scores) == 2 * found.scores.shape[1]
    for number in range(found.scores.shape[1]):
        strongest = max(
            abs(scores[number, f"correlation {name}"])
            for name in ("heog", "veog")
        )
        assert (strongest > 0.4) == (number in removed)
    maps = [row for row in rows if row["metric"] == "map"]
    assert len(maps) == len(removed) * len(CHANNELS)
    assert max(abs(row["value"]) for row in maps) == 1
