"""Trials of imagined fists from EEGMMIDB, cut as MOABB cuts them and as the study does."""

from typing import NamedTuple

import mne
import numpy as np
from pyriemann.estimation import Covariances

from eeglrp import config as settings
from eeglrp.baselines.covariance import BAND, band_pass
from eeglrp.recordings import eegmmidb
from eeglrp.windowing.windows import make_windows

TASK = "motor_imagery"
#: Seconds after the cue, in MOABB.
INTERVAL = (0.0, 3.0)


class Trials(NamedTuple):
    """Trials of one or more subjects, in order of time, in microvolt between 8 and 32 Hz.

    `signal` (n, n_channels, n_times), `covariance` (n, n_channels, n_channels), `label` (n,);
    `frame` says which trials these are.
    """

    signal: np.ndarray
    covariance: np.ndarray
    label: np.ndarray
    frame: object


def make_trials(signal, subject, recording, onset, label, length):
    import pandas as pd

    columns = {
        "subject": subject,
        "recording": recording,
        "onset": onset,
        "label": label,
    }
    frame = pd.DataFrame(columns | {"length": length})
    frame["sample"] = [f"{subject}/{number}" for number in range(len(frame))]
    return Trials(
        signal, Covariances("oas").transform(signal), np.asarray(label), frame
    )


def moabb_trials(record):
    """One subject as MOABB cuts it."""
    parts = []
    for recording in eegmmidb.read(record):
        if "left" not in recording.raw.annotations.description:
            continue
        raw = recording.raw.load_data().pick("eeg")
        raw.filter(*BAND, method="iir")
        events, _ = mne.events_from_annotations(raw, {"left": 0, "right": 1})
        epochs = mne.Epochs(raw, events, None, *INTERVAL, baseline=None)
        signal = 1e6 * epochs.get_data()
        onset = epochs.events[:, 0] / raw.info["sfreq"]
        parts.append(
            (
                signal,
                [recording.name] * len(signal),
                onset,
                epochs.events[:, 2],
            )
        )
    signal, recording, onset, label = map(
        np.concatenate, zip(*parts, strict=True)
    )
    return make_trials(
        signal, record["subject"], recording, onset, label, INTERVAL[1]
    )


def study_trials(record, config):
    """One subject as the study cuts it, and its windows before the band pass."""
    windows, task = (
        settings.window_settings(config, TASK),
        settings.task_settings(config, TASK),
    )
    subject = record["subject"]
    arrays, _ = make_windows(
        eegmmidb.read(record), TASK, task, windows, config["seed"], subject
    )
    signal = band_pass(
        arrays["signal"] * windows["unit"], windows["sampling_rate"]
    )
    names = ("recording", "onset", "label")
    trials = make_trials(
        signal, subject, *(arrays[name] for name in names), task["length"]
    )
    return trials, arrays


def join(parts):
    import pandas as pd

    *arrays, frames = zip(*parts, strict=True)
    return Trials(
        *map(np.concatenate, arrays), pd.concat(frames, ignore_index=True)
    )
