"""The heart beside windows that are about something else: their R-peaks and heart rate."""

import numpy as np

from eeglrp.windowing.counts import CannotUse
from eeglrp.windowing.r_peaks import (
    check_r_peaks,
    detect_r_peaks,
    regular_intervals,
)


def with_heart(candidates, recording, task):
    """Windows with the R-peaks of the recording, and the heart rate of each.

    Parameters
    ----------
    candidates : Candidates
    recording : Recording
    task : dict
        `length` in s, and the settings of `check_r_peaks`.

    Returns
    -------
    Candidates
        Without R-peaks, and counted with the reason, where the ECG cannot be trusted.

    Raises
    ------
    InputError
        If there is no ECG channel.
    """
    onset = candidates.onset
    try:
        peaks = detect_r_peaks(recording)
        check_r_peaks(peaks, task)
        event = peaks.times
        rate = heart_rates(peaks, onset, task["length"])
        count = ("r_peaks_found", "", len(event))
    except CannotUse as reason:
        event = np.zeros(0)
        rate = np.full(len(onset), np.nan)
        count = ("ecg_unused", str(reason), 1)
    counts = [*candidates.counts, count]
    extra = candidates.extra | {"heart_rate": rate}
    return candidates._replace(event=event, extra=extra, counts=counts)


def heart_rates(peaks, start, length):
    """Beats per minute in windows, parts of a beat included.

    Parameters
    ----------
    peaks : RPeaks
    start : array, shape (n,)
        In s.
    length : float
        In s.

    Returns
    -------
    array, shape (n,)
        NaN before the first and after the last R-peak, and where a beat was missed or irregular.
    """
    times = peaks.times
    number = np.arange(len(times))
    edges = np.stack([start, start + length])
    beats = np.interp(edges, times, number, left=np.nan, right=np.nan)
    at_start, at_end = beats
    regular = regular_intervals(np.diff(times))
    bad = peaks.missed | ~regular
    bad_before = np.append(0, np.cumsum(bad))
    first = np.nan_to_num(np.floor(at_start))
    last = np.nan_to_num(np.ceil(at_end))
    before_first = bad_before[first.astype(int)]
    before_last = bad_before[last.astype(int)]
    doubtful = before_last > before_first
    rate = 60 * (at_end - at_start) / length
    return np.where(doubtful, np.nan, rate)
