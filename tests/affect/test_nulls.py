"""Orders of labels under the null: what stays together, what moves, and how many there are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.affect.nulls import count_orders, null_orders, null_p, time_line
from eeglrp.errors import InputError


@st.composite
def cohorts(draw):
    """Rating, group and onset of two subjects' windows, in any order."""
    sizes = [draw(st.integers(2, 40)), draw(st.integers(1, 40))]
    group = np.repeat(["a", "b"], sizes)
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    rating = rng.normal(size=len(group))
    if draw(st.booleans()):
        rating = np.round(rating)
    onset = np.concatenate([np.arange(size) * 1.5 for size in sizes])
    shuffled = rng.permutation(len(group))
    return rating[shuffled], group[shuffled], onset[shuffled]


def by_time(rows, onset):
    return rows[np.argsort(onset[rows])]


@settings(max_examples=60, deadline=None)
@given(
    cohort=cohorts(),
    kind=st.sampled_from(["shift", "blocks"]),
    seed=st.integers(0, 99),
)
def test_orders_are_permutations_within_groups_and_none_stays_unless_it_may(
    cohort, kind, seed
):
    rating, group, onset = cohort
    orders = null_orders(
        *cohort, kind, 7, np.random.default_rng(seed), stays=False
    )
    assert orders.shape == (7, len(group))
    for order in orders:
        assert np.array_equal(np.sort(order), np.arange(len(group)))
        assert np.array_equal(group[order], group)
        for name in np.unique(group):
            own = np.flatnonzero(group == name)
            assert len(own) == 1 or (order[own] != own).any()


@settings(max_examples=60, deadline=None)
@given(cohort=cohorts(), nearest=st.floats(0.01, 0.5), seed=st.integers(0, 99))
def test_shifts_keep_the_cyclic_order_at_a_distance(cohort, nearest, seed):
    rating, group, onset = cohort
    orders = null_orders(
        *cohort,
        "shift",
        5,
        np.random.default_rng(seed),
        nearest=nearest,
        stays=False,
    )
    for name in np.unique(group):
        own = by_time(np.flatnonzero(group == name), onset)
        place = {row: i for i, row in enumerate(own)}
        for order in orders:
            moved = {
                (place[order[row]] - i) % len(own) for i, row in enumerate(own)
            }
            assert len(moved) == 1
            step = moved.pop()
            assert len(own) == 1 or min(step, len(own) - step) >= min(
                max(1, nearest * len(own)), len(own) // 2
            )


@pytest.mark.parametrize("kind", ["shift", "blocks"])
def test_the_observed_order_is_drawn_as_often_as_any_other(kind):
    """Of two segments a subject, half of the orders leave them where they are."""
    rating, group = (
        np.tile(np.repeat([1.0, 2.0], [1, 1]), 2),
        np.repeat(["a", "b"], 2),
    )
    onset = np.tile(np.arange(2), 2)
    orders = null_orders(
        rating, group, onset, kind, 4000, np.random.default_rng(0)
    )
    same = (orders == np.arange(4)).reshape(-1, 2, 2).all(2)
    np.testing.assert_allclose(same.mean(0), 0.5, atol=0.03)
    # Subjects are reordered by themselves, not all together.
    assert np.corrcoef(same.T)[0, 1] == pytest.approx(0, abs=0.05)


@settings(max_examples=60, deadline=None)
@given(cohort=cohorts(), blocks=st.integers(2, 9), seed=st.integers(0, 99))
def test_blocks_stay_together_and_are_cut_where_the_rating_changes(
    cohort, blocks, seed
):
    rating, group, onset = cohort
    orders = null_orders(
        *cohort, "blocks", 5, np.random.default_rng(seed), blocks=blocks
    )
    for name in np.unique(group):
        own = by_time(np.flatnonzero(group == name), onset)
        place = {row: i for i, row in enumerate(own)}
        changes = rating[own][1:] != rating[own][:-1]
        for order in orders:
            moved = np.array([place[order[row]] for row in own])
            breaks = np.flatnonzero(np.diff(moved) != 1)
            assert len(breaks) < blocks
            # A block ends only where the rating changes, if it ever does.
            ends = moved[breaks]
            inside = ends[ends < len(own) - 1]
            assert not changes.any() or changes[inside].all()


