import warnings

import numpy as np
import pandas as pd
import pytest

from eeglrp.decoding.scores import (
    decoding_metrics,
    permuted,
    resampled_subjects,
    resampled_windows,
    score_decoding,
)
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.training.confusion import confusion

STATISTICS = {"bootstrap": 500, "permutations": 500, "confidence": 0.95}


def predictions(subjects, n, accuracy, rng, n_classes=2):
    """A table of predictions that are right with a probability."""
    label = rng.integers(n_classes, size=len(subjects) * n)
    wrong = (label + rng.integers(1, n_classes, len(label))) % n_classes
    prediction = np.where(rng.random(len(label)) < accuracy, label, wrong)
    frame = pd.DataFrame({"label": label, "prediction": prediction})
    frame["subject"] = np.repeat(subjects, n)
    frame["split"] = "test"
    frame["fold"] = 0
    frame["sample"] = [f"{s}/r/{i}" for i, s in enumerate(frame["subject"])]
    return frame.assign(**{f"logit_{k}": 0.0 for k in range(n_classes)})


def test_permutations_keep_the_margins_and_follow_the_labels_shuffled_by_hand():
    rng = np.random.default_rng(0)
    counts = np.array([[5, 2, 1], [0, 6, 3], [4, 1, 8]])
    draws = permuted(counts, 4000, rng)
    assert (draws >= 0).all()
    assert (draws.sum(2) == counts.sum(1)).all()
    assert (draws.sum(1) == counts.sum(0)).all()
    label = np.repeat(np.arange(3), counts.sum(1))
    guess = np.concatenate([np.repeat(np.arange(3), row) for row in counts])
    shuffled = [
        confusion(rng.permutation(label), guess, 3) for _ in range(4000)
    ]
    np.testing.assert_allclose(draws.mean(0), np.mean(shuffled, 0), atol=0.1)
    np.testing.assert_allclose(draws.var(0), np.var(shuffled, 0), atol=0.2)


def test_windows_drawn_again_follow_indices_drawn_by_hand():
    rng = np.random.default_rng(0)
    counts = np.array([[15, 5], [8, 12]])
    draws = resampled_windows(counts, 4000, rng)
    assert (draws.sum((1, 2)) == 40).all()
    cells = np.repeat(np.arange(4), counts.ravel())
    by_hand = [
        np.bincount(rng.choice(cells, 40), minlength=4) for _ in range(4000)
    ]
    spread = np.std(by_hand, 0).reshape(2, 2)
    np.testing.assert_allclose(draws.std(0), spread, rtol=0.08)


def test_subjects_drawn_again_come_whole():
    counts = np.stack([np.full((2, 2), 1), np.full((2, 2), 100)])
    draws = resampled_subjects(counts, 200, np.random.default_rng(0))
    assert set(draws[:, 0, 0]) == {2, 101, 200}
    assert (
        len(resampled_subjects(counts[:1], 200, np.random.default_rng(0))) == 0
    )


def test_table_of_a_good_model():
    rng = np.random.default_rng(0)
    frame = predictions(["01", "02", "03", "04"], 200, 0.9, rng)
    table = decoding_metrics(
        frame, STATISTICS, rng, study="demo", task="t", regime="r", seed=0
    )
    assert list(table) == list(METRIC_COLUMNS)
    rows = table[table["metric"] == "balanced_accuracy"].set_index("subject")
    assert list(rows.index) == ["01", "02", "03", "04", "all"]
    assert rows.loc["all", "n"] == 800
    assert rows["value"].between(0.84, 0.96).all()
    assert rows["chance"].between(0.48, 0.52).all()
    assert (rows["ci_low"] < rows["value"]).all()
    assert (rows["ci_high"] > rows["value"]).all()
    undefined = table[table["metric"] == "undefined_subjects"]
    assert list(undefined["value"]) == [0]


