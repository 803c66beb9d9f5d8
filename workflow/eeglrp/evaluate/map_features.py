"""What maps are compared by, and how alike two are."""

from typing import NamedTuple

import numpy as np

from eeglrp.attribution.smoothing import smooth
from eeglrp.evaluate.similarity import dots, highest, overlap, rank_vectors

#: In the order of the columns of `similarity`: metric and level.
COLUMNS = (
    ("spearman", "map"),
    ("top_overlap", "map"),
    ("spearman", "electrode"),
    ("spearman_absolute", "electrode"),
)
#: Share of a map's points that are its highest.
TOP = 0.1


class Features(NamedTuple):
    """What maps of some windows are compared by, one row a window.

    Rank vectors of the smoothed map and of electrodes' summed relevance and summed |relevance|,
    and the map's highest points by |relevance|.
    """

    ranks: np.ndarray
    top: np.ndarray
    electrodes: np.ndarray
    electrodes_absolute: np.ndarray


def features(relevance, width):
    """What maps are compared by.

    Parameters
    ----------
    relevance : array, shape (n_windows, n_channels, n_times)
    width : int
        Of the smoothing, in samples.

    Returns
    -------
    Features
    """
    n_windows = len(relevance)
    magnitude = np.abs(relevance)
    points = smooth(relevance, width).reshape(n_windows, -1)
    absolute_points = smooth(magnitude, width).reshape(n_windows, -1)
    electrodes = relevance.sum(2, dtype=np.float64)
    absolute_electrodes = magnitude.sum(2, dtype=np.float64)
    return Features(
        ranks=rank_vectors(points).astype(np.float32),
        top=highest(absolute_points, TOP),
        electrodes=rank_vectors(electrodes),
        electrodes_absolute=rank_vectors(absolute_electrodes),
    )


def similarity(first, second):
    """Similarity of maps, window by window.

    Parameters
    ----------
    first, second : Features

    Returns
    -------
    array, shape (n_windows, 4)
        Columns as in `COLUMNS`.
    """
    return np.column_stack(
        [
            dots(first.ranks, second.ranks),
            overlap(first.top, second.top),
            dots(first.electrodes, second.electrodes),
            dots(first.electrodes_absolute, second.electrodes_absolute),
        ]
    )
