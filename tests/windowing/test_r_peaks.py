import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.recordings.registry import Recording, load, recordings
from eeglrp.windowing.counts import CannotUse
from eeglrp.windowing.r_peaks import (
    RPeaks,
    check_r_peaks,
    detect_r_peaks,
    missed_beats,
    permute_r_peaks,
    r_peak_candidates,
    window_centres,
)

TASK = {
    "classes": ["between", "r_peak"],
    "length": 1.0,
    "jitter": 0.12,
    "min_r_peaks": 20,
    "heart_rate": [40, 120],
    "max_irregular": 0.1,
}


def trusted(times):
    times = np.asarray(times, float)
    return RPeaks(times, np.zeros(max(0, len(times) - 1), bool))


@pytest.fixture
def peaks():
    """R-peaks of half a minute, 0.7-0.9 s apart."""
    return 0.5 + np.cumsum(np.random.default_rng(1).uniform(0.7, 0.9, 36))


@pytest.mark.parametrize("sign", [1, -1])
def test_r_peaks_are_found_at_either_polarity(make_raw, peaks, sign):
    raw = make_raw(32, peaks=peaks)
    raw.apply_function(lambda x: sign * x, picks=["ECG"])
    found, missed = detect_r_peaks(Recording("a", raw))
    assert not missed.any()
    assert abs(found[:, None] - peaks).min(axis=1).max() < 0.01
    assert len(found) >= 0.95 * len(peaks)


def test_no_ecg_channel_is_an_error_that_names_the_recording(make_raw):
    with pytest.raises(InputError, match="run-1: channels: no ECG channel"):
        detect_r_peaks(Recording("run-1", make_raw(20)))


@pytest.mark.parametrize(
    ("value", "message"), [(0.0, "ECG is flat"), (np.nan, "ECG has NaN")]
)
def test_a_dead_ecg_refuses_the_recording(make_raw, peaks, value, message):
    raw = make_raw(32, peaks=peaks)
    raw.apply_function(lambda x: np.full_like(x, value), picks=["ECG"])
    with pytest.raises(CannotUse, match=message):
        detect_r_peaks(Recording("a", raw))


def test_a_short_recording_is_refused(make_raw):
    with pytest.raises(CannotUse, match="shorter than 10 s"):
        detect_r_peaks(Recording("a", make_raw(8, peaks=[1, 2, 3])))


def test_regular_r_peaks_are_trusted(peaks):
    check_r_peaks(trusted(peaks), TASK)
    check_r_peaks(trusted(np.delete(peaks, 10)), TASK)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (np.arange(12.0), r"too few R-peaks \(12, fewer than 20\)"),
        (np.zeros(0), r"too few R-peaks \(0"),
        (np.arange(30) * 2.0, "30 beats per minute, outside 40-120"),
        (np.arange(90) * 0.3, "200 beats per minute"),
        (
            np.cumsum(np.tile([0.3, 0.9, 0.9], 10)),
            "31% of its intervals are irregular",
        ),
    ],
)
def test_implausible_r_peaks_refuse_the_recording(times, message):
    with pytest.raises(CannotUse, match=message):
        check_r_peaks(trusted(times), TASK)


def test_a_heart_too_fast_for_the_detector_is_not_trusted(make_raw):
    """At 133 beats per minute every other beat is missed."""
    recording = Recording("a", make_raw(32, peaks=0.4 + np.arange(69) * 0.45))
    found = detect_r_peaks(recording)
    assert found.missed.mean() > 0.6
    with pytest.raises(
        CannotUse, match="beats missed in .*% of its intervals"
    ):
        check_r_peaks(found, TASK | {"max_irregular": 0.3})


def test_a_missed_beat_is_seen_between_its_neighbours(make_raw, peaks):
    ecg = make_raw(32, peaks=peaks).get_data(picks=["ECG"])[0]
    samples = np.rint(np.delete(peaks, [10, 20]) * 250).astype(int)
    assert np.flatnonzero(missed_beats(ecg, samples, 250)).tolist() == [9, 18]
    assert missed_beats(ecg, samples[:1], 250).shape == (0,)


@settings(max_examples=25, deadline=None)
@given(
    intervals=st.lists(st.floats(0.3, 2.0), min_size=3, max_size=40),
    jitter=st.floats(0.0, 0.3),
    seed=st.integers(0, 5),
)
def test_centres_are_near_an_r_peak_or_far_from_all(intervals, jitter, seed):
    peaks = np.cumsum(intervals)
    at, between, left_out = window_centres(
        trusted(peaks), jitter, np.random.default_rng(seed)
    )
    assert abs(at - peaks).max() <= jitter
    if len(between):
        assert abs(between[:, None] - peaks).min() > jitter
    assert len(between) + len(left_out) == len(peaks) - 1


def test_the_jitter_is_the_same_for_both_classes():
    peaks = np.arange(2000.0)
    at, between, _ = window_centres(
        trusted(peaks), 0.12, np.random.default_rng(0)
    )
    for shift in (at - peaks, between - peaks[:-1] - 0.5):
        assert abs(shift.mean()) < 0.01
        assert shift.std() == pytest.approx(0.24 / np.sqrt(12), rel=0.05)