def scored(subjects, n, rng, n_classes=2):
    """Predictions by logits that lean towards the label, with ties."""
    frame = predictions(subjects, n, 1.0, rng, n_classes)
    logits = rng.normal(size=(len(frame), n_classes))
    logits[np.arange(len(frame)), frame["label"]] += 1
    logits = np.round(logits, 1)
    names = [f"logit_{k}" for k in range(n_classes)]
    return frame.assign(
        prediction=logits.argmax(1), **dict(zip(names, logits.T, strict=True))
    )


def test_auroc_of_subjects_and_of_all_by_scikit_learn():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    frame = scored(["01", "02", "03", "04"], 150, rng)
    table = decoding_metrics(
        frame, STATISTICS, rng, study="demo", task="t", regime="r", seed=0
    )
    rows = table[table["metric"] == "auroc"].set_index("subject")
    assert list(rows.index) == ["01", "02", "03", "04", "all"]
    score = frame["logit_1"] - frame["logit_0"]
    for name, row in rows.iterrows():
        own = (
            frame["subject"] == name
            if name != "all"
            else frame["subject"] != ""
        )
        assert row["value"] == pytest.approx(
            roc_auc_score(frame["label"][own], score[own])
        )
        assert row["n"] == own.sum()
        assert row["ci_low"] < row["value"] < row["ci_high"]
        assert row["chance"] == pytest.approx(0.5, abs=0.02)
    assert table["metric"].iloc[-1] == "undefined_subjects"


@pytest.mark.slow
def test_auroc_interval_holds_the_area_that_the_scores_have():
    from scipy.stats import norm

    # One score, of unit variance around 0 or 1: the area is that of a normal at 1 / sqrt(2).
    rng, area, inside = np.random.default_rng(0), norm.cdf(np.sqrt(0.5)), []
    for _ in range(60):
        frame = predictions(["01"], 200, 0.8, rng)
        frame["logit_1"] = frame["label"] + rng.normal(size=200)
        table = decoding_metrics(
            frame, STATISTICS, rng, study="s", task="t", regime="r", seed=0
        )
        row = table[
            (table["metric"] == "auroc") & (table["subject"] == "01")
        ].iloc[0]
        inside.append(row["ci_low"] < area < row["ci_high"])
    # Of 95 %, 3.5 standard errors below.
    assert np.mean(inside) > 0.95 - 3.5 * np.sqrt(0.95 * 0.05 / 60)


def test_logits_that_are_no_numbers_are_refused():
    frame = predictions(["01"], 5, 0.9, np.random.default_rng(0))
    frame.loc[[1, 3], "logit_0"] = np.nan
    with pytest.raises(
        InputError,
        match="predictions: logit: not a number in 2 of 5 test windows",
    ):
        decoding_metrics(
            frame, STATISTICS, None, study="demo", task="t", regime="r", seed=0
        )
    frame.loc[[1, 3], "split"] = "train"
    rng = np.random.default_rng(0)
    table = decoding_metrics(
        frame, STATISTICS, rng, study="demo", task="t", regime="r", seed=0
    )
    assert set(table["n"]) == {3, 1}


def test_guessing_is_at_chance_with_four_unequal_classes():
    rng = np.random.default_rng(0)
    frame = predictions(["01", "02", "03"], 300, 0.25, rng, n_classes=4)
    table = decoding_metrics(
        frame, STATISTICS, rng, study="demo", task="t", regime="r", seed=0
    )
    row = table[
        (table["metric"] == "balanced_accuracy") & (table["subject"] == "all")
    ].iloc[0]
    assert row["chance"] == pytest.approx(0.25, abs=0.01)
    assert row["ci_low"] - 0.02 < row["chance"] < row["ci_high"] + 0.02


