"""Simulated imagery whose saccades are known, and small tables of trials."""

import copy
from functools import lru_cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from eeglrp.recordings.simulation.recording import simulate
from eeglrp.recordings.simulation.settings import DEFAULTS

RATE = 250


@lru_cache
def _recording(subject, saccade):
    dataset = copy.deepcopy(DEFAULTS) | {
        "paradigm": "imagery",
        "trials": 30,
        "trial_length": 2.5,
    }
    dataset["sources"]["saccade"] |= dict(saccade)
    return simulate(dataset, subject, 3)


@pytest.fixture(scope="session")
def simulated():
    """Function that cuts a simulated subject's trials: the signal, the saccades' part of it."""

    def make(subject="S001", start=0.0, **saccade):
        found = _recording(subject, tuple(saccade.items()))
        first = np.round((found.timeline.onset + start) * RATE).astype(int)

        def cut(signal):
            return np.stack(
                [signal[:, k : k + 2 * RATE] for k in first]
            ).astype(float)

        return SimpleNamespace(
            channels=[name.upper() for name in found.channels],
            label=found.timeline.label,
            signal=cut(found.contribution.sum(0)),
            saccade=cut(found.contribution[found.sources.index("saccade")]),
            start=start,
        )

    return make


@pytest.fixture
def statistics():
    """The section of the configuration."""
    return {"bootstrap": 200, "permutations": 200, "confidence": 0.95}


@pytest.fixture
def make_trials():
    """Function that makes trials whose decoder follows gaze, or does not."""

    def make(gaze=0.0, n_subjects=6, n=60, seed=0):
        rng = np.random.default_rng(seed)
        subject = np.repeat([f"{k:02d}" for k in range(n_subjects)], n)
        label, heog = (
            np.arange(len(subject)) % 2,
            20 * rng.normal(size=len(subject)),
        )
        right = rng.random(len(subject)) < 1 / (
            1 + np.exp(-0.5 - gaze * heog / 20)
        )
        return pd.DataFrame(
            {
                "sample": [
                    f"{who}/r/{k:05d}" for k, who in enumerate(subject)
                ],
                "subject": subject,
                "fold": subject.astype(int) // 2,
                "label": label,
                "heog": heog,
                "saccade": np.abs(heog) > 25,
                "step": heog,
                "prediction": np.where(right, label, 1 - label),
                "share": 0.2 + 0.02 * rng.normal(size=len(subject)),
            }
        )

    return make
