"""Blinks and saccades: their form, their number, and how they follow the label."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.recordings.simulation import eyes
from eeglrp.recordings.simulation.settings import DEFAULTS
from eeglrp.recordings.simulation.timeline import make_timeline

FIELDS = {
    "blink": np.array([[0.5, 0.5], [0.1, 0.2]]),
    "saccade": np.array([[0.5, 0.5], [-0.3, -0.7]]),
}


def timeline(paradigm, **changes):
    dataset = (
        DEFAULTS
        | {"paradigm": paradigm, "duration": 1800, "trials": 200}
        | changes
    )
    return make_timeline(dataset, np.random.default_rng(0))


def potential(source, line, seed=1, amplitude=100.0, **changes):
    options = DEFAULTS["sources"][source] | {"rate": 8.0} | changes
    person = {"amplitude": amplitude, "rate": options["rate"]}
    make = getattr(eyes, source)
    return make(FIELDS, line, person, options, np.random.default_rng(seed))


def after_cue(line, course, latency, length):
    """Value of largest size in a window after each cue."""
    windows = [
        course[
            int((onset + latency) * 250) : int(
                (onset + latency + length) * 250
            )
        ]
        for onset in line.onset
    ]
    return np.array([window[np.abs(window).argmax()] for window in windows])


def count_events(course):
    return np.count_nonzero(
        np.diff((np.abs(course) > 0.3 * np.abs(course).max()).astype(int)) == 1
    )


@settings(deadline=None, max_examples=25)
@given(st.floats(-1, 2), st.floats(0.4, 0.8))
def test_shapes_start_and_end_at_zero_and_peak_at_one(t, hold):
    assert 0 <= eyes.lid(t) <= 1
    assert 0 <= eyes.gaze(t, hold) <= 1
    assert eyes.lid(eyes.CLOSING) == pytest.approx(1)
    assert eyes.gaze(eyes.TURN + hold / 2, hold) == pytest.approx(1)
    for outside in (-0.01, 2.0):
        assert eyes.lid(outside) == pytest.approx(0)
        assert eyes.gaze(outside, hold) == pytest.approx(0)


def test_blink_lasts_about_a_third_of_a_second():
    t = np.arange(0, 1, 0.001)
    assert np.ptp(t[eyes.lid(t) > 0.01]) == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize("source", ["blink", "saccade"])
@pytest.mark.parametrize("rate", [4.0, 15.0])
def test_events_come_at_their_rate(source, rate):
    line = timeline("rest")
    n_events = count_events(potential(source, line, rate=rate)[0])
    assert n_events == pytest.approx(rate * line.duration / 60, rel=0.15)


@pytest.mark.parametrize("source", ["blink", "saccade"])
def test_amplitude_is_the_typical_peak_at_the_strongest_electrode(source):
    signal = potential(source, timeline("rest"))
    edges = np.abs(signal[0])
    peaks = [
        edges[i : i + 250].max()
        for i in range(0, len(edges), 250)
        if edges[i : i + 250].any()
    ]
    assert np.median([peak for peak in peaks if peak > 50]) == pytest.approx(
        100, rel=0.1
    )
    assert not signal[-1].any()


@pytest.mark.parametrize("source", ["blink", "saccade"])
def test_no_rate_no_spontaneous_events(source):
    assert not potential(source, timeline("rest"), rate=0.0).any()


def test_cued_saccades_are_the_ones_in_the_signal():
    line = timeline("imagery")
    options = DEFAULTS["sources"]["saccade"] | {
        "rate": 0.0,
        "label_probability": 0.7,
    }
    happens, side, time = eyes.cued_saccades(
        line, options, np.random.default_rng(1)
    )
    gaze = after_cue(line, potential("saccade", line, **options)[0], 0.2, 1.0)
    np.testing.assert_array_equal(np.sign(gaze), happens * (1 - 2 * side))
    assert 0.3 < happens.mean() < 0.7
    assert ((time - line.onset > 0.25) & (time - line.onset < 0.6)).all()
    rated = timeline("affect", trials=20)
    assert [
        len(part) for part in eyes.cued_saccades(rated, options, None)
    ] == [0, 0, 0]


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
def test_saccades_go_to_the_cued_side_as_often_as_asked(probability):
    line = timeline("imagery")
    options = {
        "rate": 0.0,
        "trial_probability": 1.0,
        "label_probability": probability,
    }
    left_electrode = potential("saccade", line, **options)[0]
    gaze = after_cue(line, left_electrode, 0.2, 1.0)
    assert np.abs(gaze).min() > 50
    to_the_left = gaze > 0
    assert np.mean(to_the_left == (line.label == 0)) == pytest.approx(
        probability, abs=0.1
    )


def test_a_share_of_trials_holds_a_saccade():
    line = timeline("imagery")
    course = potential("saccade", line, rate=0.0, trial_probability=0.3)[0]
    assert np.mean(after_cue(line, course, 0.2, 1.0) != 0) == pytest.approx(
        0.3, abs=0.1
    )


@pytest.mark.parametrize(
    ("probability", "left", "right"), [(0.5, 0.4, 0.4), (1.0, 0.0, 0.8)]
)
def test_blinks_after_the_cue_mark_right_trials(probability, left, right):
    line = timeline("imagery")
    options = {
        "rate": 0.0,
        "trial_probability": 0.4,
        "label_probability": probability,
    }
    blinked = (
        after_cue(line, potential("blink", line, **options)[0], 0.3, 1.0) > 50
    )
    assert blinked[line.label == 0].mean() == pytest.approx(left, abs=0.12)
    assert blinked[line.label == 1].mean() == pytest.approx(right, abs=0.12)


@pytest.mark.parametrize("source", ["blink", "saccade"])
def test_number_of_events_does_not_tell_how_they_follow_the_label(source):
    line = timeline("imagery")
    counts = [
        count_events(potential(source, line, label_probability=p, rate=4.0)[0])
        for p in (0.5, 1.0)
    ]
    assert counts[0] == pytest.approx(counts[1], rel=0.15)


@pytest.mark.parametrize(("probability", "more"), [(0.5, False), (1.0, True)])
def test_aroused_segments_hold_more_blinks_if_asked(probability, more):
    line = timeline("affect", trial_length=10.0)
    course = potential("blink", line, label_probability=probability)[0]
    counts = np.array(
        [
            count_events(course[int(a * 250) : int((a + 10) * 250)])
            for a in line.onset
        ]
    )
    ratio = counts[line.label == 1].mean() / counts[line.label == 0].mean()
    assert (ratio > 2) if more else (0.7 < ratio < 1.4)
