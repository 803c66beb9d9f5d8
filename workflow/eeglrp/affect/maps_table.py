"""The electrodes' shares of one task as arrays, from the tables that hold them."""

from typing import NamedTuple

import numpy as np

from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.scalp import topography

#: Columns beyond the contract's: where a share comes from, and the electrode.
EXTRA = ("source", "channel")
#: What is asked of every model, and of the mean over the seeds of a regime.
SHARE, OF_SEEDS = "share central", "share central of seeds"
#: References that any trained model is held against: name -> words.
REFERENCES = {
    "chance": "number of electrodes",
    "signal": "|signal|",
    "embedding": "spatial embedding",
    "untrained": "untrained models",
    "permuted": "models of permuted labels",
}
#: What maps are held against where there is room for one: the first that a study has.
PREFERRED = ("permuted", "untrained", "signal", "chance")


class Maps(NamedTuple):
    """Shares of relevance of one task, subjects by electrodes; NaN where a subject has none.

    `models` and `embedding`: (regime, seed) -> array (n_subjects, n_channels). `signal` likewise
    one array. `untrained`: array (n_draws, n_subjects, n_channels). `permuted`: regime -> such an
    array. `method`: of the relevance.
    """

    channels: list
    subjects: list
    models: dict
    embedding: dict
    signal: np.ndarray
    untrained: np.ndarray
    permuted: dict
    method: str

    def references(self, regime, seed):
        """Reference -> array (n_models, n_subjects, n_channels) that a model is held against."""
        n_channels = len(self.channels)
        shape = (1, len(self.subjects), n_channels)
        even = np.full(shape, 1 / n_channels)
        shares = {
            "chance": even,
            "signal": self.signal[None],
        }
        embedding = self.embedding.get((regime, seed))
        if embedding is not None:
            shares["embedding"] = embedding[None]
        shares["untrained"] = self.untrained
        nothing = self.untrained[:0]
        shares["permuted"] = self.permuted.get(regime, nothing)
        return {name: array for name, array in shares.items() if len(array)}


def read_maps(topography_table, maps_table, method):
    """Read the shares of a task.

    Parameters
    ----------
    topography_table : Path
        Of `eeglrp.scalp.topography`: shares of trained models, all explained windows.
    maps_table : Path
        Of `eeglrp.affect.maps`.
    method : str
        Whose relevance.

    Returns
    -------
    Maps

    Raises
    ------
    InputError
        If a table lacks a column, or the method.
    """
    frame = _asked_shares(topography_table, method)
    other = read_table(maps_table, (*METRIC_COLUMNS, *EXTRA))
    channels = list(dict.fromkeys(frame["channel"]))
    subjects = sorted(set(frame["subject"]))
    axes = subjects, channels
    of_source = dict(iter(other.groupby("source", sort=False)))
    embedding = _by_model(of_source.get("embedding"), *axes)
    untrained = _by_model(of_source.get("untrained"), *axes)
    draws = np.array(list(untrained.values()))
    permuted = {}
    by_model = _by_model(of_source.get("permuted"), *axes)
    for (regime, _), array in by_model.items():
        permuted.setdefault(regime, []).append(array)
    return Maps(
        channels,
        subjects,
        _by_model(frame, *axes),
        embedding,
        _array(of_source["signal"], *axes),
        draws.reshape(-1, len(subjects), len(channels)),
        {regime: np.array(arrays) for regime, arrays in permuted.items()},
        method,
    )


def _asked_shares(path, method):
    """Shares of trained models, all explained windows, by subject."""
    columns = (*METRIC_COLUMNS, *topography.EXTRA)
    frame = read_table(path, columns)
    asked = frame["metric"] == "share"
    asked &= frame["class"] == "all"
    asked &= frame["subject"] != "all"
    asked &= frame["method"] == method
    # Untrained models are a reference, not what is asked about.
    asked &= ~frame["regime"].str.endswith("untrained")
    frame = frame[asked]
    if frame.empty:
        problem = f"{method} is not in the table"
        remedy = "delete the table and rerun"
        raise InputError(path, "method", problem, remedy)
    return frame


def _by_model(table, subjects, channels):
    """(regime, seed) -> array (n_subjects, n_channels); nothing of no table."""
    if table is None:
        return {}
    groups = table.groupby(["regime", "seed"], sort=False, dropna=False)
    arrays = {}
    for (regime, seed), shares in groups:
        key = _key(regime, seed)
        arrays[key] = _array(shares, subjects, channels)
    return arrays


def _key(regime, seed):
    """Key of a model; seed -1 where there is none."""
    if seed != seed:
        return str(regime), -1
    return str(regime), int(float(seed))


def _array(frame, subjects, channels):
    wide = frame.pivot(index="subject", columns="channel", values="value")
    wide = wide.reindex(index=subjects, columns=channels)
    return wide.to_numpy(float)