@pytest.mark.parametrize("kind", ["shift", "blocks"])
def test_count_is_the_number_of_orders_that_are_drawn(kind):
    rating, group = np.arange(10.0), np.array(["a"] * 6 + ["b"] * 4)
    onset = np.r_[0:6, 0:4]
    options = {"blocks": 3} if kind == "blocks" else {}
    drawn = null_orders(
        rating, group, onset, kind, 3000, np.random.default_rng(0), **options
    )
    number = count_orders(rating, group, onset, kind, **options)
    assert (
        len(np.unique(drawn, axis=0))
        == number
        == (24 if kind == "shift" else 36)
    )


def test_ratings_of_whole_segments_stay_whole():
    rating = np.repeat([3.0, 7.0, 1.0, 5.0], [4, 5, 6, 5])
    group = np.full(20, "a")
    orders = null_orders(
        rating, group, np.arange(20), "blocks", 50, np.random.default_rng(1)
    )
    for moved in rating[orders]:
        assert (np.diff(moved) != 0).sum() == 3
    assert count_orders(rating, group, np.arange(20), "blocks") == 24


def test_autocorrelation_stays():
    rng = np.random.default_rng(2)
    rating = np.convolve(rng.normal(size=219), np.ones(20) / 20, "valid")
    group, onset = np.full(200, "a"), np.arange(200.0)

    def neighbours(values):
        return np.corrcoef(values[1:], values[:-1])[0, 1]

    for kind in ("shift", "blocks"):
        drawn = rating[null_orders(rating, group, onset, kind, 100, rng)]
        assert (
            np.mean([neighbours(values) for values in drawn])
            > neighbours(rating) - 0.15
        )
        assert (
            abs(
                np.mean(
                    [np.corrcoef(rating, values)[0, 1] for values in drawn]
                )
            )
            < 0.3
        )
    assert neighbours(rng.permutation(rating)) < 0.3


def test_a_subject_with_several_recordings_has_one_time_line():
    recording, onset = (
        np.array(["r2", "r1", "r2", "r1"]),
        np.array([0.0, 3.0, 2.0, 1.0]),
    )
    assert time_line(recording, onset).tolist() == [2, 1, 3, 0]


def test_p_counts_the_observed_order():
    null = np.r_[np.zeros(95), np.ones(5)]
    assert null_p(0.5, null) == pytest.approx(6 / 101)
    assert null_p(2.0, null) == pytest.approx(1 / 101)
    assert null_p(0.0, null) == 1
    assert np.isnan(null_p(float("nan"), null))
    assert np.isnan(null_p(0.5, [float("nan")]))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["shift", "blocks"])
def test_two_segments_a_subject_make_no_finding_too_often(kind):
    """As in a test split of DASPS, where few orders differ: labels are drawn, and mean nothing."""
    rng, found = np.random.default_rng(3), []
    group, onset = (
        np.repeat(np.arange(5).astype(str), 8),
        np.tile(np.arange(8.0), 5),
    )
    for _ in range(400):
        label = np.repeat(rng.integers(0, 2, (5, 1)) ^ [[0, 1]], 4, 1).ravel()
        guess = np.repeat(rng.integers(0, 2, (5, 2)), 4, 1).ravel()
        orders = null_orders(label, group, onset, kind, 199, rng)
        found.append(
            null_p(np.mean(label == guess), (label[orders] == guess).mean(1))
        )
    if kind == "blocks":
        assert np.mean(np.array(found) <= 0.05) <= 0.06
        assert np.mean(np.array(found) <= 0.5) <= 0.56
    else:
        # Shifts cut segments, so that theirs are no orders as good as the observed one.
        assert np.mean(np.array(found) <= 0.05) > 0.06


def test_faults_are_named():
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="choose one of shift, blocks"):
        null_orders([0, 1], ["a", "a"], [0, 1], "free", 1, rng)
    with pytest.raises(InputError, match="no subject has two windows"):
        null_orders([0, 1], ["a", "b"], [0, 1], "shift", 1, rng)
