"""The saccade detector against simulated recordings whose saccades are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.ocular.heog import NoGaze, heog
from eeglrp.ocular.saccades import LEAST, all_steps, saccades

RATE = 250


def found_and_true(one):
    """Detections, and the noise-free steps of the saccades themselves."""
    found = saccades(heog(one.signal, one.channels), RATE, one.start)
    true = saccades(heog(one.saccade, one.channels), RATE, one.start)
    return found, true


@pytest.mark.slow
@pytest.mark.parametrize("start", [0.0, 0.5])
def test_finds_simulated_saccades_with_side_and_time(simulated, start):
    pairs = [
        found_and_true(simulated(name, start)) for name in ("S001", "S003")
    ]
    found, step, onset, true_step, true_onset = (
        np.concatenate(parts)
        for parts in zip(
            *((a.found, a.step, a.onset, b.step, b.onset) for a, b in pairs),
            strict=True,
        )
    )
    has = np.abs(true_step) > LEAST
    assert 15 < has.sum() < 50
    assert found[has].mean() >= 0.95
    assert found[~has].mean() <= 0.05
    both = has & found
    assert (np.sign(step) == np.sign(true_step))[both].mean() >= 0.9
    assert np.median(np.abs(onset - true_onset)[both]) <= 0.02


@pytest.mark.slow
def test_finds_hardly_any_where_there_are_none(simulated):
    """Blinks, the heartbeat and the background remain."""
    none = {"trial_probability": 0.0, "rate": 0.0}
    pairs = [
        found_and_true(simulated(name, **none)) for name in ("S001", "S003")
    ]
    assert all(np.abs(true.step).max() == 0 for _, true in pairs)
    assert np.mean([found.found for found, _ in pairs]) <= 0.1


def test_all_steps_are_differences_of_means():
    trace = np.random.default_rng(0).normal(size=(2, 60))
    steps = all_steps(trace, 20)
    assert steps.shape == (2, 21)
    for k in (0, 7, 20):
        expected = trace[:, k + 20 : k + 40].mean(1) - trace[
            :, k : k + 20
        ].mean(1)
        np.testing.assert_allclose(steps[:, k], expected, atol=1e-12)


@settings(deadline=None, max_examples=20)
@given(st.floats(30, 200), st.floats(0.15, 0.85), st.sampled_from([-1, 1]))
def test_a_clean_step_has_its_size_place_and_sign(size, at, side):
    times = np.arange(2 * RATE) / RATE
    trace = np.zeros((5, len(times)))
    trace[0] = side * size * (times >= at)
    found = saccades(trace, RATE)
    assert found.found.tolist() == [True, False, False, False, False]
    assert found.step[0] == pytest.approx(side * size, rel=0.1)
    assert found.onset[0] == pytest.approx(at, abs=0.02)
    assert found.threshold == LEAST


def test_the_first_saccade_gives_the_sign_when_gaze_returns():
    times = np.arange(2 * RATE) / RATE
    trace = np.zeros((3, len(times)))
    trace[0] = 50.0 * ((times >= 0.3) & (times < 0.7))
    # The way back is a little longer.
    trace[0] -= 5.0 * (times >= 0.7)
    found = saccades(trace, RATE)
    assert found.step[0] > 40
    assert found.onset[0] == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize("start", [0.0, 0.5, -0.4])
def test_only_the_second_after_the_cue_or_of_the_window_counts(start):
    times = np.arange(3 * RATE) / RATE
    begin = max(0.0, -start)
    trace = np.zeros((2, len(times)))
    trace[0] = 60.0 * (times >= begin + 1.3)
    trace[1] = 60.0 * (times >= begin + 0.6)
    assert saccades(trace, RATE, start).found.tolist() == [False, True]


def test_the_threshold_grows_with_the_subjects_noise():
    noise = np.random.default_rng(0).normal(0, 60, (20, 2 * RATE))
    found = saccades(noise, RATE)
    assert found.threshold > 2 * LEAST
    assert saccades(0.01 * noise, RATE).threshold == LEAST


def test_no_windows_and_too_short_windows():
    assert saccades(np.zeros((0, RATE)), RATE).found.shape == (0,)
    with pytest.raises(NoGaze, match="too short"):
        saccades(np.zeros((2, 40)), RATE)
    with pytest.raises(NoGaze, match="too short"):
        saccades(np.zeros((2, RATE)), RATE, start=-1.0)
