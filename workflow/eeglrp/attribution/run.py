"""The job that explains a model: windows in, an attribution store out, block by block."""

import json
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import torch

from eeglrp import __version__
from eeglrp.attribution.registry import load, rules_of, sources_of
from eeglrp.attribution.selection import choose_windows, windows_at_once
from eeglrp.jobs import logger, progress
from eeglrp.lrp.explanation import Explanation, join_explanations
from eeglrp.models.data import Windows, load_windows
from eeglrp.models.labram import PATCH_SAMPLES, forward_kwargs, load_model, versions
from eeglrp.models.optimisation import choose_device, read_batch
from eeglrp.store import CHUNK_SAMPLES, attribution_writer
from eeglrp.training.predict import check_fit


def attribute(
    model_path,
    windows,
    splits,
    out,
    *,
    method,
    attribution,
    ids,
    seed,
    device="auto",
    config_sha256="",
):
    """Explain the windows of a split with one method and write the store.

    Memory does not grow with the number of windows.

    Parameters
    ----------
    model_path : Path
        `.safetensors` with its `.json` beside it.
    windows : sequence of Path
        Windows stores, one a subject.
    splits, out : Path
        Table of the splits; target `.zarr.zip`.
    method : str
        A name of `eeglrp.attribution.registry.METHODS`.
    attribution : dict
        Settings `target` (`predicted` or `label`), `score`, `split`, `max_windows` (of a subject),
        `batch_size`, `layers`.
    ids : dict
        `study`, `task`, `regime` and the model's `seed`, for the store's attributes.
    seed : int
        The study's, for the choice of windows.
    device : str
        `auto`, `cpu` or `cuda`.
    config_sha256 : str
        Hash of the settings that the result depends on.

    Raises
    ------
    InputError
        If the method does not exist, or the model or the windows cannot be used or do not fit.
    """
    explain = load(method)
    model, record = load_model(model_path)
    place = choose_device(device)
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, attribution["split"], folder)
        check_fit(model_path, record, data)
        subject = data.frame["subject"].to_numpy()
        chosen = choose_windows(subject, data.label, attribution["max_windows"], seed)
        logger.info("%s: %d of %d windows", method, len(chosen), len(data.frame))
        job = _Job(explain, _frozen(model, place), record, data, attribution, place)
        attrs = _attributes(job, method, ids, config_sha256)
        sources = sources_of(method)
        axes = _axes(job, chosen)
        with attribution_writer(out, **axes, attrs=attrs, sources=sources) as to:
            for start in progress(range(0, len(chosen), CHUNK_SAMPLES), method):
                rows = chosen[start : start + CHUNK_SAMPLES]
                to.write(start, **_block(job, rows, sources))


def _frozen(model, device):
    """The model without gradients of its weights, which would only take memory."""
    return model.to(device).requires_grad_(False)


class _Job(NamedTuple):
    explain: Callable
    model: torch.nn.Module
    record: dict
    data: Windows
    attribution: dict
    device: torch.device


def _attributes(job, method, ids, config_sha256):
    chosen = {name: job.attribution[name] for name in ("target", "score", "split")}
    return {
        **ids,
        "method": method,
        **chosen,
        "classes": list(job.record["classes"]),
        "rules": json.dumps(rules_of(method)),
        "model_sha256": job.record["sha256"],
        "config_sha256": config_sha256,
        "versions": {"eeglrp": __version__, **versions()},
    }


def _axes(job, chosen):
    """Coordinates and sizes of the store."""
    n_times = job.data.signal.shape[2]
    layers = job.attribution["layers"]
    return {
        "channels": job.data.channels,
        "times": np.arange(n_times) / job.data.sampling_rate,
        "samples": list(job.data.frame["sample"].iloc[chosen]),
        # The tokens that enter the first block, then those that leave each.
        "n_layers": job.record["model"]["layers"] + 1 if layers else 0,
        "n_patches": n_times // PATCH_SAMPLES if layers else 0,
    }


def _block(job, rows, sources):
    """Variables of the store for a block of windows."""
    frame = job.data.frame.iloc[rows]
    found = join_explanations([_explain(job, part) for part in _parts(job, rows)])
    prediction = found.logits.argmax(1).numpy()
    label = frame["label"].to_numpy(np.int64)
    block = {
        "relevance": found.relevance.numpy(),
        "ledger": torch.stack([found.ledger[source] for source in sources], 1).numpy(),
        "logit": found.output.numpy(),
        "target": label if job.attribution["target"] == "label" else prediction,
        "label": label,
        "prediction": prediction,
        **{name: frame[name].to_numpy() for name in ("subject", "recording", "onset")},
    }
    if found.layer_relevance:
        block["layer_relevance"] = np.stack(list(found.layer_relevance.values()), 1)
    return block


def _parts(job, rows):
    """Rows in batches that fit into memory."""
    _, n_channels, n_times = job.data.signal.shape
    n_tokens = 1 + n_channels * (n_times // PATCH_SAMPLES)
    batch_size = job.attribution["batch_size"]
    size = windows_at_once(job.record["model"], n_tokens, batch_size, job.device.type)
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _explain(job, rows):
    """Explain one batch; the result is on the CPU, relevance of layers by electrode and patch."""
    labelled = job.attribution["target"] == "label"
    found = job.explain(
        job.model,
        read_batch(job.data.signal, rows, job.device),
        torch.from_numpy(job.data.label[rows]) if labelled else "predicted",
        job.attribution["score"],
        forward_kwargs(job.data.channels),
        job.attribution["layers"],
    )
    layers = found.layer_relevance and {
        name: by_patch(value, len(job.data.channels)).cpu()
        for name, value in found.layer_relevance.items()
    }
    ledger = {source: value.cpu() for source, value in found.ledger.items()}
    cpu = [each.cpu() for each in (found.relevance, found.output, found.logits)]
    return Explanation(cpu[0], ledger, cpu[1], cpu[2], layers)


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
    return relevance[:, 1:].sum(-1).reshape(len(relevance), n_channels, -1)