def test_subjects_of_one_class_are_counted_and_pooled():
    rng = np.random.default_rng(0)
    frame = predictions(["01", "02"], 50, 0.9, rng)
    frame.loc[frame["subject"] == "02", "label"] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = decoding_metrics(
            frame, STATISTICS, rng, study="demo", task="t", regime="r", seed=0
        )
    rows = table[table["metric"] == "balanced_accuracy"].set_index("subject")
    assert np.isnan(
        rows.loc["02", ["value", "ci_low", "chance"]].astype(float)
    ).all()
    assert rows.loc[["01", "all"], "value"].notna().all()
    areas = table[table["metric"] == "auroc"].set_index("subject")
    assert np.isnan(
        areas.loc["02", ["value", "ci_low", "chance"]].astype(float)
    ).all()
    assert areas.loc[["01", "all"], "value"].notna().all()
    assert (
        table.loc[table["metric"] == "undefined_subjects", "value"].item() == 1
    )


def test_one_test_subject_gives_no_interval_over_subjects():
    rng = np.random.default_rng(0)
    frame = predictions(["01"], 50, 0.9, rng)
    table = decoding_metrics(
        frame, STATISTICS, rng, study="demo", task="t", regime="r", seed=0
    )
    row = table[
        (table["metric"] == "kappa") & (table["subject"] == "all")
    ].iloc[0]
    assert np.isnan(row["ci_low"])
    assert np.isfinite(row["value"])


def test_no_test_window_is_refused():
    frame = predictions(["01"], 5, 0.9, np.random.default_rng(0)).assign(
        split="train"
    )
    with pytest.raises(InputError, match="no window is in the test split"):
        decoding_metrics(
            frame, STATISTICS, None, study="demo", task="t", regime="r", seed=0
        )


def test_several_models_make_one_table_that_the_seed_repeats(tmp_path):
    rng = np.random.default_rng(0)
    items = []
    for regime in ("scratch", "csp_lda"):
        path = tmp_path / f"{regime}.tsv"
        write_table(predictions(["01", "02"], 30, 0.8, rng), path)
        items.append({"task": "t", "regime": regime, "seed": 0, "path": path})
    for name in ("first", "second"):
        score_decoding(items, "demo", STATISTICS, 3, tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (
        tmp_path / "second"
    ).read_bytes()
    table = read_table(tmp_path / "first", METRIC_COLUMNS)
    assert set(table["regime"]) == {"scratch", "csp_lda"}
    assert set(table["subject"]) == {"01", "02", "all"}


def test_rows_name_the_fold_that_tested_the_subject(tmp_path):
    frame = predictions(["1", "2", "3"], 30, 0.8, np.random.default_rng(0))
    frame["fold"] = np.repeat([0, 2, 2], 30)
    # The third subject tests in two folds; rows that do not test do not count.
    frame.loc[frame.index[-10:], "fold"] = 1
    more = frame.assign(split="train", fold=5)
    path = tmp_path / "scratch.tsv"
    write_table(pd.concat([frame, more]), path)
    item = {"task": "t", "regime": "scratch", "seed": 0, "path": path}
    score_decoding([item], "demo", STATISTICS, 3, tmp_path / "out.tsv")
    table = read_table(tmp_path / "out.tsv", METRIC_COLUMNS)
    folds = table.groupby("subject")["fold"].unique().map(list)
    assert folds["1"] == [0]
    assert folds["2"] == [2]
    assert np.isnan(folds["3"]).all()
    assert np.isnan(folds["all"]).all()


def test_predictions_without_folds_are_named(tmp_path):
    frame = predictions(["01"], 30, 0.8, np.random.default_rng(0))
    path = tmp_path / "scratch.tsv"
    write_table(frame.drop(columns="fold"), path)
    item = {"task": "t", "regime": "scratch", "seed": 0, "path": path}
    with pytest.raises(
        InputError, match=r"scratch\.tsv: fold: column missing"
    ):
        score_decoding([item], "demo", STATISTICS, 3, tmp_path / "out.tsv")
    assert not (tmp_path / "out.tsv").exists()
