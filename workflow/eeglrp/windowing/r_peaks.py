"""R-peaks of an ECG channel, whether to trust them, and windows with and without one."""

from typing import NamedTuple

import numpy as np

from eeglrp.errors import InputError
from eeglrp.windowing.candidates import Candidates, recording_file
from eeglrp.windowing.counts import CannotUse, counted

#: Intervals within these multiples of the median interval follow from regular detection: a missed
#: beat doubles an interval, a T wave taken for a beat splits one.
REGULAR = (0.5, 1.5)
#: MNE's detector filters with a 10-s filter.
_SHORTEST = 10.0
#: A deflection between two R-peaks with this part of their median strength is a missed beat: in
#: 36 good recordings of PhysioNet's mental-arithmetic set it is seen in 2 % of the intervals at
#: most, in 4 doubtful ones in 18-68 %.
_MISSED = 0.6
#: Frequencies of the QRS complex in Hz, as in MNE's detector; T waves are slower.
_QRS = (5.0, 35.0)
#: Permuted R-peaks are shifted within blocks of about this length by this time at least, in s.
_BLOCK, _FARTHEST = 20.0, 5.0
#: Half width of a QRS complex, and the time after an R-peak in which no other can follow, in s.
_HALF_QRS, _REFRACTORY = 0.05, 0.2


class RPeaks(NamedTuple):
    """R-peaks of a recording, in order of time."""

    #: (n_peaks,) s from the recording's first sample.
    times: np.ndarray
    #: (n_peaks - 1,) whether a beat between two successive R-peaks was missed.
    missed: np.ndarray


def detect_r_peaks(recording):
    """Detect R-peaks with `mne.preprocessing.find_ecg_events`.

    Sensitivity 0.97-0.99 and a jitter of 1-4 ms at either polarity were seen on PhysioNet's
    mental-arithmetic recordings. The detector skips 0.5 s after each R-peak: above 120 beats per
    minute it misses every other one, which the intervals alone do not show.

    Parameters
    ----------
    recording : Recording

    Returns
    -------
    RPeaks

    Raises
    ------
    InputError
        If there is no ECG channel.
    CannotUse
        If the channel is flat, has NaN, or is too short.
    """
    from mne.preprocessing import find_ecg_events

    channel = _ecg_channel(recording)
    ecg = recording.raw.copy().pick([channel])
    ecg.load_data(verbose="ERROR").set_annotations(None)
    signal = ecg.get_data()
    if not np.isfinite(signal).all():
        raise CannotUse("ECG has NaN")
    if np.ptp(signal) == 0:
        raise CannotUse("ECG is flat")
    if ecg.duration < _SHORTEST:
        raise CannotUse(f"shorter than {_SHORTEST:g} s")
    events, _, _ = find_ecg_events(ecg, ch_name=channel, verbose="ERROR")
    sampling_rate = ecg.info["sfreq"]
    samples = events[:, 0] - ecg.first_samp
    missed = missed_beats(signal[0], samples, sampling_rate)
    return RPeaks(samples / sampling_rate, missed)


def _ecg_channel(recording):
    """Name of the first ECG channel."""
    raw = recording.raw
    kinds = raw.get_channel_types()
    for name, kind in zip(raw.ch_names, kinds, strict=True):
        if kind == "ecg":
            return name
    file = recording_file(recording)
    remedy = "use recordings with an ECG channel (typed ECG), or leave this task out"
    raise InputError(file, "channels", "no ECG channel", remedy)


def missed_beats(ecg, samples, sampling_rate):
    """Which intervals between successive R-peaks hold another deflection as strong.

    Parameters
    ----------
    ecg : array, shape (n_times,)
    samples : array of int, shape (n_peaks,)
        R-peaks.
    sampling_rate : float
        In Hz.

    Returns
    -------
    array of bool, shape (n_peaks - 1,)
    """
    from mne.filter import filter_data

    filtered = filter_data(ecg, sampling_rate, *_QRS, verbose="ERROR")
    strength = np.abs(filtered)
    half = round(_HALF_QRS * sampling_rate)
    refractory = round(_REFRACTORY * sampling_rate)
    peaks = []
    for peak in samples:
        start = max(0, peak - half)
        peaks.append(strength[start : peak + half + 1].max())
    between = []
    for first, last in zip(samples[:-1], samples[1:], strict=True):
        inside = strength[first + refractory : last - refractory]
        between.append(inside.max(initial=0))
    if not between:
        return np.zeros(0, bool)
    return np.array(between) > _MISSED * np.median(peaks)


