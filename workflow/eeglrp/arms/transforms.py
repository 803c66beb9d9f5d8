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
    `fit_regression` wrote for the subject (or None), `learn` (n_windows,) are the windows that
    components are learned from, `seed` is the study's.
    """

    options: dict
    key: str
    fit: dict
    learn: np.ndarray
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
    options, eyes = arm.options, None
    arrays = [
        None if array is None else array.astype(np.float64)
        for array in (signal, truth)
    ]
    if "regress" in options:
        arrays = [_regressed(array, channels, arm) for array in arrays]
    if "ica" in options:
        eyes = find_eyes(
            arrays[0][arm.learn],
            channels,
            arm.sampling_rate,
            subject=arm.subject,
            seed=arm.seed,
        )
        arrays = [
            None if array is None else eyes.clean @ array for array in arrays
        ]
    if "low_pass" in options:
        limit = options["low_pass"], arm.sampling_rate, arm.key
        arrays = [
            None if array is None else low_passed(array, *limit)
            for array in arrays
        ]
    if "blank" in options:
        arrays = [
            blank(array, options["blank"], arm.sampling_rate)
            for array in arrays
        ]
    left = electrodes_left(channels, options, arm.key)
    arrays = [None if array is None else array[:, left] for array in arrays]
    return *arrays, left, eyes


def _regressed(array, channels, arm):
    if array is None:
        return None
    names = {"key": arm.key, "seed": arm.seed, "subject": arm.subject}
    found = references(array, channels, arm.options, **names)
    return regress_out(array, found, channels, arm.fit)


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
    return sosfiltfilt(
        butter(4, frequency, fs=sampling_rate, output="sos"), array
    )


def blank(array, span, sampling_rate):
    """Windows (n, n_channels, n_times) that are 0 from one time to another, in s."""
    if array is None:
        return None
    start, stop = (round(time * sampling_rate) for time in span)
    array = array.copy()
    array[..., start:stop] = 0
    return array


def electrodes_left(channels, options, key):
    """Positions of the electrodes that `keep` names, without those that `drop` names.

    Raises
    ------
    InputError
        If a name is that of no electrode of the windows, or none is left.
    """
    chosen = {
        name: set(_named(channels, options[name], f"{key}.{name}"))
        for name in ("keep", "drop")
        if name in options
    }
    left = chosen.get("keep", set(range(len(channels)))) - chosen.get(
        "drop", set()
    )
    if not left:
        raise InputError(
            "config", key, "leaves no electrode", "keep more, or drop fewer"
        )
    return sorted(left)


def _named(channels, names, key):
    """Positions of electrodes and regions; each name must mean one of the windows' at least."""
    upper = {channel.upper() for channel in channels}
    for name in names:
        meant = electrodes(key, [name]) & upper
        # Of a region, what the montage has; an electrode must be there.
        yield from positions(channels, sorted(meant) or [name], key)
