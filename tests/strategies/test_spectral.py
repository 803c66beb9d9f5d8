"""Spectral clustering: eigenvalues against a slow graph, clusters that are there or are not."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from eeglrp.strategies import spectral
from eeglrp.strategies.spectral import (
    assign,
    find_clusters,
    gaps,
    half_agreement,
    spectrum,
)


def blobs(number, n=30, distance=12.0, seed=0):
    """So many normal clouds, and which cloud each point is from; the last cloud is the largest."""
    rng = np.random.default_rng(seed)
    sizes = [n + 5 * k for k in range(number)]
    centre = distance * np.eye(max(number, 4))[:number]
    label = np.repeat(np.arange(number), sizes)
    return centre[label] + rng.normal(
        size=(len(label), centre.shape[1])
    ), label


def slow_eigenvalues(points, neighbours):
    n = len(points)
    joined = np.zeros((n, n))
    for i in range(n):
        distance = [np.linalg.norm(points[i] - points[j]) for j in range(n)]
        for j in sorted(
            (j for j in range(n) if j != i), key=lambda j: distance[j]
        )[:neighbours]:
            joined[i, j] = joined[j, i] = 1
    degree = joined.sum(1)
    walk = np.eye(n) - joined / degree[:, None]
    # The random walk's Laplacian has the same eigenvalues as the symmetric one.
    return np.sort(np.linalg.eigvals(walk).real)


def test_eigenvalues_are_those_of_a_slow_graph():
    points = np.random.default_rng(1).normal(size=(24, 3))
    values, vectors = spectrum(points, neighbours=4, number=6)
    np.testing.assert_allclose(
        values, slow_eigenvalues(points, 4)[:6], atol=1e-10
    )
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(6), atol=1e-10)


def test_separate_pieces_have_eigenvalue_zero_once_each():
    values, _ = spectrum(blobs(3, distance=100)[0])
    np.testing.assert_allclose(values[:3], 0, atol=1e-10)
    assert values[3] > 0.01
    assert spectral.FEWEST + gaps(values).argmax() == 3


def test_gaps_are_named_by_the_number_of_clusters():
    values = np.array([0, 0.1, 0.2, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95])
    assert gaps(values)[3 - spectral.FEWEST] == pytest.approx(0.5)
    assert len(gaps(values)) == spectral.MOST - spectral.FEWEST + 1


@pytest.mark.slow
@pytest.mark.parametrize("number", [2, 3, 4])
def test_clusters_that_are_there_are_found(number):
    points, label = blobs(number)
    found = find_clusters(points, np.random.default_rng(0), draws=39, halves=4)
    assert found.number == number
    assert adjusted_rand_score(found.label, label) > 0.95
    # Numbered by size.
    assert (np.diff(np.bincount(found.label)) <= 0).all()
    assert 1 / 40 <= found.p <= spectral.ALPHA
    assert found.gap > found.expected
    assert found.stability > 0.95 > found.chance


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "long", "skewed"])
def test_one_cloud_is_one_cluster(kind):
    several = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        points = {
            "normal": lambda rng: rng.normal(size=(80, 5)),
            "long": lambda rng: rng.normal(size=(80, 5)) * [6, 1, 1, 1, 1],
            "skewed": lambda rng: np.sqrt(rng.dirichlet(np.full(12, 3.0), 80)),
        }[kind](rng)
        several += find_clusters(points, rng, draws=19, halves=1).number > 1
    # Five or more of twelve at 5 % each: once in 5,000.
    assert several < 5


def test_one_cluster_holds_all_points_and_still_tells_the_partition_it_refused():
    points = np.random.default_rng(3).normal(size=(70, 4))
    found = find_clusters(points, np.random.default_rng(0), draws=19, halves=3)
    assert found.number == 1
    assert not found.label.any()
    assert 0 < found.stability <= 1
    assert found.p > spectral.ALPHA


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((100, 3)),
        np.random.default_rng(0).normal(size=(20, 3)),
        np.zeros((0, 3)),
    ],
)
def test_too_few_or_equal_points_are_one_cluster(points):
    found = find_clusters(points, np.random.default_rng(0))
    assert found.number == 1
    assert len(found.label) == len(points)
    assert np.isnan([found.gap, found.p, found.stability, found.chance]).all()


def test_the_same_seed_gives_the_same_clusters():
    points, _ = blobs(2, distance=4)
    first, again = (
        find_clusters(points, np.random.default_rng(5), draws=19, halves=2)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.label, again.label)
    assert first[2:] == again[2:]


def test_clouds_without_clusters_keep_the_covariance():
    rng = np.random.default_rng(0)
    points = (
        rng.normal(size=(400, 3))
        @ np.array([[2, 1, 0], [0, 1, 0], [0, 0, 0.2]])
        + 7
    )
    drawn = np.concatenate(
        [spectral.one_cloud(points, rng) for _ in range(40)]
    )
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(points.T), atol=0.15)
    np.testing.assert_allclose(drawn.mean(0), 0, atol=0.1)


def test_halves_agree_on_clusters_and_not_on_arbitrary_labels():
    points, label = blobs(2)
    rng = np.random.default_rng(0)
    assert half_agreement(points, label, 2, rng) == 1
    assert abs(half_agreement(points, rng.permutation(label), 2, rng)) < 0.3


def test_assign_numbers_clusters_by_size():
    points, label = blobs(3, distance=100)
    found = assign(spectrum(points)[1], 3, 0)
    np.testing.assert_array_equal(found, 2 - label)
