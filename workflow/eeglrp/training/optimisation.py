"""What pretraining and training share: device, randomness, batches, optimiser, learning rate."""

import math
from contextlib import contextmanager

import numpy as np
import torch

from eeglrp.errors import InputError

#: Endings of names of weights that do not decay, whatever their shape.
_STILL = ("_token", "_embedding", "filters")


def choose_device(name):
    """Torch device for `auto`, `cpu` or `cuda`.

    Raises
    ------
    InputError
        If `cuda` is asked for and there is none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        problem = "is cuda, but PyTorch finds no GPU"
        raise InputError(
            "config", "training.device", problem, "set it to auto or cpu"
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


@contextmanager
def reproducible(seed):
    """Make a block's random numbers and algorithms depend on the seed alone, then restore both.

    Weights are equal bit for bit on one machine with one number of threads. Operations that have
    no deterministic form (some on GPUs) warn instead of failing.
    """
    # `torch.use_deterministic_algorithms` does the same, but imports its compiler for a second.
    before = torch.get_deterministic_debug_mode()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        torch.set_deterministic_debug_mode("warn")
        try:
            yield
        finally:
            torch.set_deterministic_debug_mode(before)


def choose_precision(name, device):
    """`bfloat16` or `float32`; `auto` takes bfloat16 where the hardware computes with it."""
    if name != "auto":
        return name
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        able = getattr(torch.cpu, "get_capabilities", dict)()
        fast = able.get("avx512_bf16", False) or able.get("amx_bf16", False)
    return "bfloat16" if fast else "float32"


def reduced_precision(device, precision):
    """Context in which matrix products run in `bfloat16`, or in `float32` like all else.

    Weights and their updates stay float32 (Kalamkar et al. 2019, arXiv:1905.12322).
    """
    return torch.autocast(
        device.type, torch.bfloat16, enabled=precision == "bfloat16"
    )


def batches(n_samples, batch_size, rng):
    """Random batches of nearly equal size that cover every sample once.

    Indices are sorted inside a batch, so that a memory map is read in order.

    Returns
    -------
    list of array of int
    """
    count = math.ceil(n_samples / batch_size)
    order = rng.permutation(n_samples)
    drawn = np.array_split(order, max(1, count))
    return [np.sort(batch) for batch in drawn]


def read_batch(array, index, device):
    """One batch of a (memory-mapped) array as a tensor on the device."""
    batch = np.ascontiguousarray(array[index])
    return torch.from_numpy(batch).to(device)


def adamw(groups, weight_decay):
    """AdamW with LaBraM's settings over groups of parameters (arXiv:2405.18765, appendix).

    Vectors (biases, norms, layer scales), embeddings and subjects' filters do not decay.

    Parameters
    ----------
    groups : iterable of (name, parameter, scale)
        `scale` multiplies the learning rate.
    weight_decay : float
    """
    merged = {}
    for name, parameter, scale in groups:
        is_still = parameter.ndim < 2 or name.endswith(_STILL)
        decay = 0.0 if is_still else weight_decay
        merged.setdefault((scale, decay), []).append(parameter)
    options = [
        {"params": parameters, "scale": scale, "weight_decay": decay}
        for (scale, decay), parameters in merged.items()
    ]
    return torch.optim.AdamW(options, lr=0.0, betas=(0.9, 0.999), fused=True)


def cosine_rate(step, n_steps, n_warmup, peak, floor):
    """Learning rate at a step: linear warm-up to `peak`, half a cosine down to `floor`.

    Loshchilov & Hutter (2017), arXiv:1608.03983, without restarts.
    """
    if step < n_warmup:
        return peak * (step + 1) / n_warmup
    n_after_warmup = max(1, n_steps - n_warmup)
    along = (step - n_warmup) / n_after_warmup
    along = min(1.0, along)
    cosine = math.cos(math.pi * along)
    return floor + (peak - floor) * 0.5 * (1 + cosine)


def set_rate(optimiser, rate):
    """Give every group its scaled learning rate."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["scale"]
