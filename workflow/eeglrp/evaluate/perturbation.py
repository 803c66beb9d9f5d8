"""Units of a window, the orders in which they are hidden, and what the curves of the score say.

A unit is a piece of one electrode's signal. Units are hidden from the most relevant to the least
(MoRF) or the other way round (LeRF); a good order lets the score fall at once in the first case
and at the very end in the second. Definitions: area over the perturbation curve after Samek et al.
(2017, doi:10.1109/TNNLS.2016.2599820); area between the two curves after Blücher, Vielhaben &
Strodthoff (TMLR 2024, arXiv:2401.06654); comprehensiveness and sufficiency after DeYoung et al.
(2020, doi:10.18653/v1/2020.acl-main.408), of scores instead of probabilities; normalisation after
Edin et al. (arXiv:2408.08137).
"""

import numpy as np

#: In the order of the columns of `curve_metrics`.
METRICS = ("aopc_morf", "aopc_lerf", "srg", "comprehensiveness", "sufficiency")
#: Parts of the units that count as an explanation (DeYoung et al. 2020, section 4.2).
BINS = (0.01, 0.05, 0.1, 0.2, 0.5)


def unit_relevance(relevance, piece):
    """Signed sum of relevance over every unit, electrodes slowest.

    Parameters
    ----------
    relevance : array, shape (n_windows, n_channels, n_times)
    piece : int
        Samples of a unit; it divides `n_times`.

    Returns
    -------
    array of float64, shape (n_windows, n_channels * n_times // piece)
    """
    n_windows = len(relevance)
    units = relevance.reshape(n_windows, -1, piece)
    return units.sum(2, dtype=np.float64)


def part_counts(parts, n_units):
    """How many units each part (0 to 1) of them is: to the nearest, but neither none nor all."""
    sizes = np.asarray(parts, float) * n_units
    nearest = np.floor(sizes + 0.5)
    counts = nearest.astype(int)
    return counts.clip(1, n_units - 1)


def hidden_counts(steps, n_units, most):
    """How many units are hidden at the points of a curve, ascending from 0 to `most`.

    Parameters
    ----------
    steps : sequence of float
        Parts of the units. Points that `BINS` need are added.
    n_units : int
    most : int
        Hidden at the curve's end.
    """
    inner = [step for step in steps if 0 < step < 1]
    at_steps = part_counts(inner, n_units)
    bins = part_counts(BINS, n_units)
    counts = np.concatenate([at_steps, bins, n_units - bins])
    before_end = counts[counts < most]
    return np.unique([0, *before_end, most])


def descending_orders(values, tie_break):
    """Units by falling value; equal ones stand in the order of `tie_break`.

    Parameters
    ----------
    values : array, shape (n_windows, n_maps, n_units)
    tie_break : array of int, shape (n_windows, n_units)
        A permutation of each window's units.

    Returns
    -------
    array of int, like `values`
    """
    shape = values.shape
    shuffled = np.broadcast_to(tie_break[:, None], shape)
    falling = -np.take_along_axis(values, shuffled, -1)
    order = np.argsort(falling, axis=-1, kind="stable")
    return np.take_along_axis(shuffled, order, -1)


def hidden_units(orders, counts):
    """Which units each order has hidden at each point.

    Parameters
    ----------
    orders : array of int, shape (..., n_units)
    counts : array of int, shape (n_points,)

    Returns
    -------
    array of bool, shape (..., n_points, n_units)
    """
    rank = np.argsort(orders, axis=-1)
    # (..., n_points, n_units)
    rank = rank[..., None, :]
    n_hidden = counts[:, None]
    return rank < n_hidden


def area(curves, counts):
    """Mean height of curves (..., n_points) over the units hidden, by the trapezoidal rule."""
    width = counts[-1] - counts[0]
    total = np.trapezoid(curves, counts, axis=-1)
    return total / width


def curve_metrics(morf, lerf, counts, n_units):
    """What the two curves of a method say about every window.

    Parameters
    ----------
    morf, lerf : array, shape (n_windows, n_points)
        Scores; the first of each is that of the whole window.
    counts : array of int, shape (n_points,)
        From `hidden_counts`.
    n_units : int

    Returns
    -------
    array, shape (n_windows, 5)
        Columns as in `METRICS`. All are mean drops of the score: over the whole MoRF and LeRF
        curve; their difference; when the most relevant `BINS` are hidden (high is good); when
        all but these are hidden (low is good).
    """
    drops = morf[:, :1] - morf
    reverse_drops = lerf[:, :1] - lerf
    first = area(drops, counts)
    last = area(reverse_drops, counts)
    bins = part_counts(BINS, n_units)
    at_bins = np.searchsorted(counts, bins)
    at_rest = np.searchsorted(counts, n_units - bins)
    without = drops[:, at_bins].mean(1)
    alone = reverse_drops[:, at_rest].mean(1)
    difference = first - last
    return np.column_stack([first, last, difference, without, alone])


def area_bounds(curves, counts):
    """Smallest and largest area over the perturbation curve that any order of a window reached.

    Parameters
    ----------
    curves : array, shape (n_windows, n_orders, n_points)
        The best and the worst of all orders are among too many to try; those of all methods, of
        electrodes hidden one at a time and random ones stand for them.

    Returns
    -------
    low, high : array, shape (n_windows,)
    """
    drops = curves[..., :1] - curves
    areas = area(drops, counts)
    return areas.min(1), areas.max(1)


def normalised(areas, low, high):
    """Position of areas between the bounds of their window; NaN where these coincide."""
    width = high - low
    size = np.maximum(np.abs(low), np.abs(high))
    usable = width > 1e-6 * size
    above = areas - low
    unknown = np.full(len(areas), np.nan)
    return np.divide(above, width, out=unknown, where=usable)
