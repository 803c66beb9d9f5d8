import numpy as np
import pytest

from eeglrp.decoding.findings.comparisons import comparison_finding
from eeglrp.tables import metric_frame

from ...table_rows import row, texts


def comparison(
    difference, p, n, smallest, task="arousal", pair=("finetuned", "csp_lda")
):
    """Rows of one comparison; Holm's p is twice the p."""
    values = {
        "effect_size": 1.5,
        "p": p,
        "p_holm": min(1, 2 * p),
        "smallest_p": smallest,
    }
    common = {
        "task": task,
        "regime": pair[0],
        "seed": "",
        "n": n,
        "chance": float("nan"),
    }
    no_ends = {"ci_low": float("nan"), "ci_high": float("nan")}
    rows = [row(difference, metric="difference", **common)]
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


def test_comparisons_say_which_regime_is_better_and_where_no_test_could_tell():
    frame = metric_frame(
        comparison(-0.1, 0.001, 20, 1e-4, "r_peak")
        + comparison(0.2, 0.03, 20, 1e-4, "r_peak", ("finetuned", "frozen"))
        + comparison(0.3, 0.25, 3, 0.25),
        extra=("against",),
    )
    finding = comparison_finding(frame)
    assert (
        "R-peak (CSP+LDA above fine-tuned); Arousal (none)."
        in finding.sentence
    )
    assert finding.sentence.endswith(
        "no difference, however large, can reach this level: Arousal (3 subjects, 1 comparisons: "
        "p is at least 0.25 before the correction; it takes 6 subjects)."
    )
    assert finding.columns[:4] == [
        "task",
        "first",
        "second",
        "first minus second",
    ]
    assert texts(finding)[0][1:4] == [
        "fine-tuned",
        "frozen",
        "0.20 [0.15, 0.25]",
    ]
    assert texts(finding)[2] == [
        *(
            "Arousal",
            "fine-tuned",
            "CSP+LDA",
            "0.30 [0.25, 0.35]",
            "1.50",
            "0.25",
            "0.5",
            "0.25",
        ),
        "3",
    ]
    assert not any(bold for cells in finding.rows for _, bold in cells)


def test_the_correction_counts_for_what_few_subjects_can_show():
    # Six subjects reach 0.031 in one comparison, but not 0.05 in two.
    one = comparison(0.3, 2 / 64, 6, 2 / 64)
    two = one + comparison(
        0.3, 2 / 64, 6, 2 / 64, pair=("finetuned", "frozen")
    )
    sentences = [
        comparison_finding(metric_frame(f, ("against",))).sentence
        for f in (one, two)
    ]
    assert ["however large" in sentence for sentence in sentences] == [
        False,
        True,
    ]


def test_the_sentence_says_which_differences_twenty_subjects_miss():
    # Differences of 20 subjects, half of them a, half b: their SD is |a - b| / 2 * sqrt(20 / 19).
    spreads = {("finetuned", "csp_lda"): 0.1, ("finetuned", "frozen"): 0.2}
    rows = []
    for pair, spread in spreads.items():
        rows += [
            one
            for one in comparison(0.1, 0.2, 20, 1e-4, pair=pair)
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
    sentence = comparison_finding(metric_frame(rows, ("against",))).sentence
    # With 20 subjects, at 0.025, a mean of 0.74 SD is found four times in five.
    assert sentence.endswith("Arousal (20 subjects) 0.07 to 0.15.")
    assert "however large" not in sentence


def test_differences_out_of_reach_are_not_said_to_be_missed_now_and_then():
    rows = comparison(0.3, 0.25, 3, 0.25)
    rows += [{**rows[1], "subject": "002", "value": 0.1}]
    assert (
        "one time in five"
        not in comparison_finding(metric_frame(rows, ("against",))).sentence
    )


@pytest.mark.parametrize("n", [1, 2])
def test_a_comparison_of_two_subjects_has_no_effect_size(n):
    rows = [
        one
        for one in comparison(0.3, 1.0, n, 2 / 2**n)
        if one["metric"] != "effect_size"
    ]
    assert (
        texts(comparison_finding(metric_frame(rows, ("against",))))[0][4] == ""
    )
