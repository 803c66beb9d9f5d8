"""Event-locked maps: sums against loops, the corrected test calibrated on noise, planted truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.verify.locking import lock, pooled
from eeglrp.verify.map_locking import (
    against_surrogates,
    bootstrap,
    covered,
    interval,
    lock_maps,
    means,
    row_sums,
)

N_WINDOWS, N_CHANNELS, N_TIMES, SURROGATES = 24, 4, 80, 99
LAGS = np.arange(-4, 13, 4)


def noise(rng, n=N_WINDOWS):
    """Maps with a comb of period 8 and one large electrode."""
    comb = np.where(np.arange(N_TIMES) % 8 == 4, 1.5, 0.5)
    scale = np.array([1, 1, 5, 1])[:, None]
    return comb * scale * (1 + 0.3 * rng.normal(size=(n, N_CHANNELS, N_TIMES)))


def events(rng, n=N_WINDOWS):
    return np.arange(n), 30 + rng.integers(-10, 11, n)


def locked_noise(rng, plus=0.0, lag=0, channel=1, n=N_WINDOWS):
    window, place = events(rng, n)
    maps = noise(rng, n)
    maps[window, channel, place + lag] += plus
    return lock_maps(maps, window, place, np.zeros(n), LAGS, SURROGATES, rng)


def test_sums_agree_with_a_loop_and_leave_out_what_is_outside():
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(3, 2, 20))
    window, place = np.array([0, 0, 2]), np.array([1, 10, 18])
    # Windows that are groups of their own can only be exchanged with themselves.
    locked = lock_maps(maps, window, place, np.arange(3), LAGS, 3, rng)
    total, count = np.zeros((3, len(LAGS), 2)), np.zeros((3, len(LAGS), 1))
    for w, t in zip(window, place, strict=True):
        for k, lag in enumerate(LAGS):
            if 0 <= t + lag < 20:
                total[w, k] += maps[w, :, t + lag]
                count[w, k] += 1
    np.testing.assert_allclose(locked.total, total, atol=1e-12)
    np.testing.assert_array_equal(locked.count, count)
    np.testing.assert_allclose(
        locked.null, np.tile(total.sum(0), (3, 1, 1)), atol=1e-5
    )
    assert locked.n_events == 3


def test_the_sum_over_electrodes_is_locked_as_the_course_is():
    rng = np.random.default_rng(1)
    maps, (window, place) = noise(rng), events(rng)
    label, lags = np.arange(N_WINDOWS) % 2, np.arange(-8, 9, 4)
    settings = window, place, label, lags, SURROGATES
    by_electrode = lock_maps(maps, *settings, np.random.default_rng(5))
    course = lock(maps.sum(1), *settings, np.random.default_rng(5))
    np.testing.assert_allclose(
        by_electrode.null.sum(2), course.null, rtol=1e-4
    )
    np.testing.assert_allclose(
        by_electrode.total.sum(2), course.total, rtol=1e-4
    )
    np.testing.assert_array_equal(by_electrode.count[..., 0], course.count)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_surrogates_keep_place_and_class(seed):
    """Maps that depend on class and place alone give every surrogate the observed sum."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, 10)
    maps = rng.normal(size=(2, N_CHANNELS, N_TIMES))[label]
    window, place = np.repeat(np.arange(10), 2), rng.integers(0, N_TIMES, 20)
    locked = lock_maps(maps, window, place, label, LAGS, 7, rng)
    observed = np.broadcast_to(locked.total.sum(0), locked.null.shape)
    np.testing.assert_allclose(locked.null, observed, atol=1e-4)


def test_row_sums_agree_with_numpy():
    rng = np.random.default_rng(2)
    samples, rows = rng.normal(size=(30, 3)), rng.integers(0, 30, (5, 7))
    np.testing.assert_allclose(
        row_sums(samples, rows), samples[rows].sum(1), rtol=1e-5
    )


