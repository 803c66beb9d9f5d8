"""How alike two maps of one window are, for many windows at once.

Spearman's correlation compares the order of all points, the overlap of the highest points what a
reader would mark as important (top-k agreement; Krishna et al. 2022, arXiv:2202.01602).
"""

import numpy as np

from eeglrp.evaluate.scores import ranks


def rank_vectors(values):
    """Ranks of each row, centred and of length 1: Spearman's correlation is their dot product.

    Parameters
    ----------
    values : array, shape (n_windows, k)

    Returns
    -------
    array, shape (n_windows, k)
        Zeros for a row without variation, which has no order to agree with.
    """
    k = values.shape[1]
    centred = ranks(values) - (k + 1) / 2
    squares = (centred**2).sum(1, keepdims=True)
    length = np.sqrt(squares)
    zeros = np.zeros_like(centred)
    return np.divide(centred, length, out=zeros, where=length > 0)


def dots(first, second):
    """Dot product of each row with the same row of another array."""
    return np.einsum("nk,nk->n", first, second)


def spearman(first, second):
    """Spearman's rank correlation of each row with the same row of another array.

    Parameters
    ----------
    first, second : array, shape (n_windows, ...)

    Returns
    -------
    array, shape (n_windows,)
        0 where a row has no variation.
    """
    first = first.reshape(len(first), -1)
    second = second.reshape(len(second), -1)
    first_ranks = rank_vectors(first)
    second_ranks = rank_vectors(second)
    return dots(first_ranks, second_ranks)


def highest(values, share):
    """The points of each row with the highest values.

    Parameters
    ----------
    values : array, shape (n_windows, k)
    share : float
        Of the points; at least one.

    Returns
    -------
    array of bool, like `values`
    """
    n_points = values.shape[1]
    n_highest = max(1, round(share * n_points))
    order = np.argpartition(values, -n_highest, axis=1)
    place = order[:, -n_highest:]
    chosen = np.zeros(values.shape, bool)
    np.put_along_axis(chosen, place, True, axis=1)
    return chosen


def overlap(first, second):
    """Intersection over union of each row of one set of points with the same row of another."""
    n_both = (first & second).sum(1)
    n_any = (first | second).sum(1)
    return n_both / n_any


def partners(group):
    """For each row, the next one of the same group, the first following the last.

    Maps of a window and of its partner share what all maps of that group share, and nothing else:
    the level that the similarity of two maps of one window is held against.

    Parameters
    ----------
    group : array, shape (n_windows,)

    Returns
    -------
    array of int, shape (n_windows,)
        -1 for a row alone in its group.
    """
    result = np.full(len(group), -1)
    for name in np.unique(group):
        members = np.flatnonzero(group == name)
        if len(members) > 1:
            result[members] = np.roll(members, -1)
    return result
