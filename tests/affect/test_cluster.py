from itertools import product

import numpy as np
import pytest

from eeglrp.affect.cluster import (
    Cluster,
    central_cluster,
    electrode_p,
    find_clusters,
    largest_gain,
)

from .made_up import CENTRAL, CHANNELS


def gain(rng, where=(), size=0.05, n_subjects=10):
    found = rng.normal(0, 0.02, (n_subjects, len(CHANNELS)))
    found[:, np.isin(CHANNELS, where)] += size
    return found


def test_a_planted_cluster_is_found_with_its_electrodes():
    difference = gain(np.random.default_rng(0), ["C3", "CZ", "C4"])
    clusters = find_clusters(difference, CHANNELS, 1000, 1)
    first = clusters[0]
    assert set(np.array(CHANNELS)[first.members]) == {"C3", "CZ", "C4"}
    assert first.p < 0.01
    assert first.value == difference[:, first.members].sum(1).mean()
    assert central_cluster(clusters, CENTRAL, 0.05) is first
    assert largest_gain(clusters) == first.value > 0


def test_less_relevance_is_no_cluster_of_the_region():
    clusters = find_clusters(
        gain(np.random.default_rng(0), CHANNELS[8:11], -0.05), CHANNELS, 500, 1
    )
    assert clusters[0].mass < 0
    assert clusters[0].p < 0.01
    assert central_cluster(clusters, CENTRAL, 0.05) is None
    assert largest_gain(clusters) < 0.05
    assert largest_gain([]) == 0


def test_distant_electrodes_are_no_cluster():
    clusters = find_clusters(
        gain(np.random.default_rng(0), ["FP1", "O2"]), CHANNELS, 500, 1
    )
    assert [one.members.sum() for one in clusters[:2]] == [1, 1]


def test_a_cluster_over_the_head_is_none_of_the_region():
    everywhere = [Cluster(np.ones(19, bool), 0.2, 50.0, 0.001)]
    assert central_cluster(everywhere, CENTRAL, 0.05) is None
    assert (
        central_cluster([Cluster(CENTRAL, 0.2, 50.0, 0.06)], CENTRAL, 0.05)
        is None
    )
    assert (
        central_cluster([Cluster(CENTRAL, 0.2, 50.0, 0.04)], CENTRAL, 0.05)
        is not None
    )


def test_electrodes_without_a_place_belong_to_no_cluster():
    rng = np.random.default_rng(0)
    names = [*CHANNELS, "FP1-F7"]
    difference = np.column_stack([gain(rng, ["CZ"]), np.full(10, 5.0)])
    clusters = find_clusters(difference, names, 500, 1)
    assert clusters[0].members[CHANNELS.index("CZ")]
    assert not any(one.members[-1] for one in clusters)


def test_one_subject_and_no_difference_make_no_cluster():
    assert find_clusters(np.ones((1, 19)), CHANNELS, 100, 1) == []
    assert find_clusters(np.zeros((5, 19)), CHANNELS, 100, 1) == []
    unknown = np.full((5, 19), np.nan)
    assert find_clusters(unknown, CHANNELS, 100, 1) == []


@pytest.mark.slow
def test_noise_has_a_cluster_as_rarely_as_it_should():
    rng = np.random.default_rng(3)
    found = [find_clusters(gain(rng), CHANNELS, 100, 1) for _ in range(80)]
    rate = np.mean(
        [any(one.p < 0.05 for one in clusters) for clusters in found]
    )
    assert 0 < rate <= 0.1


def test_electrodes_are_tested_by_the_largest_t():
    """By hand: all sign patterns of the subjects, the largest |t| over electrodes of each."""
    rng = np.random.default_rng(3)
    difference = rng.normal(0.3, 1, (6, 4))
    t, p = electrode_p(difference, 10_000, 1)

    def t_of(values):
        return values.mean(0) / (values.std(0, ddof=1) / np.sqrt(6))

    signs = np.array(list(product((-1, 1), repeat=6)))[:, :, None]
    largest = [np.abs(t_of(pattern * difference)).max() for pattern in signs]
    np.testing.assert_allclose(t, t_of(difference))
    # A hair's breadth: the pattern and its opposite have the same |t|.
    wanted = [np.mean(np.array(largest) >= abs(one) - 1e-9) for one in t]
    np.testing.assert_allclose(p, wanted, atol=1 / 32)
    alone = electrode_p(difference[:, :1], 10_000, 1)[1]
    assert (p[0] >= alone[0]).all()


def test_electrodes_without_variance_and_single_subjects_have_no_p():
    difference = gain(np.random.default_rng(0), ["C3"])
    difference[:, 4] = 0.0
    difference[3] = np.nan
    t, p = electrode_p(difference, 500, 1)
    assert np.isnan(t).sum() == np.isnan(p).sum() == 1
    assert p[list(CHANNELS).index("C3")] < 0.05
    t, p = electrode_p(difference[:1], 500, 1)
    assert np.isnan(t).all()
    assert np.isnan(p).all()


def test_noise_has_a_sure_electrode_as_rarely_as_it_should():
    rng = np.random.default_rng(5)
    smallest = [
        np.nanmin(electrode_p(gain(rng), 200, 1)[1]) for _ in range(300)
    ]
    assert 0.02 < np.mean(np.array(smallest) < 0.05) < 0.09
