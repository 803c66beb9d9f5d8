"""Relevance by frequency band: what each band of the signal adds to the relevance.

Where relevance is the signal times a coefficient, R = x c, a discrete Fourier transform can be put
in front of the model as one more linear layer (DFT-LRP: Vielhaben et al. 2024,
doi:10.1016/j.patcog.2024.110309). A band x_b of the signal then receives R_b = x_b c, and the bands
sum to R. Over time R_b oscillates with x_b; only its sum over time says whether the band spoke for
the score. Shares are therefore made of that net relevance: |sum_t R_b| of each electrode, over the
same summed over bands and electrodes.

The reference (`chance`) is what a coefficient without any preference of frequency gives, white
noise that knows nothing of the signal: |sum_t x_b c| then has a mean in proportion to the band's
root mean square at the electrode. (The mean of a ratio is not quite the ratio of means: where one
electrode holds most of a band, white noise lies up to a tenth below this.) An even share of bands
or frequencies would not do, since EEG has most of its amplitude at low ones. Models prefer some
frequencies before they are trained at all (their first kernels are short): `untrained` models show
which.
"""

import numpy as np

from eeglrp.errors import InputError
from eeglrp.scalp.regions import membership
from eeglrp.scalp.shares import normalised

#: Name of a band -> its lower edge in Hz; a band ends where the next begins, the last never.
BANDS = {"delta": 0.0, "theta": 4.0, "alpha": 8.0, "beta": 13.0, "gamma": 30.0}


def band_of_frequencies(n_times, rate):
    # The rate read from a store's time axis is off by rounding; edges belong to the upper band.
    """Number of the band that each frequency of a real Fourier transform lies in.

    Parameters
    ----------
    n_times : int
        Samples of a window.
    rate : float
        In Hz.

    Returns
    -------
    array of int, shape (n_times // 2 + 1,)
        Positions in `BANDS`; 0 Hz belongs to the first.
    """
    margin = 1e-6 * rate / n_times
    frequencies = np.fft.rfftfreq(n_times, 1 / rate) + margin
    lower_edges = list(BANDS.values())
    return np.searchsorted(lower_edges, frequencies, side="right") - 1


def coefficient(signal, relevance):
    """What the signal is multiplied with to give the relevance; 0 where the signal is 0.

    Raises
    ------
    InputError
        If there is relevance where the signal is 0, which no product gives.
    """
    silent = signal == 0
    if relevance[silent].any():
        problem = "is not 0 everywhere where the signal is 0"
        remedy = "explain the windows anew, with a method that multiplies the signal"
        raise InputError("bands", "relevance", problem, remedy)
    zeros = np.zeros_like(relevance)
    return np.divide(relevance, signal, out=zeros, where=~silent)


def band_relevance(signal, relevance, rate):
    """Relevance of each band, sample by sample.

    Parameters
    ----------
    signal, relevance : array, shape (n_windows, n_channels, n_times)
        Relevance of a method of which `multiplies_signal` holds.
    rate : float
        In Hz.

    Returns
    -------
    array, shape (n_bands, n_windows, n_channels, n_times)
        In the order of `BANDS`; sums to `relevance` over bands.
    """
    n_times = signal.shape[2]
    factor = coefficient(signal, relevance)
    spectrum = np.fft.rfft(signal, axis=2)
    of_band = band_of_frequencies(n_times, rate)
    of_bands = []
    for k in range(len(BANDS)):
        filtered = np.where(of_band == k, spectrum, 0)
        of_bands.append(np.fft.irfft(filtered, n_times, axis=2) * factor)
    return np.stack(of_bands)


def net_relevance(signal, relevance, rate):
    # SciPy's is twice as fast as NumPy's in single precision.
    """Relevance of each band summed over time, and the band's root mean square.

    The sum over time is taken at the frequencies (Parseval), without returning to time.

    Parameters
    ----------
    signal, relevance, rate
        As of `band_relevance`.

    Returns
    -------
    net, amplitude : array, shape (n_windows, n_channels, n_bands)
        `net` in logit, sums over bands to the relevance summed over time; `amplitude` in the unit
        of the signal.
    """
    from scipy.fft import rfft

    n_times = signal.shape[2]
    of_signal = rfft(signal, axis=2)
    of_factor = rfft(coefficient(signal, relevance), axis=2)
    of_band = band_of_frequencies(n_times, rate)
    to_bands = np.eye(len(BANDS))[of_band]  # (frequency, band)
    to_bands *= _multiplicity(n_times)[:, None]
    product = (of_signal * of_factor.conj()).real
    net = product @ to_bands / n_times
    power = of_signal.real**2 + of_signal.imag**2
    mean_square = power @ to_bands / n_times**2
    return net, np.sqrt(mean_square)


def _multiplicity(n_times):
    """How often each frequency of a real transform stands in the whole one: 2, at the ends 1."""
    count = np.full(n_times // 2 + 1, 2.0)
    count[0] = 1
    if n_times % 2 == 0:
        count[-1] = 1
    return count


def columns(channels):
    """What each value of `window_values` means: bands, then bands by region."""
    regions, _ = membership(channels)
    of_bands = [
        {"metric": f"share {band}", "family": "band"} for band in BANDS
    ]
    of_regions = [
        {"metric": f"share {band} {region}", "family": "band and region"}
        for band in BANDS
        for region in regions
    ]
    return of_bands + of_regions


def window_values(signal, relevance, channels, rate):
    """Shares of net relevance and their reference, for each window.

    Parameters
    ----------
    signal, relevance, rate
        As of `band_relevance`.
    channels : sequence of str

    Returns
    -------
    shares, reference : array, shape (n_windows, n_bands + n_bands * n_regions)
        As `columns` says. NaN where a window has no net relevance, or no signal.
    """
    net, amplitude = net_relevance(signal, relevance, rate)
    shares = _shares(np.abs(net), channels)
    reference = _shares(amplitude, channels)
    return shares, reference


def _shares(magnitude, channels):
    """Shares of magnitudes, shape (n_windows, n_channels, n_bands)."""
    _, regions = membership(channels)
    by_band = magnitude.sum(1)
    by_region = magnitude.transpose(0, 2, 1) @ regions.T
    by_region = by_region.reshape(len(magnitude), -1)
    parts = np.column_stack([by_band, by_region])
    return normalised(parts, magnitude.sum((1, 2)))
