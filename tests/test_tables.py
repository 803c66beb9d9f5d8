import pytest

from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS
from eeglrp.tables import join_tables, metric_frame, metric_row


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
