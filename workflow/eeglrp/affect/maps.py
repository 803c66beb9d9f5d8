"""The job that explains what could not have learned the labels, electrode by electrode."""

from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import torch

from eeglrp.affect.electrodes import (
    embedding_shares,
    position_aware,
    relevance_shares,
)
from eeglrp.affect.maps_table import EXTRA
from eeglrp.affect.shares import absolute_shares
from eeglrp.attribution.explaining import Case
from eeglrp.attribution.methods import method_function
from eeglrp.attribution.selection import choose_windows, windows_at_once
from eeglrp.evaluate.randomisation import first_weights
from eeglrp.files import write_table
from eeglrp.jobs import logger, progress
from eeglrp.models.data import load_windows
from eeglrp.models.registry import adapter_of
from eeglrp.models.subjects import network_of
from eeglrp.models.trained import load_model
from eeglrp.tables import metric_frame, metric_row
from eeglrp.training.optimisation import choose_device
from eeglrp.training.predict import check_fit

#: Names that rows of several folds share which become one.
_ONE_ROW = ("source", "regime", "seed", "subject", "channel")


class _Job(NamedTuple):
    names: dict
    data: object
    chosen: np.ndarray
    attribution: dict
    device: torch.device


def write_maps(
    models,
    permuted,
    windows,
    splits,
    out,
    *,
    study,
    task,
    method,
    options,
    attribution,
    affect,
    seed,
    device="auto",
):
    """Write shares of every electrode and subject that no label explains.

    Parameters
    ----------
    models, permuted : sequence of sequence of Path
        `.safetensors` with their `.json` beside them, a list a fold: trained on the labels, and on
        labels whose blocks changed places.
    windows : sequence of Path
        Windows stores, one a subject.
    splits : sequence of Path
        One a fold.
    out : Path
    study, task : str
    method : str
        Name of the method in the configuration.
    options : dict
        The method's.
    attribution : dict
        Settings `score`, `split`, `batch_size`, `max_windows`.
    affect : dict
        `max_windows` of a subject and fold, `untrained_models`.
    seed : int
        The study's.
    device : str

    Notes
    -----
    Columns of the contract and `EXTRA`, metric `share`, one row a subject and electrode. By
    `source`: `embedding` (what the spatial embedding of a trained model receives), `permuted`,
    `untrained` (`seed` is the number of the draw) and `signal` (of all windows that the study
    explains; the others of `affect.max_windows`).

    Raises
    ------
    InputError
        If a model or the windows cannot be used, or do not fit each other.
    """
    names = {"study": study, "task": task}
    place = choose_device(device)
    aware = position_aware(method, options)
    rows = []
    for fold, table in enumerate(splits):
        explain = method_function(method, options, windows, table, seed)
        with TemporaryDirectory(prefix="eeglrp-") as folder:
            # Windows that the models of the fold never saw.
            data = load_windows(windows, table, attribution["split"], folder)
            chosen = _choose(data, affect["max_windows"], seed)
            job = _Job(names, data, chosen, attribution, place)
            rows += _signal_rows(seed, job)
            rows += _embedding_rows(models[fold], aware, job)
            if permuted:
                rows += _permuted_rows(permuted[fold], explain, job)
            n_draws = affect["untrained_models"]
            rows += _untrained_rows(
                models[fold][0], n_draws, explain, seed, job
            )
    rows = _over_folds(rows)
    for row in rows:
        of_signal = row["source"] == "signal"
        row["method"] = "" if of_signal else method
    rows = [metric_row(**row) for row in rows]
    write_table(metric_frame(rows, EXTRA), out)


def _choose(data, most, seed):
    """Numbers of at most so many windows of a subject."""
    subject = data.frame["subject"].to_numpy(str)
    chosen = choose_windows(subject, data.label, most, seed)
    logger.info("%d of %d windows", len(chosen), len(data.label))
    return chosen


def _over_folds(rows):
    """Mean over the windows of all folds: a subject may have some in each."""
    pooled = {}
    for row in rows:
        key = tuple(row.get(name) for name in _ONE_ROW)
        mean = pooled.setdefault(key, row | {"value": 0.0, "n": 0})
        mean["n"] += row["n"]
        mean["value"] += (row["value"] - mean["value"]) * row["n"] / mean["n"]
    return list(pooled.values())


def _signal_rows(seed, job):
    """Rows of |signal| in all windows that the study explains."""
    explained = _choose(job.data, job.attribution["max_windows"], seed)
    signal = np.asarray(job.data.signal[explained])
    names = {"source": "signal"}
    return _rows(absolute_shares(signal), explained, names, job)


def _embedding_rows(models, explain, job):
    """Rows of what the spatial embedding of trained models receives."""
    rows = []
    for path in progress(models, "embedding"):
        rows += _model_rows(path, "embedding", embedding_shares, explain, job)
    return rows


def _permuted_rows(models, explain, job):
    """Rows of models of labels whose blocks changed places."""
    rows = []
    for path in progress(models, "permuted"):
        rows += _model_rows(path, "permuted", relevance_shares, explain, job)
    return rows


def _model_rows(path, source, measure, explain, job):
    model, record = load_model(path)
    check_fit(path, record, job.data)
    names = {
        "source": source,
        "regime": record["regime"],
        "seed": record["seed"],
    }
    shares = _measured(model, record, measure, explain, job)
    return _rows(shares, job.chosen, names, job)


def _untrained_rows(path, count, explain, seed, job):
    """Rows of models of the same size with the weights that training starts from."""
    model, record = load_model(path)
    network = network_of(model)
    rows = []
    for draw in range(count):
        weights = first_weights(record, seed, draw)
        network.load_state_dict(weights)
        shares = _measured(model, record, relevance_shares, explain, job)
        names = {
            "source": "untrained",
            "regime": "untrained",
            "seed": draw,
        }
        rows += _rows(shares, job.chosen, names, job)
    return rows


def _measured(model, record, measure, explain, job):
    """Shares of a model in the chosen windows: (n_windows, n_channels)."""
    data = job.data
    adapter = adapter_of(model)
    _, n_channels, n_times = data.signal.shape
    n_tokens = adapter.n_tokens(n_channels, n_times)
    limit = job.attribution["batch_size"]
    at_once = windows_at_once(
        record["model"], n_tokens, limit, job.device.type
    )
    signal = torch.from_numpy(data.signal[job.chosen])
    subject = data.frame["subject"].to_numpy(str)
    case = Case(
        signal.to(job.device),
        subject[job.chosen],
        data.channels,
        job.attribution["score"],
        at_once,
    )
    model = model.to(job.device).requires_grad_(False)
    return measure(model, case, explain)


def _rows(shares, chosen, names, job):
    """One row a subject and electrode, mean over windows; none for a subject without relevance."""
    channels = job.data.channels
    subject = job.data.frame["subject"].to_numpy(str)
    subject = subject[chosen]
    known = np.isfinite(shares).all(1)
    rows = []
    for name in np.unique(subject):
        of_subject = shares[(subject == name) & known]
        if not len(of_subject):
            continue
        fields = job.names | names
        fields |= {"subject": name, "metric": "share", "n": len(of_subject)}
        fields["chance"] = 1 / len(channels)
        mean = of_subject.mean(0)
        for channel, value in zip(channels, mean, strict=True):
            rows.append(fields | {"channel": channel, "value": value})
    return rows
