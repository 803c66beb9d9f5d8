"""What the report shows of the table of the cardiac field."""

from eeglrp.heart_findings import at_the_r_peak
from eeglrp.metrics import metric_frame, metric_row
from eeglrp.verify.cardiac_field import EXTRA


def test_correlations_at_the_r_peak_are_followed_by_their_p():
    ids = {"task": "r_peak", "regime": "scratch", "seed": 0, "method": "cp_lrp", "subject": "all"}
    names = ["correlation evoked", "correlation evoked signed", "correlation pattern", "evoked"]
    rows = [
        metric_row(**ids, metric=name, lag=lag, value=0.5, chance=0.1, p=0.2, p_field=0.01)
        for name in names
        for lag in (0.0, 0.02)
    ]
    shown = at_the_r_peak(metric_frame(rows, EXTRA)).set_index("metric")
    assert list(shown.index) == [*names[::2], "p, evoked", "p, pattern"]
    assert shown["value"].tolist() == [0.5, 0.5, 0.01, 0.01]
    assert shown["chance"].isna().tolist() == [False, False, True, True]


def test_a_table_without_rows_stays_without():
    assert at_the_r_peak(metric_frame([], EXTRA)).empty
