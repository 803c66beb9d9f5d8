import pytest

from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.tables import (
    folds_of,
    join_tables,
    metric_frame,
    metric_row,
    with_folds,
)


def test_absent_fields_are_blank():
    row = metric_row(task="r_peak", value=0.5)
    assert set(row) == set(METRIC_COLUMNS)
    assert row["regime"] == ""
    assert row["chance"] != row["chance"]


def test_extra_columns_come_last_and_unknown_ones_are_refused():
    rows = [metric_row(value=1.0, lag=0.1)]
    assert tuple(metric_frame(rows, ("lag",)).columns) == (
        *METRIC_COLUMNS,
        "lag",
    )
    with pytest.raises(InputError, match="lag: unknown column"):
        metric_frame(rows)


def test_joining_keeps_rows_and_survives_empty_tables():
    full, empty = metric_frame([metric_row(value=1.0)]), metric_frame([])
    assert len(join_tables([empty, full, full])) == 2
    assert list(join_tables([empty, empty]).columns) == list(METRIC_COLUMNS)


def of_subjects(names):
    return metric_frame([metric_row(subject=name, value=1) for name in names])


def test_a_subject_has_the_fold_that_tested_it():
    """Neither `all` nor a subject of several folds has one."""
    subject = ["01", "01", "02", "03", "03"]
    frame = with_folds(
        of_subjects(["01", "02", "03", "all"]), subject, [2, 2, 0, 0, 1]
    )
    assert list(frame["fold"]) == ["2", "0", "", ""]


def test_folds_are_read_back_as_they_were_written(tmp_path):
    """A column with gaps comes back as floats, one without as integers."""
    for names, numbers, expected in (
        (["01", "02"], [3, 0], ["3", "0"]),
        (["01", "02", "02"], [3, 0, 1], ["3", ""]),
        (["01", "01"], [0, 1], [""]),
    ):
        subjects = list(dict.fromkeys(names))
        frame = with_folds(of_subjects(subjects), names, numbers)
        write_table(frame, tmp_path / "t.tsv")
        found = folds_of(read_table(tmp_path / "t.tsv"))
        assert found.to_dict() == dict(zip(subjects, expected, strict=True))


def test_of_no_rows_there_are_no_folds():
    assert with_folds(metric_frame([]), (), ()).empty
    assert folds_of(metric_frame([])).empty
