"""Where relevance lies after each layer: which region's tokens carry it.

Layer 0 is the embedding's output, layer l the output of block l. A token keeps the name of its
electrode through all layers, but attention mixes what it holds: in deep layers a region is where
the information is kept, not necessarily where it was recorded.
"""

import numpy as np

from eeglrp.scalp.regions import membership
from eeglrp.scalp.shares import normalised

EXTRA = ("layer", "region")


def columns(channels, n_layers):
    """What each value of `window_values` means: layer, region and chance."""
    regions, matrix = membership(channels)
    return [
        {
            "metric": "share",
            "layer": layer,
            "region": region,
            "chance": float(row.mean()),
        }
        for layer in range(n_layers)
        for region, row in zip(regions, matrix, strict=True)
    ]


def window_values(layer_relevance, channels):
    """Share of sum|R| over patch tokens by layer and region, for each window.

    Parameters
    ----------
    layer_relevance : array, shape (n_windows, n_layers, n_channels, n_patches)
        In logit units.
    channels : sequence of str

    Returns
    -------
    array, shape (n_windows, n_layers * n_regions)
    """
    by_channel = np.abs(layer_relevance).sum(3, dtype=np.float64)
    n_windows, n_layers, n_channels = by_channel.shape
    rows = by_channel.reshape(-1, n_channels)
    _, regions = membership(channels)
    by_region = rows @ regions.T
    shares = normalised(by_region, rows.sum(1))
    return shares.reshape(n_windows, -1)
