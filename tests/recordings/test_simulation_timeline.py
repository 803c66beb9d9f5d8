"""Trials that do not overlap, balanced labels, ratings that do not correlate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.recordings.simulation.settings import DEFAULTS
from eeglrp.recordings.simulation.timeline import (
    AFFECT_PAUSE,
    IMAGERY_REST,
    follow_label,
    make_timeline,
    modulation,
)


def timeline(paradigm, seed=0, **changes):
    dataset = DEFAULTS | {"paradigm": paradigm} | changes
    return make_timeline(dataset, np.random.default_rng(seed))


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(["imagery", "affect"]),
    st.integers(2, 40),
    st.floats(1, 12),
    st.integers(0, 100),
)
def test_trials_are_apart_and_inside_the_recording(
    paradigm, trials, length, seed
):
    line = timeline(paradigm, seed, trials=trials, trial_length=length)
    pause = IMAGERY_REST[0] if paradigm == "imagery" else AFFECT_PAUSE
    assert (np.diff(line.onset) - length >= pause - 1e-6).all()
    assert line.onset[0] >= 1
    assert line.onset[-1] + length + 1 <= line.duration
    assert line.n_times % line.sampling_rate == 0
    assert np.abs(np.diff(np.bincount(line.label, minlength=2))).max() <= 2


def test_labels_are_balanced_in_every_block_of_four():
    line = timeline("imagery", trials=40)
    assert (line.label.reshape(-1, 4).sum(axis=1) == 2).all()
    assert len(set(map(tuple, line.label.reshape(-1, 4)))) > 3


def test_ratings_are_balanced_and_uncorrelated():
    line = timeline("affect", trials=200)
    arousal, valence = line.ratings.T
    high = line.ratings > 5
    assert (high.mean(axis=0) == 0.5).all()
    assert (high[:, 0] == line.label).all()
    assert abs(np.corrcoef(arousal, valence)[0, 1]) < 0.1
    assert not np.isclose(line.ratings, 5).any()


def test_rest_has_no_trials():
    line = timeline("rest", duration=30.5)
    assert line.duration == 31
    assert not line.annotations
    assert (modulation(line, np.zeros(0), 1.0, 0.3) == 1).all()


def test_rest_between_imagery_trials_is_annotated_up_to_the_cue():
    line = timeline("imagery", trials=6)
    rests, cues = line.annotations[::2], line.annotations[1::2]
    assert [text for _, _, text in rests] == ["T0"] * 6
    for rest, cue, label in zip(rests, cues, line.label, strict=True):
        assert np.isclose(rest[0] + rest[1], cue[0])
        assert cue[2] == ("T1", "T2")[label]


@settings(deadline=None, max_examples=25)
@given(st.floats(-0.5, 0.5), st.integers(0, 100))
def test_modulation_reaches_each_trial_s_value_and_stays_between(delay, seed):
    line = timeline("imagery", trials=5, trial_length=4.0)
    values = np.random.default_rng(seed).uniform(0, 2, 5)
    course = modulation(line, values, 1.0, delay)
    middle = ((line.onset + 2) * line.sampling_rate).astype(int)
    assert np.allclose(course[middle], values)
    assert course.min() >= min(values.min(), 1) - 1e-9
    assert course.max() <= max(values.max(), 1) + 1e-9
    assert course[0] == course[-1] == 1


@pytest.mark.parametrize("probability", [0.0, 0.5, 0.8, 1.0])
def test_sides_follow_the_label_as_often_as_asked(probability):
    line = timeline("imagery", trials=1000)
    sides = follow_label(line, probability, np.random.default_rng(1))
    assert np.mean(sides == line.label) == pytest.approx(probability, abs=0.05)
