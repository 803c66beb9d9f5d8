import numpy as np
import pandas as pd
import pytest

from eeglrp.errors import InputError
from eeglrp.files import write_table
from eeglrp.reliance.truth import regression_loss, subject_truth

SAMPLES = [f"{s}/{k}" for s in ("01", "02") for k in range(4)]


def predictions(
    path, right, split="test", samples=SAMPLES, label=None, fold=0
):
    """A table in which windows are predicted rightly where `right` is 1."""
    label = np.arange(len(samples)) % 2 if label is None else label
    columns = {
        "sample": samples,
        "subject": [name[:2] for name in samples],
        "split": split,
        "fold": fold,
        "label": label,
        "prediction": np.where(np.array(right) == 1, label, 1 - label),
        "logit_left": 0.0,
    }
    write_table(pd.DataFrame(columns), path)
    return path


@pytest.fixture
def tables(tmp_path):
    own = predictions(tmp_path / "own.tsv", [1] * 8)
    matched = predictions(tmp_path / "matched.tsv", [1, 1, 1, 1, 1, 1, 1, 0])
    neutral = predictions(tmp_path / "neutral.tsv", [1, 0, 1, 0, 1, 0, 0, 0])
    return own, matched, neutral


def test_reliance_is_the_difference_of_accuracies_of_each_subject(tables):
    found = subject_truth(*tables)
    assert found.index.tolist() == ["01", "02"]
    assert found["accuracy matched"].tolist() == [1.0, 0.75]
    assert found["accuracy neutral"].tolist() == [0.5, 0.25]
    assert found["reliance"].tolist() == [0.5, 0.5]
    assert found["n"].tolist() == [4, 4]


def test_only_windows_in_both_tables_count(tables, tmp_path):
    own, matched, _ = tables
    neutral = predictions(tmp_path / "few.tsv", [0, 0], samples=SAMPLES[6:])
    found = subject_truth(own, matched, neutral)
    assert found["n"].to_dict() == {"02": 2}
    assert found["reliance"].tolist() == [0.5]


def test_only_test_windows_count(tables, tmp_path):
    own, matched, _ = tables
    split = ["test"] * 4 + ["validation"] * 4
    neutral = predictions(tmp_path / "split.tsv", [0] * 8, split=split)
    assert subject_truth(own, matched, neutral).index.tolist() == ["01"]


def test_windows_that_were_trained_on_are_refused(tables, tmp_path):
    own = predictions(
        tmp_path / "own.tsv", [1] * 8, split=["train"] * 3 + ["test"] * 5
    )
    with pytest.raises(InputError, match="3 windows to test were trained on"):
        subject_truth(own, *tables[1:])


def of_folds(path, right, train=()):
    """The first half of each subject is tested by fold 0, the second by fold 1.

    Windows in `train` (sample, fold) train the fold's model; of the others nothing is told.
    """
    order = [k % 4 // 2 for k in range(8)]
    samples = [*SAMPLES, *(name for name, _ in train)]
    return predictions(
        path,
        [*right, *([1] * len(train))],
        split=["test"] * 8 + ["train"] * len(train),
        samples=samples,
        label=np.array([int(name[-1]) % 2 for name in samples]),
        fold=[*order, *(number for _, number in train)],
    )


def test_a_window_may_train_the_models_of_other_folds(tmp_path):
    """Of rotating folds, every window trains some models and is tested by another."""
    others = [(name, int(name[-1]) // 2 ^ 1) for name in SAMPLES]
    own = of_folds(tmp_path / "own.tsv", [1] * 8, others)
    matched = of_folds(tmp_path / "matched.tsv", [1] * 8)
    neutral = of_folds(tmp_path / "neutral.tsv", [1, 0, 1, 1, 0, 0, 1, 0])
    found = subject_truth(own, matched, neutral)
    assert found["reliance"].tolist() == [0.25, 0.75]
    assert found["n"].tolist() == [4, 4]


def test_a_window_must_not_train_the_model_of_its_own_fold(tmp_path):
    own = of_folds(
        tmp_path / "own.tsv", [1] * 8, [(SAMPLES[0], 0), (SAMPLES[1], 1)]
    )
    matched = of_folds(tmp_path / "matched.tsv", [1] * 8)
    with pytest.raises(
        InputError, match=r"matched\.tsv: split: 1 windows to test were"
    ):
        subject_truth(own, matched, matched)


def test_windows_that_other_folds_tested_are_not_compared(tmp_path):
    first = predictions(tmp_path / "first.tsv", [1] * 8, fold=0)
    second = predictions(tmp_path / "second.tsv", [1] * 8, fold=1)
    with pytest.raises(InputError, match="shares no test window"):
        regression_loss(first, second)


def test_other_windows_and_other_labels_are_refused(tables, tmp_path):
    own, matched, _ = tables
    other = predictions(tmp_path / "other.tsv", [1], samples=["03/0"])
    with pytest.raises(InputError, match="shares no test window"):
        subject_truth(own, matched, other)
    label = 1 - np.arange(8) % 2
    turned = predictions(tmp_path / "turned.tsv", [1] * 8, label=label)
    with pytest.raises(InputError, match=r"label: differs"):
        subject_truth(own, matched, turned)


def test_a_missing_column_is_named(tables, tmp_path):
    broken = tmp_path / "broken.tsv"
    pd.read_csv(tables[1], sep="\t").drop(columns="prediction").to_csv(
        broken, sep="\t"
    )
    with pytest.raises(InputError, match="prediction"):
        subject_truth(tables[0], broken, tables[2])


def test_the_loss_is_what_regression_takes(tables):
    own, matched, neutral = tables
    found = regression_loss(own, neutral)
    assert found["heog_loss"].tolist() == [0.5, 0.75]
    assert list(found) == ["heog_loss", "n"]
    assert regression_loss(neutral, matched)["heog_loss"].tolist() == [
        -0.5,
        -0.5,
    ]
