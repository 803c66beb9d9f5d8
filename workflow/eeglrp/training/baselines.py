"""Classical decoders on the same splits: what a foundation model has to beat."""

from tempfile import TemporaryDirectory

import numpy as np

from eeglrp.files import write_table
from eeglrp.models.data import load_windows
from eeglrp.training.predictions import predictions_table

#: Pass band of MOABB's motor-imagery pipelines, in hertz (Jayaram & Barachant 2018).
BAND = (8.0, 32.0)
_COMPONENTS = 6
_BLOCK = 512


def predict_csp_lda(windows, splits, classes, out):
    """Fit CSP and LDA on the training split, predict all windows, write the table.

    Common spatial patterns (Koles 1990; Blankertz et al. 2008) of the 8-32 Hz band, six log
    variances, linear discriminant analysis with Ledoit-Wolf shrinkage.

    Parameters
    ----------
    windows : sequence of Path
    splits : Path
    classes : sequence of str
    out : Path
        Columns as those of a network's predictions; a logit is the discriminant's score.

    Raises
    ------
    InputError
        If the windows cannot be used.
    """
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, None, folder)
        for start in range(0, len(data.signal), _BLOCK):
            block = slice(start, start + _BLOCK)
            data.signal[block] = band_pass(data.signal[block], data.sampling_rate)
        train = (data.frame["split"] == "train").to_numpy()
        scores = csp_lda(data.signal, data.label, train)
    write_table(predictions_table(data.frame, scores, classes), out)


def band_pass(signal, sampling_rate, band=BAND):
    """Zero-phase Butterworth band pass of fourth order along the last axis."""
    from scipy.signal import butter, sosfiltfilt

    sections = butter(4, band, "bandpass", fs=sampling_rate, output="sos")
    return sosfiltfilt(sections, signal, axis=-1)


def csp_lda(signal, label, train):
    """Scores of every window from CSP and LDA fitted on the training windows.

    Parameters
    ----------
    signal : array, shape (n, n_channels, n_times)
        Band-passed.
    label : array of int, shape (n,)
    train : array of bool, shape (n,)

    Returns
    -------
    array, shape (n, n_classes)
        The largest is the predicted class.
    """
    from mne import use_log_level
    from mne.decoding import CSP
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    # In microvolt and double precision: the covariances of 0.1 mV values are tiny.
    fitted = np.asarray(signal[train], np.float64) * 100
    csp = CSP(min(_COMPONENTS, signal.shape[1]), reg=0.05, log=True)
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    with use_log_level("ERROR"):
        lda.fit(csp.fit_transform(fitted, label[train]), label[train])
        blocks = [
            lda.decision_function(csp.transform(signal[start : start + _BLOCK] * 100.0))
            for start in range(0, len(signal), _BLOCK)
        ]
    scores = np.concatenate(blocks)
    # Two classes have one discriminant; half of it for each makes their difference.
    return np.stack([-scores / 2, scores / 2], 1) if scores.ndim == 1 else scores
