import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.windowing.cut import (
    cut_windows,
    events_inside,
    first_samples,
    overlaps,
    rejections,
)


def test_first_samples_are_the_nearest():
    assert first_samples([0.0, 0.0124, 1.9976], 200).tolist() == [0, 2, 400]


def test_windows_hold_the_signal_from_their_first_sample():
    signal = np.arange(40.0).reshape(2, 20)
    windows = cut_windows(signal, np.array([0, 7]), 5)
    assert windows.shape == (2, 2, 5)
    np.testing.assert_array_equal(windows[1], signal[:, 7:12])
    assert cut_windows(signal, np.zeros(0, int), 5).shape == (0, 2, 5)


def test_a_span_that_only_touches_a_window_does_no_harm():
    start = np.array([0.0, 1.0, 2.0])
    assert overlaps(start, start + 1, [(1.0, 1.0)]).tolist() == [
        False,
        True,
        False,
    ]
    assert overlaps(start, start + 1, [(1.5, 0.0)]).tolist() == [
        False,
        True,
        False,
    ]
    assert overlaps(start, start + 1, [(1.0, 0.0)]).tolist() == [
        False,
        False,
        False,
    ]
    assert overlaps(start, start + 1, []).tolist() == [False, False, False]


def test_every_rejected_window_has_a_reason(settings):
    signal = np.zeros((2, 1000))
    signal[1, 450] = 1500
    first = np.array([-1, 0, 200, 400, 600, 801])
    reasons = rejections(first, 200, signal, [(1.2, 0.1)], settings)
    assert reasons.tolist() == [
        "edge",
        "",
        "bad_span",
        "peak_to_peak",
        "",
        "edge",
    ]
    assert rejections(np.array([-5]), 200, signal, [], settings).tolist() == [
        "edge"
    ]


@settings(max_examples=25, deadline=None)
@given(
    event=st.lists(st.integers(0, 500), unique=True, max_size=20).map(sorted),
    start=st.lists(st.integers(0, 450), min_size=1, max_size=10),
)
def test_all_events_inside_a_window_and_no_other(event, start):
    found = events_inside(np.array(event, float), np.array(start, float), 50.0)
    for row, first in zip(found, start, strict=True):
        inside = [time - first for time in event if first <= time < first + 50]
        assert row[~np.isnan(row)].tolist() == inside
    assert found.shape[1] == np.max((~np.isnan(found)).sum(axis=1), initial=0)
