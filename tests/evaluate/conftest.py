"""A small study on disk: windows of two subjects, splits, and models that were not trained."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch

from eeglrp.files import write_table
from eeglrp.models.labram import build as build_labram
from eeglrp.models.subjects import SubjectLayer
from eeglrp.models.trained import save_model
from eeglrp.store import write_windows

CHANNELS = ["FP1", "CZ", "O2"]
MODEL = {
    "layers": 2,
    "heads": 10,
    "drop_path": 0.1,
    "dropout": 0.0,
    "spatial_init": 0.2,
}


def save_random_model(path, seed, regime="scratch", filters=None):
    """Save a model of random weights, all of them away from where a new model's start."""
    record = {
        "model": MODEL,
        "channels": CHANNELS,
        "n_times": 400,
        "classes": ["low", "high"],
    }
    record |= {"task": "arousal", "regime": regime, "seed": seed}
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = build_labram(MODEL, CHANNELS, 400, 2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        model.final_layer.weight.normal_()
    if filters is not None:
        model = SubjectLayer(model, ["s1", "s2"], CHANNELS, filters)
        record["subjects"] = ["s1", "s2"]
    save_model(model, path, record)
    return path


@pytest.fixture(scope="session")
def small_study(tmp_path_factory):
    """Folder with `s1.zarr.zip`, `s2.zarr.zip`, `splits.tsv` and three models.

    `first.safetensors`, `second.safetensors`, and `filters.safetensors` with a subject layer.
    """
    folder = tmp_path_factory.mktemp("study")
    rng, rows = np.random.default_rng(0), []
    for subject, n in (("s1", 16), ("s2", 14)):
        samples = [f"{subject}/run/{i:05d}" for i in range(n)]
        split = np.where(np.arange(n) < 4, "train", "test")
        rows.append(
            pd.DataFrame(
                {"sample": samples, "subject": subject, "split": split}
            )
        )
        write_windows(
            folder / f"{subject}.zarr.zip",
            rng.normal(0, 0.3, (n, 3, 400)),
            np.arange(n) % 2,
            channels=CHANNELS,
            sampling_rate=200,
            samples=samples,
            subject=[subject] * n,
            recording=["run"] * n,
            onset=np.arange(n) * 2.0,
        )
    write_table(pd.concat(rows).assign(fold=0), folder / "splits.tsv")
    save_random_model(folder / "first.safetensors", 0)
    save_random_model(folder / "second.safetensors", 1, "finetuned")
    filters = np.eye(3) + 0.5 * rng.normal(size=(2, 3, 3))
    save_random_model(folder / "filters.safetensors", 0, filters=filters)
    return folder
