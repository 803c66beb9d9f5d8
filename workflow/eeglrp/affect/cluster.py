"""Where on the scalp relevance exceeds a reference, without a region named beforehand.

The cluster permutation test of Maris & Oostenveld (2007, doi:10.1016/j.jneumeth.2007.03.024) over
electrodes, as MNE has it, with subjects as the sample. Its p holds for the whole scalp.
"""

import warnings
from typing import NamedTuple

import numpy as np

from eeglrp.scalp.montage import montage_names, neighbours
from eeglrp.seeds import integer_seed


class Cluster(NamedTuple):
    """Neighbouring electrodes that differ from the reference in one direction.

    `members`, shape (n_channels,), says which; `value` is the mean over subjects of their summed
    difference; `mass` the sum of their t values.
    """

    members: np.ndarray
    value: float
    mass: float
    p: float


def find_clusters(difference, channels, permutations, seed):
    """Clusters of electrodes, the most massive first.

    Parameters
    ----------
    difference : array, shape (n_subjects, n_channels)
        Share of relevance minus that of the reference.
    channels : sequence of str
        Electrodes without a place in the montage belong to no cluster.
    permutations : int
        All sign patterns are taken where there are no more.
    seed : int
        The study's.

    Returns
    -------
    list of Cluster
        Empty for fewer than two subjects, or three electrodes.
    """
    from mne.stats import permutation_cluster_1samp_test

    placed = np.array([name.upper() in montage_names() for name in channels])
    difference = difference[np.isfinite(difference).all(1)]
    if len(difference) < 2 or placed.sum() < 3 or not difference.any():
        return []
    names = tuple(np.array(channels)[placed])
    with warnings.catch_warnings():
        # That no electrode passes the threshold.
        warnings.simplefilter("ignore", RuntimeWarning)
        t, found, p, _ = permutation_cluster_1samp_test(
            difference[:, placed],
            n_permutations=permutations,
            adjacency=neighbours(names),
            out_type="mask",
            rng=integer_seed(seed, "clusters", len(difference)),
            verbose="error",
        )
    clusters = []
    for members, own_p in zip(found, p, strict=True):
        whole = np.zeros(len(placed), bool)
        whole[placed] = members
        value = difference[:, whole].sum(1).mean()
        clusters.append(
            Cluster(whole, float(value), float(t[members].sum()), float(own_p))
        )
    return sorted(clusters, key=lambda one: -abs(one.mass))


def central_cluster(clusters, region, alpha):
    """The cluster that a model has in the region: more relevance, p below alpha, mostly inside.

    Returns
    -------
    Cluster or None
        At least half of its electrodes are in the region, so that one over the whole head is none.
    """
    return next(
        (
            one
            for one in clusters
            if one.mass > 0
            and one.p < alpha
            and region[one.members].mean() >= 0.5
        ),
        None,
    )


def largest_gain(clusters):
    """What the largest cluster of more relevance has beyond the reference; 0 without any."""
    return max([0.0, *(one.value for one in clusters)])
