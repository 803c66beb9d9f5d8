"""Spectral clustering of points, with a fair chance for there being no clusters.

The number of clusters is where the eigenvalues of the graph's normalised Laplacian leave the
largest gap (von Luxburg, 2007, doi:10.1007/s11222-007-9033-z, section 8.3). Any cloud of points has
a largest gap, so it is held against clouds of one piece: draws from the normal distribution with
the points' own covariance (as Liu et al., 2008, doi:10.1198/016214508000000454). Where it does not
exceed theirs, there is one cluster.
"""

from typing import NamedTuple

import numpy as np

#: Nearest neighbours that a point is joined to.
NEIGHBOURS = 10
#: Numbers of clusters that are tried.
FEWEST, MOST = 2, 8
#: Clouds without clusters, and half-samples for stability.
DRAWS, HALVES = 99, 20
ALPHA = 0.05
#: Fewer points than this have no clusters that could be told from chance.
MIN_POINTS = 6 * NEIGHBOURS


class Structure(NamedTuple):
    """Clusters of points.

    `number`: 1 where no gap stands out. `label`: cluster of each point, 0 the largest. `gap`: the
    largest eigengap; `expected`: its mean in clouds without clusters; `p`: of a gap as large there.
    `stability`: mean adjusted Rand index of the clustering at the largest gap, accepted or not,
    with that of random halves; `chance`: the same in clouds without clusters.
    """

    number: int
    label: np.ndarray
    gap: float
    expected: float
    p: float
    stability: float
    chance: float


def spectrum(points, neighbours=NEIGHBOURS, number=MOST + 1):
    """Smallest eigenvalues of the normalised Laplacian of the graph of nearest neighbours.

    Two points are joined if either is among the other's nearest.

    Parameters
    ----------
    points : array, shape (n, k)
    neighbours, number : int

    Returns
    -------
    values : array, shape (number,)
        Ascending, from 0 to at most 2.
    vectors : array, shape (n, number)
    """
    from scipy.linalg import eigh
    from sklearn.neighbors import kneighbors_graph

    joined = kneighbors_graph(
        points, min(neighbours, len(points) - 1)
    ).toarray()
    joined = np.maximum(joined, joined.T)
    scale = 1 / np.sqrt(joined.sum(1))
    laplacian = np.eye(len(points)) - scale[:, None] * joined * scale
    return eigh(laplacian, subset_by_index=[0, min(number, len(points)) - 1])


def gaps(values):
    """Distance of each eigenvalue to the next, for `FEWEST` to `MOST` clusters."""
    return np.diff(values)[FEWEST - 1 : MOST]


def assign(vectors, number, seed):
    """Cluster of each point from the eigenvectors (Ng, Jordan & Weiss, 2001), 0 the largest."""
    from sklearn.cluster import KMeans

    rows = vectors[:, :number]
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    found = KMeans(number, n_init=10, random_state=seed).fit_predict(rows)
    order = np.argsort(-np.bincount(found, minlength=number), kind="stable")
    return np.argsort(order)[found]


def one_cloud(points, rng):
    """As many points from the normal distribution with the same covariance."""
    centred = points - points.mean(0)
    return (
        rng.standard_normal((len(points), len(points)))
        @ centred
        / np.sqrt(len(points) - 1)
    )


def find_clusters(points, rng, draws=DRAWS, halves=HALVES):
    """Number of clusters, their points, and how sure both are.

    Parameters
    ----------
    points : array, shape (n, k)
    rng : numpy.random.Generator
    draws, halves : int

    Returns
    -------
    Structure
        Of one cluster, and NaN, for fewer than `MIN_POINTS` points or points that do not vary.
    """
    if len(points) < MIN_POINTS or not np.ptp(points, axis=0).any():
        return Structure(1, np.zeros(len(points), int), *[float("nan")] * 5)
    values, vectors = spectrum(points)
    found = gaps(values)
    number, seed = FEWEST + int(found.argmax()), int(rng.integers(2**31))
    label = assign(vectors, number, seed)
    clouds = (one_cloud(points, rng) for _ in range(draws))
    null, chance = [], []
    for count, cloud in enumerate(clouds):
        null_values, null_vectors = spectrum(cloud)
        null.append(gaps(null_values).max())
        if count < halves:
            null_label = assign(null_vectors, number, seed)
            chance.append(half_agreement(cloud, null_label, number, rng))
    p = (1 + np.sum(np.array(null) >= found.max())) / (1 + draws)
    same = [half_agreement(points, label, number, rng) for _ in range(halves)]
    stands_out = p <= ALPHA
    return Structure(
        number if stands_out else 1,
        label if stands_out else np.zeros(len(points), int),
        float(found.max()),
        float(np.mean(null)),
        float(p),
        float(np.mean(same)),
        float(np.mean(chance)),
    )


def half_agreement(points, label, number, rng):
    """Adjusted Rand index of the labels of a random half with those it gets alone."""
    from sklearn.metrics import adjusted_rand_score

    half = rng.permutation(len(points))[: len(points) // 2]
    alone = assign(spectrum(points[half])[1], number, int(rng.integers(2**31)))
    return adjusted_rand_score(label[half], alone)
