"""The job that explains a model: windows in, an attribution store out, block by block."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import torch

from eeglrp import __version__
from eeglrp.attribution.methods import method_function
from eeglrp.attribution.registry import (
    gives_layers,
    method_of,
    options_of,
    rules_of,
    sources_of,
    sums_to,
)
from eeglrp.attribution.selection import choose_windows, windows_at_once
from eeglrp.errors import InputError
from eeglrp.files import write_table
from eeglrp.jobs import logger, progress
from eeglrp.lrp.explanation import Explanation, join_explanations
from eeglrp.models.data import Windows, load_windows
from eeglrp.models.registry import adapter
from eeglrp.models.subjects import for_subject
from eeglrp.models.trained import forward_kwargs, load_model, versions
from eeglrp.store import CHUNK_SAMPLES, attribution_writer
from eeglrp.training.optimisation import choose_device, read_batch
from eeglrp.training.predict import check_fit

#: Source of the ledger of what a network's own parameters add.
OTHER = "other"


def attribute(
    models,
    windows,
    splits,
    stores,
    *,
    methods,
    attribution,
    ids,
    seed,
    device="auto",
    config_sha256="",
    costs=None,
):
    """Explain the windows of a split with one method or several, and write a store of each.

    The windows of a fold are explained by the fold's own model. Memory does not grow with the
    number of windows.

    Parameters
    ----------
    models : sequence of Path
        `.safetensors` with its `.json` beside it, one a fold.
    windows : sequence of Path
        Windows stores, one a subject.
    splits : sequence of Path
        Table of the splits, one a fold.
    stores : sequence of Path
        Targets `.zarr.zip`, one a method.
    methods : dict of str to dict
        The methods' names in the configuration, and of the stores, with their options there;
        `method` among them names a method of `eeglrp.attribution.registry.METHODS` that is called
        otherwise.
    attribution : dict
        Settings `target` (`predicted` or `label`), `score`, `split`, `max_windows` (of a subject
        and fold), `batch_size`, `layers`, and `mantissa_bits` (None, or not there, for exact
        relevance).
    ids : dict
        `study`, `task`, `regime` and the model's `seed`, for the stores' attributes.
    seed : int
        The study's, for the choice of windows and for methods that draw random numbers.
    device : str
        `auto`, `cpu` or `cuda`.
    config_sha256 : str
        Hash of the settings that the result depends on.
    costs : sequence of Path, optional
        A table a method of one row: windows, seconds of explaining them (without reading the
        model or writing), device and threads. Not in the store, which holds what repeats itself
        only.

    Raises
    ------
    InputError
        If a method does not exist, or a model or the windows cannot be used or do not fit.
    """
    for name, options in methods.items():
        sources_of(method_of(name, options), options)
    place = choose_device(device)
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        folds = []
        for number, (model, table) in enumerate(
            zip(models, splits, strict=True)
        ):
            at = Path(folder, str(number))
            at.mkdir()
            folds.append(
                _read_fold(model, windows, table, attribution, seed, place, at)
            )
        costs = costs or [None] * len(methods)
        outputs = zip(methods.items(), stores, costs, strict=True)
        for (name, options), store, cost in outputs:
            explained = [
                fold._replace(
                    explain=method_function(
                        name, options, windows, table, seed
                    )
                )
                for fold, table in zip(folds, splits, strict=True)
            ]
            _explain_by(
                name, options, explained, ids, config_sha256, store, cost
            )


def _read_fold(path, windows, splits, attribution, seed, device, folder):
    """A fold's model, and which of its windows are explained; nothing explains them yet."""
    model, record = load_model(path)
    data = load_windows(windows, splits, attribution["split"], folder)
    check_fit(path, record, data)
    subject = data.frame["subject"].to_numpy()
    limit = attribution["max_windows"]
    chosen = choose_windows(subject, data.label, limit, seed)
    logger.info("%s: %d of %d windows", path, len(chosen), len(data.frame))
    model = _frozen(model, device)
    return _Fold(None, model, record, data, attribution, device, chosen)


