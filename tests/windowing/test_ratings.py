import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.recordings.registry import Recording
from eeglrp.windowing.counts import CannotUse
from eeglrp.windowing.ratings import (
    affect_chooser,
    continuous_candidates,
    is_continuous,
    rated_windows,
    window_means,
)

TASK = {"rating": "arousal", "threshold": "median", "length": 2.0}
NOTES = [(0.0, 4.0, "break"), (4.0, 10.0, "ride"), (14.0, 6.0, "break")]
TIMES = np.arange(0, 20, 0.5)


@pytest.fixture
def rated(make_raw):
    """Function that makes a recording of 20 s, rated twice a second."""

    def make(
        values=TIMES, times=TIMES, notes=NOTES, name="a", rating="arousal"
    ):
        values = np.broadcast_to(np.asarray(values, float), times.shape)
        return Recording(
            name, make_raw(20, notes=notes), ratings={rating: (times, values)}
        )

    return make


@settings(deadline=None, max_examples=40)
@given(
    st.floats(0.2, 50),
    st.floats(-3, 3),
    st.floats(0.5, 4),
    st.integers(5, 60),
    st.integers(0, 99),
)
def test_means_are_those_of_the_samples_inside(rate, begin, length, n, seed):
    rng = np.random.default_rng(seed)
    times, values = begin + np.arange(n) / rate, rng.uniform(1, 9, n)
    values[rng.random(n) < 0.2] = np.nan
    start = rng.uniform(begin - 1, times[-1] + 1, 20)
    found = window_means(times, values, start, length)
    for a, mean in zip(start, found, strict=True):
        inside = values[(times >= a - 1e-6) & (times < a + length - 1e-6)]
        known = inside[np.isfinite(inside)]
        if length * rate + 1e-6 >= 1:
            enough = len(known) >= 0.5 * np.floor(length * rate + 1e-6)
            assert np.isfinite(mean) == enough
            assert not enough or mean == pytest.approx(known.mean())
        else:
            line = np.interp(a + length / 2, times, values, np.nan, np.nan)
            assert mean == pytest.approx(line, nan_ok=True)


def test_a_line_of_ratings_gives_each_window_its_middle(rated):
    onset, rating = rated_windows(rated(), TASK)
    assert onset.tolist() == list(range(0, 20, 2))
    assert rating == pytest.approx(onset + 0.75)


@pytest.mark.parametrize("lag", [-3.0, 1.0, 4.0])
def test_ratings_describe_the_eeg_before_them_by_the_lag(rated, lag):
    onset, rating = rated_windows(rated(), TASK | {"lag": lag})
    whole = (onset + lag >= 0) & (onset + lag + 2 <= 20)
    assert rating[whole] == pytest.approx(onset[whole] + 0.75 + lag)
    # Half of a window must be rated.
    half = (onset + lag >= -1) & (onset + lag + 2 <= 21)
    np.testing.assert_array_equal(np.isfinite(rating), half)


def test_windows_within_some_segments(rated):
    onset, rating = rated_windows(
        rated(), TASK | {"within": ["ride"], "length": 4.0}
    )
    assert onset.tolist() == [4, 8]
    assert rating == pytest.approx([5.75, 9.75])


def test_segments_that_are_nowhere_are_named(rated):
    with pytest.raises(
        InputError,
        match=r"tasks\.t\.within: .*film.*: none found .* break, ride",
    ):
        affect_chooser([rated()], "t", TASK | {"within": ["film"]})


def test_labels_compare_the_windows_of_all_recordings(rated):
    low, high = rated(TIMES / 10, name="a"), rated(4 + TIMES / 10, name="b")
    choose = affect_chooser([low, high], "t", TASK)
    assert choose(low).label.tolist() == [0] * 10
    found = choose(high)
    assert found.label.tolist() == [1] * 10
    assert found.extra["rating"] == pytest.approx(
        4 + (found.onset + 0.75) / 10
    )
    assert found.counts == []


def test_terciles_leave_the_middle_out_and_unknown_windows(rated):
    values = np.where(TIMES < 2, np.nan, TIMES)
    found = affect_chooser(
        [rated(values)], "t", TASK | {"threshold": "tercile"}
    )(rated(values))
    assert found.onset.tolist() == [2, 4, 6, 14, 16, 18]
    assert found.label.tolist() == [0, 0, 0, 1, 1, 1]
    counts = {name: number for _, name, number in found.counts}
    assert counts == {"rating_unknown": 1, "rating_between_classes": 3}


def test_a_number_needs_no_variation(rated):
    recording = rated(7.0)
    found = affect_chooser([recording], "t", TASK | {"threshold": 5})(
        recording
    )
    assert found.label.tolist() == [1] * 10


@pytest.mark.parametrize(
    ("value", "reason"),
    [(5.0, "arousal is constant"), (np.nan, "arousal not known for any")],
)
def test_ratings_that_cannot_serve_refuse_the_recording(rated, value, reason):
    recording = rated(value)
    with pytest.raises(CannotUse, match=reason):
        affect_chooser([recording], "t", TASK)(recording)


def test_no_windows_at_all_is_no_fault(rated):
    found = continuous_candidates(
        rated(), TASK | {"within": ["film"]}, lambda rating: 1
    )
    assert len(found.onset) == len(found.extra["rating"]) == 0


def test_continuous_ratings_win_where_there_are_both(rated):
    notes = [*NOTES, (0.0, 6.0, "arousal=2"), (8.0, 6.0, "arousal=8")]
    both, none = rated(notes=notes), rated(rating="valence")
    assert is_continuous(both, TASK)
    assert not is_continuous(both, TASK | {"rating_source": "segments"})
    assert not is_continuous(none, TASK)
    with pytest.raises(InputError, match="a: ratings: no continuous arousal"):
        is_continuous(none, TASK | {"rating_source": "continuous"})
    found = affect_chooser([both], "t", TASK | {"rating_source": "segments"})(
        both
    )
    assert found.extra["rating"].tolist() == [2, 2, 2, 8, 8, 8]
    assert found.label.tolist() == [0, 0, 0, 1, 1, 1]


@pytest.mark.slow
def test_recordings_with_either_kind_compare(rated, make_raw):
    segments = Recording("s", make_raw(20, notes=[(0.0, 4.0, "arousal=30")]))
    choose = affect_chooser([rated(), segments], "t", TASK | {"threshold": 25})
    assert choose(segments).label.tolist() == [1, 1]
    assert set(choose(rated()).label) == {0}


def test_without_ratings_of_any_kind_it_is_an_error(make_raw):
    with pytest.raises(
        InputError, match=r"tasks\.t\.rating: arousal: none found"
    ):
        affect_chooser([Recording("a", make_raw(20, notes=NOTES))], "t", TASK)
