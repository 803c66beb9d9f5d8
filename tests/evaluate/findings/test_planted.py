import numpy as np
import pandas as pd
import pytest

from eeglrp.evaluate.findings.planted import thresholds_view
from eeglrp.evaluate.psychometric import EXTRA, score_psychometric
from eeglrp.files import METRIC_COLUMNS, write_table
from eeglrp.questions import findings
from eeglrp.tables import metric_table

SIZES = (0.5, 1, 2, 4, 8)


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    """Table of a study in which scratch decodes and AttnLRP finds from 2 microvolt on."""
    tmp_path = tmp_path_factory.mktemp("planted")
    rng = np.random.default_rng(0)
    levels = {
        ("balanced_accuracy", "scratch", ""): 1.0,
        ("balanced_accuracy", "frozen", ""): 99,
    }
    levels |= {("balanced_accuracy", "finetuned", ""): 3.2}
    levels |= {
        ("auc", "scratch", name): at
        for name, at in (("attn_lrp", 1.0), ("random", 99))
    }
    rows = [
        (
            "x",
            f"beat_{k}",
            regime,
            0,
            "",
            method,
            f"{s:02d}",
            metric,
            value,
            0,
            0,
            0.5,
            9,
        )
        for (metric, regime, method), at in levels.items()
        for k, size in enumerate(SIZES)
        for s in range(10)
        for value in [
            0.5
            + 0.4 / (1 + np.exp(-4 * (np.log2(size) - at)))
            + 0.02 * rng.standard_normal()
        ]
    ]
    table = pd.DataFrame(rows, columns=METRIC_COLUMNS)
    paths = [tmp_path / name for name in ("d.tsv", "l.tsv", "p.tsv")]
    for path, metric in zip(
        paths[:2], ("balanced_accuracy", "auc"), strict=True
    ):
        write_table(table[table["metric"] == metric], path)
    curves = {
        "heartbeat in rest": {
            f"beat_{k}": size for k, size in enumerate(SIZES)
        }
    }
    statistics = {"bootstrap": 200, "confidence": 0.95}
    score_psychometric(*paths[:2], curves, statistics, 1, "x", paths[2])
    return metric_table([paths[2]], EXTRA, ["amplitude"])


@pytest.mark.slow
def test_thresholds_and_curves_that_never_leave_chance_are_named(frame):
    (finding,) = findings({"psychometric": frame})
    assert "ceiling: decoding, scratch 2.0" in finding.sentence
    assert "; AUC, AttnLRP of scratch " in finding.sentence
    assert finding.sentence.endswith("largest amplitude: decoding, frozen.")
    assert (
        "within the amplitudes: decoding, fine-tuned. Not" in finding.sentence
    )
    cells = {
        tuple(text for text, _ in row[1:3]): row[3][0] for row in finding.rows
    }
    assert (
        cells["decoding", "frozen"]
        == cells["AUC", "random of scratch"]
        == "never"
    )
    assert float(cells["decoding", "scratch"]) in (1, 2)
    assert [len(row) for row in finding.rows] == [len(finding.columns)] * 5


def test_the_report_shows_thresholds_alone(frame):
    shown = thresholds_view(frame)
    assert set(shown["task"]) == {"heartbeat in rest"}
    assert set(shown["metric"]) == {
        f"{metric} {end}"
        for metric in ("balanced_accuracy", "auc")
        for end in ("onset", "threshold")
    }


def test_no_curve_no_finding(frame):
    assert findings({"psychometric": frame[:0]}) == []
