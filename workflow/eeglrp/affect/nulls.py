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
    recording = np.asarray(recording, str)
    by_time = np.lexsort((onset, recording))
    n = len(onset)
    place = np.arange(n)
    position = np.empty(n, int)
    position[by_time] = place
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
    rating = np.asarray(rating)
    as_they_are = np.arange(len(group))
    orders = np.tile(as_they_are, (n, 1))
    groups = _in_time(group, onset)
    members = [rows for rows in groups if len(rows) > 1]
    if not members:
        problem = "no subject has two windows to reorder"
        remedy = "use longer recordings or shorter windows"
        raise InputError("windows", "null", problem, remedy)
    for rows in members:
        if kind == "shift":
            moved = _shifts(len(rows), nearest, n, rng, stays)
        else:
            edges = _edges(rating[rows], blocks)
            moved = _moved_blocks(edges, n, rng, stays)
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
    group = np.asarray(group)
    rating = np.asarray(rating)
    number = 1
    for rows in _in_time(group, onset):
        if len(rows) < 2:
            continue
        if kind == "shift":
            first = _first_shift(len(rows), nearest)
            n_left_out = 2 * first - 2
            number *= len(rows) - n_left_out
        else:
            edges = _edges(rating[rows], blocks)
            number *= math.factorial(len(edges) - 1)
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
    as_large = np.sum(null >= observed - 1e-12)
    p = (1 + as_large) / (1 + len(null))
    return float(p)


def _check_kind(kind):
    if kind not in KINDS:
        problem = f"{kind} is not a null"
        remedy = f"choose one of {', '.join(KINDS)}"
        raise InputError("config", "affect.nulls.kind", problem, remedy)


def _in_time(group, onset):
    """Indices of each group's windows in order of time."""
    by_time = np.argsort(onset, kind="stable")
    sorted_group = group[by_time]
    indices = []
    for name in np.unique(group):
        members = sorted_group == name
        indices.append(by_time[members])
    return indices


def _first_shift(length, nearest):
    part = math.ceil(nearest * length)
    smallest = max(1, part)
    return min(smallest, length // 2)


def _shifts(length, nearest, n, rng, stays):
    """Circular shifts of so many windows: array of int, shape (n, length)."""
    first = _first_shift(length, nearest)
    last = length - first
    allowed = np.arange(first, last + 1)
    if stays:
        allowed = np.r_[0, allowed]
    shift = rng.choice(allowed, n)
    # Axes: draws, windows.
    shift = shift[:, None]
    moved = np.arange(length) + shift
    return moved % length


def _edges(rating, blocks):
    """Where blocks begin and end: array of int that starts with 0 and ends with the length."""
    length = len(rating)
    number = min(max(2, blocks), length)
    cuts = np.linspace(0, length, number + 1)
    cuts = cuts.round().astype(int)
    differs = rating[1:] != rating[:-1]
    changes = np.flatnonzero(differs) + 1
    if not len(changes):
        return cuts
    # Axes: changes of the rating, inner cuts.
    inner = cuts[1:-1]
    distance = np.abs(changes[:, None] - inner)
    nearest = distance.argmin(0)
    inner = np.unique(changes[nearest])
    return np.concatenate([[0], inner, [length]])


def _moved_blocks(edges, n, rng, stays):
    """Blocks in another order: array of int, shape (n, length)."""
    stretches = [
        np.arange(start, stop)
        for start, stop in zip(edges[:-1], edges[1:], strict=True)
    ]
    orders = []
    for _ in range(n):
        orders.append(_drawn_order(stretches, rng, stays))
    return np.stack(orders)


def _drawn_order(stretches, rng, stays):
    as_they_are = np.arange(len(stretches))
    while True:
        drawn = rng.permutation(len(stretches))
        if stays or (drawn != as_they_are).any():
            return np.concatenate([stretches[k] for k in drawn])
