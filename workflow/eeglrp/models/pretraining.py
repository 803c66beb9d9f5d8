"""Self-supervised pretraining: predict the spectrum of masked patches from those left visible.

After LaBraM's masked modelling (arXiv:2405.18765, section 2.3): a random part of the patches of all
electrodes is replaced by a mask token, and once more with mask and rest exchanged. LaBraM predicts
codes of a neural tokenizer. Here the target is simpler: the patch's short-time spectrum, as log
amplitudes of its five fifths up to 75 Hz, standardised over the training windows. The loss is the
squared error, so that 1 means nothing is known but the average of the training windows.

Group normalisation runs over all patches before the mask, in LaBraM as here, so that a masked
patch is not wholly unseen: its power enters the scale of the others.
"""

import copy
import time
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import torch

from eeglrp.errors import InputError
from eeglrp.files import sha256, write_json, write_table
from eeglrp.jobs import logger, progress
from eeglrp.models.data import load_windows
from eeglrp.models.labram import PATCH_SAMPLES, build_labram, forward_kwargs, versions
from eeglrp.models.optimisation import (
    adamw,
    batches,
    choose_device,
    choose_precision,
    cosine_rate,
    read_batch,
    reduced_precision,
    reproducible,
    set_rate,
)
from eeglrp.models.weights import save_tensors
from eeglrp.seeds import generator, integer_seed

#: Parts of a patch with a spectrum of their own (0.2 s), and frequencies of each (5 to 75 Hz).
#: A spectrum of the whole patch says nothing about when something happened.
PARTS, FREQUENCIES = 5, 15
#: Added to amplitudes before the logarithm, far below an amplifier's noise (in 0.1 mV).
_FLOOR = 0.01
_BLOCK = 256


class Network(NamedTuple):
    """The module, what stands in for masked patches, and the electrodes."""

    module: torch.nn.Module
    token: torch.nn.Parameter
    channels: tuple


class Objective(NamedTuple):
    """Spectra are standardised by `mean` and `scale`; a share `mask` of patches is hidden."""

    mean: torch.Tensor
    scale: torch.Tensor
    mask: float


def pretrain_backbone(
    windows, splits, *, model, pretraining, device, seed, out_weights, out_record, out_history
):
    """Pretrain a backbone on the training windows of a task, without their labels.

    Parameters
    ----------
    windows : sequence of Path
    splits : Path
        The training split is learned from, the validation split judges every epoch.
    model, pretraining : dict
        Settings; of `pretraining`: epochs, batch_size, learning_rate, weight_decay, mask,
        max_windows, precision.
    device : str
    seed : int
        Of the study.
    out_weights, out_record, out_history : Path
        Backbone without head (`.safetensors`), its record (`.json`), one row an epoch (`.tsv`).

    Raises
    ------
    InputError
        If the windows cannot be used or the loss is not finite.
    """
    import pandas as pd

    place = choose_device(device)
    with (
        TemporaryDirectory(prefix="eeglrp-") as folder,
        reproducible(integer_seed(seed, "pretraining")),
    ):
        train, validation = (
            load_windows(windows, splits, name, folder) for name in ("train", "validation")
        )
        rng = generator(seed, "pretraining")
        module, epoch, history = pretrain(train, validation, model, pretraining, place, rng)
    backbone = {k: v for k, v in module.state_dict().items() if not k.startswith("final_layer.")}
    save_tensors(backbone, out_weights)
    record = {
        "source": "pretrain",
        "model": model,
        "pretraining": pretraining,
        "study_seed": seed,
        "channels": list(train.channels),
        "n_times": train.signal.shape[2],
        "n_windows": {"train": len(train.signal), "validation": len(validation.signal)},
        "subjects": sorted(set(train.frame["subject"])),
        "best_epoch": epoch,
        "sha256": sha256(out_weights),
        "versions": versions(),
    }
    write_json(record, out_record)
    write_table(pd.DataFrame(history), out_history)


def pretrain(train, validation, model, pretraining, device, rng):
    """Train on masked patches and keep the epoch with the lowest validation loss.

    Parameters
    ----------
    train, validation : Windows
    model, pretraining : dict
    device : torch.device
    rng : numpy.random.Generator

    Returns
    -------
    module : braindecode.models.Labram
        Its head predicts spectra.
    epoch : int
        The epoch kept, from 1.
    history : list of dict
        epoch, train_loss, validation_loss, learning_rate, seconds.
    """
    limit = pretraining["max_windows"] or len(train.signal)
    chosen = np.sort(rng.permutation(len(train.signal))[:limit])
    objective = make_objective(train.signal, chosen, pretraining["mask"], device)
    network = make_network(model, train, device)
    named = [*network.module.named_parameters(), ("mask_token", network.token)]
    optimiser = adamw([(name, p, 1.0) for name, p in named], pretraining["weight_decay"])
    check_seed = rng.integers(2**31)
    best, kept, history = np.inf, None, []
    for epoch in progress(range(1, pretraining["epochs"] + 1), "pretraining epochs"):
        start = time.perf_counter()
        order = [chosen[index] for index in batches(len(chosen), pretraining["batch_size"], rng)]
        row = {"epoch": epoch}
        row |= _train_epoch(
            network, objective, optimiser, train.signal, order, epoch, pretraining, rng
        )
        # The same masks in every epoch, so that losses compare.
        checks = np.random.default_rng(check_seed)
        row["validation_loss"] = _mean_loss(network, objective, validation.signal, checks)
        history.append({**row, "seconds": time.perf_counter() - start})
        _check_finite(row)
        if row["validation_loss"] < best:
            best, kept = row["validation_loss"], (copy.deepcopy(network.module.state_dict()), epoch)
    network.module.load_state_dict(kept[0])
    logger.info("pretraining: epoch %d of %d kept, loss %.3f", kept[1], len(history), best)
    return network.module, kept[1], history


