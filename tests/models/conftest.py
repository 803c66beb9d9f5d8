"""A few random windows in real stores, for tests of what reads them."""

import numpy as np
import pytest

from eeglrp.files import write_table
from eeglrp.store import write_windows

CHANNELS = ("FP1", "CZ", "O2")
MODEL = {"layers": 1, "heads": 10, "drop_path": 0.0, "dropout": 0.0}


def write_subject(
    path, subject, signal, channels=CHANNELS, sampling_rate=200.0
):
    """One store with alternating labels; returns the sample ids."""
    samples = [f"{subject}/rest/{i:05d}" for i in range(len(signal))]
    write_windows(
        path,
        signal,
        np.arange(len(signal)) % 2,
        channels=channels,
        sampling_rate=sampling_rate,
        samples=samples,
        subject=[subject] * len(signal),
        recording=["rest"] * len(signal),
        onset=np.arange(len(signal)) * 2.0,
    )
    return samples


@pytest.fixture
def subject_writer():
    return write_subject


@pytest.fixture
def small_model():
    return dict(MODEL)


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """Paths of three stores (one without windows) and a split table; and the signals."""
    import pandas as pd

    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(0)
    sizes = {"a": 20, "b": 40, "empty": 0}
    signals = {
        s: rng.standard_normal((n, 3, 200)).astype(np.float32)
        for s, n in sizes.items()
    }
    paths = [folder / f"{subject}.zarr.zip" for subject in sizes]
    rows = []
    for path, (subject, signal) in zip(paths, signals.items(), strict=True):
        split = "train" if subject == "b" else "validation"
        rows += [
            (s, subject, split, 0)
            for s in write_subject(path, subject, signal)
        ]
    splits = folder / "splits.tsv"
    write_table(
        pd.DataFrame(rows, columns=["sample", "subject", "split", "fold"]),
        splits,
    )
    return paths, splits, signals
