import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings.registry import Recording
from eeglrp.windowing.candidates import Candidates
from eeglrp.windowing.heart import heart_rates, with_heart
from eeglrp.windowing.r_peaks import RPeaks

TASK = {
    "length": 2.0,
    "min_r_peaks": 10,
    "heart_rate": [40, 120],
    "max_irregular": 0.1,
}
WINDOWS = Candidates(
    np.array([4.0, 8.0]),
    np.array([0, 1]),
    None,
    [("a", "b", 1)],
    None,
    {"x": 1},
)


def regular(intervals, missed=()):
    times = np.append(0.0, np.cumsum(intervals))
    return RPeaks(times, np.isin(np.arange(len(intervals)), missed))


def test_parts_of_a_beat_count():
    peaks = regular([1.0] * 5 + [0.8] * 5)
    rates = heart_rates(peaks, np.array([0.3, 4.5, 6.0, -0.5, 8.0]), 2.0)
    # From 4.5 to 6.5 s: half a beat in 0.5 s, then 1.5 s of 0.8 s a beat.
    assert rates == pytest.approx(
        [60, 60 * (0.5 + 1.5 / 0.8) / 2, 75, np.nan, np.nan], nan_ok=True
    )


@pytest.mark.parametrize("intervals", [[1.0] * 4 + [2.5] + [1.0] * 6, None])
def test_doubtful_beats_make_their_windows_unknown(intervals):
    peaks = (
        regular(intervals) if intervals else regular([1.0] * 11, missed=[4])
    )
    rates = heart_rates(peaks, np.array([0.0, 1.9, 2.5, 4.2, 8.5]), 2.0)
    np.testing.assert_array_equal(
        np.isnan(rates), [False, False, True, True, False]
    )


def test_windows_get_r_peaks_and_a_rate(make_raw):
    beats = 0.5 + np.arange(24) * 0.8
    found = with_heart(
        WINDOWS, Recording("a", make_raw(20, peaks=beats)), TASK
    )
    assert found.event == pytest.approx(beats, abs=0.01)
    assert found.extra["heart_rate"] == pytest.approx([75, 75], abs=0.5)
    assert found.extra["x"] == 1
    assert found.counts == [
        ("a", "b", 1),
        ("r_peaks_found", "", len(found.event)),
    ]


def test_an_ecg_that_cannot_be_trusted_leaves_the_rate_unknown(make_raw):
    raw = make_raw(20, peaks=0.5 + np.arange(24) * 0.8)
    raw.load_data()._data[-1] = 0
    found = with_heart(WINDOWS, Recording("a", raw), TASK)
    assert np.isnan(found.extra["heart_rate"]).all()
    assert len(found.event) == 0
    assert found.counts[-1] == ("ecg_unused", "ECG is flat", 1)


def test_without_an_ecg_channel_it_is_an_error(make_raw):
    with pytest.raises(InputError, match="no ECG channel"):
        with_heart(WINDOWS, Recording("a", make_raw(20)), TASK)
