"""What of a window's relevance map is compared with other windows.

As in spectral relevance analysis (Lapuschkin et al., 2019, doi:10.1038/s41467-019-08987-4), maps
are made coarse and normalised before they are clustered. Here a coarse map holds the share of
|relevance| of each electrode in each half second. The square root makes the distance of two maps
that of Hellinger, in which no single large share outweighs all others.
"""

import numpy as np

from eeglrp.scalp.shares import normalised

#: Length of a bin in s: for clustering, and for courses that are shown.
BIN, COURSE_BIN = 0.5, 0.25


def bin_edges(n_times, sampling_rate, length):
    """First sample of every bin, and the number of samples at the end: (n_bins + 1,).

    Bins are as near to `length` (s) as whole samples and equal bins allow; at least one.
    """
    duration = n_times / sampling_rate
    number = round(duration / length)
    number = max(1, number)
    n_edges = number + 1
    edges = np.linspace(0, n_times, n_edges)
    edges = edges.round()
    return edges.astype(int)


def coarse_shares(relevance, sampling_rate, length):
    """Share of |relevance| of each electrode in each bin of time.

    Parameters
    ----------
    relevance : array, shape (n_windows, n_channels, n_times)
    sampling_rate : float
        In Hz.
    length : float
        Of a bin, in s.

    Returns
    -------
    array, shape (n_windows, n_channels, n_bins)
        Each window sums to 1; NaN where a window has no relevance at all.
    """
    size = np.abs(relevance)
    n_times = relevance.shape[2]
    edges = bin_edges(n_times, sampling_rate, length)
    starts = edges[:-1]
    binned = np.add.reduceat(size, starts, axis=2, dtype=np.float64)
    total = binned.sum((1, 2))
    return normalised(binned, total)


def features(shares, group):
    """Points that are clustered: square roots of the shares, less the mean of their group.

    The maps of two classes differ by what tells the classes apart. That is no strategy: clustering
    within each class, as the source does, or taking each class's mean away leaves it out.

    Parameters
    ----------
    shares : array, shape (n_windows, n_channels, n_bins)
    group : array, shape (n_windows,)
        Class that each window was explained for.

    Returns
    -------
    array, shape (n_windows, n_channels * n_bins)
    """
    n_windows = len(shares)
    points = np.sqrt(shares)
    points = points.reshape(n_windows, -1)
    for name in np.unique(group):
        members = group == name
        mean = points[members].mean(0)
        points[members] -= mean
    return points
