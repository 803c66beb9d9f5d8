"""Relevance of frequencies and of components: a virtual layer in front of the model.

The signal x is written as a sum of parts (oscillations, or components of the scalp), which is one
more linear layer before the model. With c the coefficients of the signal, R = x c, a part p gets
R_p = sum_t p_t c_t: exact, since nothing but linearity is used, and conserving, since the parts sum
to the signal. After Vielhaben et al. 2024, arXiv:2303.06365, who put an inverse discrete Fourier
transform in front.
"""

from typing import NamedTuple

import torch

from eeglrp.errors import InputError


class SpectralRelevance(NamedTuple):
    """Relevance of frequencies.

    Attributes
    ----------
    relevance : Tensor, shape (..., n_frequencies) or (..., n_frequencies, n_frames)
        The axes before are those of the relevance without time. Sums over frequencies (and frames)
        to the relevance's sum over time.
    frequencies : Tensor, shape (n_frequencies,)
        In Hz.
    times : Tensor, shape (n_frames,), or None
        Middles of the frames, in seconds from the signal's start.
    """

    relevance: torch.Tensor
    frequencies: torch.Tensor
    times: torch.Tensor | None = None

    def bands(self, limits):
        """Relevance of frequency bands.

        Parameters
        ----------
        limits : dict of str to (float, float)
            Name -> lowest frequency, which is in the band, and highest, which is not; in Hz.

        Returns
        -------
        dict of str to Tensor, shape (...) or (..., n_frames)
        """
        axis = -1 if self.times is None else -2
        shares = {}
        for name, (low, high) in limits.items():
            inside = (self.frequencies >= low) & (self.frequencies < high)
            numbers = inside.nonzero().flatten()
            part = self.relevance.index_select(axis, numbers)
            shares[name] = part.sum(axis)
        return shares


def in_frequency(signal, coefficients, sfreq, frame=None):
    """Relevance of the frequencies of a signal, over all of it or frame by frame.

    Frequency k of a signal of T samples, with Z its Fourier transform and C that of the
    coefficients, gets Re(Z_k conj(C_k)) / T, twice that where -k is another frequency. Frames
    overlap by half; the signal is the sum of its frames under Hann windows that sum to one.

    Parameters
    ----------
    signal, coefficients : Tensor, shape (..., n_times)
    sfreq : float
        In Hz.
    frame : float, optional
        Length of a frame in seconds.

    Returns
    -------
    SpectralRelevance
    """
    _check_amount("sfreq", sfreq)
    if frame is None:
        relevance, frequencies = _spectrum(signal, coefficients, sfreq)
        return SpectralRelevance(relevance, frequencies)
    _check_amount("frame", frame)
    n_times = signal.shape[-1]
    size = round(frame * sfreq / 2) * 2
    if not 4 <= size <= n_times:
        problem = f"is {frame} s, {size} of the signal's {n_times} samples"
        remedy = "give at least four samples and at most the signal's length"
        raise InputError("in_frequency", "frame", problem, remedy)
    starts = torch.arange(-size // 2, n_times, size // 2)
    window = torch.hann_window(
        size, dtype=coefficients.dtype, device=coefficients.device
    )
    parts = _frames(signal, size) * window
    relevance, frequencies = _spectrum(
        parts, _frames(coefficients, size), sfreq
    )
    times = (starts + size / 2) / sfreq
    return SpectralRelevance(relevance.transpose(-1, -2), frequencies, times)


def _spectrum(parts, coefficients, sfreq):
    """Relevance (..., n_frequencies) of the oscillations that parts (..., n_times) are made of."""
    n_times = parts.shape[-1]
    # Half precision has no Fourier transform.
    dtype = torch.promote_types(parts.dtype, torch.float32)
    amplitudes = torch.fft.rfft(parts.to(dtype))
    received = torch.fft.rfft(coefficients.to(dtype))
    relevance = (amplitudes * received.conj()).real / n_times
    # All but 0 and half the sampling rate stand for k and -k.
    last = (n_times + 1) // 2
    relevance[..., 1:last] *= 2
    frequencies = torch.fft.rfftfreq(
        n_times, 1 / sfreq, device=relevance.device
    )
    return relevance, frequencies


def _frames(tensor, size):
    """Frames (..., n_frames, size) that overlap by half, every sample in two of them."""
    n_times = tensor.shape[-1]
    half = size // 2
    n_frames = -(-n_times // half) + 1
    after = (n_frames + 1) * half - half - n_times
    padded = torch.nn.functional.pad(tensor, (half, after))
    return padded.unfold(-1, size, half)


def in_components(signal, coefficients, patterns):
    """Relevance of components of the scalp, such as those of an ICA.

    The signal is the patterns times the components' time courses, fitted by least squares, and a
    rest; a component at a time gets its time course times the pattern's sum of coefficients.

    Parameters
    ----------
    signal : Tensor, shape (n_samples, n_channels, n_times)
    coefficients : Tensor, shape (n_samples, [n_classes,] n_channels, n_times)
    patterns : array or Tensor, shape (n_channels, n_components)
        What each component adds to the electrodes: columns of the mixing matrix.

    Returns
    -------
    relevance : Tensor, shape (n_samples, [n_classes,] n_components, n_times)
    rest : Tensor, shape (n_samples, [n_classes,] n_channels, n_times)
        Of what the components leave. Both together sum to the signal's relevance.
    """
    patterns = torch.as_tensor(patterns).to(coefficients)
    n_channels = signal.shape[-2]
    if patterns.ndim != 2 or len(patterns) != n_channels:
        problem = f"is {tuple(patterns.shape)}"
        remedy = f"give ({n_channels} channels, n_components)"
        raise InputError("in_components", "patterns", problem, remedy)
    courses = torch.linalg.pinv(patterns) @ signal
    rest = signal - patterns @ courses
    return courses * (patterns.T @ coefficients), rest * coefficients


def _check_amount(field, value):
    if not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        problem, remedy = f"is {value!r}", "give a number above 0"
        raise InputError("in_frequency", field, problem, remedy)
