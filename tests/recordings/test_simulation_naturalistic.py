"""Ratings wander slowly, sources follow them as far as asked, and nothing else does."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.recordings.simulation.naturalistic import (
    BREAK,
    RIDE,
    drift,
    make_course,
    wander,
)
from eeglrp.recordings.simulation.recording import simulate
from eeglrp.recordings.simulation.settings import DEFAULTS
from eeglrp.recordings.simulation.timeline import make_timeline

RATED_SOURCES = ("arousal", "valence", "muscle")
OFF = {
    name: {"effect": 0.0} for name in (*RATED_SOURCES, "visual", "heartbeat")
}


def settings_of(sources=None, **changes):
    dataset = (
        copy.deepcopy(DEFAULTS)
        | {"paradigm": "naturalistic", "variation": 0.0}
        | changes
    )
    dataset["sources"]["background"]["dipoles"] = 20
    for name, options in (sources or {}).items():
        dataset["sources"][name] |= options
    return dataset


@pytest.fixture(scope="module")
def steady():
    """A recording whose sources change with ratings and rides alone."""
    return simulate(settings_of(duration=240, drift=0.0), "S001", 3)


def part(simulation, source):
    return simulation.contribution[
        simulation.sources.index(source), :-1
    ].astype(float)


def amplitude(simulation, source):
    """RMS of each second, shape (n_channels, n_seconds)."""
    signal = part(simulation, source)
    return np.sqrt((signal.reshape(len(signal), -1, 250) ** 2).mean(-1))


@settings(deadline=None, max_examples=25)
@given(
    st.floats(10, 300),
    st.floats(5, 100),
    st.one_of(st.just(0.0), st.floats(1, 50)),
    st.floats(0, 20),
    st.floats(0.2, 9),
)
def test_segments_fill_the_recording_and_ratings_outlast_it(
    duration, ride, pause, lag, rate
):
    dataset = settings_of(
        ride_length=ride, break_length=pause, rating_lag=lag, rating_rate=rate
    )
    course = make_course(dataset, duration, np.random.default_rng(0))
    ends = np.cumsum([length for _, length, _ in course.segments])
    assert ends[-1] == pytest.approx(duration)
    kinds = [kind for _, _, kind in course.segments]
    if pause:
        assert kinds[::2] == [BREAK] * len(kinds[::2])
    assert kinds[1::2] == [RIDE] * len(kinds[1::2])
    assert course.times[-1] >= duration + lag
    assert course.ratings.min() >= 1
    assert course.ratings.max() <= 9
    assert np.allclose(course.ratings, course.ratings.round(2), atol=1e-12)
    middles = np.array(
        [onset + length / 2 for onset, length, _ in course.segments]
    )
    assert course.riding(middles).tolist() == [kind == RIDE for kind in kinds]


@pytest.mark.parametrize("time", [4.0, 15.0])
def test_ratings_forget_within_their_time(time):
    noise = np.random.default_rng(0).standard_normal((40_000, 2))
    values = wander(noise, 2.0, time)
    assert values.std(axis=0) == pytest.approx(2.0, rel=0.1)
    step = round(time)
    kept = [np.corrcoef(one[:-step], one[step:])[0, 1] for one in values.T]
    assert kept == pytest.approx([np.exp(-step / time)] * 2, abs=0.06)


@pytest.mark.parametrize(("points", "tied"), [(0.0, False), (4.0, True)])
def test_arousal_is_higher_in_rides_as_far_as_asked(points, tied):
    dataset = settings_of(ride_arousal=points)
    course = make_course(dataset, 20_000, np.random.default_rng(1))
    riding = course.riding(course.times)
    arousal, valence = (
        np.corrcoef(course.ratings[:, k], riding)[0, 1] for k in (0, 1)
    )
    assert (arousal > 0.3) == tied
    assert abs(valence) < 0.1
    assert tied or abs(arousal) < 0.1


def test_the_state_runs_ahead_of_its_ratings_by_the_lag():
    times = np.arange(0, 100.0)
    late, same = (
        make_course(settings_of(rating_lag=lag), 100, np.random.default_rng(2))
        for lag in (6.0, 0)
    )
    assert late.state(0, times) * 4 + 5 == pytest.approx(
        late.ratings[6:106, 0]
    )
    assert same.state(0, times) * 4 + 5 == pytest.approx(same.ratings[:100, 0])


def test_drift_is_slow_and_keeps_the_power():
    line = make_timeline(settings_of(duration=7000), np.random.default_rng(0))
    course = drift(settings_of(), line, np.random.default_rng(1))
    assert (course**2).mean() == pytest.approx(1, abs=0.15)
    assert np.log(course).std() == pytest.approx(0.3, rel=0.2)
    assert np.abs(np.diff(course)).max() < 0.02
    assert (
        drift(settings_of(drift=0.0), line, np.random.default_rng(1)) == 1
    ).all()


@pytest.mark.parametrize(
    ("source", "places"),
    [("arousal", {"C3", "Cz", "C4"}), ("muscle", {"T7", "T8"})],
)
def test_amplitudes_follow_arousal_where_they_are_planted(
    steady, source, places
):
    found = amplitude(steady, source)
    strongest = np.argsort(-found.mean(axis=1))[: len(places)]
    assert {steady.channels[i] for i in strongest} == places
    arousal, valence = steady.timeline.course.ratings[:240].T
    mean = found[strongest].mean(axis=0)
    assert np.corrcoef(mean, arousal)[0, 1] > 0.7
    assert abs(np.corrcoef(mean, valence)[0, 1]) < 0.4


def test_muscle_is_fast(steady):
    signal = part(steady, "muscle")[steady.channels.index("T7")]
    power = np.abs(np.fft.rfft(signal)) ** 2
    frequencies = np.fft.rfftfreq(len(signal), 1 / 250)
    assert (
        power[(frequencies > 20) & (frequencies < 100)].sum()
        > 0.85 * power.sum()
    )


def test_frontal_alpha_follows_valence(steady):
    found = np.log(amplitude(steady, "valence"))
    asymmetry = (
        found[steady.channels.index("F4")] - found[steady.channels.index("F3")]
    )
    assert (
        np.corrcoef(asymmetry, steady.timeline.course.ratings[:240, 1])[0, 1]
        > 0.3
    )


def test_posterior_alpha_is_weaker_in_rides(steady):
    found = amplitude(steady, "visual")[steady.channels.index("O1")]
    riding = steady.timeline.course.riding(np.arange(240) + 0.5)
    assert found[riding].mean() == pytest.approx(
        0.5 * found[~riding].mean(), rel=0.25
    )


@pytest.mark.slow
def test_the_heart_follows_arousal():
    followed, free = (
        simulate(
            settings_of({"heartbeat": {"effect": size}}, duration=240),
            "S001",
            3,
        )
        for size in (0.3, 0.0)
    )
    for simulation, low, high in ((followed, 0.5, 1.0), (free, -0.4, 0.4)):
        peaks = simulation.r_peaks
        arousal = simulation.timeline.course.state(
            0, (peaks[1:] + peaks[:-1]) / 2
        )
        assert low < np.corrcoef(60 / np.diff(peaks), arousal)[0, 1] < high


@pytest.mark.slow
def test_without_effects_nothing_follows_ratings():
    """Cohorts whose ratings mean nothing: other ratings, the same recording."""
    one, other = (
        simulate(settings_of(OFF, duration=60, ride_arousal=points), "S001", 3)
        for points in (0.0, 4.0)
    )
    assert (one.timeline.course.ratings != other.timeline.course.ratings).any()
    assert np.array_equal(one.contribution, other.contribution)


@pytest.mark.slow
@pytest.mark.parametrize(
    "source", ["arousal", "valence", "visual", "muscle", "heartbeat"]
)
def test_an_effect_changes_its_own_source_alone(source):
    whole, without = (
        simulate(settings_of(changes, duration=30, break_length=10), "S001", 3)
        for changes in ({}, {source: OFF[source]})
    )
    differs = (whole.contribution != without.contribution).any(axis=(1, 2))
    assert [
        name for name, d in zip(whole.sources, differs, strict=True) if d
    ] == [source]
