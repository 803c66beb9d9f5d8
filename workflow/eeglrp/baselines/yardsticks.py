"""What pretraining has to beat: simple predictions of hidden patches' spectra.

A network that explains variance may have learned no more than how electrodes differ on average, or
that a loud window is loud everywhere. Two predictors know just that: the electrode's average over
the training windows, and a ridge regression on averages of the patches left visible.
"""

import numpy as np
import torch

from eeglrp.models.labram import n_patches
from eeglrp.training.masking import (
    BLOCK,
    STEP,
    random_masks,
    standard_spectrum,
)
from eeglrp.training.optimisation import read_batch

#: Columns of the table; `all` in frequency or channel stands for pooled.
COLUMNS = ("weights", "predictor", "frequency", "channel", "r_squared", "n")
#: Patches that the regression learns from at most, and its penalty.
_ROWS, _PENALTY = 20_000, 1.0


def make_yardsticks(objective, train, chosen, rng, device):
    """Fit both predictors to training windows.

    Parameters
    ----------
    objective : Objective
    train : Windows
    chosen : array of int
        The windows that the network learns from.
    rng : numpy.random.Generator
        Draws the masks under which the regression learns.
    device : torch.device

    Returns
    -------
    dict of str to callable
        Predictors as `hidden_errors` takes them.
    """
    average = _electrode_average(objective, train.signal, chosen, device)
    weights = _fit_ridge(objective, average, train.signal, chosen, rng, device)

    def by_electrode(_, target, __):
        return _over_patches(average, target)

    def linear(_, target, mask):
        base = _over_patches(average, target)
        inputs = visible_averages(target - base, mask, len(average))
        return base + inputs @ weights

    return {"electrode_average": by_electrode, "linear": linear}


def _over_patches(average, target):
    """Repeat each electrode's row (n_channels, n_features) for each of its patches."""
    n_repeats = target.shape[1] // len(average)
    of_patches = average.repeat_interleave(n_repeats, 0)
    return of_patches.expand_as(target)


def _electrode_average(objective, signal, chosen, device):
    """Mean standardised spectrum of every electrode: (n_channels, n_features)."""
    n_channels = signal.shape[1]
    total = 0.0
    for start in range(0, len(chosen), BLOCK):
        rows = chosen[start : start + BLOCK]
        block = read_batch(signal, rows, device)
        target = standard_spectrum(objective, block)
        # Axes: window, electrode, patch, feature.
        by_electrode = target.unflatten(1, (n_channels, -1)).mean(2)
        total = total + by_electrode.double().sum(0)
    return (total / len(chosen)).float()


def _fit_ridge(objective, average, signal, chosen, rng, device):
    """Weights (n_inputs, n_features) from averages of visible patches to a hidden patch."""
    from sklearn.linear_model import Ridge

    _, n_channels, n_times = signal.shape
    n_tokens = n_channels * n_patches(n_times)
    count = max(1, _ROWS // n_tokens)
    count = min(len(chosen), count)
    # Evenly spread, so that every subject is among them.
    places = np.linspace(0, len(chosen) - 1, count).astype(int)
    spread = chosen[places]
    inputs = []
    outputs = []
    for start in range(0, count, BLOCK):
        rows = spread[start : start + BLOCK]
        target = standard_spectrum(objective, read_batch(signal, rows, device))
        mask = random_masks(len(rows), n_tokens, objective.mask, rng)
        rest = target - _over_patches(average, target)
        visible = visible_averages(rest, mask.to(device), n_channels)
        inputs.append(visible.flatten(0, 1).cpu())
        outputs.append(rest.flatten(0, 1).cpu())
    inputs = torch.cat(inputs).double().numpy()
    outputs = torch.cat(outputs).double().numpy()
    ridge = Ridge(alpha=_PENALTY, fit_intercept=False)
    ridge.fit(inputs, outputs)
    weights = np.ascontiguousarray(ridge.coef_.T)
    return torch.from_numpy(weights).float().to(device)


def visible_averages(values, mask, n_channels):
    """Averages of the patches that are visible while a patch is hidden.

    Parameters
    ----------
    values : Tensor, shape (n, n_tokens, n_features)
    mask : Tensor of bool, shape (n, n_tokens)
        A patch in the mask is hidden together with the others in it; any other patch together with
        the others outside.
    n_channels : int

    Returns
    -------
    Tensor, shape (n, n_tokens, n_features * k)
        Over the window; and, where electrodes have several patches, over the same moment and over
        the same electrode (over the window where none of those is visible). k is 1 or 3.
    """
    grid = values.unflatten(1, (n_channels, -1))
    where = mask.unflatten(1, (n_channels, -1))[..., None]
    axes = [(1, 2)]
    if grid.shape[2] > 1:
        axes += [(1,), (2,)]

    def averages(visible):
        of_window = _masked_mean(grid, visible, (1, 2), 0.0)
        means = []
        for axis in axes:
            means.append(_masked_mean(grid, visible, axis, of_window))
        return torch.cat(means, -1)

    of_masked = averages(~where)
    of_others = averages(where)
    return torch.where(where, of_masked, of_others).flatten(1, 2)


def _masked_mean(grid, visible, axes, otherwise):
    """Mean of visible cells along axes, over which it is repeated; `otherwise` if there is none."""
    count = visible.sum(axes, keepdim=True)
    values = torch.where(visible, grid, 0.0)
    total = values.sum(axes, keepdim=True)
    mean = total / count.clamp_min(1)
    mean = torch.where(count > 0, mean, otherwise)
    return mean.expand_as(grid)


def explained_table(weights, errors, total, channels, n_patches):
    """Share of variance explained, by frequency, by electrode and pooled.

    Parameters
    ----------
    weights : str
    errors : dict of str to Tensor, shape (n_channels, FREQUENCIES)
        Mean squared error of each predictor on hidden patches.
    total : Tensor, shape (n_channels, FREQUENCIES)
        That of the training mean, which thus has R squared 0.
    channels : sequence of str
    n_patches : int
        Patches scored of one electrode.

    Returns
    -------
    DataFrame
        With `COLUMNS`; frequency in hertz or `all`, channel or `all`; n counts patches.
    """
    import pandas as pd

    rows = []
    n_all = n_patches * len(channels)
    for name, error in errors.items():
        pooled = float(1 - error.sum() / total.sum())
        rows.append((weights, name, "all", "all", pooled, n_all))
        by_frequency = 1 - error.sum(0) / total.sum(0)
        for number, value in enumerate(by_frequency.tolist(), start=1):
            hertz = f"{STEP * number:g}"
            rows.append((weights, name, hertz, "all", value, n_all))
        by_channel = 1 - error.sum(1) / total.sum(1)
        of_channels = zip(channels, by_channel.tolist(), strict=True)
        for channel, value in of_channels:
            rows.append((weights, name, "all", channel, value, n_patches))
    return pd.DataFrame(rows, columns=COLUMNS)
