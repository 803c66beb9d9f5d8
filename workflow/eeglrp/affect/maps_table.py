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
        even = np.full(
            (1, len(self.subjects), len(self.channels)), 1 / len(self.channels)
        )
        found = {"chance": even, "signal": self.signal[None]}
        if (regime, seed) in self.embedding:
            found["embedding"] = self.embedding[regime, seed][None]
        found["untrained"] = self.untrained
        found["permuted"] = self.permuted.get(regime, self.untrained[:0])
        return {name: array for name, array in found.items() if len(array)}


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
    frame = read_table(topography_table, (*METRIC_COLUMNS, *topography.EXTRA))
    own = (
        (frame["metric"] == "share")
        & (frame["class"] == "all")
        & (frame["subject"] != "all")
    )
    # Untrained models are a reference, not what is asked about.
    own &= (frame["method"] == method) & (frame["regime"] != "untrained")
    frame = frame[own]
    if frame.empty:
        problem, remedy = (
            f"{method} is not in the table",
            "delete the table and rerun",
        )
        raise InputError(topography_table, "method", problem, remedy)
    other = read_table(maps_table, (*METRIC_COLUMNS, *EXTRA))
    channels = list(dict.fromkeys(frame["channel"]))
    subjects = sorted(set(frame["subject"]))
    of_source = dict(iter(other.groupby("source", sort=False)))

    def arrays(table):
        if table is None:
            return {}
        groups = table.groupby(["regime", "seed"], sort=False, dropna=False)
        return {
            _key(*key): _array(part, subjects, channels)
            for key, part in groups
        }

    untrained = arrays(of_source.get("untrained"))
    permuted = {}
    for (regime, _), array in arrays(of_source.get("permuted")).items():
        permuted.setdefault(regime, []).append(array)
    return Maps(
        channels,
        subjects,
        arrays(frame),
        arrays(of_source.get("embedding")),
        _array(of_source["signal"], subjects, channels),
        np.array(list(untrained.values())).reshape(
            -1, len(subjects), len(channels)
        ),
        {regime: np.array(found) for regime, found in permuted.items()},
        method,
    )


def _key(regime, seed):
    return str(regime), int(float(seed)) if seed == seed else -1


def _array(frame, subjects, channels):
    wide = frame.pivot(index="subject", columns="channel", values="value")
    return wide.reindex(index=subjects, columns=channels).to_numpy(float)
