"""Orders of a subject's labels that keep their autocorrelation, for nulls that survive it.

Ratings and EEG both drift, so neighbouring windows are no independent trials: labels permuted
freely make a null that is too narrow, and anything slow looks decoded. Here the labels stay in
their order, shifted circularly in time, or in blocks that change places. Both need ratings or
signals without a trend over the whole recording: with one, no shift of a single recording makes a
valid null, and only subjects are a sample (Harris 2020, doi:10.1101/2020.11.29.402719).
"""

import math

import numpy as np

from eeglrp.errors import InputError

KINDS = ("shift", "blocks")
#: Shifts are at least so large a part of a subject's windows, either way. A larger part leaves
#: out orders as good as the observed one, so that the null is too narrow: with one window, 5, 10
#: and 20 %, of 250 draws without labels 5, 6, 8 and 9 % had p <= 0.05 (benchmarks/affect_null.py).
NEAREST = 0.05
#: Blocks that change places, unless a subject has fewer windows or ratings.
BLOCKS = 8


def time_line(recording, onset):
    """Position of every window in time: recordings one after another, windows by onset (s).

    Parameters
    ----------
    recording : array of str, shape (n_windows,)
    onset : array, shape (n_windows,)

    Returns
    -------
    array of int, shape (n_windows,)
        Of windows of several subjects, only the order within each means something.
    """
    position = np.empty(len(onset), int)
    position[np.lexsort((onset, np.asarray(recording, str)))] = np.arange(
        len(onset)
    )
    return position


def null_orders(
    rating,
    group,
    onset,
    kind,
    n,
    rng,
    *,
    nearest=NEAREST,
    blocks=BLOCKS,
    stays=True,
):
    """Draw orders of windows; `label[orders]` are labels under the null.

    Windows of a group trade labels among themselves only. `shift` keeps their cyclic order: all
    move on by the same number, at least `nearest` of the group's windows either way round. `blocks`
    cuts the group into stretches of nearly equal length, moved to the nearest change of the
    rating, so that segments with one rating stay whole; the stretches change places. The order as
    it is counts as one of a group's orders: without it, groups of few blocks would all be turned
    round together, and their common score be no null.

    Parameters
    ----------
    rating : array, shape (n_windows,)
        Rating or label: where it changes, blocks may be cut.
    group : array of str, shape (n_windows,)
        Subject of each window, or subject and split, or subject and recording.
    onset : array, shape (n_windows,)
        Order in time within a group (`time_line`, where a group has several recordings).
    kind : str
        One of `KINDS`.
    n : int
    rng : numpy.random.Generator
    nearest : float
        Smallest shift, as a part of the group's windows; at least one window.
    blocks : int
        How many blocks a group is cut into.
    stays : bool
        False where labels should lose their meaning: no group stays as it is, if it can be helped.

    Returns
    -------
    array of int, shape (n, n_windows)
        `count_orders` says how many different ones there are.

    Raises
    ------
    InputError
        If there is no such kind, or no group has two windows.
    """
    _check_kind(kind)
    group = np.asarray(group)
    orders = np.tile(np.arange(len(group)), (n, 1))
    members = [rows for rows in _in_time(group, onset) if len(rows) > 1]
    if not members:
        remedy = "use longer recordings or shorter windows"
        raise InputError(
            "windows", "null", "no subject has two windows to reorder", remedy
        )
    for rows in members:
        if kind == "shift":
            moved = _shifts(len(rows), nearest, n, rng, stays)
        else:
            moved = _moved_blocks(
                _edges(np.asarray(rating)[rows], blocks), n, rng, stays
            )
        orders[:, rows] = rows[moved]
    return orders


def count_orders(
    rating, group, onset, kind, *, nearest=NEAREST, blocks=BLOCKS
):
    """Number of different orders that `null_orders` draws from, the one as it is among them.

    Returns
    -------
    int
        1 where nothing can be reordered.
    """
    _check_kind(kind)
    number = 1
    for rows in _in_time(np.asarray(group), onset):
        if len(rows) > 1 and kind == "shift":
            first = _first_shift(len(rows), nearest)
            number *= len(rows) - 2 * first + 2
        elif len(rows) > 1:
            number *= math.factorial(
                len(_edges(np.asarray(rating)[rows], blocks)) - 1
            )
    return number


def null_p(observed, null):
    """One-sided p of a value among those under the null: how often they are at least as large.

    The observed order counts as one of them (Phipson & Smyth 2010, doi:10.2202/1544-6115.1585).

    Parameters
    ----------
    observed : float
    null : array, shape (n,)
        Of orders among which the observed one may be drawn too (`null_orders`), so that p is never
        below 1 over their number, but by chance.

    Returns
    -------
    float
        NaN where the observed value, or all those under the null, are undefined.
    """
    null = np.asarray(null, float)
    null = null[np.isfinite(null)]
    if not len(null) or not np.isfinite(observed):
        return float("nan")
    # Rounding makes equal accuracies differ in their last digit.
    return float((1 + np.sum(null >= observed - 1e-12)) / (1 + len(null)))


def _check_kind(kind):
    if kind not in KINDS:
        remedy = f"choose one of {', '.join(KINDS)}"
        raise InputError(
            "config", "affect.nulls.kind", f"{kind} is not a null", remedy
        )


def _in_time(group, onset):
    """Indices of each group's windows in order of time."""
    order = np.argsort(onset, kind="stable")
    return [order[group[order] == name] for name in np.unique(group)]


def _first_shift(length, nearest):
    return min(max(1, math.ceil(nearest * length)), length // 2)


def _shifts(length, nearest, n, rng, stays):
    """Circular shifts of so many windows: array of int, shape (n, length)."""
    first = _first_shift(length, nearest)
    allowed = np.arange(first, length - first + 1)
    drawn = rng.choice(np.r_[0, allowed] if stays else allowed, n)
    return (np.arange(length) + drawn[:, None]) % length


def _edges(rating, blocks):
    """Where blocks begin and end: array of int that starts with 0 and ends with the length."""
    length = len(rating)
    cuts = (
        np.linspace(0, length, min(max(2, blocks), length) + 1)
        .round()
        .astype(int)
    )
    changes = np.flatnonzero(rating[1:] != rating[:-1]) + 1
    if len(changes):
        nearest = np.abs(changes[:, None] - cuts[1:-1]).argmin(0)
        cuts = np.concatenate([[0], np.unique(changes[nearest]), [length]])
    return cuts


def _moved_blocks(edges, n, rng, stays):
    """Blocks in another order: array of int, shape (n, length)."""
    stretches = [
        np.arange(*ends) for ends in zip(edges[:-1], edges[1:], strict=True)
    ]
    return np.stack([_drawn_order(stretches, rng, stays) for _ in range(n)])


def _drawn_order(stretches, rng, stays):
    while True:
        drawn = rng.permutation(len(stretches))
        if stays or (drawn != np.arange(len(drawn))).any():
            return np.concatenate([stretches[i] for i in drawn])
