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
from eeglrp.models.labram import PATCH_SAMPLES, load_model
from eeglrp.models.subjects import network_of
from eeglrp.tables import metric_frame, metric_row
from eeglrp.training.optimisation import choose_device
from eeglrp.training.predict import check_fit


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
    models, permuted : sequence of Path
        `.safetensors` with their `.json` beside them: trained on the labels, and on labels whose
        blocks changed places.
    windows : sequence of Path
        Windows stores, one a subject.
    splits, out : Path
    study, task : str
    method : str
        Name of the method in the configuration.
    options : dict
        The method's.
    attribution : dict
        Settings `score`, `split`, `batch_size`, `max_windows`.
    affect : dict
        `max_windows` of a subject, `untrained_models`.
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
    place = choose_device(device)
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, attribution["split"], folder)
        subject, label = data.frame["subject"].to_numpy(str), data.label
        chosen = choose_windows(subject, label, affect["max_windows"], seed)
        logger.info("%d of %d windows", len(chosen), len(label))
        job = _Job(
            {"study": study, "task": task}, data, chosen, attribution, place
        )
        explained = choose_windows(
            subject, label, attribution["max_windows"], seed
        )
        found = absolute_shares(np.asarray(data.signal[explained]))
        rows = _rows(found, explained, {"source": "signal"}, job)
        aware = position_aware(method, options)
        for path in progress(models, f"embedding {task}"):
            rows += _model_rows(
                path, "embedding", embedding_shares, aware, job
            )
        explain = method_function(method, options, windows, splits, seed)
        for path in progress(permuted, f"permuted {task}"):
            rows += _model_rows(
                path, "permuted", relevance_shares, explain, job
            )
        rows += _untrained_rows(
            models[0], affect["untrained_models"], explain, seed, job
        )
    rows = [
        {"method": method if row["source"] != "signal" else "", **row}
        for row in rows
    ]
    write_table(metric_frame([metric_row(**row) for row in rows], EXTRA), out)


def _model_rows(path, source, measure, explain, job):
    model, record = load_model(path)
    check_fit(path, record, job.data)
    names = {
        "source": source,
        "regime": record["regime"],
        "seed": record["seed"],
    }
    return _rows(
        _measured(model, record, measure, explain, job), job.chosen, names, job
    )


def _untrained_rows(path, count, explain, seed, job):
    """Rows of models of the same size with the weights that training starts from."""
    model, record = load_model(path)
    rows = []
    for draw in range(count):
        network_of(model).load_state_dict(first_weights(record, seed, draw))
        found = _measured(model, record, relevance_shares, explain, job)
        names = {"source": "untrained", "regime": "untrained", "seed": draw}
        rows += _rows(found, job.chosen, names, job)
    return rows


def _measured(model, record, measure, explain, job):
    data = job.data
    n_tokens = 1 + len(data.channels) * (data.signal.shape[2] // PATCH_SAMPLES)
    limit = job.attribution["batch_size"]
    case = Case(
        torch.from_numpy(data.signal[job.chosen]).to(job.device),
        data.frame["subject"].to_numpy(str)[job.chosen],
        data.channels,
        job.attribution["score"],
        windows_at_once(record["model"], n_tokens, limit, job.device.type),
    )
    return measure(model.to(job.device).requires_grad_(False), case, explain)


def _rows(shares, chosen, names, job):
    """One row a subject and electrode, mean over windows; none for a subject without relevance."""
    subject, rows = job.data.frame["subject"].to_numpy(str)[chosen], []
    for name in np.unique(subject):
        own = shares[(subject == name) & np.isfinite(shares).all(1)]
        fields = (
            job.names
            | names
            | {"subject": name, "metric": "share", "n": len(own)}
        )
        fields["chance"] = 1 / len(job.data.channels)
        if len(own):
            pairs = zip(job.data.channels, own.mean(0), strict=True)
            rows += [
                fields | {"channel": channel, "value": value}
                for channel, value in pairs
            ]
    return rows
