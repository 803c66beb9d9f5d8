"""Where on the scalp relevance exceeds a reference, without a region named beforehand.

The cluster permutation test of Maris & Oostenveld (2007, doi:10.1016/j.jneumeth.2007.03.024) over
electrodes, as MNE has it, with subjects as the sample. Its p is that of a cluster: none of its
electrodes alone is as sure (Sassenhagen & Draschkow 2019, doi:10.1111/psyp.13335). Of electrodes
the largest t tells.
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
    known = montage_names()
    placed = np.array([name.upper() in known for name in channels])
    complete = np.isfinite(difference).all(1)
    difference = difference[complete]
    if len(difference) < 2 or placed.sum() < 3 or not difference.any():
        return []
    names = np.array(channels)[placed]
    t, masks, p = _cluster_test(
        difference[:, placed], tuple(names), permutations, seed
    )
    clusters = []
    for mask, p_of_mask in zip(masks, p, strict=True):
        members = np.zeros(len(placed), bool)
        members[placed] = mask
        gain = difference[:, members].sum(1)
        cluster = Cluster(
            members=members,
            value=float(gain.mean()),
            mass=float(t[mask].sum()),
            p=float(p_of_mask),
        )
        clusters.append(cluster)
    return sorted(clusters, key=lambda cluster: -abs(cluster.mass))


def _cluster_test(difference, names, permutations, seed):
    """Of MNE: t of every electrode, masks of the clusters, p of each."""
    from mne.stats import permutation_cluster_1samp_test

    with warnings.catch_warnings():
        # That no electrode passes the threshold.
        warnings.simplefilter("ignore", RuntimeWarning)
        t, masks, p, _ = permutation_cluster_1samp_test(
            difference,
            n_permutations=permutations,
            adjacency=neighbours(names),
            out_type="mask",
            rng=integer_seed(seed, "clusters", len(difference)),
            verbose="error",
        )
    return t, masks, p


def electrode_p(difference, permutations, seed):
    """Test every electrode: t, and p by the largest |t| over the scalp, corrected for all.

    Nichols & Holmes (2002), doi:10.1002/hbm.1058, as MNE has it.

    Parameters
    ----------
    difference : array, shape (n_subjects, n_channels)
        Share of relevance minus that of the reference.
    permutations : int
        All sign patterns are taken where there are no more.
    seed : int
        The study's.

    Returns
    -------
    t, p : array, shape (n_channels,)
        NaN for electrodes without variance, and for fewer than two subjects.
    """
    from mne.stats import permutation_t_test

    t = np.full(difference.shape[1], np.nan)
    p = t.copy()
    complete = np.isfinite(difference).all(1)
    difference = difference[complete]
    if len(difference) < 2:
        return t, p
    varied = difference.std(0) > 0
    if varied.any():
        t[varied], p[varied], _ = permutation_t_test(
            difference[:, varied],
            n_permutations=permutations,
            rng=integer_seed(seed, "electrodes", len(difference)),
            verbose="error",
        )
    return t, p


def central_cluster(clusters, region, alpha):
    """The cluster that a model has in the region: more relevance, p below alpha, mostly inside.

    Returns
    -------
    Cluster or None
        At least half of its electrodes are in the region, so that one over the whole head is none.
    """
    for cluster in clusters:
        significant = cluster.mass > 0 and cluster.p < alpha
        if significant and region[cluster.members].mean() >= 0.5:
            return cluster
    return None


def largest_gain(clusters):
    """What the largest cluster of more relevance has beyond the reference; 0 without any."""
    gains = [cluster.value for cluster in clusters]
    return max([0.0, *gains])
