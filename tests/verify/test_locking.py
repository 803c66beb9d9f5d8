"""The null of event-locked relevance: calibrated on the grid, and it finds what is there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.attribution.smoothing import smooth
from eeglrp.verify import locking
from eeglrp.verify.locking import describe, lag_samples, lock, pooled

RATE, N_TIMES, N_WINDOWS, SURROGATES = 200, 200, 48, 199
LAGS = lag_samples(0.2, RATE)


def grid_relevance(rng, n=N_WINDOWS):
    """Noise with LaBraM's grid: a comb of period 8 and a profile over the patch of 200."""
    time = np.arange(N_TIMES)
    comb = np.where(time % 8 == 4, 1.5, 0.5)
    profile = 0.33 + 1.3 * np.exp(-((time - 90) ** 2) / (2 * 30**2))
    return comb * profile * (1 + 0.3 * rng.normal(size=(n, N_TIMES)))


def central_events(rng, n=N_WINDOWS):
    """One event a window, at most 0.12 s from the centre, as in the R-peak task."""
    return np.arange(n), 100 + rng.integers(-24, 25, n)


def events_on_one_phase(rng, n=N_WINDOWS):
    """Events that share their phase on the stride of 8 samples."""
    return np.arange(n), 100 + 8 * rng.integers(-3, 4, n)


def p_value(course, events, rng, label=None):
    label = np.zeros(len(course)) if label is None else label
    locked = lock(course, *events, label, LAGS, SURROGATES, rng)
    return describe(locked, LAGS / RATE, 100, 0.95, rng)[1]["p"]["value"]


def wrong_p_value(course, events, rng):
    """A null that forgets the grid: surrogate events anywhere in the window."""
    window, place = events
    observed = lock(course, window, place, np.zeros(len(course)), LAGS, 1, rng)
    null = []
    for _ in range(SURROGATES):
        anywhere = rng.integers(0, N_TIMES, len(course))
        surrogate = lock(
            course, window, anywhere, np.zeros(len(course)), LAGS, 1, rng
        )
        null.append(
            surrogate.total.sum(0) / np.maximum(surrogate.count.sum(0), 1)
        )
    value = observed.total.sum(0) / observed.count.sum(0)
    return locking.maximum_test(value, np.array(null)).p


GRIDS = pytest.mark.parametrize(
    ("events", "width"),
    [(central_events, 1), (central_events, 8), (events_on_one_phase, 1)],
)


@pytest.mark.slow
@GRIDS
def test_null_is_calibrated_on_the_sampling_grid(events, width):
    rng = np.random.default_rng(1)
    p = [
        p_value(smooth(grid_relevance(rng), width), events(rng), rng)
        for _ in range(120)
    ]
    # Standard error of a rate of 0.05 in 120 runs: 0.02.
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * 0.02
    assert 0.3 < np.mean(p) < 0.7


@pytest.mark.slow
@GRIDS
def test_a_null_that_forgets_the_grid_finds_what_is_not_there(events, width):
    rng = np.random.default_rng(2)
    p = [
        wrong_p_value(smooth(grid_relevance(rng), width), events(rng), rng)
        for _ in range(10)
    ]
    assert np.mean(np.array(p) <= 0.05) > 0.8


@pytest.mark.parametrize("latency", [0.0, 0.04, -0.1])
def test_locked_relevance_is_found_at_its_latency(latency):
    rng = np.random.default_rng(3)
    window, place = central_events(rng)
    time = np.arange(N_TIMES)
    peak = place[:, None] + latency * RATE
    course = grid_relevance(rng) + np.exp(-((time - peak) ** 2) / (2 * 4**2))
    locked = lock(
        smooth(course, 8),
        window,
        place,
        np.zeros(N_WINDOWS),
        LAGS,
        SURROGATES,
        rng,
    )
    course, summary = describe(locked, LAGS / RATE, 500, 0.95, rng)
    assert summary["p"]["value"] == 1 / (SURROGATES + 1)
    assert summary["z"]["value"] > 2 * summary["z"]["chance"] > 0
    assert (
        summary["z"]["ci_low"]
        < summary["z"]["value"]
        < summary["z"]["ci_high"]
    )
    assert abs(summary["latency"]["value"] - latency) <= 0.01
    assert summary["latency"]["ci_low"] <= latency + 0.01
    assert summary["latency"]["ci_high"] >= latency - 0.01
    at = np.abs(course["lag"] - latency).argmin()
    assert course["value"][at] > course["null_high"][at]


