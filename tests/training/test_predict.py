import numpy as np
import pandas as pd
import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.models.labram import build as build_labram
from eeglrp.models.trained import save_model
from eeglrp.training.predict import in_batches, predict_model
from eeglrp.training.predictions import predictions_table

MODEL = {"layers": 1, "heads": 10, "drop_path": 0.0, "dropout": 0.0}


def test_batches_are_joined_and_the_mode_comes_back():
    module = torch.nn.Sequential(
        torch.nn.Linear(3, 2), torch.nn.Dropout(0.5)
    ).train()
    array = (
        np.random.default_rng(0).standard_normal((300, 3)).astype(np.float32)
    )
    found = in_batches(module, module, array, torch.device("cpu"))
    assert module.training
    with torch.inference_mode():
        np.testing.assert_allclose(
            found, module[0](torch.from_numpy(array)), rtol=1e-6
        )


def test_the_mode_comes_back_after_an_error():
    module = torch.nn.Linear(3, 2).train()
    with pytest.raises(RuntimeError):
        in_batches(
            module, module, np.ones((2, 5), np.float32), torch.device("cpu")
        )
    assert module.training


def test_table_has_a_logit_for_every_class():
    frame = pd.DataFrame(
        {
            "sample": ["x", "y"],
            "subject": "a",
            "split": "test",
            "label": [0, 2],
        }
    )
    scores = np.array([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]])
    table = predictions_table(frame, scores, ("left", "right", "feet"))
    assert list(table["prediction"]) == [1, 2]
    assert list(table["logit_feet"]) == [0.0, 3.0]


def test_windows_with_other_electrodes_than_the_models_are_refused(
    cohort, tmp_path
):
    names = ["FP1", "CZ", "O1"]
    path = tmp_path / "model.safetensors"
    record = {
        "model": MODEL,
        "channels": names,
        "n_times": 200,
        "classes": ["x", "y"],
    }
    save_model(build_labram(MODEL, names, 200, 2), path, record)
    with pytest.raises(
        InputError, match="other electrodes or of another length"
    ):
        predict_model(
            path, cohort.windows, cohort.splits, tmp_path / "out.tsv", "cpu"
        )
    assert not (tmp_path / "out.tsv").exists()
