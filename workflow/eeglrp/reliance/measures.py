"""What explanations say of a planted confound: the measures that should follow reliance.

- `share`: sum|R| at the confound's electrodes over sum|R|, averaged over windows;
- `topography`: Spearman's correlation, over electrodes, of the mean map of shares with the size of
  the planted field: it asks more than that some electrodes are high;
- `absolute`: sum|R| at the confound's electrodes, in logit: no share, so that it grows with the
  model's confidence.
"""

import numpy as np

from eeglrp.errors import InputError
from eeglrp.scalp.regions import membership
from eeglrp.scalp.shares import normalised

#: Planted source -> regions where its field is largest.
REGIONS = {"saccade": ("ocular_frontal",), "alpha": ("parietal", "occipital")}
MEASURES = ("share", "topography", "absolute")
#: Columns of the tables of reliance beyond the contract's.
EXTRA = ("confound", "probability")


def confound_electrodes(confound, channels):
    """Which channels lie where the confound's field is largest.

    Returns
    -------
    array of bool, shape (n_channels,)

    Raises
    ------
    InputError
        If none does, or all do: then a share says nothing.
    """
    regions, matrix = membership(channels)
    wanted = [
        k for k, region in enumerate(regions) if region in REGIONS[confound]
    ]
    target = matrix[wanted].any(0)
    if target.all() or not target.any():
        problem = (
            f"{target.sum()} of {len(target)} lie where {confound} is largest"
        )
        raise InputError(
            "channels",
            ", ".join(channels),
            problem,
            "record from more of the scalp",
        )
    return target


def magnitudes(maps):
    """Sum of |R| over time: (n_windows, n_channels) from (n_windows, n_channels, n_times)."""
    magnitude = np.abs(maps)
    return magnitude.sum(2, dtype=np.float64)


def subject_measures(magnitude, target, planted):
    """The measures of one subject's windows.

    Parameters
    ----------
    magnitude : array, shape (n_windows, n_channels)
        Of `magnitudes`.
    target : array of bool, shape (n_channels,)
    planted : array, shape (n_channels,)
        Size of the planted field.

    Returns
    -------
    dict of float
        By name, as in `MEASURES`. Windows without any relevance are left out of the shares.
    """
    total = magnitude.sum(1)
    shares = normalised(magnitude, total)[total > 0]
    if not len(shares):
        return {"share": np.nan, "topography": np.nan, "absolute": 0.0}
    share = shares[:, target].sum(1)
    absolute = magnitude[:, target].sum(1)
    return {
        "share": float(share.mean()),
        "topography": _spearman(shares.mean(0), planted),
        "absolute": float(absolute.mean()),
    }


def chance_levels(target):
    """What a map that knows nothing would give: the share of the electrodes, no correlation."""
    share = float(target.mean())
    return {"share": share, "topography": 0.0}


def field_size(matched, neutral):
    """Size of the planted field at each electrode: RMS of what moving it changes in the windows.

    Parameters
    ----------
    matched, neutral : array, shape (n_windows, n_channels, n_times)
        The same windows, alike but for the side that the event takes.

    Returns
    -------
    array, shape (n_channels,)
    """
    moved = matched - neutral
    power = np.square(moved, dtype=np.float64)
    mean_power = np.mean(power, axis=(0, 2))
    return np.sqrt(mean_power)


def _spearman(first, second):
    from scipy.stats import rankdata

    first = rankdata(first)
    second = rankdata(second)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    correlations = np.corrcoef(first, second)
    return float(correlations[0, 1])
