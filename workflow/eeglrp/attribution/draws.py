"""Random numbers of each window's own, whatever batch it comes in."""

import hashlib

import torch

from eeglrp.seeds import integer_seed


def window_generators(seed, signal):
    """One generator a window, seeded by the study's seed and what the window holds.

    Torch's own random state is neither read nor changed.

    Parameters
    ----------
    seed : int
    signal : Tensor, shape (n_samples, n_channels, n_times)

    Returns
    -------
    list of torch.Generator
    """
    windows = signal.detach().float().cpu().contiguous().numpy()
    generators = []
    for window in windows:
        digest = hashlib.sha256(window.tobytes()).hexdigest()
        number = integer_seed(seed, digest)
        generators.append(torch.Generator().manual_seed(number))
    return generators


def normal_like(signal, generators):
    """Standard normal values in the shape of a signal, each window's from its own generator.

    They are drawn on the CPU in single precision, so that they are the same everywhere.
    """
    if not generators:
        return torch.empty_like(signal)
    shape = signal.shape[1:]
    drawn = [torch.randn(shape, generator=rng) for rng in generators]
    return torch.stack(drawn).to(signal)
