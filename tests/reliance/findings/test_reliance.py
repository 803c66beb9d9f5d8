import pandas as pd
import pytest

from eeglrp.questions import findings
from eeglrp.reliance.findings.reliance import correlations_view
from eeglrp.reliance.measures import EXTRA
from eeglrp.tables import metric_frame, metric_row


def correlation(confound, method, metric, value, spread=0.1):
    ends = {
        "value": value,
        "ci_low": value - spread,
        "ci_high": value + spread,
        "n": 10,
    }
    names = {
        "confound": confound,
        "method": method,
        "metric": metric,
        "subject": "all",
    }
    return metric_row(**names, **ends)


@pytest.fixture
def frame():
    rows = [
        correlation("saccade", "cp_lrp", "pearson share", 0.9),
        correlation("saccade", "attn_lrp", "pearson share", 0.8),
        correlation("saccade", "attn_lrp", "spearman share", 0.7),
        correlation("saccade", "attn_lrp", "pearson absolute", 0.05),
        correlation("saccade", "integrated_gradients", "pearson share", 0.6),
        correlation("saccade", "signal", "pearson share", 0.3),
        correlation("saccade", "", "pearson heog_loss", 0.95),
        correlation("alpha", "attn_lrp", "pearson share", 0.75),
        correlation("alpha", "", "pearson heog_loss", 0.02),
    ]
    of_model = {
        "task": "saccade_50",
        "regime": "scratch",
        "confound": "saccade",
    }
    rows += [
        metric_row(
            **of_model,
            subject=f"S{k}",
            metric="reliance",
            value=0.1,
            probability=0.5,
        )
        for k in range(4)
    ]
    return pd.DataFrame(metric_frame(rows, EXTRA))


def test_correlations_stand_beside_those_of_the_audit(frame):
    (finding,) = findings({"reliance": frame})
    texts = [[text for text, _ in cells] for cells in finding.rows]
    assert [row[1] for row in texts] == [
        "AttnLRP, share at its electrodes",
        "CP-LRP, share at its electrodes",
        "integrated gradients, share at its electrodes",
        "|signal|, share at its electrodes",
        "AttnLRP, absolute amount",
        "HEOG regression, accuracy lost",
        "AttnLRP, share at its electrodes",
        "HEOG regression, accuracy lost",
    ]
    assert texts[0] == [
        "saccade",
        texts[0][1],
        "0.80 [0.70, 0.90]",
        "0.70 [0.60, 0.80]",
        "",
        "10",
    ]
    assert [row[4] for row in texts] == [
        "",
        "",
        "0.834",
        "",
        "",
        "0.899",
        "",
        "",
    ]
    assert all(len(row) == len(finding.columns) for row in texts)


def test_only_intervals_above_zero_are_marked(frame):
    (finding,) = findings({"reliance": frame})
    marks = {row[0][0] + row[1][0]: row[2][1] for row in finding.rows}
    assert marks["saccadeAttnLRP, share at its electrodes"]
    assert not marks["saccadeAttnLRP, absolute amount"]
    assert not marks["alphaHEOG regression, accuracy lost"]


def test_the_sentence_says_whether_regression_fails_where_it_must(frame):
    (finding,) = findings({"reliance": frame})
    assert (
        "saccade: AttnLRP 0.80 [0.70, 0.90], CP-LRP 0.90" in finding.sentence
    )
    assert (
        "with saccade it should follow reliance; 0.95 [0.85, 1.05] lies above 0"
        in (finding.sentence)
    )
    assert (
        "with alpha it should not follow reliance; 0.02 [-0.08, 0.12] does not lie above 0"
        in (finding.sentence)
    )
    assert "Few subjects were tested (4)" in finding.sentence
    assert "|signal|" not in finding.sentence


def test_without_correlations_there_is_no_finding(frame):
    assert findings({"reliance": frame[frame["task"] != ""]}) == []


def test_the_reports_table_holds_correlations_by_confound(frame):
    shown = correlations_view(frame)
    assert len(shown) == 9
    assert set(shown["task"]) == {"saccade", "alpha"}
