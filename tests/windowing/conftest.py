"""Small recordings in memory, and settings, for the tests of the windows."""

import mne
import numpy as np
import pytest

CHANNELS = ["FP1", "FP2", "C3", "CZ", "C4", "P7", "PZ", "P8", "O1", "O2"]


@pytest.fixture
def settings():
    """Settings of the windows: LaBraM's input."""
    return {
        "high_pass": 0.1,
        "low_pass": 75.0,
        "notch": 50.0,
        "sampling_rate": 200,
        "unit": 100.0,
        "reference": None,
        "flat": 0.1,
        "noisy": 10.0,
        "max_bad": 0.25,
        "peak_to_peak": 1000.0,
    }


@pytest.fixture
def make_raw():
    """Function that makes a recording of white noise, with or without an ECG channel."""

    def make(
        seconds=20, sampling_rate=250, seed=0, peaks=None, notes=(), scale=10.0
    ):
        rng = np.random.default_rng(seed)
        n_times = int(seconds * sampling_rate)
        signal = rng.normal(0, scale, (len(CHANNELS), n_times))
        names, kinds = list(CHANNELS), ["eeg"] * len(CHANNELS)
        if peaks is not None:
            times = np.arange(n_times) / sampling_rate
            beats = np.exp(
                -0.5 * ((times[:, None] - np.asarray(peaks)) / 0.012) ** 2
            ).sum(1)
            signal = np.vstack(
                [signal, 1000 * beats + rng.normal(0, 20, n_times)]
            )
            names, kinds = [*names, "ECG"], [*kinds, "ecg"]
        info = mne.create_info(names, sampling_rate, kinds)
        raw = mne.io.RawArray(signal * 1e-6, info, verbose="ERROR")
        raw.set_montage(
            "colin27_1005",
            match_case=False,
            on_missing="ignore",
            verbose="ERROR",
        )
        if notes:
            raw.set_annotations(
                mne.Annotations(*map(list, zip(*notes, strict=True)))
            )
        return raw

    return make
