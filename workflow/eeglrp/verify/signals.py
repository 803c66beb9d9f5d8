"""The signal behind explained windows, for what relevance alone does not tell."""

import json
from functools import cache

import numpy as np

from eeglrp.attribution.products import multiplies_signal
from eeglrp.attribution.stores import text
from eeglrp.errors import InputError
from eeglrp.models.data import load_windows


def signal_reader(windows, splits, folder):
    """Function that gives the windows of a split, read at its first call.

    Parameters
    ----------
    windows : sequence of Path
        Windows stores, one a subject.
    splits : Path
        Table of the splits.
    folder : Path
        Where a copy of the signal goes; the caller removes it.

    Returns
    -------
    callable
        Name of a split -> `eeglrp.models.data.Windows`, and sample id -> its place among them.
    """

    @cache
    def read(split):
        data = load_windows(windows, splits, split, folder)
        return data, {
            sample: place for place, sample in enumerate(data.frame["sample"])
        }

    return read


def explained_signal(path, dataset, read):
    """Function that gives the signal of windows of an attribution store.

    Parameters
    ----------
    path : Path
        Of the store, for messages.
    dataset : xarray.Dataset
        Opened attribution store.
    read : callable
        Of `signal_reader`.

    Returns
    -------
    callable or None
        Slice of the store's windows -> float32 array, shape (n_windows, n_channels, n_times), in
        0.1 millivolt. None if the relevance is no multiple of the signal, so that it cannot be told
        apart by frequency.

    Raises
    ------
    InputError
        If a window or an electrode of the store is not among those of its split.
    """
    options = json.loads(dataset.attrs.get("options", "{}"))
    if not multiplies_signal(dataset.attrs.get("algorithm"), options):
        return None
    data, places = read(dataset.attrs["split"])
    remedy = "delete the store and rerun the job that writes it"
    missing = [
        sample for sample in text(dataset, "sample") if sample not in places
    ]
    if missing:
        raise InputError(
            path, "sample", f"{missing[0]} is in no windows store", remedy
        )
    if tuple(text(dataset, "channel")) != data.channels:
        raise InputError(
            path, "channel", "differs from that of the windows", remedy
        )
    if dataset.sizes["time"] != data.signal.shape[2]:
        raise InputError(
            path, "time", "differs from that of the windows", remedy
        )
    rows = np.array(
        [places[sample] for sample in text(dataset, "sample")], int
    )
    return lambda part: np.asarray(data.signal[rows[part]])
