"""Cut windows out of a continuous signal, and reject those that cannot serve."""

import numpy as np


def first_samples(onset, sampling_rate):
    """Nearest sample to each onset (s)."""
    places = np.asarray(onset) * sampling_rate
    return np.rint(places).astype(int)


def within(first, n_times, n_total):
    """Which windows of `n_times` samples lie wholly inside the recording's `n_total`."""
    begins_inside = first >= 0
    ends_inside = first + n_times <= n_total
    return begins_inside & ends_inside


def overlaps(start, stop, spans):
    """Which windows share time with a span; one that only touches it does not.

    Parameters
    ----------
    start, stop : arrays, shape (n,)
        In s.
    spans : list of (onset, duration)
        A span without duration is a point in time.
    """
    hit = np.zeros(len(start), bool)
    for onset, duration in spans:
        begins_before = start + 1e-6 < onset + duration
        ends_after = onset < stop - 1e-6
        hit |= begins_before & ends_after
    return hit


def cut_windows(signal, first, n_times):
    """Windows (n, n_channels, n_times) of a signal (n_channels, n_total)."""
    index = first[:, None] + np.arange(n_times)
    # Channel, window, time.
    cut = signal[:, index]
    return np.ascontiguousarray(cut.transpose(1, 0, 2))


def rejections(first, n_times, signal, spans, windows):
    """Why each window is rejected, an empty text if it is not.

    Parameters
    ----------
    first : array of int, shape (n,)
        First samples.
    n_times : int
    signal : array, shape (n_channels, n_total)
        In microvolt.
    spans : list of (onset, duration)
        Bad spans and joints, in s.
    windows : dict
        `sampling_rate` in Hz; `peak_to_peak`, largest range of any channel in a window, in
        microvolt.

    Returns
    -------
    array of str, shape (n,)
        edge, bad_span, peak_to_peak or empty.
    """
    reason = np.full(len(first), "", dtype="U16")
    inside = within(first, n_times, signal.shape[1])
    rate = windows["sampling_rate"]
    start = first / rate
    stop = start + n_times / rate
    cut = cut_windows(signal, first[inside], n_times)
    # Window, channel.
    extent = np.ptp(cut, axis=2).max(axis=1, initial=0)
    too_large = extent > windows["peak_to_peak"]
    reason[inside] = np.where(too_large, "peak_to_peak", "")
    reason[overlaps(start, stop, spans)] = "bad_span"
    reason[~inside] = "edge"
    return reason


def events_inside(event, start, length):
    """Times of all events inside each window, on the window's own time axis.

    Parameters
    ----------
    event : array, shape (n_events,)
        In s, sorted.
    start : array, shape (n,)
        Time of each window's first sample, in s.
    length : float
        In s.

    Returns
    -------
    array, shape (n, max_events)
        In s from the window's first sample, padded with NaN.
    """
    first = np.searchsorted(event, start)
    last = np.searchsorted(event, start + length)
    number = last - first
    width = int(number.max(initial=0))
    inside = np.full((len(start), width), np.nan)
    for window, begin in enumerate(start):
        events = event[first[window] : last[window]]
        inside[window, : number[window]] = events - begin
    return inside
