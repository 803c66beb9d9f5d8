"""Scores of a map against a truth mask, for many windows at once.

Definitions: relevance mass and rank accuracy after Arras, Osman & Samek (2022, Information Fusion
81:14, CLEVR-XAI); pointing game after Zhang et al. (2018, IJCV 126:1084); the area under the ROC
curve is the probability that a point inside the mask has more relevance than one outside.
"""

import numpy as np

from eeglrp.attribution.smoothing import smooth

#: In the order of the columns of `window_scores`.
METRICS = ("auc", "auc_absolute", "rma", "rra", "pointing_game")


def truth_mask(truth, width, threshold):
    """Where the planted contribution is strong, at the resolution of the smoothed maps.

    Parameters
    ----------
    truth : array, shape (n_windows, n_channels, n_times)
        Planted contribution to the signal.
    width : int
        Smoothing in samples. Smoothing |truth| bridges the zero crossings of an oscillation.
    threshold : float
        Fraction of the window's largest smoothed |truth|.

    Returns
    -------
    array of bool, like `truth`
        All false for a window without truth.
    """
    magnitude = smooth(np.abs(truth), width)
    peak = magnitude.max((1, 2), keepdims=True)
    is_strong = magnitude > threshold * peak
    has_truth = peak > 0
    return is_strong & has_truth


def ranks(values):
    """Ranks 1 to n within each row; equal values share their mean rank."""
    from scipy.stats import rankdata

    n_points = values.shape[1]
    order = np.argsort(values, axis=1)
    ascending = np.arange(1.0, n_points + 1)[None]
    result = np.empty(values.shape)
    np.put_along_axis(result, order, ascending, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    # Sharing ranks costs ten times the sort, so only rows that need it pay.
    is_same = ordered[:, 1:] == ordered[:, :-1]
    tied = is_same.any(1)
    if tied.any():
        result[tied] = rankdata(values[tied], axis=1)
    return result


def area_under_curve(rank, mask):
    """Area under the ROC curve from ranks, by the rank-sum identity (Mann & Whitney, 1947)."""
    inside = mask.sum(1)
    outside = mask.shape[1] - inside
    rank_sum = (rank * mask).sum(1)
    smallest_sum = inside * (inside + 1) / 2
    above = rank_sum - smallest_sum
    n_pairs = inside * outside
    return above / n_pairs


def window_scores(maps, mask):
    """Scores of each window's map.

    Parameters
    ----------
    maps : array, shape (n_windows, n_channels, n_times)
        Relevance for the class that the mask belongs to.
    mask : array of bool, like `maps`
        Neither empty nor full in any window.

    Returns
    -------
    array, shape (n_windows, 5)
        Columns as in `METRICS`: AUC of the signed and of the absolute map; share of the positive
        relevance in the mask (0 if there is none); share of the mask's points among as many
        highest ones; whether the highest point is in the mask.
    """
    n_windows = len(maps)
    # (n_windows, n_points)
    maps = maps.reshape(n_windows, -1)
    mask = mask.reshape(n_windows, -1)
    signed = ranks(maps)
    absolute = ranks(np.abs(maps))
    inside = mask.sum(1)
    is_high = signed > maps.shape[1] - inside[:, None]
    top = mask & is_high
    columns = {
        "auc": area_under_curve(signed, mask),
        "auc_absolute": area_under_curve(absolute, mask),
        "rma": _mass_inside(maps, mask),
        "rra": top.sum(1) / inside,
        "pointing_game": _is_highest_inside(maps, mask).astype(float),
    }
    return np.column_stack([columns[name] for name in METRICS])


def _mass_inside(maps, mask):
    """Share of the positive relevance in the mask, 0 if there is none."""
    positive = maps.clip(0)
    inside = positive * mask
    mass = inside.sum(1, dtype=np.float64)
    total = positive.sum(1, dtype=np.float64)
    zeros = np.zeros(len(maps))
    return np.divide(mass, total, out=zeros, where=total > 0)


def _is_highest_inside(maps, mask):
    """Whether the highest point of each map is in the mask."""
    place = maps.argmax(1)[:, None]
    of_highest = np.take_along_axis(mask, place, axis=1)
    return of_highest[:, 0]


def chance_levels(mask):
    """What a map without information scores: 0.5 for the areas, the mask's fraction elsewhere.

    Returns
    -------
    array, shape (n_windows, 5)
    """
    n_windows = len(mask)
    fraction = mask.reshape(n_windows, -1).mean(1)
    half = np.full(n_windows, 0.5)
    columns = [half if "auc" in name else fraction for name in METRICS]
    return np.column_stack(columns)
