"""The sentence and the table on faithfulness."""

from eeglrp.evaluate.findings.faithfulness import (
    by_occluder,
    faithfulness_finding,
)
from eeglrp.questions import findings
from eeglrp.tables import metric_frame, metric_row


def row(value, method="attn_lrp", occluder="zero", spread=0.5, **fields):
    common = {
        "task": "arousal",
        "regime": "finetuned",
        "seed": "0",
        "subject": "all",
    }
    common |= {
        "metric": "srg",
        "method": method,
        "occluder": occluder,
        "chance": 0,
        "n": 12,
    }
    ends = {"ci_low": value - spread, "ci_high": value + spread}
    return metric_row(**common | ends | {"value": value} | fields)


def frame(*rows):
    return metric_frame(rows, ("occluder",))


def test_models_above_and_below_random_orders_are_counted():
    found = faithfulness_finding(
        frame(
            row(1.0),
            row(2.0, seed="1"),
            row(0.2, regime="scratch"),
            row(-1.0, task="valence"),
            row(3.0, method="cp_lrp", occluder="removal"),
            row(9.0, metric="naopc"),
            row(9.0, subject="001"),
        )
    )
    assert (
        "pieces left out: AttnLRP 0 of 0 (0), CP-LRP 1 of 1 (0)"
        in found.sentence
    )
    assert (
        "pieces set to zero: AttnLRP 1 of 3 (1), CP-LRP 0 of 0 (0)"
        in found.sentence
    )
    assert found.columns == ["task", "regime", "pieces", "AttnLRP", "CP-LRP"]
    assert found.rows == [
        [("Arousal", False), ("fine-tuned", False), ("left out", False)]
        + [("", False), ("3.00 [2.50, 3.50]", True)],
        [("Arousal", False), ("fine-tuned", False), ("set to zero", False)]
        + [("1.50 [1.00, 2.00]", True), ("", False)],
        [("Arousal", False), ("scratch", False), ("set to zero", False)]
        + [("0.20 [-0.30, 0.70]", False), ("", False)],
        [("Valence", False), ("fine-tuned", False), ("set to zero", False)]
        + [("-1.00 [-1.50, -0.50]", False), ("", False)],
    ]


def test_without_the_area_there_is_no_finding():
    assert faithfulness_finding(frame(row(9.0, metric="naopc"))) is None
    assert findings({"faithfulness": frame()}) == []
    assert [
        one.heading for one in findings({"faithfulness": frame(row(1.0))})
    ] == ["Faithfulness"]


def test_the_report_names_the_occluder_beside_the_method():
    shown = by_occluder(frame(row(1.0), row(1.0, occluder="removal")))
    assert shown["method"].tolist() == [
        "AttnLRP, set to zero",
        "AttnLRP, left out",
    ]