def _explain_by(name, options, folds, ids, config_sha256, store, cost):
    """Explain the windows of all folds by one method."""
    algorithm = method_of(name, options)
    network = adapter(folds[0].record["model"])
    asked = folds[0].attribution["layers"] and gives_layers(algorithm)
    layers = asked and network.GIVES_LAYERS
    folds = [
        fold._replace(attribution=fold.attribution | {"layers": layers})
        for fold in folds
    ]
    attrs = _attributes(folds, name, ids, config_sha256)
    attrs |= _method_attributes(algorithm, options)
    sources = sources_of(algorithm, options)
    if network.OTHER_SOURCES:
        sources = (*sources, OTHER)
    seconds = _write_store(store, folds, attrs, sources)
    if cost:
        n_windows = sum(len(fold.chosen) for fold in folds)
        _write_cost(n_windows, seconds, folds[0].device, cost)


def _write_store(path, folds, attrs, sources):
    """Explain the chosen windows block by block; the seconds that it took."""
    # Fold and row of every window.
    places = [
        (number, row)
        for number, fold in enumerate(folds)
        for row in fold.chosen
    ]
    seconds = 0.0
    starts = range(0, len(places), CHUNK_SAMPLES)
    with attribution_writer(
        path, **_axes(folds), attrs=attrs, sources=sources
    ) as store:
        for start in progress(starts, attrs["method"]):
            of_block = places[start : start + CHUNK_SAMPLES]
            begun = time.perf_counter()
            block = _block(folds, of_block, sources)
            seconds += time.perf_counter() - begun
            store.write(start, **block)
            _give_memory_back()
    return seconds


def _give_memory_back():
    """Return free memory to the system: glibc keeps it in fragments, more with every block."""
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _write_cost(n_windows, seconds, device, out):
    import pandas as pd

    row = {
        "windows": n_windows,
        "seconds": seconds,
        "device": device.type,
        "threads": torch.get_num_threads(),
    }
    write_table(pd.DataFrame([row]), out)


def _frozen(model, device):
    """The model without gradients of its weights, which would only take memory."""
    model = model.to(device)
    return model.requires_grad_(False)


class _Fold(NamedTuple):
    """A model, and the windows that it explains: rows `chosen` of `data`."""

    explain: Callable | None
    model: torch.nn.Module
    record: dict
    data: Windows
    attribution: dict
    device: torch.device
    chosen: np.ndarray


def _attributes(folds, method, ids, config_sha256):
    first = folds[0]
    return {
        **ids,
        "method": method,
        "target": first.attribution["target"],
        "score": first.attribution["score"],
        "split": first.attribution["split"],
        "classes": list(first.record["classes"]),
        # By fold.
        "model_sha256": [fold.record["sha256"] for fold in folds],
        "config_sha256": config_sha256,
        "versions": {"eeglrp": __version__, **versions()},
    }


def _method_attributes(algorithm, options):
    """What a reader must know of a method: its options and rules as JSON, and what it sums to."""
    shown = options_of(algorithm, options)
    # Not of the method: they follow from the study's seed.
    shown.pop("seed", None)
    shown.pop("background", None)
    return {
        "algorithm": algorithm,
        "options": json.dumps(shown),
        "rules": json.dumps(rules_of(algorithm, options)),
        "sums_to": sums_to(algorithm),
    }


def _axes(folds):
    """Coordinates and sizes of the store."""
    first = folds[0]
    n_times = first.data.signal.shape[2]
    n_layers = 0
    n_patches = 0
    if first.attribution["layers"]:
        model = first.record["model"]
        # The tokens that enter the first block, then those that leave each.
        n_layers = model["layers"] + 1
        n_patches = adapter(model).n_patches(n_times)
    samples = []
    for fold in folds:
        samples += list(fold.data.frame["sample"].iloc[fold.chosen])
    return {
        "channels": first.data.channels,
        "times": np.arange(n_times) / first.data.sampling_rate,
        "samples": samples,
        "n_layers": n_layers,
        "n_patches": n_patches,
        "mantissa_bits": first.attribution.get("mantissa_bits"),
    }


def _block(folds, places, sources):
    """Variables of the store for a block of windows, which may be of several folds."""
    parts = []
    for number in dict.fromkeys(number for number, _ in places):
        rows = np.array([row for fold, row in places if fold == number])
        part = _block_of_fold(folds[number], rows, sources)
        part["fold"] = np.full(len(rows), number)
        parts.append(part)
    return {
        name: np.concatenate([part[name] for part in parts])
        for name in parts[0]
    }


