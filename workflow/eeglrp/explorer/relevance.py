"""Relevance of the windows that are shown, as one model and method see them."""

import numpy as np

from eeglrp.explorer.packing import packed, packed_windows
from eeglrp.explorer.windows import blocks_of
from eeglrp.store import window_array

_NAMES = ("logit", "target", "prediction", "fold")


def relevance_records(store, samples, logits=None):
    """Records of a store: what is exact of every shown window, and blocks of relevance.

    Parameters
    ----------
    store : xarray.Dataset
        Of `store.open_attribution`.
    samples : sequence of str
        The windows that are shown; the store may lack some.
    logits : array, shape (n_windows, n_classes), optional
        Of the windows of the store.

    Returns
    -------
    facts : dict
        Values by shown window, null where the store lacks it.
    blocks : list of dict
        `relevance` in logit, rounded, and `electrode`: its exact sum over time.
    """
    rows = {name: row for row, name in enumerate(store["sample"].values)}
    index = [rows.get(name, -1) for name in samples]
    facts = {name: _values(store[name].values, index) for name in _NAMES}
    facts["ledger"] = _values(store["ledger"].values.T, index)
    facts["sources"] = store["source"].values.tolist()
    if logits is not None:
        facts["logits"] = _values(logits, index)
    sizes = store.sizes["channel"], store.sizes["time"]
    blocks = blocks_of(len(samples), *sizes)
    return facts, [_block(store, index[block]) for block in blocks]


def _values(values, index):
    return [values[row].tolist() if row >= 0 else None for row in index]


def _block(store, index):
    sizes = store.sizes["channel"], store.sizes["time"]
    windows = np.zeros((len(index), *sizes), np.float32)
    there = [place for place, row in enumerate(index) if row >= 0]
    if there:
        rows = [index[place] for place in there]
        windows[there] = window_array(store, rows, "relevance")
    return {
        "relevance": packed_windows(windows),
        "electrode": packed(
            windows.sum(axis=2, dtype=np.float64).astype("f4")
        ),
    }
