"""Signals of the windows that are shown."""

import numpy as np

from eeglrp.errors import InputError
from eeglrp.explorer.packing import packed_windows
from eeglrp.explorer.places import places
from eeglrp.ocular.heog import NoGaze, pair
from eeglrp.store import open_windows, window_array

#: Largest block of windows, in values: a page unpacks it within some 20 ms.
BLOCK_VALUES = 500_000


def blocks_of(n_windows, n_channels, n_times):
    """Slices of windows that are read together."""
    step = max(1, BLOCK_VALUES // max(n_channels * n_times, 1))
    starts = range(0, max(n_windows, 1), step)
    return [slice(start, min(start + step, n_windows)) for start in starts]


def read_windows(paths, samples):
    """Signal, planted truth and events of these windows, in their order.

    Parameters
    ----------
    paths : sequence of Path
        Stores of windows, one a subject.
    samples : sequence of str

    Returns
    -------
    dict
        `signal` and `truth` (microvolt; `truth` may be None), `event` (list of times in s of each
        window), `channels`, `times` (s).

    Raises
    ------
    InputError
        If a window is in none of the stores.
    """
    rows = {}
    facts = None
    for path in paths:
        store = open_windows(path)
        here = {name: row for row, name in enumerate(store["sample"].values)}
        wanted = [name for name in samples if name in here]
        if not wanted:
            continue
        facts = facts or _facts(store)
        index = [here[name] for name in wanted]
        for name, row in zip(wanted, _rows(store, index), strict=True):
            rows[name] = row
    missing = [name for name in samples if name not in rows]
    if missing:
        problem = (
            f"{len(missing)} explained windows are in no store of windows"
        )
        remedy = "rerun the jobs that cut and explain windows"
        raise InputError(paths[0].parent, missing[0], problem, remedy)
    return facts | _together([rows[name] for name in samples])


def _facts(store):
    channels = [str(name) for name in store["channel"].values]
    return {"channels": channels, "times": store["time"].values}


def _rows(store, index):
    """Signal, truth and events of some windows of a store."""
    unit = _microvolt(store["signal"].attrs.get("units", "0.1 mV"))
    signal = window_array(store, index) * unit
    truth = [None] * len(index)
    if "truth" in store:
        truth = window_array(store, index, "truth") * unit
    events = [[]] * len(index)
    if "event" in store:
        times = store["event"].values[index]
        events = [row[np.isfinite(row)].tolist() for row in times]
    return zip(signal, truth, events, strict=True)


def _microvolt(units):
    """Microvolt in a unit as stores write it: `0.1 mV` or `17.3 uV`."""
    number, name = units.split()
    return float(number) * {"mV": 1000, "uV": 1}[name]


def _together(rows):
    signal, truth, events = zip(*rows, strict=True)
    known = all(window is not None for window in truth)
    return {
        "signal": np.stack(signal),
        "truth": np.stack(truth) if known else None,
        "event": list(events),
    }


def windows_records(windows, arrays):
    """Records of a task's windows: what is known of each, and blocks of their signals.

    Parameters
    ----------
    windows : DataFrame
        Of `sample.explained_windows`.
    arrays : dict
        Of `read_windows`.

    Returns
    -------
    facts : dict
    blocks : list of dict
    """
    channels, times = arrays["channels"], arrays["times"]
    slices = blocks_of(len(windows), len(channels), len(times))
    facts = {
        "channels": channels,
        "places": places(channels),
        "gaze": _gaze(channels),
        "rate": 1 / float(times[1] - times[0]),
        "n_times": len(times),
        "blocks": [block.start for block in slices],
        "windows": windows.to_dict("list") | {"event": arrays["event"]},
        "truth": arrays["truth"] is not None,
    }
    return facts, [_block(arrays, block) for block in slices]


def _block(arrays, block):
    record = {"signal": packed_windows(arrays["signal"][block])}
    if arrays["truth"] is not None:
        record["truth"] = packed_windows(arrays["truth"][block])
    return record


def _gaze(channels):
    """Electrodes beside the eyes, left and right, or None."""
    try:
        return list(pair(channels))
    except NoGaze:
        return None