def _block_of_fold(job, rows, sources):
    """Variables of the store for windows of one fold."""
    frame = job.data.frame.iloc[rows]
    batches = [_explain(job, batch) for batch in _batches(job, rows)]
    explanation = join_explanations(batches)
    prediction = explanation.logits.argmax(1).numpy()
    label = frame["label"].to_numpy(np.int64)
    explains_label = job.attribution["target"] == "label"
    block = {
        "relevance": explanation.relevance.numpy(),
        "ledger": ledger_rows(explanation.ledger, sources).numpy(),
        "logit": explanation.output.numpy(),
        "target": label if explains_label else prediction,
        "label": label,
        "prediction": prediction,
        "subject": frame["subject"].to_numpy(),
        "recording": frame["recording"].to_numpy(),
        "onset": frame["onset"].to_numpy(),
    }
    if explanation.layer_relevance:
        layers = list(explanation.layer_relevance.values())
        block["layer_relevance"] = np.stack(layers, axis=1)
    return block


def ledger_rows(ledger, sources):
    """The ledger as (n_samples, n_sources); sources that it lacks received nothing.

    All others are booked under `other` where `sources` has it.

    Raises
    ------
    InputError
        If it has a source that is not among `sources`, whose relevance would be lost.
    """
    extra = [source for source in ledger if source not in sources]
    if extra and OTHER in sources:
        booked = {
            source: ledger[source] for source in ledger if source in sources
        }
        booked[OTHER] = sum(ledger[source] for source in extra)
        return ledger_rows(booked, sources)
    if extra:
        place = f"ledger {', '.join(extra)}"
        problem = "is a source that the store has no row for"
        remedy = "name it in eeglrp.attribution.registry.sources_of"
        raise InputError("attribution", place, problem, remedy)
    nothing = torch.zeros_like(ledger["input"])
    columns = [ledger.get(source, nothing) for source in sources]
    return torch.stack(columns, 1)


def _batches(job, rows):
    """Rows in batches of one subject that fit into memory."""
    model = job.record["model"]
    _, n_channels, n_times = job.data.signal.shape
    n_tokens = adapter(model).n_tokens(n_channels, n_times)
    batch_size = job.attribution["batch_size"]
    size = windows_at_once(model, n_tokens, batch_size, job.device.type)
    subject = job.data.frame["subject"].to_numpy()[rows]
    is_last = subject[1:] != subject[:-1]
    edges = np.flatnonzero(is_last) + 1
    batches = []
    for of_subject in np.split(rows, edges):
        for start in range(0, len(of_subject), size):
            batches.append(of_subject[start : start + size])
    return batches


def _explain(job, rows):
    """Explain one batch; the result is on the CPU, relevance of layers by electrode and patch."""
    data = job.data
    subject = data.frame["subject"].iloc[rows[0]]
    target = "predicted"
    if job.attribution["target"] == "label":
        target = torch.from_numpy(data.label[rows])
    explanation = job.explain(
        for_subject(job.model, subject),
        read_batch(data.signal, rows, job.device),
        target,
        job.attribution["score"],
        forward_kwargs(job.model, data.channels),
        job.attribution["layers"],
    )
    ledger = {}
    for source, value in explanation.ledger.items():
        ledger[source] = value.cpu()
    layers = explanation.layer_relevance
    if layers:
        n_channels = len(data.channels)
        layers = {
            name: by_patch(value, n_channels).cpu()
            for name, value in layers.items()
        }
    return Explanation(
        relevance=explanation.relevance.cpu(),
        ledger=ledger,
        output=explanation.output.cpu(),
        logits=explanation.logits.cpu(),
        layer_relevance=layers,
    )


def by_patch(relevance, n_channels):
    """Relevance of LaBraM's patch tokens, summed over the token's entries.

    Parameters
    ----------
    relevance : Tensor, shape (n, 1 + n_channels * n_patches, width)
        The class token comes first, then the patches, electrodes slowest.

    Returns
    -------
    Tensor, shape (n, n_channels, n_patches)
    """
    n = len(relevance)
    of_patches = relevance[:, 1:].sum(-1)
    return of_patches.reshape(n, n_channels, -1)
