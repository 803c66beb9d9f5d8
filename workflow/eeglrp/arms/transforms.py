"""What an arm does to the windows of one subject. Every step is linear in the signal."""

from typing import NamedTuple

import numpy as np

from eeglrp.arms.components import find_eyes
from eeglrp.arms.electrodes import positions
from eeglrp.arms.expand import electrodes
from eeglrp.arms.regression import references, regress_out
from eeglrp.errors import InputError


class Arm(NamedTuple):
    """What the steps need to know.

    `options` are the arm's, `key` is where they stand in the configuration, `fit` is what
    `fit_regression` gave for the subject (or None), `seed` is the study's.
    """

    options: dict
    key: str
    fit: dict
    sampling_rate: float
    subject: str
    seed: int


def transform(signal, truth, channels, arm):
    """Make the input of an arm from the whole input.

    Parameters
    ----------
    signal : array, shape (n_windows, n_channels, n_times)
    truth : array like `signal`, or None
        Goes the same way.
    channels : sequence of str
    arm : Arm

    Returns
    -------
    signal, truth : array of float64, or None
    channels : list of int
        Positions of the electrodes that are left.
    eyes : EyeComponents or None

    Raises
    ------
    InputError
        If an electrode that the options name is absent, or none is left.
    """
    options = arm.options
    eyes = None
    arrays = [signal.astype(np.float64)]
    if truth is not None:
        arrays.append(truth.astype(np.float64))
    if "regress" in options:
        arrays = [_regressed(array, channels, arm) for array in arrays]
    if "ica" in options:
        eyes = find_eyes(
            arrays[0],
            channels,
            arm.sampling_rate,
            subject=arm.subject,
            seed=arm.seed,
        )
        arrays = [eyes.clean @ array for array in arrays]
    if "low_pass" in options:
        limit = options["low_pass"]
        arrays = [
            low_passed(array, limit, arm.sampling_rate, arm.key)
            for array in arrays
        ]
    if "blank" in options:
        span = options["blank"]
        arrays = [blank(array, span, arm.sampling_rate) for array in arrays]
    left = electrodes_left(channels, options, arm.key)
    arrays = [array[:, left] for array in arrays]
    signal = arrays[0]
    truth = None if truth is None else arrays[1]
    return signal, truth, left, eyes


def _regressed(array, channels, arm):
    regressors = references(
        array,
        channels,
        arm.options,
        key=arm.key,
        seed=arm.seed,
        subject=arm.subject,
    )
    return regress_out(array, regressors, channels, arm.fit)


def low_passed(array, frequency, sampling_rate, key):
    """Windows (n, n_channels, n_times) without what is faster than a frequency in Hz.

    Raises
    ------
    InputError
        If the sampling rate allows for nothing faster.
    """
    from scipy.signal import butter, sosfiltfilt

    if frequency >= sampling_rate / 2:
        problem = f"{frequency:g} Hz is at or above half the sampling rate"
        raise InputError("config", f"{key}.low_pass", problem, "lower it")
    sections = butter(4, frequency, fs=sampling_rate, output="sos")
    return sosfiltfilt(sections, array)


def blank(array, span, sampling_rate):
    """Windows (n, n_channels, n_times) that are 0 from one time to another, in s."""
    if array is None:
        return None
    start, stop = span
    first = round(start * sampling_rate)
    last = round(stop * sampling_rate)
    array = array.copy()
    array[..., first:last] = 0
    return array


def electrodes_left(channels, options, key):
    """Positions of the electrodes that `keep` names, without those that `drop` names.

    Raises
    ------
    InputError
        If a name is that of no electrode of the windows, or none is left.
    """
    left = set(range(len(channels)))
    if "keep" in options:
        left = set(_named(channels, options["keep"], f"{key}.keep"))
    if "drop" in options:
        left -= set(_named(channels, options["drop"], f"{key}.drop"))
    if not left:
        raise InputError(
            "config", key, "leaves no electrode", "keep more, or drop fewer"
        )
    return sorted(left)


def _named(channels, names, key):
    """Positions of electrodes and regions; each name must mean one of the windows' at least."""
    upper = {channel.upper() for channel in channels}
    for name in names:
        # Of a region, what the montage has; an electrode must be there.
        present = electrodes(key, [name]) & upper
        wanted = sorted(present) or [name]
        yield from positions(channels, wanted, key)
