"""Decoders of time-locked waves: shrinkage LDA on samples, averaged over short stretches of time.

For waves of a fixed sign at a fixed time, such as the heartbeat's in windows around R-peaks
(Blankertz et al. 2011, doi:10.1016/j.neuroimage.2010.06.048).
"""

import math

import numpy as np

from eeglrp.baselines.linear import discriminant, fit_scores, in_training
from eeglrp.errors import InputError

#: Length of a stretch in seconds, unless the features would be more than so many.
_STRETCH, _FEATURES = 0.04, 2000
_BLOCK = 512


def lda_samples(data):
    """One discriminant for all subjects.

    Parameters
    ----------
    data : Windows

    Returns
    -------
    array, shape (n, n_classes)
    """
    features = stretches(data.signal, data.sampling_rate)
    decoder = discriminant(data.label.max() + 1)
    return fit_scores(decoder, features, data.label, in_training(data))


def lda_samples_subject(data):
    """One discriminant for each subject, fitted on the subject's own training windows.

    Splits by blocks of time have such windows, splits by subject have not. Takes and returns what
    `lda_samples` does.

    Raises
    ------
    InputError
        If a subject has no training window of a class.
    """
    n_classes, train = data.label.max() + 1, in_training(data)
    features = stretches(data.signal, data.sampling_rate)
    scores = np.empty((len(features), n_classes))
    for subject, own in data.frame.groupby("subject").indices.items():
        label = data.label[own]
        _check_subject(subject, label[train[own]], n_classes)
        decoder = discriminant(n_classes)
        scores[own] = fit_scores(decoder, features[own], label, train[own])
    return scores


def _check_subject(subject, label, n_classes):
    absent = sorted(set(range(n_classes)) - set(label.tolist()))
    if absent:
        problem = f"has no training window of class number {absent[0]}"
        remedy = "split by: block, or leave lda_samples_subject out of training.baselines"
        raise InputError("splits", f"subject {subject}", problem, remedy)


def stretches(signal, sampling_rate):
    """Averages over stretches of time, of at least 40 ms, in microvolt.

    Samples at the end that fill no stretch are left out. Longer stretches keep the number of
    features at most 2,000: the discriminant inverts their covariance.

    Parameters
    ----------
    signal : array, shape (n, n_channels, n_times)
    sampling_rate : float

    Returns
    -------
    array, shape (n, n_features)
    """
    n, n_channels, n_times = signal.shape
    most = max(1, _FEATURES // n_channels)
    width = min(
        n_times,
        max(round(_STRETCH * sampling_rate), math.ceil(n_times / most)),
    )
    shape = (n_channels, n_times // width, width)
    blocks = [
        np.asarray(
            signal[start : start + _BLOCK, :, : shape[1] * width], np.float64
        )
        for start in range(0, n, _BLOCK)
    ]
    parts = [100 * block.reshape(-1, *shape).mean(-1) for block in blocks]
    return np.concatenate(parts).reshape(n, -1)
