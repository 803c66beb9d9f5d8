"""How the relevance is shared out: over regions of the scalp, over the halves of the window.

A share is sum|R| in the part over sum|R| in the window, averaged over windows. It is relative, so
it compares across models of different confidence: on injected ocular shortcuts the share of
integrated gradients followed the model's true reliance (r = 0.83) while its absolute amount did
not (r = 0.20) (Gao, 2026). A share above `chance`, the part's fraction of the electrodes or of the
time, is an enrichment.
"""

import numpy as np

from eeglrp.verify.regions import membership

EXTRA = ("class",)


def columns(channels, n_times):
    """What each value of `window_values` means: metric and chance."""
    regions, matrix = membership(channels)
    of_regions = [
        {"metric": f"share {region}", "chance": float(row.mean())}
        for region, row in zip(regions, matrix, strict=True)
    ]
    return [*of_regions, {"metric": "share early", "chance": (n_times // 2) / n_times}]


def window_values(relevance, channels):
    """Shares of each window.

    Parameters
    ----------
    relevance : array, shape (n_windows, n_channels, n_times)
        In logit units.
    channels : sequence of str

    Returns
    -------
    array, shape (n_windows, n_regions + 1)
        Regions as in `columns`, then the first half of the window. NaN where a window has no
        relevance at all.
    """
    magnitude = np.abs(relevance)
    by_channel = magnitude.sum(2, dtype=np.float64)
    early = magnitude[:, :, : relevance.shape[2] // 2].sum((1, 2), dtype=np.float64)
    parts = np.column_stack([by_channel @ membership(channels)[1].T, early])
    return normalised(parts, by_channel.sum(1))


def normalised(parts, total):
    """Parts over their total, window by window; NaN where the total is 0."""
    total = total.reshape(-1, *[1] * (parts.ndim - 1))
    return np.divide(parts, total, out=np.full(parts.shape, np.nan), where=total > 0)
