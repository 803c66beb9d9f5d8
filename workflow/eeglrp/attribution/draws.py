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
    names = [
        hashlib.sha256(window.tobytes()).hexdigest() for window in windows
    ]
    return [
        torch.Generator().manual_seed(integer_seed(seed, name))
        for name in names
    ]


def normal_like(signal, generators):
    """Standard normal values in the shape of a signal, each window's from its own generator.

    They are drawn on the CPU in single precision, so that they are the same everywhere.
    """
    drawn = [
        torch.randn(signal.shape[1:], generator=each) for each in generators
    ]
    return torch.stack(drawn).to(signal) if drawn else torch.empty_like(signal)
