"""The heart beats as often and as regularly as asked, and may follow the label."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.recordings.simulation import heart
from eeglrp.recordings.simulation.settings import DEFAULTS
from eeglrp.recordings.simulation.timeline import make_timeline

FIELDS = {"heartbeat": np.array([[2.0], [-1.0]])}
OPTIONS = DEFAULTS["sources"]["heartbeat"]


def timeline(paradigm, **changes):
    dataset = (
        DEFAULTS
        | {"paradigm": paradigm, "duration": 300, "trials": 100}
        | changes
    )
    return make_timeline(dataset, np.random.default_rng(0))


def beats(line, rate=60.0, seed=0, **changes):
    return heart.beat_times(
        line, rate, OPTIONS | changes, np.random.default_rng(seed)
    )


def phase_after_cue(line, times):
    """Place of the first R-peak after each cue, as a fraction of the beat around the cue."""
    after = np.searchsorted(times, line.onset)
    return (times[after] - line.onset) / (times[after] - times[after - 1])


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(["rest", "imagery", "affect"]),
    st.floats(40, 150),
    st.floats(0, 10),
    st.floats(0, 1),
    st.integers(0, 99),
)
def test_beats_are_a_heart_s(paradigm, rate, spread, probability, seed):
    line = timeline(paradigm, duration=60, trials=10)
    times = beats(
        line, rate, seed, rate_sd=spread, label_probability=probability
    )
    intervals = np.diff(times)
    assert (intervals > 0.2).all()
    assert (intervals < 3.1).all()
    # A cue moves the beats around it by up to half a beat, those at the ends too.
    moved = 0.5 * intervals.max() if paradigm == "imagery" else 0.0
    assert times[0] < moved
    assert times[-1] > line.duration - moved


@pytest.mark.parametrize("paradigm", ["rest", "imagery"])
def test_mean_rate_and_spread(paradigm):
    rates = 60 / np.diff(beats(timeline(paradigm), 58.0, rate_sd=4.0))
    assert rates.mean() == pytest.approx(58, abs=1.5)
    assert 2.5 < rates.std() < 8


def test_r_is_the_highest_wave_and_lies_at_zero():
    t = np.arange(-0.3, 0.5, 0.001)
    beat = heart.ecg(t)
    assert t[beat.argmax()] == pytest.approx(0, abs=0.002)
    assert beat.max() == pytest.approx(1, abs=0.05)
    late = (t > 0.15) & (t < 0.4)
    assert t[late][beat[late].argmax()] == pytest.approx(0.27, abs=0.02)


def test_scalp_and_ecg_share_one_time_course():
    line = timeline("rest")
    person = {"amplitude": 20.0, "rate": 60.0, "ecg": 1000.0}
    rng = np.random.default_rng(0)
    signal, r_peaks = heart.heartbeat(FIELDS, line, person, OPTIONS, rng)
    assert np.allclose(signal[0] / 20, signal[2] / 1000)
    assert np.allclose(signal[1], -signal[0] / 2)
    at_r = np.round(r_peaks * 250).astype(int)
    assert np.median(signal[2][at_r[:-1]]) == pytest.approx(1000, rel=0.1)
    assert ((r_peaks >= 0) & (r_peaks < line.duration)).all()


def test_without_a_field_on_the_scalp_the_ecg_still_shows_the_heart():
    person = {"amplitude": 0.0, "rate": 60.0, "ecg": 1000.0}
    rng = np.random.default_rng(0)
    signal, r_peaks = heart.heartbeat(
        FIELDS, timeline("rest"), person, OPTIONS, rng
    )
    assert not signal[:2].any()
    assert signal[2].max() > 800
    assert len(r_peaks) > 250


@pytest.mark.parametrize(
    ("probability", "share"), [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)]
)
def test_phase_at_the_cue_follows_the_label_as_often_as_asked(
    probability, share
):
    line = timeline("imagery", trials=200)
    early = (
        phase_after_cue(line, beats(line, label_probability=probability)) < 0.5
    )
    assert np.mean(early == (line.label == 1)) == pytest.approx(
        share, abs=0.12
    )


@pytest.mark.parametrize(
    ("probability", "faster"), [(0.5, False), (1.0, True)]
)
def test_heart_is_faster_in_aroused_segments_if_asked(probability, faster):
    line = timeline("affect", trial_length=10.0)
    times = beats(line, label_probability=probability)
    counts = np.array(
        [np.sum((times > a) & (times < a + 10)) for a in line.onset]
    )
    ratio = counts[line.label == 1].mean() / counts[line.label == 0].mean()
    assert (ratio > 1.2) if faster else (0.93 < ratio < 1.07)
