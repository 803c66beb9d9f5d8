"""Windows in memory with a planted rhythm or a planted wave."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from eeglrp.models.data import Windows

from ..arms.conftest import study  # noqa: F401
from ..models.conftest import small_model, subject_writer  # noqa: F401
from ..training.conftest import cohort  # noqa: F401

CHANNELS = ("T7", "C3", "CZ", "C4", "T8", "PZ")
SPLITS = ("train", "validation", "test")


def windows(signal, label, split, subject="a"):
    """Windows of six electrodes at 200 Hz; `signal` in 0.1 mV; heart rates without meaning."""
    frame = pd.DataFrame(
        {"sample": [f"a/rest/{i:05d}" for i in range(len(label))]}
    )
    frame = frame.assign(
        subject=subject, recording="rest", onset=0.0, label=label, split=split
    )
    frame["heart_rate"] = (
        60 + np.random.default_rng(9).normal(size=len(frame)) * 5
    )
    names = tuple(
        [*CHANNELS, *(f"E{i}" for i in range(20))][: signal.shape[1]]
    )
    return Windows(np.asarray(signal, np.float32), frame, names, 200.0)


def shares(n):
    """Half of the windows train, a quarter validates, a quarter tests; classes spread evenly."""
    return np.repeat(SPLITS, [n // 2, n // 4, n - n // 2 - n // 4])


def rhythms(n, n_classes, rng):
    """Mixed sources of which one a class loses most of its 12 Hz power."""
    time, label = np.arange(400) / 200, np.arange(n) % n_classes
    sources = rng.standard_normal((n, 6, 400)) * 0.1
    rhythm = np.sin(
        2 * np.pi * 12 * time + rng.uniform(0, 2 * np.pi, (n, n_classes, 1))
    )
    rhythm[np.arange(n), label] *= 0.2
    sources[:, :n_classes] += rhythm
    mixing = np.random.default_rng(5).standard_normal((6, 6))
    return windows(
        np.einsum("ij,njt->nit", mixing, sources) * 0.1, label, shares(n)
    )


def waves(n, n_classes, rng):
    """Noise of 10 microvolt; every class has a wave of 10 microvolt at electrodes of its own."""
    label = np.arange(n) % n_classes
    wave = np.exp(-(((np.arange(200) - 100) / 8) ** 2))
    signal = rng.standard_normal((n, 6, 200))
    signal[np.arange(n), label] += 2 * wave
    return windows(signal * 0.1, label, shares(n))


def noise(n, n_classes, rng):
    """The label is in nothing."""
    return windows(
        rng.standard_normal((n, 6, 200)) * 0.1,
        np.arange(n) % n_classes,
        shares(n),
    )


def accuracy(scores, data, split="test"):
    """Share of a split's windows whose largest score is that of their class."""
    chosen = (data.frame["split"] == split).to_numpy()
    return float((scores.argmax(1) == data.label)[chosen].mean())


@pytest.fixture(scope="session")
def planted():
    """Makers of windows, and the accuracy of scores on them."""
    makers = (windows, shares, rhythms, waves, noise, accuracy)
    return SimpleNamespace(**{maker.__name__: maker for maker in makers})
