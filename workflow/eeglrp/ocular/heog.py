"""Horizontal electro-oculogram from EEG electrodes beside the eyes.

The cornea is positive against the retina, so the electrode that the gaze turns to becomes more
positive (Malmivuo & Plonsey, 1995, Bioelectromagnetism, ch. 28). Left minus right is
therefore positive for gaze to the left, and the reference, which both electrodes share, cancels.
"""

import numpy as np

from eeglrp.errors import InputError

#: Left and right electrode, best first: the farther out, the larger the deflection.
PAIRS = (("AF7", "AF8"), ("F7", "F8"), ("FP1", "FP2"))
#: Gaze is read between these times after the cue, in s (Gao, 2026), against the first 0.1 s: no
#: saccade follows a cue so fast.
GAZE, BASELINE = (0.3, 1.2), (0.0, 0.1)
#: Least part of the gaze's time that a window must hold, in s.
MIN_GAZE = 0.2


class NoGaze(InputError):
    """Windows in which horizontal gaze cannot be read."""


def pair(channels):
    """Left and right electrode beside the eyes: AF7, AF8, or else F7, F8, or else FP1, FP2.

    Raises
    ------
    NoGaze
        An `InputError`, if the montage has no such pair.
    """
    present = {channel.upper() for channel in channels}
    for names in PAIRS:
        if present.issuperset(names):
            return names
    wanted = " or ".join("-".join(names) for names in PAIRS)
    problem = f"have no pair beside the eyes ({wanted})"
    remedy = "use a montage with one of them"
    raise NoGaze("channels", ", ".join(channels), problem, remedy)


def heog(signal, channels):
    """Left minus right electrode: positive for gaze to the left.

    Parameters
    ----------
    signal : array, shape (n_windows, n_channels, n_times)
    channels : sequence of str

    Returns
    -------
    array, shape (n_windows, n_times)
        In the signal's unit.

    Raises
    ------
    NoGaze
        An `InputError`, if the montage has no pair beside the eyes.
    """
    names = [channel.upper() for channel in channels]
    left_name, right_name = pair(channels)
    left = names.index(left_name)
    right = names.index(right_name)
    return signal[:, left] - signal[:, right]


def stored_heog(dataset):
    """HEOG of all windows of an open windows store, in microvolt: (n_windows, n_times) float64.

    Raises
    ------
    NoGaze
        An `InputError`, if the montage has no pair beside the eyes.
    """
    channels = [str(name) for name in dataset["channel"].values]
    electrodes = pair(channels)
    names = [name for name in channels if name.upper() in electrodes]
    places = [channels.index(name) for name in names]
    stored = dataset["signal"].isel(channel=places)
    # Axes: windows, channels, times.
    signal = stored.values.transpose(2, 0, 1)
    signal = signal.astype(np.float64)
    settings = dataset.attrs.get("settings", {})
    unit = settings.get("unit", 100.0)
    return unit * heog(signal, names)


def deflection(trace, sampling_rate, start):
    """Mean HEOG at 0.3-1.2 s after the cue, against the first 0.1 s after it.

    A window that starts after the cue holds only part of this. Without the first 0.1 s there is no
    baseline; the median over the windows, which knows no label, is subtracted instead.

    Parameters
    ----------
    trace : array, shape (n_windows, n_times)
        HEOG of one subject.
    sampling_rate : float
        In Hz.
    start : float
        Of the window after the cue, in s.

    Returns
    -------
    array, shape (n_windows,)
        In the trace's unit; positive for gaze to the left.

    Raises
    ------
    NoGaze
        An `InputError`, if the windows hold less than `MIN_GAZE` of the gaze's time.
    """
    n_times = trace.shape[1]
    times = start + np.arange(n_times) / sampling_rate
    of_gaze = _between(times, *GAZE)
    of_baseline = _between(times, *BASELINE)
    if of_gaze.sum() < MIN_GAZE * sampling_rate:
        problem = f"from {times[0]:g} to {times[-1]:.2f} s after the cue hold no gaze"
        remedy = f"choose start and length so that they hold part of {GAZE[0]}-{GAZE[1]} s"
        raise NoGaze("windows", "start", problem, remedy)
    gaze = trace[:, of_gaze].mean(1)
    length = BASELINE[1] - BASELINE[0]
    if of_baseline.sum() >= round(length * sampling_rate):
        baseline = trace[:, of_baseline].mean(1)
    else:
        baseline = np.median(gaze)
    return gaze - baseline


def _between(times, first, last):
    """Mask of the times from the first until before the last, rounding aside."""
    rounding = 1e-9
    has_begun = times >= first - rounding
    goes_on = times < last - rounding
    return has_begun & goes_on


def cue_signed(values, label):
    """Signed so that gaze to the label's side is positive; label 0 is left, 1 right."""
    is_left = np.asarray(label) == 0
    sign = np.where(is_left, 1.0, -1.0)
    return sign * values
