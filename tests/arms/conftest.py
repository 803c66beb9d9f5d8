"""Small window stores with a known signal beside the eyes."""

from typing import NamedTuple

import numpy as np
import pytest

from eeglrp.files import write_table
from eeglrp.store import write_windows

CHANNELS = ("FP1", "FP2", "F7", "F8", "C3", "CZ", "C4", "O1", "O2")
#: How an eye movement and a blink reach the electrodes.
SACCADE = np.array([0.4, -0.4, 1, -1, 0.2, 0, -0.2, 0.05, -0.05])
BLINK = np.array([1, 1, 0.5, 0.5, 0.1, 0.1, 0.1, 0, 0])
RATE = 200.0


class Study(NamedTuple):
    """Stores of two subjects, what they hold, and tables of splits: one, and those of two folds."""

    stores: list
    splits: object
    signal: dict
    truth: dict
    folds: list


def make_signal(rng, n_windows, n_times):
    """Noise with steps (saccades) and bumps (blinks) whose fields are known."""
    brain = 0.05 * rng.standard_normal((n_windows, len(CHANNELS), n_times))
    time = np.arange(n_times)
    step = (
        time >= rng.integers(50, n_times - 100, n_windows)[:, None]
    ).astype(float)
    step *= rng.choice([-1.0, 1.0], n_windows)[:, None]
    centre = rng.integers(50, n_times - 50, n_windows)[:, None]
    bump = np.exp(-(((time - centre) / 15) ** 2))
    return (
        brain
        + 0.4 * SACCADE[:, None] * step[:, None]
        + BLINK[:, None] * bump[:, None]
    )


@pytest.fixture
def study(tmp_path):
    """Two subjects of 20 windows of 2 s; the first 12 train, in the second fold the last 12."""
    import pandas as pd

    rng, stores, rows, signals, truths = (
        np.random.default_rng(0),
        [],
        [],
        {},
        {},
    )
    for subject in ("a", "b"):
        signals[subject] = make_signal(rng, 20, 400).astype(np.float32)
        truths[subject] = (
            0.1 * rng.standard_normal((20, len(CHANNELS), 400))
        ).astype(np.float32)
        names = [f"{subject}/{k:03d}" for k in range(20)]
        split = ["train"] * 12 + ["validation"] * 4 + ["test"] * 4
        rows += [
            {"sample": name, "subject": subject, "split": part, "fold": 0}
            for name, part in zip(names, split, strict=True)
        ]
        stores.append(tmp_path / f"{subject}.zarr.zip")
        write_windows(
            stores[-1],
            signals[subject],
            np.arange(20) % 2,
            channels=CHANNELS,
            sampling_rate=RATE,
            samples=names,
            subject=[subject] * 20,
            recording=["run"] * 20,
            onset=np.arange(20) * 3.0,
            event=np.arange(20)[:, None] * 0.01,
            truth=truths[subject],
            attrs={
                "task": "imagery",
                "subject": subject,
                "classes": ["left", "right"],
            },
        )
    splits, second = tmp_path / "splits.tsv", tmp_path / "second.tsv"
    table = pd.DataFrame(rows)
    write_table(table, splits)
    # Backwards in time: the first four windows of each subject test.
    backwards = table["split"].to_numpy().reshape(2, 20)[:, ::-1].ravel()
    write_table(table.assign(split=backwards, fold=1), second)
    return Study(stores, splits, signals, truths, [splits, second])
