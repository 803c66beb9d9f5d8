"""Shares of electrodes in the total of a window."""

import numpy as np

from eeglrp.scalp.shares import normalised


def shares(by_channel):
    """Parts of the total, window by window: (n_windows, n_channels), NaN where that is 0."""
    by_channel = np.asarray(by_channel, np.float64)
    return normalised(by_channel, by_channel.sum(1))


def absolute_shares(values):
    """Share of every electrode in sum|values| of windows (n_windows, n_channels, n_times)."""
    by_channel = np.abs(values).sum(2, dtype=np.float64)
    return shares(by_channel)
