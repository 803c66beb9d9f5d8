"""Orders, curves and their metrics, against functions of which they are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.evaluate.perturbation import (
    BINS,
    METRICS,
    area,
    area_bounds,
    curve_metrics,
    descending_orders,
    hidden_counts,
    hidden_units,
    normalised,
    part_counts,
    unit_relevance,
)

EVERY = np.linspace(0, 1, 21)


def curves(score, values, n_units, counts, seed=0):
    """MoRF and LeRF curves (1, n_points) of a score of sets of kept units."""
    tie_break = np.random.default_rng(seed).permutation(n_units)[None]
    down = descending_orders(np.asarray(values, float)[None, None], tie_break)[
        :, 0
    ]
    both = hidden_units(np.stack([down, down[:, ::-1]], 1), counts)
    return [np.array([[score(~mask) for mask in way]]) for way in both[0]]


def metrics(score, values, n_units, steps=EVERY):
    counts = hidden_counts(steps, n_units, n_units)
    found = curve_metrics(
        *curves(score, values, n_units, counts), counts, n_units
    )
    return dict(zip(METRICS, found[0], strict=True))


def test_units_are_summed_with_their_sign_electrodes_slowest():
    relevance = np.arange(24.0).reshape(2, 2, 6) - 5
    found = unit_relevance(relevance.astype(np.float32), 3)
    expected = [
        [[w[c, 3 * p : 3 * p + 3].sum() for p in range(2)] for c in range(2)]
        for w in relevance
    ]
    assert np.array_equal(found, np.reshape(expected, (2, 4)))
    assert found.dtype == np.float64


@settings(deadline=None, max_examples=30)
@given(
    n_units=st.integers(2, 300),
    removal=st.booleans(),
    steps=st.lists(st.floats(0, 1), min_size=1, max_size=12),
)
def test_counts_ascend_from_none_to_most_and_hold_the_bins(
    n_units, removal, steps
):
    most = n_units - removal
    counts = hidden_counts(steps, n_units, most)
    assert counts[0] == 0
    assert counts[-1] == most
    assert (np.diff(counts) > 0).all()
    bins = part_counts(BINS, n_units)
    assert {*bins, *(n_units - bins)} <= {*counts}
    assert 1 <= bins.min() <= bins.max() <= n_units - 1


def test_counts_of_nineteen_electrodes():
    assert part_counts(BINS, 19).tolist() == [1, 1, 2, 4, 10]
    found = hidden_counts([0, 0.3, 1], 19, 18).tolist()
    assert found == [0, 1, 2, 4, 6, 9, 10, 15, 17, 18]


def test_orders_fall_and_equal_values_follow_the_random_order():
    values = np.array([[[1.0, 3, 1, -2, 1]]])
    assert descending_orders(values, np.array([[4, 0, 1, 2, 3]])).tolist() == [
        [[1, 4, 0, 2, 3]]
    ]
    assert descending_orders(values, np.array([[2, 3, 4, 0, 1]])).tolist() == [
        [[1, 2, 4, 0, 3]]
    ]


def test_hidden_units_are_the_first_of_the_order():
    found = hidden_units(np.array([2, 0, 1, 3]), np.array([0, 1, 3]))
    assert found.astype(int).tolist() == [
        [0, 0, 0, 0],
        [0, 0, 1, 0],
        [1, 1, 1, 0],
    ]


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), n_units=st.integers(2, 40))
def test_of_a_linear_function_the_curves_are_sums_of_weights(seed, n_units):
    weights = np.random.default_rng(seed).normal(size=n_units)
    found = metrics(
        lambda kept: weights[kept].sum(),
        weights,
        n_units,
        np.arange(n_units + 1) / n_units,
    )
    high = np.sort(weights)[::-1]
    # Sum of the k first, averaged by the trapezoidal rule over k = 0 ... n.
    parts = np.arange(n_units)[::-1] + 0.5
    assert found["aopc_morf"] == pytest.approx((high * parts).sum() / n_units)
    assert found["aopc_lerf"] == pytest.approx(
        (high[::-1] * parts).sum() / n_units
    )
    assert found["srg"] == pytest.approx(
        found["aopc_morf"] - found["aopc_lerf"]
    )
    assert found["srg"] >= -1e-12
    bins = part_counts(BINS, n_units)
    assert found["comprehensiveness"] == pytest.approx(
        np.mean([high[:k].sum() for k in bins])
    )
    assert found["sufficiency"] == pytest.approx(
        np.mean([high[k:].sum() for k in bins])
    )


def test_a_model_that_reads_one_unit():
    """Its score is gone with this unit: at once, at the very end, or anywhere."""
    n_units, unit = 20, 7
    one = np.zeros(n_units)
    one[unit] = 1

    def score(kept):
        return float(kept[unit])

    right, wrong = metrics(score, one, n_units), metrics(score, -one, n_units)
    assert right["srg"] == pytest.approx(1 - 1 / n_units)
    assert wrong["srg"] == pytest.approx(-(1 - 1 / n_units))
    assert right["comprehensiveness"] == 1
    assert right["sufficiency"] == 0
    assert wrong["comprehensiveness"] == 0
    assert wrong["sufficiency"] == 1
    draws = [np.random.default_rng(k).normal(size=n_units) for k in range(400)]
    assert (
        abs(np.mean([metrics(score, draw, n_units)["srg"] for draw in draws]))
        < 0.08
    )


def test_a_map_without_information_scores_as_random_orders_do():
    weights = np.random.default_rng(1).normal(size=20)
    ties = [
        curves(
            lambda kept: weights[kept].sum(), np.ones(20), 20, np.arange(21), k
        )
        for k in range(300)
    ]
    srg = [curve_metrics(*both, np.arange(21), 20)[0, 2] for both in ties]
    assert abs(np.mean(srg)) < 3 * np.std(srg) / np.sqrt(300)
    assert np.std(srg) > 0


def test_area_is_the_mean_over_units_whatever_the_steps():
    line = np.array([0, 1, 4, 10])
    assert area(2.0 * line, line) == pytest.approx(10)
    assert area(np.array([[1.0, 1], [0, 4]]), np.array([0, 7])).tolist() == [
        1,
        2,
    ]


def test_normalised_areas_lie_between_those_that_were_reached():
    counts = np.arange(3)
    found = np.array([[[4.0, 0, 0], [4, 4, 0], [4, 2, 0]], [[1, 1, 1]] * 3])
    low, high = area_bounds(found, counts)
    assert (low.tolist(), high.tolist()) == ([1, 0], [3, 0])
    assert normalised(np.array([2.0, 0]), low, high)[0] == 0.5
    assert np.isnan(normalised(np.array([2.0, 0]), low, high)[1])
    again = area_bounds(found * 7 + 100, counts)
    assert normalised(np.array([14.0, 0]), *again)[0] == 0.5
