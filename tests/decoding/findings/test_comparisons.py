import numpy as np
import pytest

from eeglrp.decoding.findings.comparisons import comparison_finding
from eeglrp.tables import metric_frame

from ...table_rows import row, texts

EXTRA = ("against", "answer")


def comparison(
    difference,
    p,
    n,
    answer="undecided",
    task="arousal",
    pair=("finetuned", "csp_lda"),
):
    """Rows of one comparison; Holm's p is twice the p."""
    values = {
        "effect_size": 1.5,
        "p": p,
        "p_holm": min(1, 2 * p),
        "p_equivalence": 0.4,
    }
    common = {
        "task": task,
        "regime": pair[0],
        "seed": "",
        "n": n,
        "chance": float("nan"),
    }
    no_ends = {"ci_low": float("nan"), "ci_high": float("nan")}
    whole = row(difference, metric="difference", **common)
    rows = [whole | {"answer": answer}]
    rows += [
        row(
            difference,
            metric="difference",
            **common | {"subject": "001"} | no_ends,
        )
    ]
    rows += [
        row(v, metric=name, **common | no_ends) for name, v in values.items()
    ]
    return [one | {"against": pair[1]} for one in rows]


def test_comparisons_say_which_regime_is_better_and_what_stays_open():
    frame = metric_frame(
        comparison(-0.1, 0.001, 20, "different", "r_peak")
        + comparison(
            0.2, 0.03, 20, "equivalent", "r_peak", ("finetuned", "frozen")
        )
        + comparison(0.3, 0.25, 3),
        extra=EXTRA,
    )
    finding = comparison_finding(frame)
    assert finding.sentence.endswith(
        "R-peak (CSP+LDA above fine-tuned, 1 equivalent); "
        "Arousal (1 undecided)."
    )
    assert finding.columns == [
        "task",
        "first",
        "second",
        "first minus second",
        "answer",
        "effect size d",
        "p",
        "p, Holm",
        "p, equivalence",
        "subjects",
    ]
    assert texts(finding)[0][1:5] == [
        "fine-tuned",
        "frozen",
        "0.20 [0.15, 0.25]",
        "equivalent",
    ]
    assert texts(finding)[2] == [
        "Arousal",
        "fine-tuned",
        "CSP+LDA",
        "0.30 [0.25, 0.35]",
        "undecided",
        "1.50",
        "0.25",
        "0.5",
        "0.4",
        "3",
    ]
    assert not any(bold for cells in finding.rows for _, bold in cells)


def test_the_answer_decides_and_not_the_p_values():
    """Whatever p is: a difference too small to matter is not said to be one."""
    pairs = (("finetuned", "csp_lda"), ("finetuned", "frozen"))
    rows = comparison(0.3, 1e-6, 20, "equivalent", pair=pairs[0])
    rows += comparison(0.3, 1e-6, 20, "equivalent", pair=pairs[1])
    sentence = comparison_finding(metric_frame(rows, EXTRA)).sentence
    assert sentence.endswith("Arousal (2 equivalent).")
    assert "above" not in sentence


def test_the_sentence_says_which_differences_twenty_subjects_miss():
    # Differences of 20 subjects, half of them a, half b: their SD is |a - b| / 2 * sqrt(20 / 19).
    spreads = {("finetuned", "csp_lda"): 0.1, ("finetuned", "frozen"): 0.2}
    rows = []
    for pair, spread in spreads.items():
        rows += [
            one
            for one in comparison(0.1, 0.2, 20, pair=pair)
            if one["subject"] == "all"
        ]
        values = 0.1 + spread * (19 / 20) ** 0.5 * (-1.0) ** np.arange(20)
        common = {
            "metric": "difference",
            "regime": pair[0],
            "against": pair[1],
        }
        rows += [
            row(value, 0, subject=str(i), **common)
            for i, value in enumerate(values)
        ]
    sentence = comparison_finding(metric_frame(rows, EXTRA)).sentence
    # With 20 subjects, at 0.025, a mean of 0.74 SD is found four times in five.
    assert sentence.endswith("Arousal (20 subjects) 0.07 to 0.15.")


@pytest.mark.parametrize("n", [1, 2])
def test_a_comparison_of_two_subjects_has_no_effect_size(n):
    rows = [
        one
        for one in comparison(0.3, 1.0, n)
        if one["metric"] != "effect_size"
    ]
    assert texts(comparison_finding(metric_frame(rows, EXTRA)))[0][5] == ""