def make_network(model, windows, device):
    """LaBraM with a head that reads a patch's spectrum off its token, and a mask token of zeros."""
    n_times = windows.signal.shape[2]
    module = build_labram(model, windows.channels, n_times, PARTS * FREQUENCIES, drop_path=0.0)
    # braindecode scales a new head down for classification: not wanted here.
    torch.nn.init.trunc_normal_(module.final_layer.weight, std=0.02)
    token = torch.nn.Parameter(torch.zeros(module.embed_dim, device=device))
    return Network(module.to(device), token, windows.channels)


def make_objective(signal, chosen, mask, device):
    """Mean and standard deviation of spectra over the patches of some windows, block by block."""
    total, squares, n = 0.0, 0.0, 0
    for start in range(0, len(chosen), _BLOCK):
        block = read_batch(signal, chosen[start : start + _BLOCK], torch.device("cpu"))
        values = spectrum(block).double().flatten(0, 1)
        total, squares, n = total + values.sum(0), squares + values.square().sum(0), n + len(values)
    mean = total / n
    scale = (squares / n - mean.square()).clamp_min(1e-12).sqrt()
    return Objective(mean.float().to(device), scale.float().to(device), mask)


def spectrum(signal):
    """Short-time log amplitude spectrum of every patch.

    Parameters
    ----------
    signal : Tensor, shape (n, n_channels, n_times)
        In 0.1 millivolt.

    Returns
    -------
    Tensor, shape (n, n_channels * n_patches, PARTS * FREQUENCIES)
        Electrodes slowest, as LaBraM orders its tokens.
    """
    n, n_channels, n_times = signal.shape
    n_patches = n_times // PATCH_SAMPLES
    parts = signal.reshape(n, n_channels * n_patches, PARTS, PATCH_SAMPLES // PARTS)
    amplitude = torch.fft.rfft(parts).abs()[..., 1 : FREQUENCIES + 1]
    return (amplitude + _FLOOR).log().flatten(2)


def random_masks(n_samples, n_tokens, share, rng):
    """Masks (n_samples, n_tokens) that hide the same number of random patches in every window."""
    hidden = min(max(1, round(share * n_tokens)), n_tokens - 1)
    return torch.from_numpy(rng.random((n_samples, n_tokens)).argsort(1) < hidden)


@contextmanager
def masked_patches(module, token, mask):
    """Replace the embeddings of masked patches by a token while the context lasts."""

    def replace(_, __, embeddings):
        return torch.where(mask[..., None], token.to(embeddings.dtype), embeddings)

    hook = module.patch_embed.register_forward_hook(replace)
    try:
        yield
    finally:
        hook.remove()


def masked_loss(network, objective, signal, rng):
    """Mean squared error on hidden patches, with a random mask and with its complement."""
    target = (spectrum(signal) - objective.mean) / objective.scale
    mask = random_masks(*target.shape[:2], objective.mask, rng).to(signal.device)
    both = torch.cat([mask, ~mask])
    with masked_patches(network.module, network.token, both):
        names = forward_kwargs(network.channels)
        output = network.module(torch.cat([signal, signal]), return_patch_tokens=True, **names)
    error = (output.float() - torch.cat([target, target])).square().mean(-1)
    return error[both].mean()


def _train_epoch(network, objective, optimiser, array, order, epoch, pretraining, rng):
    """One pass over the batches; mean loss and last learning rate."""
    network.module.train()
    device = network.token.device
    precision = choose_precision(pretraining["precision"], device)
    n_steps, losses = pretraining["epochs"] * len(order), []
    for step, index in enumerate(order, start=(epoch - 1) * len(order)):
        rate = cosine_rate(step, n_steps, len(order), pretraining["learning_rate"], 0.0)
        set_rate(optimiser, rate)
        with reduced_precision(device, precision):
            loss = masked_loss(network, objective, read_batch(array, index, device), rng)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return {"train_loss": float(np.mean(losses)), "learning_rate": rate}


def _mean_loss(network, objective, array, rng):
    network.module.eval()
    total, device = 0.0, network.token.device
    with torch.inference_mode():
        for start in range(0, len(array), _BLOCK):
            signal = read_batch(array, slice(start, start + _BLOCK), device)
            total += masked_loss(network, objective, signal, rng).item() * len(signal)
    return total / len(array)


def _check_finite(row):
    if not np.isfinite([row["train_loss"], row["validation_loss"]]).all():
        problem = f"the loss is not finite in epoch {row['epoch']}"
        raise InputError("config", "weights.pretraining.learning_rate", problem, "lower it")
