"""Similarity of maps, against scipy and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.evaluate.similarity import (
    highest,
    overlap,
    partners,
    rank_vectors,
    spearman,
)


def maps(seed, ties=False, shape=(4, 3, 20)):
    values = np.random.default_rng(seed).normal(size=shape)
    return np.round(values) if ties else values


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), ties=st.booleans())
def test_rank_correlation_agrees_with_scipy(seed, ties):
    from scipy.stats import spearmanr

    first, second = maps(seed, ties), maps(seed + 1, ties)
    expected = [
        spearmanr(a.ravel(), b.ravel())[0]
        for a, b in zip(first, second, strict=True)
    ]
    np.testing.assert_allclose(spearman(first, second), expected, atol=1e-12)


def test_rank_correlation_by_hand():
    # Centred ranks -1.5, 0, 0, 1.5 against -0.5, -1.5, 0.5, 1.5.
    found = spearman(np.array([[1.0, 5, 5, 9]]), np.array([[2.0, 1, 3, 4]]))
    assert found == pytest.approx((0.75 + 2.25) / np.sqrt(4.5 * 5))


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 1000))
def test_equal_and_negated_and_rescaled_maps(seed):
    values = maps(seed)
    np.testing.assert_allclose(spearman(values, values), 1)
    np.testing.assert_allclose(spearman(values, -values), -1)
    np.testing.assert_allclose(spearman(values, np.exp(values)), 1)
    np.testing.assert_allclose(spearman(np.abs(values), np.abs(-values)), 1)


def test_a_constant_map_agrees_with_nothing():
    values = maps(0)
    values[1] = 3
    found = spearman(values, maps(1))
    assert found[1] == 0
    assert (found[[0, 2, 3]] != 0).all()
    assert spearman(values, values)[1] == 0


def test_rank_vectors_have_length_one_and_no_mean():
    vectors = rank_vectors(maps(2).reshape(4, -1))
    np.testing.assert_allclose((vectors**2).sum(1), 1)
    np.testing.assert_allclose(vectors.sum(1), 0, atol=1e-12)


def test_highest_points_and_their_overlap():
    values = np.array([[5.0, 1, 4, 2, 3, 0, -1, -2, -3, -4], np.arange(10.0)])
    chosen = highest(values, 0.3)
    assert [np.flatnonzero(row).tolist() for row in chosen] == [
        [0, 2, 4],
        [7, 8, 9],
    ]
    assert highest(values, 0.001).sum(1).tolist() == [1, 1]
    other = np.zeros_like(chosen)
    other[:, [0, 2, 9]] = True
    np.testing.assert_allclose(overlap(chosen, other), [2 / 4, 1 / 5])
    np.testing.assert_allclose(overlap(chosen, chosen), 1)


def test_partners_go_round_within_a_group():
    assert partners(np.array([0, 1, 0, 1, 0, 2])).tolist() == [
        2,
        3,
        4,
        1,
        0,
        -1,
    ]
    assert partners(np.array(["a"])).tolist() == [-1]
