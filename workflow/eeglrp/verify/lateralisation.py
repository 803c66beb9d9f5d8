"""On which side of the head relevance lies: (right - left) / (right + left), by region.

Imagery of a hand changes the rhythms of sensorimotor cortex on the other side: if a model follows
them, the side of central relevance differs between left and right. In which direction is open: a
model may read the side where the rhythm is suppressed, or the one where it stays, and there the
signal that relevance is a multiple of is larger. Eyes that turn to a cue tilt frontal electrodes of
both sides, in opposite directions: relevance that follows them need not lean to a side at all.
"""

import re
from itertools import compress

import numpy as np

from eeglrp.scalp.regions import REGIONS, membership

#: What the metric is called, before the name of a region.
PREFIX = "lateralisation "
_LEFT, _RIGHT = -1, 1


def side_of(channel):
    """-1 for an electrode on the left (odd number), 1 on the right (even), 0 for all others.

    Midline electrodes end in z; a bipolar derivation has two places and counts as none.
    """
    if REGIONS.get(channel.upper()) == "other":
        return 0
    number = re.search(r"(\d+)H?$", channel.upper())
    if number is None:
        return 0
    return _LEFT if int(number[1]) % 2 else _RIGHT


def _sides(channels):
    """Regions with electrodes on both sides, and the mean over each side as a matrix.

    Returns
    -------
    regions : list of str
    left, right : array, shape (n_regions, n_channels)
        Rows sum to 1.
    """
    regions, matrix = membership(channels)
    side = np.array([side_of(channel) for channel in channels])
    left = matrix * (side == _LEFT)
    right = matrix * (side == _RIGHT)
    both = left.any(1) & right.any(1)
    regions = list(compress(regions, both))
    left = _to_means(left[both])
    right = _to_means(right[both])
    return regions, left, right


def _to_means(rows):
    """Rows that add up electrodes -> rows that average them."""
    return rows / rows.sum(1, keepdims=True)


def columns(channels):
    """What each value of `window_values` means: metric and chance."""
    regions, _, _ = _sides(channels)
    return [
        {"metric": PREFIX + region, "chance": 0.0, "family": "side"}
        for region in regions
    ]


def window_values(relevance, channels):
    """Lateralisation of |relevance| of each window, in regions with electrodes on both sides.

    Parameters
    ----------
    relevance : array, shape (n_windows, n_channels, n_times)
    channels : sequence of str

    Returns
    -------
    array, shape (n_windows, n_regions)
        Between -1 (all on the left) and 1; each side is the mean of its electrodes, so that one
        without its mirror image tilts nothing. 0 where a region has no relevance.
    """
    by_channel = np.abs(relevance).sum(2, dtype=np.float64)
    _, to_left, to_right = _sides(channels)
    left = by_channel @ to_left.T
    right = by_channel @ to_right.T
    total = left + right
    zeros = np.zeros_like(total)
    return np.divide(right - left, total, out=zeros, where=total > 0)
