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

    n = len(points)
    neighbours = min(neighbours, n - 1)
    nearest = kneighbors_graph(points, neighbours)
    joined = nearest.toarray()
    joined = np.maximum(joined, joined.T)
    degree = joined.sum(1)
    scale = 1 / np.sqrt(degree)
    weight = scale[:, None] * joined * scale
    laplacian = np.eye(n) - weight
    last = min(number, n) - 1
    return eigh(laplacian, subset_by_index=[0, last])


def gaps(values):
    """Distance of each eigenvalue to the next, for `FEWEST` to `MOST` clusters."""
    to_next = np.diff(values)
    return to_next[FEWEST - 1 : MOST]


def assign(vectors, number, seed):
    """Cluster of each point from the eigenvectors (Ng, Jordan & Weiss, 2001), 0 the largest."""
    from sklearn.cluster import KMeans

    rows = vectors[:, :number]
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    nothing = np.zeros_like(rows)
    known = length > 0
    rows = np.divide(rows, length, out=nothing, where=known)
    clustering = KMeans(number, n_init=10, random_state=seed)
    label = clustering.fit_predict(rows)
    size = np.bincount(label, minlength=number)
    by_size = np.argsort(-size, kind="stable")
    place = np.argsort(by_size)
    return place[label]


def one_cloud(points, rng):
    """As many points from the normal distribution with the same covariance."""
    n = len(points)
    centred = points - points.mean(0)
    drawn = rng.standard_normal((n, n))
    total = drawn @ centred
    return total / np.sqrt(n - 1)


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
    one_label = np.zeros(len(points), int)
    if len(points) < MIN_POINTS or not np.ptp(points, axis=0).any():
        return Structure(1, one_label, *[float("nan")] * 5)
    values, vectors = spectrum(points)
    eigengaps = gaps(values)
    gap = eigengaps.max()
    number = FEWEST + int(eigengaps.argmax())
    seed = int(rng.integers(2**31))
    label = assign(vectors, number, seed)
    counts = draws, halves
    null, chance = _without_clusters(points, number, seed, rng, *counts)
    as_large = np.array(null) >= gap
    p = (1 + as_large.sum()) / (1 + draws)
    same = [half_agreement(points, label, number, rng) for _ in range(halves)]
    stands_out = p <= ALPHA
    return Structure(
        number=number if stands_out else 1,
        label=label if stands_out else one_label,
        gap=float(gap),
        expected=float(np.mean(null)),
        p=float(p),
        stability=float(np.mean(same)),
        chance=float(np.mean(chance)),
    )


def _without_clusters(points, number, seed, rng, draws, halves):
    """Largest gap of every cloud without clusters, and stability of the first `halves`."""
    largest, agreement = [], []
    for count in range(draws):
        cloud = one_cloud(points, rng)
        values, vectors = spectrum(cloud)
        largest.append(gaps(values).max())
        if count < halves:
            label = assign(vectors, number, seed)
            agreement.append(half_agreement(cloud, label, number, rng))
    return largest, agreement


def half_agreement(points, label, number, rng):
    """Adjusted Rand index of the labels of a random half with those it gets alone."""
    from sklearn.metrics import adjusted_rand_score

    n_half = len(points) // 2
    shuffled = rng.permutation(len(points))
    half = shuffled[:n_half]
    _, vectors = spectrum(points[half])
    seed = int(rng.integers(2**31))
    alone = assign(vectors, number, seed)
    together = label[half]
    return adjusted_rand_score(together, alone)
