"""Windows recording by recording, joined into the arrays of one store."""

from typing import NamedTuple

import numpy as np

from eeglrp.windowing.cut import cut_windows, events_inside


class Block(NamedTuple):
    """Windows of one recording, in order of time."""

    recording: str
    #: (n, n_channels, n_times) float32, in the task's unit.
    signal: np.ndarray
    label: np.ndarray
    #: (n,) s from the recording's first sample.
    onset: np.ndarray
    #: (n, max_events) s from the window's first sample, or None.
    event: np.ndarray | None
    #: Like `signal`, or None.
    truth: np.ndarray | None
    #: Further values of each window (n,) by name: `planted`, `rating`, `heart_rate`.
    extra: dict = {}


def empty_block(n_channels, n_times, with_event, with_truth, extra=()):
    """A recording without windows."""
    signal = np.zeros((0, n_channels, n_times), np.float32)
    label = np.zeros(0, int)
    onset = np.zeros(0)
    event = np.zeros((0, 0)) if with_event else None
    truth = signal if with_truth else None
    blank = {name: np.zeros(0) for name in extra}
    return Block("", signal, label, onset, event, truth, blank)


def make_block(
    name, signal, truth, first, label, event, n_times, windows, extra=None
):
    """Cut one recording into windows.

    Parameters
    ----------
    name : str
    signal : array, shape (n_channels, n_total)
        In microvolt.
    truth : array like `signal`, or None
    first, label : arrays, shape (n,)
        First sample and class of each window.
    event : array, shape (n_events,), or None
        In s from the recording's first sample.
    n_times : int
    windows : dict
        `unit` in microvolt, `sampling_rate` in Hz.
    extra : dict of array, shape (n,), optional
        As in `Block`.

    Returns
    -------
    Block
    """
    rate, unit = windows["sampling_rate"], windows["unit"]
    onset = first / rate
    length = n_times / rate
    inside = None
    if event is not None:
        inside = events_inside(event, onset, length)
    signal = _cut(signal, first, n_times, unit)
    if truth is not None:
        truth = _cut(truth, first, n_times, unit)
    return Block(name, signal, label, onset, inside, truth, extra or {})


def _cut(whole, first, n_times, unit):
    in_unit = cut_windows(whole, first, n_times) / unit
    return in_unit.astype(np.float32)


def join_blocks(blocks, subject):
    """Arguments of `eeglrp.store.write_windows` from the blocks of a subject's recordings."""
    ids, recording = [], []
    for block in blocks:
        number = len(block.label)
        ids += [f"{subject}/{block.recording}/{i:05d}" for i in range(number)]
        recording += [str(block.recording)] * number
    joined = {}
    for name in ("signal", "label", "onset", "truth"):
        arrays = [getattr(block, name) for block in blocks]
        joined[name] = _concatenate(arrays)
    for name in blocks[0].extra:
        arrays = [block.extra[name] for block in blocks]
        joined[name] = np.concatenate(arrays)
    events = _padded([block.event for block in blocks])
    joined["samples"] = ids
    joined["subject"] = [subject] * len(ids)
    joined["recording"] = recording
    joined["event"] = _concatenate(events)
    return joined


def _concatenate(arrays):
    if arrays[0] is None:
        return None
    return np.concatenate(arrays)


def _padded(events):
    """Event arrays (n, max_events) made equally wide with NaN."""
    if events[0] is None:
        return events
    width = max(event.shape[1] for event in events)
    padded = []
    for event in events:
        missing = width - event.shape[1]
        pad = ((0, 0), (0, missing))
        padded.append(np.pad(event, pad, constant_values=np.nan))
    return padded
