"""Coarse maps against slow sums, and what they must not depend on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.strategies.maps import bin_edges, coarse_shares, features

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("n_times", "length", "edges"),
    [
        (400, 0.5, [0, 100, 200, 300, 400]),
        (400, 0.25, [0, 50, 100, 150, 200, 250, 300, 350, 400]),
        (200, 5, [0, 200]),
    ],
)
def test_bins_cover_the_window(n_times, length, edges):
    assert bin_edges(n_times, 200, length).tolist() == edges


def test_bins_that_do_not_divide_the_window_are_as_equal_as_can_be():
    edges = bin_edges(530, 200, 0.5)
    assert (edges[0], edges[-1], len(edges)) == (0, 530, 6)
    assert set(np.diff(edges)) == {106}
    assert np.ptp(np.diff(bin_edges(333, 200, 0.25))) <= 1


def test_shares_are_sums_of_magnitudes():
    relevance = RNG.normal(size=(3, 2, 40))
    found = coarse_shares(relevance, 40, 0.5)
    for k in range(3):
        total = sum(abs(value) for row in relevance[k] for value in row)
        for channel in range(2):
            for half in range(2):
                part = sum(
                    abs(v)
                    for v in relevance[k, channel, 20 * half : 20 * half + 20]
                )
                assert found[k, channel, half] == pytest.approx(part / total)


def test_a_window_without_relevance_has_no_shares():
    relevance = np.ones((2, 2, 10))
    relevance[1] = 0
    found = coarse_shares(relevance, 10, 0.5)
    assert np.isnan(found[1]).all()
    assert np.isfinite(found[0]).all()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.floats(1e-3, 1e3))
def test_shares_sum_to_one_and_know_neither_sign_nor_scale(seed, factor):
    relevance = np.random.default_rng(seed).normal(size=(2, 3, 20))
    found = coarse_shares(relevance, 20, 0.25)
    np.testing.assert_allclose(found.sum((1, 2)), 1)
    np.testing.assert_allclose(
        coarse_shares(-factor * relevance, 20, 0.25), found
    )


def test_distances_of_features_are_hellinger_and_classes_are_centred():
    shares = RNG.dirichlet(np.ones(6), size=8).reshape(8, 3, 2)
    group = np.arange(8) % 2
    points = features(shares, group)
    for name in (0, 1):
        np.testing.assert_allclose(
            points[group == name].mean(0), 0, atol=1e-12
        )
    expected = np.sqrt(
        sum(
            (np.sqrt(a) - np.sqrt(b)) ** 2
            for a, b in zip(shares[0].ravel(), shares[2].ravel(), strict=True)
        )
    )
    assert np.linalg.norm(points[0] - points[2]) == pytest.approx(expected)


def test_a_difference_between_classes_leaves_no_trace():
    shares = RNG.dirichlet(np.ones(6), size=8).reshape(8, 3, 2)
    group = np.arange(8) % 2
    roots = np.sqrt(shares)
    roots[group == 1, 0] += 3
    np.testing.assert_allclose(
        features(roots**2, group), features(shares, group), atol=1e-12
    )