@pytest.mark.parametrize(("channel", "lag"), [(1, 0), (3, 8), (0, -4)])
def test_the_planted_electrode_and_lag_are_found(channel, lag):
    rng = np.random.default_rng(12)
    parts = [locked_noise(rng, 2.0, lag, channel)]
    test = against_surrogates(*means(parts), 0.95)
    place = int(np.flatnonzero(lag == LAGS)[0])
    assert np.unravel_index(np.abs(test.z).argmax(), test.z.shape) == (
        place,
        channel,
    )
    assert test.p[place, channel] == 1 / (SURROGATES + 1)
    assert (
        test.value[place, channel]
        > test.high[place, channel]
        > test.centre[place, channel]
    )
    # Nothing else: electrodes without a wave stay within the band.
    assert (np.delete(test.p, channel, axis=1) > 0.05).all()


def test_negative_relevance_is_found_too():
    test = against_surrogates(
        *means([locked_noise(np.random.default_rng(4), -2.0)]), 0.95
    )
    assert test.p.min() == 1 / (SURROGATES + 1)
    assert test.z[np.unravel_index(test.p.argmin(), test.p.shape)] < -4


@pytest.mark.slow
@pytest.mark.parametrize("n_parts", [1, 2])
def test_the_corrected_p_is_calibrated_on_noise(n_parts):
    rng = np.random.default_rng(5)
    runs, smallest = 150, []
    for _ in range(runs):
        parts = [locked_noise(rng) for _ in range(n_parts)]
        smallest.append(against_surrogates(*means(parts), 0.95).p.min())
    # Standard error of a rate of 0.05 in 150 runs: 0.018.
    assert np.mean(np.array(smallest) <= 0.05) <= 0.05 + 3 * 0.018
    assert 0.35 < np.mean(smallest) < 0.65


def test_corrected_p_counts_the_surrogates_largest_z():
    rng = np.random.default_rng(6)
    value, null = rng.normal(size=(2, 3)), rng.normal(size=(50, 2, 3))
    z = (value - null.mean(0)) / null.std(0)
    largest = np.abs((null - null.mean(0)) / null.std(0)).max((1, 2))
    expected = [
        [(1 + (largest >= abs(one)).sum()) / 51 for one in row] for row in z
    ]
    test = against_surrogates(value, null, 0.9)
    np.testing.assert_allclose(test.p, expected)
    np.testing.assert_allclose(test.z, z)
    critical = np.quantile(largest, 0.9)
    np.testing.assert_allclose(test.high - test.centre, critical * null.std(0))


def test_the_difference_is_that_of_the_two_averages():
    rng = np.random.default_rng(7)
    first, second = locked_noise(rng, 2.0), locked_noise(rng, n=12)
    value, null = means([first, second])
    each = [means([part]) for part in (first, second)]
    np.testing.assert_allclose(value, each[0][0] - each[1][0])
    np.testing.assert_allclose(null, each[0][1] - each[1][1], rtol=1e-4)
    assert against_surrogates(value, null, 0.95).p.min() == 1 / (
        SURROGATES + 1
    )
    both = [
        locked_noise(np.random.default_rng(8), 2.0),
        locked_noise(np.random.default_rng(9), 2),
    ]
    assert against_surrogates(*means(both), 0.95).p.min() > 0.05


def test_bootstrap_surrounds_the_mean_and_needs_two_units():
    rng = np.random.default_rng(10)
    parts = [locked_noise(rng, 2.0)]
    drawn = bootstrap(parts, [1, 2], 500, rng)
    assert drawn.shape == (500, 2, N_CHANNELS)
    np.testing.assert_allclose(
        drawn.mean(0), means(parts)[0][[1, 2]], rtol=0.05
    )
    low, high = interval(
        parts, [1], {"bootstrap": 500, "confidence": 0.95}, rng
    )
    assert (low < means(parts)[0][[1]]).all()
    assert (high > means(parts)[0][[1]]).all()
    single = [pooled([parts[0]])]
    assert np.isnan(bootstrap(single, [0], 10, rng)).all()


def test_lags_that_few_events_reach_are_not_covered():
    rng = np.random.default_rng(11)
    place = np.array([1] * 10 + [40])
    args = noise(rng, 11), np.arange(11), place, np.zeros(11), LAGS, 5, rng
    assert covered([lock_maps(*args)]).tolist() == [
        False,
        True,
        True,
        True,
        True,
    ]
    late = (
        noise(rng, 2),
        np.arange(2),
        np.array([70, 70]),
        np.zeros(2),
        LAGS,
        5,
        rng,
    )
    parts = [lock_maps(*args), lock_maps(*late)]
    assert covered(parts).tolist() == [False, True, True, True, False]
