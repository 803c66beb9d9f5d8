"""Smoothing that removes the model's sampling grid."""

import numpy as np


def smooth(series, width):
    """Centred moving average over `width` samples of the last axis.

    LaBraM's first convolution has a stride of 8 samples and leaves a comb of that period in every
    map. With `width` 8 (40 ms at 200 Hz), or a multiple, the comb is removed exactly: an even
    width takes half of each outermost sample, which keeps the average centred. At the ends the
    average is over the samples that exist.

    Parameters
    ----------
    series : array of float, shape (..., n_times)
    width : int
        1 or less changes nothing.
    """
    from scipy.ndimage import convolve1d

    if width <= 1:
        return series
    kernel = np.ones(width + 1 - width % 2)
    if width % 2 == 0:
        kernel[[0, -1]] = 0.5
    sums = convolve1d(series, kernel, axis=-1, mode="constant")
    ones = np.ones(series.shape[-1])
    # Weights of the samples that exist.
    weights = convolve1d(ones, kernel, mode="constant")
    return sums / weights.astype(series.dtype)
