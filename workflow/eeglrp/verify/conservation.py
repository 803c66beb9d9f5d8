"""What the explained score is made of: the ledger's sources, and whether they add up.

Only the input's share lies on electrodes and time. The rest is the model's own constants, and a map
that holds a few per cent of the score explains a few per cent of it.
"""

import numpy as np

from eeglrp.scalp.shares import normalised

EXTRA = ()


def columns(sources):
    """What each value of `window_values` means."""
    return [{"metric": f"share {source}"} for source in sources]


def window_values(ledger):
    """Each source over the sum of all |sources|, with its sign, for each window.

    The logit itself is no safe divisor: where the sources cancel it is near 0.

    Parameters
    ----------
    ledger : array, shape (n_windows, n_sources)
        In logit units.

    Returns
    -------
    array, shape (n_windows, n_sources)
    """
    magnitude = np.abs(ledger).sum(1)
    return normalised(ledger, magnitude)


def closure_error(ledger, logit):
    """Largest |sum of the sources - logit| over the windows, relative to the sum of |sources|.

    Parameters
    ----------
    ledger : array, shape (n_windows, n_sources)
    logit : array, shape (n_windows,)
        The explained score.
    """
    gap = np.abs(ledger.sum(1) - logit)
    magnitude = np.abs(ledger).sum(1)
    relative = normalised(gap, magnitude)
    return float(np.nanmax(relative, initial=0.0))
