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
    features = heart_rates(data)
    return discriminated(features, data, data.label, in_training(data))


def heart_rates(data):
    """Heart rate of every window, shape (n, 1); raises what `heart_rate` does."""
    rate = np.array([])
    if "heart_rate" in data.frame:
        rate = data.frame["heart_rate"].to_numpy(float)
    if not np.isfinite(rate).any():
        problem = "no window has one"
        remedy = "leave heart_rate out of training.baselines"
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
    features = muscle_power(data)
    return discriminated(features, data, data.label, in_training(data))


def muscle_power(data):
    """Log power at temporal electrodes, shape (n, n_electrodes); raises what `emg_lda` does."""
    places = []
    for place, name in enumerate(data.channels):
        if REGIONS.get(name.upper()) == "temporal":
            places.append(place)
    if not places:
        remedy = "leave emg_lda out of training.baselines"
        raise InputError("windows", "channels", "none is temporal", remedy)
    powers = []
    for start in range(0, len(data.signal), _BLOCK):
        block = data.signal[start : start + _BLOCK]
        powers.append(log_power(block[:, places], data.sampling_rate))
    return np.concatenate(powers)


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
    low, high = band
    is_inside = (frequencies >= low) & (frequencies <= high)
    signal = np.asarray(signal, np.float64)
    tapered = signal * np.hanning(n_times)
    spectrum = np.fft.rfft(tapered, axis=-1)
    amplitude = np.abs(spectrum[..., is_inside])
    power = (amplitude**2).mean(-1)
    # Flat windows have a power of 0.
    return np.log(np.maximum(power, 1e-12))


def discriminated(features, data, label, train):
    """Scores (n, n_classes) of a discriminant on features standardised within subject."""
    subject = data.frame["subject"].to_numpy(str)
    features = standardised(features, subject, train)
    decoder = discriminant(data.label.max() + 1)
    return fit_scores(decoder, features, label, train)


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
        is_subject = subject == name
        in_reference = is_subject & train
        if not in_reference.any():
            in_reference = is_subject
        known = features[in_reference]
        known = known[np.isfinite(known).all(1)]
        if len(known):
            spread = known.std(0)
            spread = np.where(spread > 0, spread, 1.0)
            deviation = features[is_subject] - known.mean(0)
            result[is_subject] = deviation / spread
    return np.nan_to_num(result)
