from eeglrp.findings import estimate
from eeglrp.tables import metric_frame

from .table_rows import row


def test_estimate_shows_the_interval_only_where_there_is_one():
    frame = metric_frame([row(0.7), row(0.7, ci_low=float("nan"))])
    shown = [estimate(one) for one in frame.itertuples()]
    assert shown == ["0.70 [0.65, 0.75]", "0.70"]
    assert (
        estimate(next(frame.itertuples()), digits=0, factor=1000)
        == "700 [650, 750]"
    )


def test_what_rounds_to_zero_has_no_sign():
    (one,) = metric_frame(
        [row(0.001, ci_low=-0.004, ci_high=0.006)]
    ).itertuples()
    assert estimate(one) == "0.00 [0.00, 0.01]"
