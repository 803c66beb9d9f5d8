"""A made-up cohort: slow ratings, slow EEG power, and an effect of one on the other if wanted."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from eeglrp.files import write_table
from eeglrp.store import write_windows

CHANNELS = ("T7", "C3", "CZ", "C4", "T8", "PZ")


def drift(n, rng, width=12):
    """Slow course of n values with mean 0 and variance about 1."""
    return np.convolve(
        rng.normal(size=n + width - 1),
        np.ones(width) / np.sqrt(width),
        "valid",
    )


def signals(amplitude, rng):
    """Windows of 1 s at 200 Hz: noise, and a 20-Hz rhythm at CZ of the given amplitudes."""
    time = np.arange(200) / 200
    signal = rng.normal(size=(len(amplitude), len(CHANNELS), 200)) * 0.1
    phase = rng.uniform(0, 2 * np.pi, (len(amplitude), 1))
    signal[:, 2] += amplitude[:, None] * np.sin(2 * np.pi * 20 * time + phase)
    return signal


@pytest.fixture
def cohort(tmp_path):
    """Function (effect, n_subjects, n, by) -> windows stores, splits of a fold and of all three."""

    def make(effect=0.8, n_subjects=6, n=60, by="subject", with_rating=True):
        rng = np.random.default_rng(5)
        windows, rows = [], []
        for number in range(n_subjects):
            subject = f"s{number}"
            rating, other = drift(n, rng), drift(n, rng)
            heart = np.random.default_rng(number)
            amplitude = 0.2 * np.exp(
                0.5 * (effect * rating + (1 - effect) * other)
            )
            label = (rating > np.median(rating)).astype(int)
            samples = [f"{subject}/film/{i:05d}" for i in range(n)]
            path = tmp_path / f"{subject}.zarr.zip"
            write_windows(
                path,
                signals(amplitude, rng),
                label,
                channels=CHANNELS,
                sampling_rate=200,
                samples=samples,
                subject=[subject] * n,
                recording=["film"] * n,
                onset=np.arange(n, dtype=float),
                heart_rate=70
                + 5 * (effect * rating + (1 - effect) * drift(n, heart)),
                **({"rating": rating + number} if with_rating else {}),
            )
            windows.append(path)
            group = (
                np.full(n, number % 3)
                if by == "subject"
                else np.arange(n) * 3 // n
            )
            own = {"sample": samples, "subject": subject, "group": group}
            rows.append(pd.DataFrame(own))
        table = pd.concat(rows, ignore_index=True)
        of_folds = []
        for fold in range(3):
            names = np.array(["train", "validation", "test"])
            split = names[(table["group"] + fold) % 3]
            of_folds.append(table.assign(split=split, fold=fold))
        columns = ["sample", "subject", "split", "fold"]
        splits, folds = tmp_path / "splits.tsv", tmp_path / "folds.tsv"
        write_table(of_folds[0][columns], splits)
        write_table(pd.concat(of_folds)[columns], folds)
        return SimpleNamespace(
            windows=windows,
            splits=splits,
            folds=folds,
            group=table.set_index("sample")["group"],
            folder=tmp_path,
        )

    return make
