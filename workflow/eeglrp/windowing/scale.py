"""One unit a subject: how large EEG is differs between heads and caps, and tells nothing here."""

import numpy as np


def in_own_unit(arrays, unit):
    """Windows of a subject in a unit of its own: 0.5 is the median standard deviation.

    Parameters
    ----------
    arrays : dict
        `signal` and maybe `truth`, shape (n_windows, n_channels, n_times), in units of `unit`.
    unit : float
        In microvolt.

    Returns
    -------
    arrays : dict
        The same, in the new unit.
    unit : float
        Twice the median over electrodes of the standard deviation, in microvolt. The old one where
        there is no window, or no signal.
    """
    signal = arrays["signal"]
    if not len(signal):
        return arrays, unit
    deviation = signal.std(axis=(0, 2), dtype=np.float64)
    factor = 2 * float(np.median(deviation))
    if not factor > 0:
        return arrays, unit
    scaled = {
        name: (arrays[name] / factor).astype(np.float32)
        for name in ("signal", "truth")
        if arrays.get(name) is not None
    }
    return arrays | scaled, unit * factor
