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
    try:
        peaks = detect_r_peaks(recording)
        check_r_peaks(peaks, task)
    except CannotUse as reason:
        unknown = np.full(len(candidates.onset), np.nan)
        counts = [*candidates.counts, ("ecg_unused", str(reason), 1)]
        extra = candidates.extra | {"heart_rate": unknown}
        return candidates._replace(
            event=np.zeros(0), extra=extra, counts=counts
        )
    rate = heart_rates(peaks, candidates.onset, task["length"])
    counts = [*candidates.counts, ("r_peaks_found", "", len(peaks.times))]
    extra = candidates.extra | {"heart_rate": rate}
    return candidates._replace(event=peaks.times, extra=extra, counts=counts)


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
    number = np.arange(len(peaks.times))
    edges = np.stack([start, start + length])
    beats = np.interp(edges, peaks.times, number, left=np.nan, right=np.nan)
    intervals = np.diff(peaks.times)
    bad = np.append(0, np.cumsum(peaks.missed | ~regular_intervals(intervals)))
    first, last = (
        np.nan_to_num(np.floor(beats[0])),
        np.nan_to_num(np.ceil(beats[1])),
    )
    doubtful = bad[last.astype(int)] > bad[first.astype(int)]
    return np.where(doubtful, np.nan, 60 * (beats[1] - beats[0]) / length)
