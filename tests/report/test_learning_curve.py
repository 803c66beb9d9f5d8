"""What findings and report say about learning curves."""

import pytest

from eeglrp.decoding.findings.learning_curve import (
    GAIN,
    learning_curve_finding,
)
from eeglrp.decoding.learning_curve_scores import DIFFERENCE
from eeglrp.files import write_table
from eeglrp.questions import all_tables, findings, metric_names
from eeglrp.report.tables import wide
from eeglrp.tables import metric_frame, metric_row, metric_table


def gain(windows, value, spread=0.05, **fields):
    ends = {"ci_low": value - spread, "ci_high": value + spread, "n": 5}
    common = {
        "study": "s",
        "task": "r_peak",
        "regime": "finetuned",
        "subject": "all",
    }
    return metric_row(
        **common | {"metric": GAIN, "value": value} | ends | fields
    ) | {"windows": windows}


def accuracy(windows, value, **fields):
    return gain(
        windows, value, metric="balanced_accuracy", chance=0.5, n=90, **fields
    )


def test_the_metric_is_the_tables():
    assert GAIN == DIFFERENCE
    assert GAIN in metric_names()


def test_the_finding_says_where_pretraining_helped_and_where_it_hurt():
    rows = [
        gain(128, -0.2),
        gain(16, 0.3),
        gain(64, 0.01),
        gain(16, 0.9, subject="07"),
    ]
    rows.append(gain(32, 0.01, task="motor_imagery"))
    (found,) = findings({"learning_curve": metric_frame(rows, ("windows",))})
    assert (
        "R-peak: above with 16, below with 128 of 3 numbers of windows"
        in found.sentence
    )
    assert (
        "Motor imagery: above with none, below with none of 1"
        in found.sentence
    )
    assert found.sentence.endswith(
        "(R-peak 1): intervals over them are too narrow."
    )
    assert [[text for text, _ in row] for row in found.rows] == [
        ["R-peak", "16", "0.30 [0.25, 0.35]", "5"],
        ["R-peak", "64", "0.01 [-0.04, 0.06]", "5"],
        ["R-peak", "128", "-0.20 [-0.25, -0.15]", "5"],
        ["Motor imagery", "32", "0.01 [-0.04, 0.06]", "5"],
    ]
    assert [row[2][1] for row in found.rows] == [True, False, False, False]


@pytest.mark.parametrize("rows", [[], [accuracy(16, 0.7)]])
def test_without_both_regimes_there_is_no_finding(rows):
    assert learning_curve_finding(metric_frame(rows, ("windows",))) is None


def test_one_subject_has_no_interval_and_nothing_is_claimed():
    nan = float("nan")
    found = learning_curve_finding(
        metric_frame([gain(16, 0.3, spread=nan)], ("windows",))
    )
    assert "above with none, below with none of 1" in found.sentence
    assert found.rows[0][2] == ("0.30", False)


def test_the_reports_table_has_a_row_for_every_number_of_windows(tmp_path):
    rows = [
        accuracy(size, 0.5 + size / 10_000, seed=seed)
        for size in (16, 2000)
        for seed in (0, 1)
    ]
    rows += [gain(16, 0.1), gain(2000, 0.2)]
    write_table(
        metric_frame(rows, ("windows",)), tmp_path / "learning_curve.tsv"
    )
    frame = metric_table([tmp_path / "learning_curve.tsv"])
    described = all_tables()["learning_curve"]
    table = wide(described.heading, described.columns, frame)
    columns = ["task", "regime", "training windows", "balanced accuracy"]
    assert table["columns"] == [
        *columns,
        "fine-tuned minus scratch",
        "n",
        "seeds",
    ]
    assert [row[2][0] for row in table["rows"]] == ["16", "2000"]
    assert [row[3][0] for row in table["rows"]][0].startswith("0.50 [")
    assert [row[4][0] for row in table["rows"]] == [
        "0.10 [0.05, 0.15]",
        "0.20 [0.15, 0.25]",
    ]
