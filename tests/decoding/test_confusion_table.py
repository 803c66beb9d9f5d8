import numpy as np
import pandas as pd
import pytest

from eeglrp.decoding.confusion_table import (
    EXTRA,
    confusion_rows,
    tabulate_confusion,
)
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_table

STATISTICS = {"bootstrap": 400, "confidence": 0.95}
CLASSES = ("left", "right")


def predictions(folder, label, prediction, subject, split="test"):
    frame = pd.DataFrame(
        {"label": label, "prediction": prediction, "subject": subject}
    )
    path = folder / "predictions.tsv"
    write_table(frame.assign(split=split), path)
    return [
        {"task": "motor_imagery", "regime": "scratch", "seed": 3, "path": path}
    ]


def table(items, folder):
    tabulate_confusion(
        items, CLASSES, "mine", STATISTICS, 0, folder / "confusion.tsv"
    )
    return read_table(folder / "confusion.tsv")


def test_shares_are_those_counted_by_hand(tmp_path):
    label = [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    guess = [0, 0, 0, 1, 1, 1, 0, 1, 1, 1]
    split = ["test"] * 9 + ["train"]
    items = predictions(tmp_path, label, guess, ["a", "b"] * 5, split)
    found = table(items, tmp_path)
    assert list(found) == [*METRIC_COLUMNS, *EXTRA]
    cells = found.set_index(["label", "prediction"])
    expected = {
        "left": {"left": 0.75, "right": 0.25},
        "right": {"left": 0.2, "right": 0.8},
    }
    for true, row in expected.items():
        for predicted, share in row.items():
            assert cells.loc[(true, predicted), "value"] == pytest.approx(
                share
            )
    assert cells.loc[("left", "right"), "chance"] == pytest.approx(5 / 9)
    assert list(cells["n"]) == [4, 4, 5, 5]
    assert set(found["seed"]) == {3}


def test_intervals_come_from_whole_subjects():
    # Two subjects: one always right, the other always wrong about the first class.
    counts = np.array([[[10, 0], [0, 10]], [[0, 10], [0, 10]]])
    rows = confusion_rows(
        counts, CLASSES, STATISTICS, np.random.default_rng(0)
    )
    cells = {(row["label"], row["prediction"]): row for row in rows}
    assert (
        cells["left", "left"]["ci_low"],
        cells["left", "left"]["ci_high"],
    ) == (0.0, 1.0)
    assert (
        cells["right", "right"]["ci_low"],
        cells["right", "right"]["ci_high"],
    ) == (1.0, 1.0)


def test_a_class_without_windows_has_no_row_and_one_subject_no_interval():
    counts = np.array([[[3, 1], [0, 0]]])
    rows = confusion_rows(
        counts, CLASSES, STATISTICS, np.random.default_rng(0)
    )
    assert [row["label"] for row in rows] == ["left", "left"]
    assert np.isnan([row["ci_low"] for row in rows]).all()


def test_a_table_without_predictions_is_refused_by_name(tmp_path):
    items = predictions(tmp_path, [0], [0], ["a"])
    write_table(pd.DataFrame({"label": [0]}), items[0]["path"])
    with pytest.raises(InputError, match=r"predictions\.tsv.*prediction"):
        table(items, tmp_path)
    assert not (tmp_path / "confusion.tsv").exists()
