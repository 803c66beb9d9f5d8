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
    n_classes = data.label.max() + 1
    decoder = discriminant(n_classes)
    train = in_training(data)
    return fit_scores(decoder, features, data.label, train)


def lda_samples_subject(data):
    """One discriminant for each subject, fitted on the subject's own training windows.

    Splits by blocks of time have such windows, splits by subject have not. Takes and returns what
    `lda_samples` does.

    Raises
    ------
    InputError
        If a subject has no training window of a class.
    """
    n_classes = data.label.max() + 1
    is_training = in_training(data)
    features = stretches(data.signal, data.sampling_rate)
    scores = np.empty((len(features), n_classes))
    of_subjects = data.frame.groupby("subject").indices
    for subject, rows in of_subjects.items():
        label = data.label[rows]
        train = is_training[rows]
        _check_subject(subject, label[train], n_classes)
        decoder = discriminant(n_classes)
        scores[rows] = fit_scores(decoder, features[rows], label, train)
    return scores


def _check_subject(subject, label, n_classes):
    present = set(label.tolist())
    absent = sorted(set(range(n_classes)) - present)
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
    shortest = round(_STRETCH * sampling_rate)
    width = max(shortest, math.ceil(n_times / most))
    width = min(n_times, width)
    n_stretches = n_times // width
    averages = []
    for start in range(0, n, _BLOCK):
        block = signal[start : start + _BLOCK, :, : n_stretches * width]
        block = np.asarray(block, np.float64)
        # Axes: window, electrode, stretch, sample.
        block = block.reshape(-1, n_channels, n_stretches, width)
        averages.append(100 * block.mean(-1))
    return np.concatenate(averages).reshape(n, -1)