def test_negative_locking_is_found_too():
    rng = np.random.default_rng(4)
    window, place = central_events(rng)
    course = rng.normal(size=(N_WINDOWS, N_TIMES)) * 0.1
    course[window, place] -= 5
    locked = lock(
        course, window, place, np.zeros(N_WINDOWS), LAGS, SURROGATES, rng
    )
    summary = describe(locked, LAGS / RATE, 300, 0.95, rng)[1]
    assert summary["z"]["value"] < summary["z"]["chance"] < 0
    assert (
        summary["z"]["ci_low"]
        <= summary["z"]["value"]
        <= summary["z"]["ci_high"]
        < 0
    )
    assert summary["latency"]["value"] == 0


def test_relevance_locked_to_the_window_is_not_locked_to_the_event():
    rng = np.random.default_rng(5)
    course = grid_relevance(rng) + 20 * np.exp(
        -((np.arange(N_TIMES) - 100) ** 2) / 32
    )
    assert p_value(course, central_events(rng), rng) > 0.01


def test_sums_agree_with_a_loop_and_leave_out_what_is_outside():
    rng = np.random.default_rng(6)
    course = rng.normal(size=(3, 50))
    window, place = np.array([0, 0, 2]), np.array([1, 30, 48])
    lags = lag_samples(0.1, RATE)
    locked = lock(course, window, place, np.zeros(3), lags, 4, rng)
    total, count = np.zeros((2, 3, len(lags)))
    for w, t in zip(window, place, strict=True):
        for k, lag in enumerate(lags):
            if 0 <= t + lag < 50:
                total[w, k] += course[w, t + lag]
                count[w, k] += 1
    np.testing.assert_allclose(locked.total, total, atol=1e-6)
    np.testing.assert_array_equal(locked.count, count)
    assert locked.n_events == 3


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), block=st.sampled_from([1, 100, 4_000_000]))
def test_surrogates_keep_place_class_and_number_of_terms(seed, block):
    """With a constant course, every surrogate gives the observed sum; with a course that depends
    on class and place alone, too."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, 12)
    window = np.repeat(np.arange(12), 2)
    place = rng.integers(0, N_TIMES, 24)
    course = rng.normal(size=(2, N_TIMES))[label]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locking, "_BLOCK", block)
        locked = lock(course, window, place, label, LAGS, 7, rng)
    observed = np.broadcast_to(locked.total.sum(0), locked.null.shape)
    np.testing.assert_allclose(locked.null, observed, atol=1e-4)


def test_pool_adds_subjects():
    rng = np.random.default_rng(8)
    parts = []
    for n in (12, 30):
        window, place = central_events(rng, n)
        parts.append(
            lock(
                grid_relevance(rng, n),
                window,
                place,
                np.zeros(n),
                LAGS,
                5,
                rng,
            )
        )
    everyone = pooled(parts)
    assert everyone.n_events == 42
    assert everyone.total.shape == (2, len(LAGS))
    np.testing.assert_allclose(
        everyone.total.sum(0), parts[0].total.sum(0) + parts[1].total.sum(0)
    )
    np.testing.assert_allclose(everyone.null, parts[0].null + parts[1].null)


def test_a_single_unit_has_no_interval_and_no_relevance_no_latency():
    rng = np.random.default_rng(9)
    locked = lock(
        np.zeros((1, 200)),
        np.array([0]),
        np.array([100]),
        np.zeros(1),
        LAGS,
        9,
        rng,
    )
    course, summary = describe(locked, LAGS / RATE, 50, 0.95, rng)
    assert np.isnan(course["ci_low"]).all()
    assert summary["p"]["value"] == 1
    assert np.isnan(summary["latency"]["value"])


def test_rarely_reached_lags_are_left_out():
    rng = np.random.default_rng(10)
    place = np.array([2] * 10 + [100])
    locked = lock(
        grid_relevance(rng, 11),
        np.arange(11),
        place,
        np.zeros(11),
        LAGS,
        9,
        rng,
    )
    course, _ = describe(locked, LAGS / RATE, 50, 0.95, rng)
    assert course["lag"].min() == pytest.approx(-0.01)
    assert course["lag"].max() == pytest.approx(0.2)
    assert set(course["n"]) == {11}
