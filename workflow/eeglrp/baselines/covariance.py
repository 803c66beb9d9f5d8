"""Decoders of rhythms: the covariance of the electrodes in one band, three ways.

Every window is reduced to its covariance between 8 and 32 Hz, for every task: on the demo's
validation splits the windows' own band did worse, or at best alike.
"""

import numpy as np

from eeglrp.baselines.linear import discriminant, fit_scores, in_training

#: Pass band of MOABB's motor-imagery pipelines, in hertz (Jayaram & Barachant 2018).
BAND = (8.0, 32.0)
#: Spatial filters, and how far all covariances are shrunk to find them: few subjects train.
_FILTERS, _SHRINKAGE = 6, 0.05
#: Inverse penalty of the logistic regression, chosen on validation splits.
_PENALTY = 0.01
_BLOCK = 512


def csp_lda(data):
    """Common spatial patterns, log variances of six of them, shrinkage LDA.

    Koles (1990); Blankertz et al. (2008), doi:10.1109/MSP.2008.4408441; several classes by joint
    diagonalisation, Grosse-Wentrup & Buss (2008), doi:10.1109/TBME.2008.921154.

    Parameters
    ----------
    data : Windows

    Returns
    -------
    array, shape (n, n_classes)
    """
    decoder = csp_decoder(data)
    matrices = covariances(data)
    return fit_scores(decoder, matrices, data.label, in_training(data))


def csp_decoder(data):
    """The steps of `csp_lda` after the covariances, not yet fitted: shrinkage, filters, LDA."""
    from pyriemann.estimation import Shrinkage
    from pyriemann.spatialfilters import CSP
    from sklearn.pipeline import make_pipeline

    n_filters = min(_FILTERS, len(data.channels))
    n_classes = data.label.max() + 1
    return make_pipeline(
        Shrinkage(_SHRINKAGE),
        CSP(nfilter=n_filters),
        discriminant(n_classes),
    )


def tangent_lr(data):
    """Logistic regression in the tangent space at the Riemannian mean of the training windows.

    Barachant et al. (2012), doi:10.1109/TBME.2011.2172210. Takes and returns what `csp_lda` does.
    """
    decoder = tangent_decoder(data)
    vectors = tangent_vectors(data)
    return fit_scores(decoder, vectors, data.label, in_training(data))


def tangent_vectors(data):
    """Covariances in the tangent space at the mean of those of the training windows: (n, k)."""
    from pyriemann.tangentspace import TangentSpace

    matrices = covariances(data)
    space = TangentSpace("riemann")
    space.fit(matrices[in_training(data)])
    return space.transform(matrices)


def tangent_decoder(data):
    """The steps of `tangent_lr` after the tangent space, not yet fitted: scaling, regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    regression = LogisticRegression(
        C=_PENALTY, class_weight="balanced", max_iter=1000
    )
    return make_pipeline(StandardScaler(), regression)


def mdm(data):
    """Minimum Riemannian distance to the mean of a class; a score is the distance squared, negated.

    Barachant et al. (2012), doi:10.1109/TBME.2011.2172210. Takes and returns what `csp_lda` does.
    """
    from pyriemann.classification import MDM

    matrices = covariances(data)
    train = in_training(data)
    decoder = MDM("riemann")
    decoder.fit(matrices[train], data.label[train])
    distance = decoder.transform(matrices)
    return -(distance**2)


def covariances(data):
    """Covariance of every window in the band, in microvolt squared.

    Shrunk towards a sphere (Chen et al. 2010, doi:10.1109/TSP.2010.2053029): interpolated
    electrodes and an average reference leave windows without full rank.

    Parameters
    ----------
    data : Windows

    Returns
    -------
    array, shape (n, n_channels, n_channels)
    """
    from pyriemann.estimation import Covariances

    estimate = Covariances("oas").transform
    matrices = []
    for start in range(0, len(data.signal), _BLOCK):
        block = data.signal[start : start + _BLOCK]
        # In microvolt: the covariances of 0.1 mV values are tiny.
        microvolt = 100 * band_pass(block, data.sampling_rate)
        matrices.append(estimate(microvolt))
    return np.concatenate(matrices)


def band_pass(signal, sampling_rate, band=BAND):
    """Zero-phase Butterworth band pass of fourth order along the last axis, in double precision."""
    from scipy.signal import butter, sosfiltfilt

    sections = butter(4, band, "bandpass", fs=sampling_rate, output="sos")
    signal = np.asarray(signal, np.float64)
    return sosfiltfilt(sections, signal, axis=-1)
