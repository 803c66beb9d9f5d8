import numpy as np
import pandas as pd
import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.files import read_table
from eeglrp.models.labram import build as build_labram
from eeglrp.models.trained import save_model
from eeglrp.training.predict import (
    in_batches,
    model_predictions,
    predict_model,
)
from eeglrp.training.predictions import (
    COLUMNS,
    join_folds,
    predictions_table,
)

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


def test_predictions_of_folds_follow_each_other_with_their_numbers(tmp_path):
    def table(split, prediction):
        columns = {"sample": ["01/x", "01/y"], "subject": "01"}
        columns |= {"split": split, "label": [0, 1]}
        return pd.DataFrame(
            columns | {"prediction": prediction, "logit_x": 0.5}
        )

    tables = [table(["train", "test"], [0, 0]), table(["test", "train"], 1)]
    before = [one.copy() for one in tables]
    join_folds(tables, tmp_path / "all.tsv")
    found = read_table(tmp_path / "all.tsv")
    names = ["sample", "subject", "split", "fold", "label", "prediction"]
    assert list(found) == [*names, "logit_x"]
    assert {*COLUMNS, "fold"} == set(names)
    assert found["fold"].tolist() == [0, 0, 1, 1]
    assert found["subject"].tolist() == ["01"] * 4
    assert found["prediction"].tolist() == [0, 0, 1, 1]
    test = found[found["split"] == "test"]
    assert test["sample"].tolist() == ["01/y", "01/x"]
    for one, other in zip(tables, before, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_the_table_that_is_written_is_the_one_that_is_given(cohort, tmp_path):
    path, names = tmp_path / "model.safetensors", ["FP1", "CZ", "O2"]
    record = {
        "model": MODEL,
        "channels": names,
        "n_times": 200,
        "classes": ["x", "y"],
    }
    save_model(build_labram(MODEL, names, 200, 2), path, record)
    inputs = path, cohort.windows, cohort.folds[2]
    table = model_predictions(*inputs, "cpu", "test")
    assert set(table["split"]) == {"test"}
    assert len(table) == 40
    predict_model(*inputs, tmp_path / "out.tsv", "cpu", "test")
    written = read_table(tmp_path / "out.tsv")
    pd.testing.assert_frame_equal(
        written, table.reset_index(drop=True), check_dtype=False, rtol=1e-6
    )


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
