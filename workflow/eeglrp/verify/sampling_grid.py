"""How often a model looks at each sample: measured with noise, and divided out of maps.

A convolution with a stride, or with padding at the ends of a patch, sees some samples more often
than others, and |relevance| follows. In LaBraM that is a comb of 8 samples and a profile over the
200 samples of a patch; a moving average over 8 samples removes the comb, not the profile. White
noise carries no timing, so what its relevance still says about time is the model's own grid.
"""

import numpy as np
import torch

from eeglrp.attribution.smoothing import smooth
from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain


def sampling_grid(
    model,
    n_channels,
    n_times,
    *,
    rules="attn_lrp",
    target="predicted",
    period=None,
    n_draws=64,
    scale=1.0,
    seed=0,
    forward_kwargs=None,
):
    """Mean |relevance| of white noise by sample: what a map says of time before any signal.

    Parameters
    ----------
    model, rules, target, forward_kwargs
        As `eeglrp.lrp.explain.explain` has them; measure the grid with the maps' own rules.
    n_channels, n_times : int
        Size of the model's input.
    period : int, optional
        Average over samples of the same phase, for less noise: 200, the patch, for LaBraM. The
        window's own ends then count as any other.
    n_draws : int
        Windows of noise.
    scale : float
        Standard deviation of the noise, in the model's units.
    seed : int

    Returns
    -------
    array, shape (n_times,)
        With a mean of 1; 0 at samples that the model never sees.

    Raises
    ------
    InputError
        If a size is less than 1, or no noise receives relevance.
    """
    sizes = {"n_channels": n_channels, "n_times": n_times, "n_draws": n_draws}
    if period is not None:
        sizes["period"] = period
    for name, size in sizes.items():
        if size < 1:
            remedy = "give a number of 1 or more"
            raise InputError("sampling_grid", name, f"is {size}", remedy)
    generator = torch.Generator().manual_seed(seed)
    noise = scale * torch.randn(
        n_draws, n_channels, n_times, generator=generator
    )
    explanation = explain(
        model,
        noise,
        target,
        rules,
        forward_kwargs=forward_kwargs,
        ledger=False,
    )
    magnitude = explanation.relevance.double().abs()
    profile = magnitude.mean((0, 1)).cpu().numpy()
    if not profile.any():
        problem = "receives no relevance anywhere"
        remedy = "explain another target"
        raise InputError(type(model).__name__, "noise", problem, remedy)
    if period is not None:
        phase = np.arange(n_times) % period
        of_phase = np.bincount(phase, profile) / np.bincount(phase)
        profile = of_phase[phase]
    return profile / profile.mean()


def smooth_on_grid(relevance, width, grid):
    """Moving average of relevance per unit of the grid: flat, on average, for |map| of noise.

    For the timing of peaks, and for pictures. Give it |relevance|, of which the grid is the mean;
    the size of signed averages need not become flat. Not for sums: each sample is divided by its
    grid, so the result adds up to nothing known, while plain smoothing
    (`eeglrp.attribution.smoothing.smooth`) keeps the sum but for the ends.

    Parameters
    ----------
    relevance : array of float, shape (..., n_times)
    width : int
        Samples averaged, as `smooth` has it; 1 only divides.
    grid : array, shape (n_times,)
        From `sampling_grid`. Samples at which it is 0 do not count.

    Returns
    -------
    array, shape (..., n_times)

    Raises
    ------
    InputError
        If the grid has another length, is negative or not finite, or is 0 over a whole width.
    """
    relevance = np.asarray(relevance)
    grid = np.asarray(grid, dtype=np.float64)
    _check_grid(grid, relevance)
    seen = grid > 0
    share_seen = smooth(seen.astype(float), width)
    if not (share_seen > 0).all():
        problem = f"of {width} samples: the model sees none of them"
        raise InputError(
            "smooth_on_grid", "width", problem, "smooth over more samples"
        )
    zeros = np.zeros(relevance.shape)
    per_unit = np.divide(relevance, grid, out=zeros, where=seen)
    smoothed = smooth(per_unit, width) / share_seen
    return smoothed.astype(np.result_type(relevance, np.float32))


def _check_grid(grid, relevance):
    if grid.shape != relevance.shape[-1:]:
        problem = f"is {grid.shape} for relevance {relevance.shape}"
        remedy = "measure it for windows of this length"
        raise InputError("smooth_on_grid", "grid", problem, remedy)
    if not (np.isfinite(grid) & (grid >= 0)).all():
        problem = "has entries that are negative or not finite"
        remedy = "take it from sampling_grid"
        raise InputError("smooth_on_grid", "grid", problem, remedy)
