"""The table of transfer against shares and accuracies that are known."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.tables import metric_frame, metric_row
from eeglrp.transfer.scores import EXTRA, moved_rows, score_transfer

from ..arms.test_scores import STATISTICS, predictions, store


@pytest.fixture
def models(tmp_path):
    """A model that is good on its own windows, and looks elsewhere on the others."""
    predictions(tmp_path / "own.tsv")
    predictions(tmp_path / "other.tsv", wrong=2)
    store(tmp_path / "own.zarr.zip", [3, 1, 2, 2, 2])
    store(tmp_path / "other.zarr.zip", [1, 1, 3, 3, 2])

    def model(arm, tested, name):
        return {
            "arm": arm,
            "tested": tested,
            "regime": "scratch",
            "seed": 0,
            "predictions": str(tmp_path / f"{name}.tsv"),
            "store": str(tmp_path / f"{name}.zarr.zip"),
            "electrodes": None,
        }

    return [model("all", "own", "own"), model("execution", "only", "other")]


@pytest.fixture
def table(models, tmp_path):
    out = tmp_path / "transfer.tsv"
    score_transfer(
        models,
        study="s",
        task="imagery",
        method="gamma",
        statistics=STATISTICS,
        seed=1,
        out=out,
    )
    return read_table(out)


def chosen(table, metric, tested, subject="all"):
    is_metric = table["metric"] == metric
    is_tested = table["tested"] == tested
    is_subject = table["subject"] == subject
    return table[is_metric & is_tested & is_subject]


def test_the_columns_are_those_of_the_contract(table):
    assert list(table) == [*METRIC_COLUMNS, *EXTRA]
    assert set(table["tested"]) == {"imagery", "execution"}


def test_accuracy_is_that_on_each_tasks_windows(table):
    on_own = chosen(table, "balanced_accuracy", "imagery")
    on_other = chosen(table, "balanced_accuracy", "execution")
    assert on_own["value"].item() == 1.0
    # Two of six windows of each subject are wrong, one a class.
    assert on_other["value"].item() == pytest.approx(4 / 6)
    losses = chosen(table, "balanced_accuracy loss", "execution")
    assert losses["value"].tolist() == pytest.approx([2 / 6, 2 / 6])


def test_shares_move_by_what_was_planted(table):
    moved = chosen(table, "share ocular_frontal moved", "execution")
    assert moved["value"].item() == pytest.approx(2 / 10 - 4 / 10)
    moved = chosen(table, "share central moved", "execution", "a")
    assert moved["value"].item() == pytest.approx(6 / 10 - 4 / 10)


def shares(values, metric, arm):
    return [
        metric_row(
            study="s",
            task="t",
            regime="scratch",
            seed=0,
            method="gamma",
            fold="0",
            subject=f"S{k}",
            metric=metric,
            value=value,
            arm=arm,
        )
        for k, value in enumerate(values)
    ]


def test_a_move_has_the_p_value_of_a_t_test_after_holm():
    rng = np.random.default_rng(0)
    own = rng.uniform(0.2, 0.4, (2, 9))
    step = rng.normal(0.02, 0.03, (2, 9))
    rows = []
    for name, start, change in zip(("x", "y"), own, step, strict=True):
        rows += shares(start, f"share {name}", "all")
        rows += shares(start + change, f"share {name}", "other")
    frame = metric_frame(rows, ("arm",))
    moved = pd.DataFrame(moved_rows(frame, STATISTICS))
    pooled = moved[moved["subject"] == "all"]
    assert pooled["value"].tolist() == pytest.approx(step.mean(1), abs=1e-6)
    single = np.array([ttest_1samp(row, 0).pvalue for row in step])
    expected = np.where(single == single.min(), 2 * single, single)
    expected = np.maximum(expected, 2 * single.min())
    assert pooled["p"].tolist() == pytest.approx(expected, rel=1e-3)


def test_subjects_without_the_other_recordings_are_left_out():
    rows = shares([0.2, 0.3, 0.4], "share x", "all")
    rows += shares([0.3, 0.4], "share x", "other")
    moved = pd.DataFrame(
        moved_rows(metric_frame(rows, ("arm",)), STATISTICS),
    )
    pooled = moved[moved["subject"] == "all"]
    assert pooled["n"].item() == 2
    assert pooled["value"].item() == pytest.approx(0.1)
