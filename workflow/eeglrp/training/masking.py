"""Masked patches: the spectra that are hidden, and the network that predicts them.

After LaBraM's masked modelling (arXiv:2405.18765, section 2.3): a random part of the patches of all
electrodes is replaced by a mask token, and once more with mask and rest exchanged, so that every
patch is hidden once. LaBraM predicts codes of a neural tokenizer. Here the target is simpler: the
patch's short-time spectrum, as log amplitudes of its five fifths up to 75 Hz, standardised over the
training windows. An error of 1 means nothing is known but the average of the training windows.

Group normalisation runs over all patches before the mask, in LaBraM as here, so that a masked
patch is not wholly unseen: its power enters the scale of the others.
"""

from typing import NamedTuple

import numpy as np
import torch

from eeglrp.models.labram import PATCH_SAMPLES, n_patches
from eeglrp.models.registry import adapter, adapter_of
from eeglrp.training.optimisation import read_batch

#: Parts of a patch with a spectrum of their own (0.2 s), and frequencies of each.
#: A spectrum of the whole patch says nothing about when something happened.
PARTS, FREQUENCIES = 5, 15
#: Lowest frequency, and their distance, in hertz.
STEP = 5.0
#: Added to amplitudes before the logarithm, far below an amplifier's noise (in 0.1 mV).
_FLOOR = 0.01
#: Windows at a time where nothing is learned.
BLOCK = 256


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


def make_network(model, windows, device):
    """A network whose head reads a patch's spectrum off its token, and a mask token of zeros."""
    n_times = windows.signal.shape[2]
    build = adapter(model).build
    module = build(
        model, windows.channels, n_times, PARTS * FREQUENCIES, drop_path=0.0
    )
    # braindecode scales a new head down for classification: not wanted here.
    head = adapter(model).head(module)
    torch.nn.init.trunc_normal_(head.weight, std=0.02)
    token = torch.nn.Parameter(torch.zeros(module.embed_dim, device=device))
    return Network(module.to(device), token, windows.channels)


def make_objective(signal, chosen, mask, device):
    """Mean and standard deviation of spectra over the patches of some windows, block by block."""
    cpu = torch.device("cpu")
    total = 0.0
    squares = 0.0
    n = 0
    for start in range(0, len(chosen), BLOCK):
        rows = chosen[start : start + BLOCK]
        block = read_batch(signal, rows, cpu)
        # Patches of all windows below each other: (n, PARTS * FREQUENCIES).
        values = spectrum(block).double().flatten(0, 1)
        total = total + values.sum(0)
        squares = squares + values.square().sum(0)
        n += len(values)
    mean = total / n
    variance = squares / n - mean.square()
    scale = variance.clamp_min(1e-12).sqrt()
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
    n_tokens = n_channels * n_patches(n_times)
    length = PATCH_SAMPLES // PARTS
    fifths = signal.reshape(n, n_tokens, PARTS, length)
    amplitude = torch.fft.rfft(fifths).abs()
    # The mean, at 0 Hz, is left out.
    amplitude = amplitude[..., 1 : FREQUENCIES + 1]
    log_amplitude = (amplitude + _FLOOR).log()
    return log_amplitude.flatten(2)


def standard_spectrum(objective, signal):
    """The target: `spectrum`, less the mean of the training windows, over their deviation."""
    deviation = spectrum(signal) - objective.mean
    return deviation / objective.scale


def random_masks(n_samples, n_tokens, share, rng):
    """Masks (n_samples, n_tokens) that hide the same number of random patches in every window."""
    n_hidden = max(1, round(share * n_tokens))
    n_hidden = min(n_hidden, n_tokens - 1)
    order = rng.random((n_samples, n_tokens)).argsort(1)
    return torch.from_numpy(order < n_hidden)


def predict_hidden(network, signal, mask):
    """Every patch's spectrum, predicted while it is hidden: by the mask, or by its complement.

    Parameters
    ----------
    network : Network
    signal : Tensor, shape (n, n_channels, n_times)
    mask : Tensor of bool, shape (n, n_tokens)

    Returns
    -------
    Tensor, shape (n, n_tokens, PARTS * FREQUENCIES)
    """
    module = network.module
    of_model = adapter_of(module)
    masks = torch.cat([mask, ~mask])
    signals = torch.cat([signal, signal])
    with of_model.masked_patches(module, network.token, masks):
        output = of_model.token_outputs(module, signals, network.channels)
    by_mask, by_complement = output.float().chunk(2)
    return torch.where(mask[..., None], by_mask, by_complement)


def masked_loss(network, objective, signal, rng):
    """Mean squared error on hidden patches, with a random mask and with its complement."""
    target = standard_spectrum(objective, signal)
    n, n_tokens, _ = target.shape
    mask = random_masks(n, n_tokens, objective.mask, rng)
    prediction = predict_hidden(network, signal, mask.to(signal.device))
    return (prediction - target).square().mean()


def hidden_errors(predict, objective, array, seed, device):
    """Mean squared error on hidden patches by electrode and frequency.

    Parameters
    ----------
    predict : callable
        Of signal (n, n_channels, n_times), standardised spectra (n, n_tokens, n_features) and mask
        (n, n_tokens). It returns spectra of the same shape, and predicts a patch in the mask from
        those outside, a patch outside from those in it.
    objective : Objective
    array : array, shape (n, n_channels, n_times)
    seed : int
        Of the masks: the same for all predictors and epochs, so that errors compare.
    device : torch.device

    Returns
    -------
    Tensor of float64, shape (n_channels, FREQUENCIES)
        On the CPU.
    """
    rng = np.random.default_rng(seed)
    n_channels = array.shape[1]
    total = 0.0
    with torch.inference_mode():
        for start in range(0, len(array), BLOCK):
            signal = read_batch(array, slice(start, start + BLOCK), device)
            target = standard_spectrum(objective, signal)
            n, n_tokens, _ = target.shape
            mask = random_masks(n, n_tokens, objective.mask, rng).to(device)
            prediction = predict(signal, target, mask)
            error = (prediction - target).square().double()
            # Axes: window, electrode, patch, fifth of the patch, frequency.
            error = error.reshape(n, n_channels, -1, PARTS, FREQUENCIES)
            by_electrode = error.mean((2, 3))
            total = total + by_electrode.sum(0).cpu()
    return total / len(array)
