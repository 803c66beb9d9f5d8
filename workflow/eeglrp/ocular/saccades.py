"""Which windows hold a lateral saccade after the cue.

After the detector of Gao (2026): the largest 100-ms step of the HEOG below 20 Hz within one second
of the cue, if it exceeds both 15 microvolt and 5 times the median absolute deviation of the
subject's steps. A step is the mean of 100 ms less the mean of the 100 ms before: between single
samples 100 ms apart, simulated heartbeats pass for saccades in up to every window. The band's
lower edge of 0.1 Hz is that of the recordings, which are filtered before they are cut; windows of
a few seconds are too short for it.
"""

from typing import NamedTuple

import numpy as np

from eeglrp.ocular.heog import NoGaze

#: Upper edge of the HEOG's band (Hz), length of either side of a step (s), time after the cue (s).
LOW_PASS, STEP, SPAN = 20.0, 0.1, 1.0
#: Least step in microvolt, and in median absolute deviations.
LEAST, DEVIATIONS = 15.0, 5.0


class Saccades(NamedTuple):
    """What was found in each window.

    `found`: whether it holds a saccade. `onset`: middle of its first saccade, or else of its
    largest step, in s from the window's first sample. `step`: the size of that step in microvolt,
    positive to the left. `threshold`: what |step| must exceed.
    """

    found: np.ndarray
    onset: np.ndarray
    step: np.ndarray
    threshold: float


def saccades(trace, sampling_rate, start=0.0):
    """Find lateral saccades in the second after the cue.

    Parameters
    ----------
    trace : array, shape (n_windows, n_times)
        HEOG of one subject in microvolt (`eeglrp.ocular.heog`), all windows at once.
    sampling_rate : float
        In Hz.
    start : float
        Of the windows after the cue, in s. Where it is later than the cue, the second begins with
        the window.

    Returns
    -------
    Saccades

    Raises
    ------
    NoGaze
        An `InputError`, if the windows are too short for a step after the cue.
    """
    side = round(STEP * sampling_rate)
    first = round(max(0.0, -start) * sampling_rate)
    if trace.shape[1] < first + 2 * side:
        remedy = "choose windows that hold 0.2 s after the cue"
        raise NoGaze(
            "windows", "length", "too short to hold a saccade", remedy
        )
    if not len(trace):
        return Saccades(np.zeros(0, bool), np.zeros(0), np.zeros(0), LEAST)
    steps = all_steps(
        low_passed(np.asarray(trace, float), sampling_rate), side
    )
    threshold = max(
        LEAST, DEVIATIONS * float(np.median(np.abs(steps - np.median(steps))))
    )
    after = steps[
        :, first : first + round(SPAN * sampling_rate) - 2 * side + 1
    ]
    place = _first_peak(np.abs(after), threshold, side)
    step = after[np.arange(len(after)), place]
    onset = (first + place + side) / sampling_rate
    return Saccades(np.abs(step) > threshold, onset, step, threshold)


def all_steps(trace, side):
    """Mean of `side` samples less the mean of those before, (n, n_times - 2 * side + 1)."""
    sums = np.cumsum(np.pad(trace, ((0, 0), (1, 0))), axis=1)
    means = (sums[:, side:] - sums[:, :-side]) / side
    return means[:, side:] - means[:, :-side]


def _first_peak(size, threshold, side):
    """Place of the first step above the threshold, at its peak; else of the largest.

    Gaze mostly returns within the window by a step as large, which must not give the sign.
    """
    above = size > threshold
    start = np.where(above.any(1), above.argmax(1), size.argmax(1))
    place = np.arange(size.shape[1])
    near = (place >= start[:, None]) & (place <= start[:, None] + side)
    return np.where(near, size, -1.0).argmax(1)


def low_passed(trace, sampling_rate):
    """Zero-phase Butterworth low-pass at 20 Hz; the ends are continued by reflection."""
    from scipy.signal import butter, sosfiltfilt

    sections = butter(4, LOW_PASS, fs=sampling_rate, output="sos")
    length = min(round(0.5 * sampling_rate), trace.shape[1] - 1)
    return sosfiltfilt(sections, trace, axis=1, padtype="odd", padlen=length)
