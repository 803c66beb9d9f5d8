"""Two subjects, an event at the eyes, and a model whose maps and predictions are known."""

import numpy as np
import pandas as pd
import pytest

from eeglrp.files import write_table
from eeglrp.store import LEDGER_SOURCES, attribution_writer, write_windows

CHANNELS = ["FP1", "F7", "FZ", "C3", "PZ", "O1"]
FIELD = np.array([0.4, 0.3, 0.1, 0.05, 0.02, 0.01])
SUBJECTS, N_WINDOWS, N_TIMES = ("01", "02"), 12, 8


class Rung:
    """Writes the files of a task of the ladder below `folder`; half of the windows are tested."""

    field = FIELD

    def __init__(self, folder):
        self.folder = folder
        rng = np.random.default_rng(0)
        n = len(SUBJECTS) * N_WINDOWS
        self.subject = np.repeat(SUBJECTS, N_WINDOWS)
        self.sample = np.array(
            [f"{s}/R01/{k % N_WINDOWS}" for k, s in enumerate(self.subject)]
        )
        self.label = np.arange(n) % 2
        self.split = np.where(np.arange(n) % N_WINDOWS < 6, "train", "test")
        self.noise = rng.standard_normal((n, len(CHANNELS), N_TIMES)) / 10

    def windows(self, name, side, **more):
        """Windows stores in which the event takes a side (1 or -1) in each window."""
        signal = self.noise + np.asarray(side)[:, None, None] * FIELD[:, None]
        paths = []
        for subject in SUBJECTS:
            own = np.flatnonzero(self.subject == subject)
            paths.append(self.folder / f"{name}-{subject}.zarr.zip")
            settings = {
                "channels": CHANNELS,
                "sampling_rate": 4,
                "samples": self.sample[own],
            }
            settings |= {
                "subject": self.subject[own],
                "recording": ["R01"] * len(own),
            }
            onset = np.arange(len(own))
            write_windows(
                paths[-1],
                signal[own],
                self.label[own],
                onset=onset,
                **settings | more,
            )
        return paths

    def predictions(self, name, right):
        """Predictions of all windows, right where `right` is true."""
        columns = {
            "sample": self.sample,
            "subject": self.subject,
            "split": self.split,
            "fold": 0,
        }
        columns |= {"label": self.label}
        columns |= {"prediction": np.where(right, self.label, 1 - self.label)}
        write_table(pd.DataFrame(columns), self.folder / f"{name}.tsv")
        return self.folder / f"{name}.tsv"

    def store(self, method, maps):
        """Attribution store of the test windows whose every map is `maps` (electrodes)."""
        chosen = self.split == "test"
        n = chosen.sum()
        relevance = np.tile(
            np.asarray(maps, float)[:, None] / N_TIMES, (n, 1, N_TIMES)
        )
        ledger = np.zeros((n, len(LEDGER_SOURCES)))
        ledger[:, 0] = relevance.sum((1, 2))
        path = self.folder / f"{method}.zarr.zip"
        axes = {"channels": CHANNELS, "times": np.arange(N_TIMES) / 4}
        axes |= {"samples": self.sample[chosen]}
        block = {
            "relevance": relevance,
            "ledger": ledger,
            "logit": ledger.sum(1),
        }
        block |= {
            name: self.label[chosen]
            for name in ("target", "label", "prediction")
        }
        block |= {
            "subject": self.subject[chosen],
            "recording": ["R01"] * n,
            "onset": np.zeros(n),
            "fold": np.zeros(n),
        }
        names = {"regime": "scratch", "seed": 0, "method": method}
        with attribution_writer(path, **axes, attrs=names) as to:
            to.write(0, **block)
        return path


@pytest.fixture
def rung(tmp_path):
    return Rung(tmp_path)
