"""How much a map moves when the signal moves a little and the prediction does not.

Sensitivity after Yeh et al. (2019, arXiv:1901.09392, definition 4): the largest change of the map
within a small neighbourhood of the signal, estimated by draws, relative to the map itself.
"""

import numpy as np
import torch

from eeglrp.attribution.draws import normal_like, window_generators

#: In the order of the columns of `sensitivity`.
METRICS = ("max_sensitivity", "mean_sensitivity")


def noisy_copies(signal, noise, draws, seed):
    """Windows with white noise added.

    Parameters
    ----------
    signal : Tensor, shape (n_windows, n_channels, n_times)
    noise : float
        SD of the noise over the SD of the window, all its electrodes together.
    draws : int
    seed : int
        A window's noise depends on the seed and the window alone.

    Returns
    -------
    list of Tensor
        One a draw, like `signal`.
    """
    deviation = signal.flatten(1).std(1, correction=0)
    scale = noise * deviation[:, None, None]
    generators = window_generators(seed, signal)
    copies = []
    for _ in range(draws):
        white = normal_like(signal, generators)
        copies.append(signal + scale * white)
    return copies


def sensitivity(maps, noisy):
    """Largest and mean relative change of each window's map, in the L2 norm.

    Parameters
    ----------
    maps : array, shape (n_windows, n_channels, n_times)
    noisy : array, shape (n_draws, n_windows, n_channels, n_times)

    Returns
    -------
    array, shape (n_windows, 2)
        Columns as in `METRICS`; NaN for a map of zeros.
    """
    difference = (noisy - maps).astype(np.float64)
    # (n_draws, n_windows)
    change = np.sqrt((difference**2).sum((2, 3)))
    maps = maps.astype(np.float64)
    size = np.sqrt((maps**2).sum((1, 2)))
    has_size = size > 0
    unknown = np.full(change.shape, np.nan)
    relative = np.divide(change, size, out=unknown, where=has_size)
    largest = relative.max(0)
    mean = relative.mean(0)
    return np.column_stack([largest, mean])


def unchanged(prediction, noisy):
    """Whether every noisy copy of a window is predicted as the window itself.

    Parameters
    ----------
    prediction : Tensor, shape (n_windows,)
    noisy : sequence of Tensor, shape (n_windows,)
        One a draw.

    Returns
    -------
    Tensor of bool, shape (n_windows,)
    """
    is_same = [prediction == of_copy for of_copy in noisy]
    return torch.stack(is_same).all(0)
