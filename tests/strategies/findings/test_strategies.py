import numpy as np

from eeglrp.strategies.findings.strategies import (
    strategies_view,
    strategy_finding,
)
from eeglrp.tables import metric_frame

from ...table_rows import row, texts


def model(number, ocular, seed="0", arm="all", **fields):
    names = {
        "seed": seed,
        "arm": arm,
        "cluster": "all",
        "task": "motor_imagery",
    } | fields
    return [
        row(number, **names, metric="n_clusters"),
        row(0.2, **names, metric="eigengap", p=0.01),
        row(ocular, **names, metric="ocular trials"),
    ]


def frame(*models):
    rows = [one for rows in models for one in rows]
    made = metric_frame(rows, ("arm", "cluster", "p"))
    return made[made["value"].notna()]


def test_models_with_clusters_and_ocular_ones_are_counted():
    found = strategy_finding(
        frame(
            model(2, 0.4),
            model(1, 0.0, seed="1"),
            model(3, 0.0, regime="scratch"),
            model(1, 0.0, arm="heog_regressed"),
            model(2, np.nan, arm="no_frontal"),
        )
    )
    assert (
        "Motor imagery: clusters in 2 of 3 models, an ocular one in 1."
        in found.sentence
    )
    assert "In arms: an ocular cluster in 0 of 1." in found.sentence
    assert texts(found) == [
        ["Motor imagery", "fine-tuned", "whole input", "2", "2, 1", "1 of 2"],
        ["Motor imagery", "scratch", "whole input", "1", "3", "0 of 1"],
        ["Motor imagery", "fine-tuned", "HEOG regressed", "1", "1", "0 of 1"],
        ["Motor imagery", "fine-tuned", "no frontal", "1", "2", "not known"],
    ]
    assert [cells[-1][1] for cells in found.rows] == [
        True,
        False,
        False,
        False,
    ]


def test_unknown_gaze_is_said():
    sentence = strategy_finding(frame(model(2, np.nan))).sentence
    assert (
        "clusters in 1 of 1 models, whether ocular is not known." in sentence
    )
    assert "In arms" not in sentence


def test_no_clusters_are_no_finding():
    assert strategy_finding(frame()) is None


def test_the_report_shows_models_not_clusters():
    rows = frame(
        model(2, 0.4),
        model(1, 0.0, arm="no_frontal"),
        [row(0.5, metric="trials")],
    )
    shown = strategies_view(rows)
    assert set(shown["regime"]) == {
        "fine-tuned, whole input",
        "fine-tuned, no frontal",
    }
    assert set(shown["metric"]) == {"n_clusters", "eigengap", "ocular trials"}