def test_no_window_between_r_peaks_where_a_beat_was_missed():
    peaks = np.delete(np.arange(30.0), 10)
    _, between, left_out = window_centres(
        trusted(peaks), 0.1, np.random.default_rng(0)
    )
    assert left_out == ["irregular_interval"]
    assert not ((between > 9) & (between < 11)).any()
    missed = np.arange(29) == 4
    peaks = RPeaks(np.arange(30.0), missed)
    _, between, left_out = window_centres(peaks, 0.1, np.random.default_rng(0))
    assert left_out == ["irregular_interval"]
    assert not ((between > 4) & (between < 5)).any()


def test_fast_hearts_leave_no_room_between_r_peaks():
    _, between, left_out = window_centres(
        trusted(np.arange(30) * 0.3), 0.2, np.random.default_rng(0)
    )
    assert set(left_out) == {"near_r_peak"}
    assert len(between) + len(left_out) == 29


def test_candidates_come_in_order_of_time(make_raw, peaks):
    recording = Recording("a", make_raw(32, peaks=peaks))
    found = r_peak_candidates(recording, TASK, np.random.default_rng(0))
    assert (np.diff(found.onset) >= 0).all()
    assert found.label.sum() == len(found.event)
    assert ("r_peaks_found", "", len(found.event)) in found.counts


DOUBTFUL = {("Subject01", "arithmetic"), ("Subject02", "rest")}


@pytest.mark.slow
@pytest.mark.parametrize("subject", ["Subject01", "Subject02", "Subject10"])
def test_real_hearts(shared_data, subject):
    settings = {
        "folder": "eegmat",
        "download": False,
        "subjects": "all",
        "recordings": ["rest", "arithmetic"],
    }
    record = load("eegmat").prepare(settings, shared_data, subject, 1)
    for recording in recordings(record):
        peaks = detect_r_peaks(recording)
        if (subject, recording.name) in DOUBTFUL:
            with pytest.raises(CannotUse, match="ECG not trusted"):
                check_r_peaks(peaks, TASK)
        else:
            check_r_peaks(peaks, TASK)
            assert 50 < 60 / np.median(np.diff(peaks.times)) < 110


@settings(max_examples=25, deadline=None)
@given(
    intervals=st.lists(st.floats(0.5, 1.5), min_size=25, max_size=90),
    missed=st.integers(0, 20),
    seed=st.integers(0, 99),
)
def test_permuted_r_peaks_keep_the_rhythm(intervals, missed, seed):
    """Every interval that is not across a joint is one of the heart's, and far from its place."""
    times = np.cumsum(intervals)
    duration = times[-1] + 0.3
    peaks = RPeaks(times, np.arange(len(times) - 1) == missed)
    moved = permute_r_peaks(peaks, duration, np.random.default_rng(seed))
    assert len(moved.times) == len(times)
    assert (np.diff(moved.times) >= 0).all()
    assert ((moved.times >= 0) & (moved.times < duration)).all()
    kept = np.flatnonzero(~moved.missed)
    blocks = max(1, int(duration // 20))
    assert len(moved.times) - 1 - len(kept) <= 2 * blocks + 1
    original = np.diff(times)
    for interval, start in zip(
        np.diff(moved.times)[kept], moved.times[kept], strict=True
    ):
        same = np.flatnonzero(abs(original - interval) < 1e-9)
        assert len(same)
        assert missed not in same or len(same) > 1
        assert abs(times[same] - start).max() > 5 - 1e-6


def phases(peaks, times):
    """Unit vectors of the times' places between R-peaks."""
    place = np.searchsorted(peaks, times, side="right") - 1
    inside = (place >= 0) & (place < len(peaks) - 1)
    place, times = place[inside], times[inside]
    return times, np.exp(
        2j * np.pi * (times - peaks[place]) / np.diff(peaks)[place]
    )


def test_permuted_r_peaks_of_a_clock_bear_no_relation_that_lasts():
    """Mean vectors of the first four fifths and of the last: independent, so their product is 0."""
    times = np.cumsum(
        0.8 + 0.01 * np.random.default_rng(0).standard_normal(200)
    )
    duration, agreement = times[-1] + 0.5, []
    for seed in range(200):
        moved = permute_r_peaks(
            trusted(times), duration, np.random.default_rng(seed)
        ).times
        when, vector = phases(times, moved)
        early = when < 0.8 * duration
        agreement.append(
            (vector[early].mean() * vector[~early].mean().conjugate()).real
        )
    assert abs(np.mean(agreement)) < 3 * np.std(agreement) / np.sqrt(200)
    when, vector = phases(times, np.sort((times + 30.3) % duration))
    early = when < 0.8 * duration
    whole = (vector[early].mean() * vector[~early].mean().conjugate()).real
    assert whole > 0.3


def test_permuted_candidates_are_as_many_and_know_their_own_r_peaks(
    make_raw, peaks
):
    recording = Recording("a", make_raw(32, peaks=peaks))
    real = r_peak_candidates(recording, TASK, np.random.default_rng(0))
    task = TASK | {"permute_events": True}
    found = r_peak_candidates(recording, task, np.random.default_rng(0))
    assert found.label.sum() == real.label.sum()
    assert ("r_peaks_permuted", "", len(real.event)) in found.counts
    centre = found.onset[found.label == 1] + 0.5
    assert abs(centre[:, None] - found.event).min(axis=1).max() <= 0.12
    assert np.median(abs(centre[:, None] - peaks).min(axis=1)) > 0.13
