"""The sentence on the R-peak, and what the report shows of the table of the cardiac field."""

from eeglrp.tables import metric_frame, metric_row
from eeglrp.verify.cardiac_field import EXTRA
from eeglrp.verify.findings.r_peak import at_the_r_peak, r_peak_finding

from ...table_rows import row, texts


def test_r_peak_counts_seeds():
    summary = {"task": "r_peak", "method": "cp_lrp", "chance": float("nan")}
    frame = metric_frame(
        [
            row(4.0, **summary, metric="r_locked_z", seed=str(seed))
            for seed in (0, 1)
        ]
        + [
            row(p, 0, **summary, metric="r_locked_p", seed=str(p))
            for p in (0.01, 0.2)
        ]
        + [row(0.001, 0, **summary, metric="r_locked_p", regime="scratch")]
        + [row(0.012, 0.004, **summary, metric="peak_latency")]
    )
    finding = r_peak_finding(frame)
    assert texts(finding) == [
        [
            "R-peak",
            "z = 4.0, p < 0.05 in 1 of 2, peak 12 [8, 16] ms",
            "p < 0.05 in 1 of 1",
        ]
    ]
    assert finding.sentence.endswith("R-peak, scratch.")


def test_correlations_at_the_r_peak_are_followed_by_their_p():
    ids = {
        "task": "r_peak",
        "regime": "scratch",
        "seed": 0,
        "method": "cp_lrp",
        "subject": "all",
    }
    names = [
        "correlation evoked",
        "correlation evoked signed",
        "correlation pattern",
        "evoked",
    ]
    rows = [
        metric_row(
            **ids,
            metric=name,
            lag=lag,
            value=0.5,
            chance=0.1,
            p=0.2,
            p_field=0.01,
        )
        for name in names
        for lag in (0.0, 0.02)
    ]
    shown = at_the_r_peak(metric_frame(rows, EXTRA)).set_index("metric")
    assert list(shown.index) == [*names[::2], "p, evoked", "p, pattern"]
    assert shown["value"].tolist() == [0.5, 0.5, 0.01, 0.01]
    assert shown["chance"].isna().tolist() == [False, False, True, True]


def test_a_table_without_rows_stays_without():
    assert at_the_r_peak(metric_frame([], EXTRA)).empty
