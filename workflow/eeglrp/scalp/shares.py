"""How the relevance is shared out: over regions of the scalp, over early and late in the window.

A share is sum|R| in the part over sum|R| in the window, averaged over windows. It is relative, so
it compares across models of different confidence: on injected ocular shortcuts the share of
integrated gradients followed the model's true reliance (r = 0.83) while its absolute amount did
not (r = 0.20) (Gao, 2026). A share above `chance`, the part's fraction of the electrodes or of the
time, is an enrichment. The whole table, with bands, sides and tests: `eeglrp.verify.share_rows`.
"""

import numpy as np

from eeglrp.scalp.regions import membership


def columns(channels, n_times, n_early=None):
    """What each value of `window_values` means: metric, chance, and family of tests."""
    regions, matrix = membership(channels)
    of_regions = [
        {
            "metric": f"share {region}",
            "chance": float(row.mean()),
            "family": "region",
        }
        for region, row in zip(regions, matrix, strict=True)
    ]
    early = {
        "metric": "share early",
        "chance": _early(n_times, n_early) / n_times,
    }
    return [*of_regions, early | {"family": "time"}]


def _early(n_times, n_early):
    """Samples of the early part; half of them unless told."""
    if n_early is None:
        return n_times // 2
    return n_early


def window_values(relevance, channels, n_early=None):
    """Shares of each window.

    Parameters
    ----------
    relevance : array, shape (n_windows, n_channels, n_times)
        In logit units.
    channels : sequence of str
    n_early : int, optional
        Samples that are early; half of the window unless told.

    Returns
    -------
    array, shape (n_windows, n_regions + 1)
        Regions as in `columns`, then the early part of the window. NaN where a window has no
        relevance at all.
    """
    magnitude = np.abs(relevance)
    by_channel = magnitude.sum(2, dtype=np.float64)
    n_early = _early(relevance.shape[2], n_early)
    early = magnitude[:, :, :n_early].sum((1, 2), dtype=np.float64)
    _, regions = membership(channels)
    by_region = by_channel @ regions.T
    parts = np.column_stack([by_region, early])
    return normalised(parts, by_channel.sum(1))


def normalised(parts, total):
    """Parts over their total, window by window; NaN where the total is 0."""
    other_axes = [1] * (parts.ndim - 1)
    total = total.reshape(-1, *other_axes)
    known = total > 0
    shares = np.full(parts.shape, np.nan)
    return np.divide(parts, total, out=shares, where=known)
