import numpy as np
import pandas as pd

from eeglrp.evaluate.findings.guide import guide_finding
from eeglrp.files import METRIC_COLUMNS


def frame(rows):
    made = []
    for method, metric, value, low, high, against in rows:
        row = dict.fromkeys(METRIC_COLUMNS, np.nan) | {
            "method": method,
            "metric": metric,
            "n": 12,
        }
        made.append(
            row
            | {
                "value": value,
                "ci_low": low,
                "ci_high": high,
                "against": against,
            }
        )
    return pd.DataFrame(made, columns=[*METRIC_COLUMNS, "against"])


WINS = [
    ("cp_lrp", "wins", 0.8, 0.7, 0.9, ""),
    ("attn_lrp", "wins", 0.75, 0.6, 0.9, ""),
    ("smoothgrad", "wins", 0.2, 0.1, 0.3, ""),
]
DIFFERENCES = [
    ("attn_lrp", "wins difference", -0.05, -0.2, 0.1, "cp_lrp"),
    ("smoothgrad", "wins difference", -0.6, -0.7, -0.4, "cp_lrp"),
]


def test_methods_are_told_by_the_interval_of_their_difference_from_the_best_rule_set():
    found = guide_finding(frame(WINS + DIFFERENCES))
    assert "CP-LRP wins most" in found.sentence
    assert "Not told from it: AttnLRP." in found.sentence
    assert "Behind it: SmoothGrad." in found.sentence
    assert "Ahead" not in found.sentence
    assert [row[0][0] for row in found.rows] == [
        "CP-LRP",
        "AttnLRP",
        "SmoothGrad",
    ]
    assert found.rows[0][1][0] == "0.80 [0.70, 0.90]"


def test_a_study_without_rule_sets_says_so():
    found = guide_finding(frame(WINS[2:]))
    assert "No LRP rule set was compared" in found.sentence


def test_nothing_to_compare_is_no_finding():
    assert guide_finding(frame([])) is None
