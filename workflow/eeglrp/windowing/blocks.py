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
    event = np.zeros((0, 0)) if with_event else None
    truth = signal if with_truth else None
    blank = {each: np.zeros(0) for each in extra}
    return Block(
        "", signal, np.zeros(0, int), np.zeros(0), event, truth, blank
    )


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
    onset = first / windows["sampling_rate"]
    length = n_times / windows["sampling_rate"]
    cut, true = (
        None
        if whole is None
        else (cut_windows(whole, first, n_times) / windows["unit"]).astype(
            np.float32
        )
        for whole in (signal, truth)
    )
    inside = None if event is None else events_inside(event, onset, length)
    return Block(name, cut, label, onset, inside, true, extra or {})


def join_blocks(blocks, subject):
    """Arguments of `eeglrp.store.write_windows` from the blocks of a subject's recordings."""
    number = [len(block.label) for block in blocks]
    recording = np.repeat([block.recording for block in blocks], number)
    ids = [
        f"{subject}/{block.recording}/{i:05d}"
        for block in blocks
        for i in range(len(block.label))
    ]
    joined = {
        name: _concatenate([getattr(block, name) for block in blocks])
        for name in ("signal", "label", "onset", "truth")
    }
    joined |= {
        name: np.concatenate([block.extra[name] for block in blocks])
        for name in blocks[0].extra
    }
    events = _concatenate(_padded([block.event for block in blocks]))
    names = {
        "samples": ids,
        "subject": [subject] * len(ids),
        "recording": recording.tolist(),
    }
    return joined | names | {"event": events}


def _concatenate(parts):
    return None if parts[0] is None else np.concatenate(parts)


def _padded(events):
    """Event arrays (n, max_events) made equally wide with NaN."""
    if events[0] is None:
        return events
    width = max(event.shape[1] for event in events)
    pads = [((0, 0), (0, width - event.shape[1])) for event in events]
    return [
        np.pad(event, pad, constant_values=np.nan)
        for event, pad in zip(events, pads, strict=True)
    ]
