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
    cue = max(0.0, -start)
    first = round(cue * sampling_rate)
    if trace.shape[1] < first + 2 * side:
        problem = "too short to hold a saccade"
        remedy = "choose windows that hold 0.2 s after the cue"
        raise NoGaze("windows", "length", problem, remedy)
    if not len(trace):
        return Saccades(
            found=np.zeros(0, bool),
            onset=np.zeros(0),
            step=np.zeros(0),
            threshold=LEAST,
        )
    trace = np.asarray(trace, float)
    smooth = low_passed(trace, sampling_rate)
    steps = all_steps(smooth, side)
    threshold = _threshold(steps)
    span = round(SPAN * sampling_rate)
    last = first + span - 2 * side
    after_cue = steps[:, first : last + 1]
    size = np.abs(after_cue)
    place = _first_peak(size, threshold, side)
    windows = np.arange(len(after_cue))
    step = after_cue[windows, place]
    middle = first + place + side
    return Saccades(
        found=np.abs(step) > threshold,
        onset=middle / sampling_rate,
        step=step,
        threshold=threshold,
    )


def _threshold(steps):
    """What the size of a saccade's step must exceed, in microvolt."""
    centred = steps - np.median(steps)
    deviation = np.abs(centred)
    typical = float(np.median(deviation))
    return max(LEAST, DEVIATIONS * typical)


def all_steps(trace, side):
    """Mean of `side` samples less the mean of those before, (n, n_times - 2 * side + 1)."""
    # Axes: windows, times; a zero before the first sample.
    padded = np.pad(trace, ((0, 0), (1, 0)))
    sums = np.cumsum(padded, axis=1)
    # Sums up to the end and to the start of every stretch of `side` samples.
    ends = sums[:, side:]
    starts = sums[:, :-side]
    means = (ends - starts) / side
    after = means[:, side:]
    before = means[:, :-side]
    return after - before


def _first_peak(size, threshold, side):
    """Place of the first step above the threshold, at its peak; else of the largest.

    Gaze mostly returns within the window by a step as large, which must not give the sign.
    """
    above = size > threshold
    any_above = above.any(1)
    first_above = above.argmax(1)
    largest = size.argmax(1)
    start = np.where(any_above, first_above, largest)
    start = start[:, None]
    place = np.arange(size.shape[1])
    last = start + side
    near = (place >= start) & (place <= last)
    return np.where(near, size, -1.0).argmax(1)


def low_passed(trace, sampling_rate):
    """Zero-phase Butterworth low-pass at 20 Hz; the ends are continued by reflection."""
    from scipy.signal import butter, sosfiltfilt

    sections = butter(4, LOW_PASS, fs=sampling_rate, output="sos")
    longest = trace.shape[1] - 1
    length = min(round(0.5 * sampling_rate), longest)
    ends = {"padtype": "odd", "padlen": length}
    return sosfiltfilt(sections, trace, axis=1, **ends)
