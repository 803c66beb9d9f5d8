"""What the body alone gives away: the heart's rate, or muscles below the temporal electrodes.

No brain is needed to decode a state that quickens the heart or clenches the jaw. A model of the EEG
that does no better than these may have found no more than they have.
"""

import numpy as np

from eeglrp.baselines.linear import discriminant, fit_scores, in_training
from eeglrp.errors import InputError
from eeglrp.scalp.regions import REGIONS

#: Hertz: above most of the brain's rhythms, below the filters' usual upper edge. Muscles are seen
#: there best (Goncharova et al. 2003, doi:10.1016/S1388-2457(03)00093-2).
MUSCLE_BAND = (30.0, 70.0)
_BLOCK = 512


def heart_rate(data):
    """Discriminant on the heart rate alone, standardised within subject.

    Parameters
    ----------
    data : Windows
        With a column `heart_rate`, in beats per minute.

    Returns
    -------
    array, shape (n, n_classes)

    Raises
    ------
    InputError
        If windows have no heart rate, since no ECG was recorded or it was not trusted.
    """
    return discriminated(
        heart_rates(data), data, data.label, in_training(data)
    )


def heart_rates(data):
    """Heart rate of every window, shape (n, 1); raises what `heart_rate` does."""
    rate = (
        data.frame["heart_rate"].to_numpy(float)
        if "heart_rate" in data.frame
        else np.array([])
    )
    if not np.isfinite(rate).any():
        problem, remedy = (
            "no window has one",
            "leave heart_rate out of training.baselines",
        )
        raise InputError("windows", "heart_rate", problem, remedy)
    return rate[:, None]


def emg_lda(data):
    """Discriminant on the log power from 30 to 70 Hz at each temporal electrode.

    Standardised within subject. Takes and returns what `heart_rate` does.

    Raises
    ------
    InputError
        If there is no temporal electrode.
    """
    return discriminated(
        muscle_power(data), data, data.label, in_training(data)
    )


def muscle_power(data):
    """Log power at temporal electrodes, shape (n, n_electrodes); raises what `emg_lda` does."""
    places = [
        i
        for i, name in enumerate(data.channels)
        if REGIONS.get(name.upper()) == "temporal"
    ]
    if not places:
        remedy = "leave emg_lda out of training.baselines"
        raise InputError("windows", "channels", "none is temporal", remedy)
    blocks = (
        data.signal[start : start + _BLOCK]
        for start in range(0, len(data.signal), _BLOCK)
    )
    parts = [
        log_power(block[:, places], data.sampling_rate) for block in blocks
    ]
    return np.concatenate(parts)


def log_power(signal, sampling_rate, band=MUSCLE_BAND):
    """Logarithm of the power in a band, array of shape (n, n_channels).

    Windows are short and their ends do not meet: each is tapered.

    Parameters
    ----------
    signal : array, shape (n, n_channels, n_times)
    sampling_rate : float
    band : (float, float)
    """
    n_times = signal.shape[-1]
    frequencies = np.fft.rfftfreq(n_times, 1 / sampling_rate)
    inside = (frequencies >= band[0]) & (frequencies <= band[1])
    spectrum = np.fft.rfft(
        np.asarray(signal, np.float64) * np.hanning(n_times), axis=-1
    )
    # Flat windows have a power of 0.
    return np.log(
        np.maximum((np.abs(spectrum[..., inside]) ** 2).mean(-1), 1e-12)
    )


def discriminated(features, data, label, train):
    """Scores (n, n_classes) of a discriminant on features standardised within subject."""
    features = standardised(
        features, data.frame["subject"].to_numpy(str), train
    )
    return fit_scores(
        discriminant(data.label.max() + 1), features, label, train
    )


def standardised(features, subject, train):
    """Features less each subject's mean, over its standard deviation; unknown ones are 0.

    Both are those of the subject's training windows; of a subject without any, of all its windows.
    No label is used.

    Parameters
    ----------
    features : array, shape (n, n_features)
        NaN where unknown.
    subject : array of str, shape (n,)
    train : array of bool, shape (n,)

    Returns
    -------
    array, shape (n, n_features)
    """
    result = np.zeros(features.shape)
    for name in np.unique(subject):
        own = subject == name
        known = features[own & train] if (own & train).any() else features[own]
        known = known[np.isfinite(known).all(1)]
        if len(known):
            spread = known.std(0)
            result[own] = (features[own] - known.mean(0)) / np.where(
                spread > 0, spread, 1.0
            )
    return np.nan_to_num(result)
