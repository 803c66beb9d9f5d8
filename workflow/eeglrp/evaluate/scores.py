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
    return (magnitude > threshold * peak) & (peak > 0)


def ranks(values):
    """Ranks 1 to n within each row; equal values share their mean rank."""
    from scipy.stats import rankdata

    order = np.argsort(values, axis=1)
    result = np.empty(values.shape)
    np.put_along_axis(
        result, order, np.arange(1.0, values.shape[1] + 1)[None], axis=1
    )
    ordered = np.take_along_axis(values, order, axis=1)
    # Sharing ranks costs ten times the sort, so only rows that need it pay.
    tied = (ordered[:, 1:] == ordered[:, :-1]).any(1)
    if tied.any():
        result[tied] = rankdata(values[tied], axis=1)
    return result


def area_under_curve(rank, mask):
    """Area under the ROC curve from ranks, by the rank-sum identity (Mann & Whitney, 1947)."""
    inside = mask.sum(1)
    outside = mask.shape[1] - inside
    above = (rank * mask).sum(1) - inside * (inside + 1) / 2
    return above / (inside * outside)


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
    maps, mask = maps.reshape(len(maps), -1), mask.reshape(len(mask), -1)
    signed = ranks(maps)
    inside = mask.sum(1)
    positive = maps.clip(0)
    total = positive.sum(1, dtype=np.float64)
    mass = (positive * mask).sum(1, dtype=np.float64)
    top = mask & (signed > maps.shape[1] - inside[:, None])
    highest = np.take_along_axis(mask, maps.argmax(1)[:, None], axis=1)[:, 0]
    columns = {
        "auc": area_under_curve(signed, mask),
        "auc_absolute": area_under_curve(ranks(np.abs(maps)), mask),
        "rma": np.divide(
            mass, total, out=np.zeros(len(maps)), where=total > 0
        ),
        "rra": top.sum(1) / inside,
        "pointing_game": highest.astype(float),
    }
    return np.column_stack([columns[name] for name in METRICS])


def chance_levels(mask):
    """What a map without information scores: 0.5 for the areas, the mask's fraction elsewhere.

    Returns
    -------
    array, shape (n_windows, 5)
    """
    fraction = mask.reshape(len(mask), -1).mean(1)
    half = np.full(len(mask), 0.5)
    return np.column_stack(
        [half if "auc" in name else fraction for name in METRICS]
    )
