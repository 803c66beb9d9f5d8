"""Channels that cannot be trusted, and whether a recording can do without them."""

import numpy as np

from eeglrp.windowing.chain import VOLT_IN_MICROVOLT
from eeglrp.windowing.counts import CannotUse

#: Channels whose amplitudes differ by less than this part of the median are alike, so that a few
#: nearly equal channels do not make the next one an outlier.
_ALIKE = 0.1
#: Interquartile range of a normal distribution in standard deviations.
_IQR = 1.349
#: Lowest frequency, in Hz, that counts as noise.
_SLOWEST = 1.0


def unfinite_channels(raw):
    """Names of channels with NaN or infinite samples; these samples become 0, in place."""
    finite = np.isfinite(raw.get_data()).all(axis=1)
    names = [
        name
        for name, whole in zip(raw.ch_names, finite, strict=True)
        if not whole
    ]
    if names:
        raw.apply_function(_unfinite_to_zero, picks=names, verbose="ERROR")
    return names


def _unfinite_to_zero(signal):
    finite = np.isfinite(signal)
    return np.where(finite, signal, 0.0)


def robust_amplitude(signal, sampling_rate):
    """Amplitude of each channel above 1 Hz that eye movements hardly raise.

    Slow eye movements and blinks make the electrodes beside the eyes differ from the others, and
    just these must not be taken for broken. Standard deviation from the interquartile range.

    Parameters
    ----------
    signal : array, shape (n_channels, n_times)
    sampling_rate : float
        In Hz.

    Returns
    -------
    array, shape (n_channels,)
        In the signal's unit.
    """
    from scipy.signal import butter, sosfilt

    high_pass = butter(2, _SLOWEST, "highpass", fs=sampling_rate, output="sos")
    fast = sosfilt(high_pass, signal)
    low, high = np.percentile(fast, [25, 75], axis=1)
    return (high - low) / _IQR


def flat_and_noisy(signal, sampling_rate, windows):
    """Find flat and noisy channels.

    Parameters
    ----------
    signal : array, shape (n_channels, n_times)
        Filtered, in microvolt.
    sampling_rate : float
        In Hz.
    windows : dict
        `flat`: standard deviation in microvolt at or below which a channel is flat; `noisy`:
        robust z of the amplitude over channels above which one is noisy (the deviation criterion
        of Bigdely-Shamlo et al. 2015, Front Neuroinform 9:16).

    Returns
    -------
    flat, noisy : arrays of bool, shape (n_channels,)
    """
    flat = signal.std(axis=1) <= windows["flat"]
    noisy = np.zeros(len(signal), bool)
    if not flat.all():
        amplitude = robust_amplitude(signal, sampling_rate)
        live = amplitude[~flat]
        centre = np.median(live)
        deviation = np.abs(live - centre)
        spread = 1.4826 * np.median(deviation)
        scale = max(spread, _ALIKE * centre)
        noisy = amplitude - centre > windows["noisy"] * scale
    return flat, noisy & ~flat


def find_bad_channels(raw, unfinite, windows):
    """Bad channels of a filtered recording, by reason.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        Filtered EEG; channels marked bad by its author are in `info["bads"]`.
    unfinite : list of str
        Channels with NaN.
    windows : dict

    Returns
    -------
    dict
        Channel to reason: nan, flat, noisy or marked.

    Raises
    ------
    CannotUse
        If there are more than `max_bad` of the channels, or a bad one has no position.
    """
    signal = raw.get_data() * VOLT_IN_MICROVOLT
    flat, noisy = flat_and_noisy(signal, raw.info["sfreq"], windows)
    names = np.array(raw.ch_names)
    reasons = dict.fromkeys(raw.info["bads"], "marked")
    reasons |= dict.fromkeys(names[noisy].tolist(), "noisy")
    reasons |= dict.fromkeys(names[flat].tolist(), "flat")
    reasons |= dict.fromkeys(unfinite, "nan")
    number = len(reasons)
    if flat.all() and signal.any():
        size = np.median(signal.std(axis=1))
        problem = (
            f"every channel is flat ({size:.2g} microvolt): is the unit right?"
        )
        raise CannotUse(f"{problem} The file says {file_units(raw)}")
    if number > windows["max_bad"] * len(names):
        listed = ", ".join(
            f"{name} {reason}" for name, reason in reasons.items()
        )
        raise CannotUse(f"{number} of {len(names)} channels bad ({listed})")
    for channel in raw.info["chs"]:
        name = channel["ch_name"]
        if name in reasons and not _has_position(channel):
            raise CannotUse(
                f"bad channel {name} has no position to interpolate from"
            )
    return reasons


def file_units(raw):
    """Units of a recording's EEG as the file spells them, for messages."""
    written = getattr(raw, "_orig_units", {})
    units = {written.get(name, "") for name in raw.ch_names}
    named = sorted(unit for unit in units if unit and unit != "n/a")
    return ", ".join(named) or "none"


def _has_position(channel):
    place = channel["loc"][:3]
    is_finite = np.isfinite(place).all()
    return is_finite and place.any()
