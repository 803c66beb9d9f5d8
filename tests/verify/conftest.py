"""Small stores of a task with R-peaks, whose relevance is known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from eeglrp.files import write_table
from eeglrp.store import (
    CHUNK_SAMPLES,
    LEDGER_SOURCES,
    attribution_writer,
    write_windows,
)

CHANNELS = ["FP1", "FP2", "FZ", "C3", "C4", "PZ", "O1"]
RATE, N_TIMES, N_LAYERS, N_PATCHES = 200, 200, 3, 1


class Task:
    """Writes windows and attribution stores below `folder`.

    Class 1 has an R-peak near the centre, class 0 near the beginning; relevance for the own class
    is noise plus `locking` at the R-peak.
    """

    def __init__(self, folder, subjects=("001", "002", "003"), n_windows=20):
        self.folder, self.n_windows = folder, n_windows
        self.rng = np.random.default_rng(11)
        n = n_windows * len(subjects)
        self.subject = np.repeat(subjects, n_windows)
        self.label = np.arange(n) % 2
        #: Whose models explain a window: each subject is tested by one fold.
        self.fold = np.repeat(np.arange(len(subjects)) % 2, n_windows)
        middle = np.where(self.label, 0.5, 0.1)
        self.event = middle + self.rng.integers(-20, 20, n) / RATE
        self.sample = [
            f"{s}/rest/{k % n_windows:05d}" for k, s in enumerate(self.subject)
        ]

    def splits(self, train=None):
        """Table of the splits; training windows are those in `train`, all unless told."""
        train = np.ones(len(self.sample), bool) if train is None else train
        split = np.where(train, "train", "test")
        columns = {
            "sample": self.sample,
            "subject": self.subject,
            "split": split,
        }
        write_table(pd.DataFrame(columns), self.folder / "splits.tsv")
        return self.folder / "splits.tsv"

    def windows(self, events=True, field=None):
        """One windows store a subject; the event list is padded with NaN.

        `field`, shape (n_channels,), is added to the signal around each event.
        """
        paths, signal = (
            [],
            self.rng.normal(size=(len(self.label), len(CHANNELS), N_TIMES)),
        )
        if field is not None:
            signal += np.asarray(field)[:, None] * self.bump()[:, None]
        for subject in np.unique(self.subject):
            own = np.flatnonzero(self.subject == subject)
            event = np.column_stack(
                [self.event[own], np.full(len(own), np.nan)]
            )
            paths.append(self.folder / f"windows-{subject}.zarr.zip")
            write_windows(
                paths[-1],
                signal[own],
                self.label[own],
                channels=CHANNELS,
                sampling_rate=RATE,
                samples=[self.sample[k] for k in own],
                subject=[subject] * len(own),
                recording=["rest"] * len(own),
                onset=np.arange(len(own)),
                event=event if events else None,
            )
        return paths

    def bump(self, latency=0.0):
        """A wave of height 1 at a latency (s) from the event, shape (n_windows, n_times)."""
        distance = np.arange(N_TIMES) / RATE - self.event[:, None] - latency
        return np.exp(-((distance / 0.02) ** 2) / 2)

    def relevance(self, locking, latency=0.0):
        """Relevance towards the own class, shape (n_windows, n_channels, n_times).

        `locking` may differ between electrodes.
        """
        shape = len(self.label), len(CHANNELS), N_TIMES
        peak = (
            np.broadcast_to(locking, len(CHANNELS))[:, None]
            * self.bump(latency)[:, None]
        )
        return (0.1 * self.rng.normal(size=shape) + peak).astype(np.float32)

    def store(
        self,
        locking=1.0,
        name="attn_lrp",
        wrong=(),
        layers=True,
        latency=0.0,
        **changes,
    ):
        """One attribution store; windows in `wrong` are predicted as the other class."""
        own = self.relevance(locking, latency)
        target = self.label.copy()
        target[list(wrong)] = 1 - target[list(wrong)]
        relevance = np.where((target == self.label)[:, None, None], own, -own)
        ledger = np.zeros((len(own), len(LEDGER_SOURCES)))
        ledger[:, 0] = relevance.sum((1, 2), dtype=np.float64)
        ledger[:, 3] = -0.5
        tokens = self.rng.normal(
            size=(len(own), N_LAYERS, len(CHANNELS), N_PATCHES)
        )
        values = {
            "relevance": relevance,
            "ledger": ledger,
            "logit": ledger.sum(1),
            "target": target,
            "label": self.label,
            "prediction": target,
            "subject": self.subject.astype(object),
            "recording": np.full(len(own), "rest", object),
            "onset": np.arange(len(own)),
            "fold": self.fold,
        } | ({"layer_relevance": tokens} if layers else {})
        attrs = {
            "task": "r_peak",
            "regime": "scratch",
            "seed": 0,
            "method": name,
        }
        path = self.folder / f"{name}.zarr.zip"
        settings = (
            {"n_layers": N_LAYERS, "n_patches": N_PATCHES} if layers else {}
        )
        with attribution_writer(
            path,
            channels=CHANNELS,
            times=np.arange(N_TIMES) / RATE,
            samples=changes.pop("samples", self.sample),
            attrs=attrs | {"score": "contrast"} | changes,
            **settings,
        ) as writer:
            for start in range(0, len(own), CHUNK_SAMPLES):
                part = slice(start, start + CHUNK_SAMPLES)
                writer.write(
                    start,
                    **{key: value[part] for key, value in values.items()},
                )
        return SimpleNamespace(path=path, **values)


@pytest.fixture
def task(tmp_path):
    return Task(tmp_path)


@pytest.fixture
def settings():
    """The keyword arguments of `verify_task` that a configuration holds."""
    return {
        "study": "demo",
        "task": "r_peak",
        "classes": ["between", "r_peak"],
        "verify": {
            "surrogates": 199,
            "lag": 0.2,
            "smoothing": 0.04,
            "truth_threshold": 0.25,
        },
        "statistics": {
            "bootstrap": 200,
            "permutations": 100,
            "confidence": 0.95,
        },
        "seed": 5,
    }