def check_r_peaks(peaks, task):
    """Check that R-peaks look like a heart's.

    Parameters
    ----------
    peaks : RPeaks
    task : dict
        `min_r_peaks`; `heart_rate`, lowest and highest median rate in beats per minute;
        `max_irregular`, largest fraction of intervals outside 0.5-1.5 median intervals, and of
        intervals with a missed beat.

    Raises
    ------
    CannotUse
        Saying which check failed.
    """
    number, fewest = len(peaks.times), task["min_r_peaks"]
    if number < max(2, fewest):
        raise CannotUse(f"too few R-peaks ({number}, fewer than {fewest})")
    intervals = np.diff(peaks.times)
    rate = 60 / np.median(intervals)
    low, high = task["heart_rate"]
    if not low <= rate <= high:
        raise CannotUse(
            f"ECG not trusted: {rate:.0f} beats per minute, outside {low:g}-{high:g}"
        )
    missed = peaks.missed.mean()
    irregular = 1 - regular_intervals(intervals).mean()
    if irregular > task["max_irregular"]:
        raise CannotUse(
            f"ECG not trusted: {irregular:.0%} of its intervals are irregular"
        )
    if missed > task["max_irregular"]:
        raise CannotUse(
            f"ECG not trusted: beats missed in {missed:.0%} of its intervals"
        )


def permute_r_peaks(peaks, duration, rng):
    """R-peaks of an ECG cut into blocks, each shifted circularly by a time of its own.

    The rhythm stays, its relation to the EEG goes. One shift for the whole recording would not do:
    a regular heart stays in step with its shifted copy for a minute, so that training and test
    windows would share the relation.

    Parameters
    ----------
    peaks : RPeaks
    duration : float
        Of the recording, in s, at least 10.
    rng : numpy.random.Generator

    Returns
    -------
    RPeaks
        As many. Intervals across a joint count as ones with a missed beat.
    """
    count = max(1, int(duration // _BLOCK))
    length = duration / count
    block = (peaks.times // length).astype(int)
    block = np.minimum(block, count - 1)
    start = block * length
    shift = rng.uniform(_FARTHEST, length - _FARTHEST, count)
    shifted = peaks.times - start + shift[block]
    moved = start + shifted % length
    order = np.argsort(moved)
    before, after = order[:-1], order[1:]
    not_next = after != before + 1
    joint = not_next | (block[after] != block[before])
    missed_after = np.append(peaks.missed, True)
    missed = joint | missed_after[before]
    return RPeaks(moved[order], missed)


def regular_intervals(intervals):
    """Which intervals lie within `REGULAR` multiples of the median interval."""
    shortest, longest = REGULAR
    ratio = intervals / np.median(intervals)
    return (ratio > shortest) & (ratio < longest)


def window_centres(peaks, jitter, rng):
    """Centres of windows at R-peaks and between them, all with the same jitter.

    The centre alone tells nothing about the R-peak's exact time, so that relevance locked to the
    R-peak can be told from relevance locked to the window.

    Parameters
    ----------
    peaks : RPeaks
    jitter : float
        Half width of the uniform distribution, in s.
    rng : numpy.random.Generator

    Returns
    -------
    at, between : arrays
        In s. An R-peak lies within `jitter` of every centre in `at` and of none in `between`.
    left_out : list of str
        Reasons of intervals that gave no centre.
    """
    times = peaks.times
    intervals = np.diff(times)
    at = times + rng.uniform(-jitter, jitter, len(times))
    shift = rng.uniform(-jitter, jitter, len(intervals))
    half = intervals / 2
    between = times[:-1] + half + shift
    regular = regular_intervals(intervals) & ~peaks.missed
    apart = half - np.abs(shift) > jitter
    kept = regular & apart
    reason = np.where(regular, "near_r_peak", "irregular_interval")
    return at, between[kept], reason[~kept].tolist()


def r_peak_candidates(recording, task, rng):
    """Windows of the task: class 0 between R-peaks, class 1 around one.

    Parameters
    ----------
    recording : Recording
    task : dict
        `length` and `jitter` in s, the settings of `check_r_peaks`, and `permute_events` for
        labels without meaning.
    rng : numpy.random.Generator

    Raises
    ------
    InputError
        If there is no ECG channel.
    CannotUse
        If the ECG cannot be trusted.
    """
    peaks = detect_r_peaks(recording)
    check_r_peaks(peaks, task)
    permuted = task.get("permute_events")
    if permuted:
        peaks = permute_r_peaks(peaks, recording.raw.duration, rng)
    at, between, left_out = window_centres(peaks, task["jitter"], rng)
    centre = np.concatenate([between, at])
    label = np.repeat([0, 1], [len(between), len(at)])
    order = np.argsort(centre, kind="stable")
    item = "r_peaks_permuted" if permuted else "r_peaks_found"
    counts = [(item, "", len(peaks.times))]
    counts += counted("window_rejected", left_out)
    onset = centre[order] - task["length"] / 2
    return Candidates(onset, label[order], peaks.times, counts)
