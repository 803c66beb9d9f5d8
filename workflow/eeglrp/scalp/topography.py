"""Relevance of each electrode, summed over the window: with its sign, and as a share of sum|R|."""

import numpy as np

from eeglrp.scalp.shares import normalised

EXTRA = ("class", "channel")


def columns(channels):
    """What each value of `window_values` means: metric, channel and chance."""
    signed = [
        {"metric": "mean_relevance", "channel": channel}
        for channel in channels
    ]
    even = 1 / len(channels)
    share = [
        {"metric": "share", "channel": channel, "chance": even}
        for channel in channels
    ]
    return signed + share


def window_values(relevance):
    """Signed relevance and share of each electrode, for each window.

    Parameters
    ----------
    relevance : array, shape (n_windows, n_channels, n_times)
        In logit units; positive speaks for the window's target class.

    Returns
    -------
    array, shape (n_windows, 2 * n_channels)
        Sum over time in logit units, then the shares.
    """
    by_channel = np.abs(relevance).sum(2, dtype=np.float64)
    signed = relevance.sum(2, dtype=np.float64)
    shares = normalised(by_channel, by_channel.sum(1))
    return np.column_stack([signed, shares])
