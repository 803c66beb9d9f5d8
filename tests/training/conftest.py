"""A cohort with a planted pulse in real stores; every subject tests in a fold of its own."""

from typing import NamedTuple

import numpy as np
import pytest

from eeglrp.store import write_windows

from ..evaluate.conftest import small_study  # noqa: F401
from ..models.conftest import small_model, study, subject_writer  # noqa: F401

CHANNELS = ("FP1", "CZ", "O2")
CLASSES = ("between", "r_peak")
SUBJECTS = ("a", "b", "c", "d", "e")


class Cohort(NamedTuple):
    """`splits` is that of the first fold, `folds` are those of all, `joined` is their table."""

    windows: list
    splits: object
    folds: list
    joined: object
    weights: object


def planted(n, rng):
    """Noise of 0.1 mV; every second window has a pulse of 0.4 mV at its centre."""
    signal = rng.standard_normal((n, len(CHANNELS), 200))
    label = np.arange(n) % 2
    pulse = 4 * np.exp(-(((np.arange(200) - 100) / 6) ** 2))
    return signal + label[:, None, None] * pulse, label


@pytest.fixture(scope="session")
def cohort(tmp_path_factory):
    """Five subjects of 40 windows; a backbone with random weights stands for pretrained ones."""
    import torch

    from eeglrp.models.labram import build as build_labram
    from eeglrp.models.weights import save_tensors
    from eeglrp.training.splits import split_task

    folder, rng, n = (
        tmp_path_factory.mktemp("cohort"),
        np.random.default_rng(0),
        40,
    )
    paths = [folder / f"{subject}.zarr.zip" for subject in SUBJECTS]
    for subject, path in zip(SUBJECTS, paths, strict=True):
        signal, label = planted(n, rng)
        write_windows(
            path,
            signal,
            label,
            channels=CHANNELS,
            sampling_rate=200.0,
            samples=[f"{subject}/rest/{i:05d}" for i in range(n)],
            subject=[subject] * n,
            recording=["rest"] * n,
            onset=np.arange(n) * 2.0,
        )
    split = {
        "by": "subject",
        "folds": 5,
        "validation_folds": 1,
        "gap": 1.0,
    }
    split |= {"test": [], "validation": [], "train": []}
    folds = [folder / f"fold-{fold}.tsv" for fold in range(5)]
    joined = folder / "splits.tsv"
    split_task(paths, "r_peak", split, CLASSES, 1, folds, joined)
    torch.manual_seed(0)
    settings = {"layers": 1, "heads": 10, "drop_path": 0.0, "dropout": 0.0}
    state = build_labram(settings, CHANNELS, 200, 2).state_dict()
    backbone = {
        name: value
        for name, value in state.items()
        if "final_layer" not in name
    }
    weights = folder / "weights.safetensors"
    save_tensors(backbone, weights)
    return Cohort(paths, folds[0], folds, joined, weights)
