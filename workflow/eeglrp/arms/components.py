"""Eye components that independent component analysis finds, and the filter that takes them out.

A component goes where its course follows the electrodes beside the eyes (horizontal movements) or
above them (blinks): a correlation above 0.4, so that it explains a sixth of their variance. MNE
finds components (FastICA) and correlations; labels play no part. Its other criterion, outliers
among the correlations, misses a movement that two of few components share.
"""

from typing import NamedTuple

import numpy as np

from eeglrp.errors import InputError
from eeglrp.jobs import logger
from eeglrp.ocular.heog import heog
from eeglrp.seeds import integer_seed
from eeglrp.tables import metric_row

#: Electrodes above the eyes: their mean follows blinks.
ABOVE = ("FP1", "FP2")
#: Correlation from which a component counts as one of the eyes.
THRESHOLD = 0.4
#: Slow drifts would take components of their own, in Hz.
HIGH_PASS = 1.0
#: Samples for each entry of the square matrix that is estimated, a rule of thumb (EEGLAB).
SAMPLES_AN_ENTRY = 20
#: Relative singular value below which a direction is empty: windows are stored in float32.
_RANK = 1e-5
_FEWEST = 3
#: Part of the signal's standard deviation below which a trace is rounding error.
_EMPTY = 1e-5


class EyeComponents(NamedTuple):
    """What was found in the windows of one subject.

    `scores` (n_traces, n_components) are correlations with `traces`: `heog`, and `veog` where the
    montage has an electrode above the eyes; one that regression has emptied is absent. `maps`
    (n_channels, n_components) show a component at the electrodes, `removed` are numbers of
    components, and `clean` (n_channels, n_channels) is what the signal is multiplied by.
    """

    traces: tuple
    scores: np.ndarray
    maps: np.ndarray
    removed: list
    clean: np.ndarray
    n_windows: int


def find_eyes(signal, channels, sampling_rate, *, subject, seed):
    """Find the eye components of one subject.

    Parameters
    ----------
    signal : array, shape (n_windows, n_channels, n_times)
        Windows to learn from, in any unit: nothing here depends on it.
    channels : sequence of str
    sampling_rate : float
        In hertz.
    subject : str
    seed : int
        The study's.

    Returns
    -------
    EyeComponents
        None is removed where none follows the eyes.

    Raises
    ------
    InputError
        If there are too few windows or electrodes, or the montage has no pair beside the eyes.
    """
    import mne

    allowed = _n_components(signal, subject)
    epochs = _epochs(signal, channels, sampling_rate)
    rank = _rank(epochs, subject)
    ica = mne.preprocessing.ICA(
        min(allowed, rank),
        method="fastica",
        random_state=integer_seed(seed, "components", subject),
        max_iter=1000,
        verbose="ERROR",
    )
    ica.fit(epochs, verbose="ERROR")
    n_components = ica.n_components_
    traces = tuple(
        name for name in ("heog", "veog") if name in epochs.ch_names
    )
    scores = _correlations(ica, epochs, traces)
    is_eye = (np.abs(scores) > THRESHOLD).any(0)
    removed = np.flatnonzero(is_eye).tolist()
    logger.info(
        "%s: %d components, removed %s", subject, n_components, removed
    )
    maps = ica.get_components()
    unmixing = ica.unmixing_matrix_ @ ica.pca_components_[:n_components]
    clean = np.eye(len(channels)) - maps[:, removed] @ unmixing[removed]
    return EyeComponents(traces, scores, maps, removed, clean, len(signal))


def _rank(epochs, subject):
    """How many independent signals there are; an error if these are too few."""
    import mne

    ranks = mne.compute_rank(
        epochs, tol=_RANK, tol_kind="relative", verbose="ERROR"
    )
    rank = ranks["eeg"]
    if rank < _FEWEST:
        problem = f"holds {rank} independent signals"
        remedy = "leave out arms with ica"
        raise InputError("windows", f"subject {subject}", problem, remedy)
    return rank


def _correlations(ica, epochs, traces):
    """Correlation of every component with every trace: (n_traces, n_components)."""
    correlations = []
    for name in traces:
        _, scores = ica.find_bads_eog(
            epochs,
            ch_name=name,
            measure="correlation",
            threshold=THRESHOLD,
            verbose="ERROR",
        )
        correlations.append(scores)
    return np.reshape(correlations, (len(traces), ica.n_components_))


def _n_components(signal, subject):
    """As many as the samples allow.

    Raises
    ------
    InputError
        If these are too few for anything to be told apart.
    """
    n_windows, _, n_times = signal.shape
    n_entries = n_windows * n_times / SAMPLES_AN_ENTRY
    number = int(n_entries**0.5)
    if number < _FEWEST:
        problem = f"has {n_windows} windows to learn components from, too few samples"
        remedy = "leave the subject out, or arms with ica"
        raise InputError("windows", f"subject {subject}", problem, remedy)
    return number


def _epochs(signal, channels, sampling_rate):
    """Windows without drift as MNE's epochs, with the eyes' channels beside them."""
    import mne

    # About volt, as MNE expects them.
    data = 1e-4 * np.asarray(signal, np.float64)
    # A finite impulse response of 1 Hz would be longer than the windows.
    data = mne.filter.filter_data(
        data, sampling_rate, HIGH_PASS, None, method="iir", verbose="ERROR"
    )
    traces = _eye_traces(data, channels)
    kinds = ["eeg"] * len(channels) + ["eog"] * len(traces)
    info = mne.create_info([*channels, *traces], sampling_rate, kinds)
    eyes = [trace[:, None] for trace in traces.values()]
    data = np.concatenate([data, *eyes], 1)
    return mne.EpochsArray(data, info, verbose="ERROR")


def _eye_traces(data, channels):
    """Courses of the electrodes beside and above the eyes, (n_windows, n_times), by name."""
    traces = {"heog": heog(data, channels)}
    upper = [channel.upper() for channel in channels]
    above = [upper.index(name) for name in ABOVE if name in upper]
    if above:
        traces["veog"] = data[:, above].mean(1)
    least = _EMPTY * data.std()
    return {
        name: trace for name, trace in traces.items() if trace.std() > least
    }


def component_rows(found, channels, **names):
    """Rows for the table of components: what was found and removed, and maps of the removed.

    Parameters
    ----------
    found : EyeComponents
    channels : sequence of str
    **names
        `study`, `task`, `subject` and others of the table's columns.

    Returns
    -------
    list of dict
        Metrics `correlation heog`, `correlation veog`, `removed` (1 or 0) for every component, and
        for those removed `map`, one value an electrode, the largest magnitude being 1.
    """
    rows = []
    for number in range(found.scores.shape[1]):
        ids = {"component": number, "n": found.n_windows, **names}
        for trace, scores in zip(found.traces, found.scores, strict=True):
            metric = f"correlation {trace}"
            rows.append(metric_row(metric=metric, value=scores[number], **ids))
        is_removed = float(number in found.removed)
        rows.append(metric_row(metric="removed", value=is_removed, **ids))
    for number in found.removed:
        ids = {"component": number, "n": found.n_windows, **names}
        weights = found.maps[:, number]
        scaled = weights / np.abs(weights).max()
        for channel, value in zip(channels, scaled, strict=True):
            row = metric_row(
                metric="map", value=value, electrode=channel, **ids
            )
            rows.append(row)
    return rows
