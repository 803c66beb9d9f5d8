import numpy as np
import pytest

from eeglrp.findings import (
    comparison_finding,
    decoding_finding,
    estimate,
    findings,
    ledger_finding,
    localisation_finding,
    r_peak_finding,
    share_finding,
)
from eeglrp.metrics import metric_frame, metric_row


def row(value, spread=0.05, **fields):
    common = {"task": "arousal", "regime": "finetuned", "seed": "0", "subject": "all"}
    ends = {"ci_low": value - spread, "ci_high": value + spread}
    return metric_row(**common | ends | {"value": value, "chance": 0.5, "n": 120} | fields)


def texts(finding):
    return [[cell[0] for cell in cells] for cells in finding.rows]


def test_estimate_shows_the_interval_only_where_there_is_one():
    frame = metric_frame([row(0.7), row(0.7, ci_low=float("nan"))])
    shown = [estimate(one) for one in frame.itertuples()]
    assert shown == ["0.70 [0.65, 0.75]", "0.70"]
    assert estimate(next(frame.itertuples()), digits=0, factor=1000) == "700 [650, 750]"


def test_decoding_says_where_it_is_above_chance_and_averages_seeds():
    accuracy = {"metric": "balanced_accuracy"}
    frame = metric_frame(
        [
            row(0.7, **accuracy),
            row(0.8, **accuracy, seed="1"),
            row(0.52, **accuracy, regime="csp_lda"),
            row(0.51, **accuracy, task="valence"),
            row(0.9, metric="kappa"),
            row(0.99, **accuracy, subject="001"),
        ]
    )
    finding = decoding_finding(frame)
    assert "Arousal (fine-tuned); Valence (none)." in finding.sentence
    assert finding.columns == ["task", "fine-tuned", "CSP+LDA", "chance", "windows"]
    assert texts(finding)[0] == ["Arousal", "0.75 [0.70, 0.80]", "0.52 [0.47, 0.57]", "0.50", "120"]
    assert [cell[1] for cell in finding.rows[0]] == [False, True, False, False, False]
    assert texts(finding)[1][2] == ""


@pytest.mark.parametrize(("n_subjects", "said"), [(3, True), (6, False)])
def test_intervals_over_few_subjects_are_said_to_be_narrow(n_subjects, said):
    subjects = ["all", *map(str, range(n_subjects))]
    rows = [row(0.7, metric="balanced_accuracy", subject=name) for name in subjects]
    sentence = decoding_finding(metric_frame(rows)).sentence
    assert ("Few subjects were tested (Arousal 3)" in sentence) == said


def test_decoding_says_how_far_guesses_stray_from_chance():
    frame = metric_frame(
        [
            row(0.7, metric="balanced_accuracy", task="motor_imagery", n=36),
            row(0.7, metric="balanced_accuracy", n=3600),
        ]
    )
    # 1.96 * 0.5 / sqrt(36), and / sqrt(3600).
    sentence = decoding_finding(frame).sentence
    assert sentence.endswith("95 times in 100: Motor imagery 0.16; Arousal 0.02.")


def test_r_peak_counts_seeds():
    summary = {"task": "r_peak", "method": "cp_lrp", "chance": float("nan")}
    frame = metric_frame(
        [row(4.0, **summary, metric="r_locked_z", seed=str(seed)) for seed in (0, 1)]
        + [row(p, 0, **summary, metric="r_locked_p", seed=str(p)) for p in (0.01, 0.2)]
        + [row(0.001, 0, **summary, metric="r_locked_p", regime="scratch")]
        + [row(0.012, 0.004, **summary, metric="peak_latency")]
    )
    finding = r_peak_finding(frame)
    assert texts(finding) == [
        ["R-peak", "z = 4.0, p < 0.05 in 1 of 2, peak 12 [8, 16] ms", "p < 0.05 in 1 of 1"]
    ]
    assert finding.sentence.endswith("R-peak, scratch.")


def test_share_compares_with_the_size_of_the_region():
    frame = metric_frame(
        [
            row(0.4, metric="share ocular_frontal", method="attn_lrp", chance=0.2),
            row(0.1, metric="share central", method="attn_lrp", chance=0.2),
            row(0.9, metric="share central", method="cp_lrp", chance=0.2),
            row(0.9, metric="share central", method="attn_lrp", chance=0.2),
        ]
    ).assign(**{"class": ["all", "all", "all", "high"]})
    finding = share_finding(frame)
    assert "ocular-frontal electrodes: Arousal (fine-tuned)" in finding.sentence
    assert "central electrodes: Arousal (none)" in finding.sentence
    assert texts(finding)[1] == ["Arousal", "central", "0.10 [0.05, 0.15]", "0.20"]


def test_localisation_counts_the_models_that_beat_the_signal():
    values = {"attn_lrp": 0.8, "cp_lrp": 0.61, "signal": 0.6, "random": 0.5}
    frame = metric_frame([row(v, metric="auc", method=name) for name, v in values.items()])
    finding = localisation_finding(frame)
    assert finding.columns[2:] == ["AttnLRP", "CP-LRP", "|signal|", "random", "chance"]
    assert finding.sentence.endswith("AttnLRP 1 of 1; CP-LRP 0 of 1.")
    assert len(finding.rows) == 1


def test_ledger_gives_the_range_and_the_worst_closure():
    frame = metric_frame(
        [
            row(0.4, metric="share input", method="attn_lrp"),
            row(0.6, metric="share input", method="attn_lrp", regime="scratch"),
            row(3e-6, metric="closure_error", method="attn_lrp"),
        ]
    )
    sentence = ledger_finding(frame).sentence
    assert "AttnLRP 0.40 to 0.60." in sentence
    assert "closes within 3e-06" in sentence


def comparison(difference, p, n, smallest, task="arousal", pair=("finetuned", "csp_lda")):
    """Rows of one comparison; Holm's p is twice the p."""
    values = {"effect_size": 1.5, "p": p, "p_holm": min(1, 2 * p), "smallest_p": smallest}
    common = {"task": task, "regime": pair[0], "seed": "", "n": n, "chance": float("nan")}
    no_ends = {"ci_low": float("nan"), "ci_high": float("nan")}
    rows = [row(difference, metric="difference", **common)]
    rows += [row(difference, metric="difference", **common | {"subject": "001"} | no_ends)]
    rows += [row(v, metric=name, **common | no_ends) for name, v in values.items()]
    return [one | {"against": pair[1]} for one in rows]


def test_comparisons_say_which_regime_is_better_and_where_no_test_could_tell():
    frame = metric_frame(
        comparison(-0.1, 0.001, 20, 1e-4, "r_peak")
        + comparison(0.2, 0.03, 20, 1e-4, "r_peak", ("finetuned", "frozen"))
        + comparison(0.3, 0.25, 3, 0.25),
        extra=("against",),
    )
    finding = comparison_finding(frame)
    assert "R-peak (CSP+LDA above fine-tuned); Arousal (none)." in finding.sentence
    assert finding.sentence.endswith(
        "no difference, however large, can reach this level: Arousal (3 subjects, 1 comparisons: "
        "p is at least 0.25 before the correction; it takes 6 subjects)."
    )
    assert finding.columns[:4] == ["task", "first", "second", "first minus second"]
    assert texts(finding)[0][1:4] == ["fine-tuned", "frozen", "0.20 [0.15, 0.25]"]
    assert texts(finding)[2] == [
        *("Arousal", "fine-tuned", "CSP+LDA", "0.30 [0.25, 0.35]", "1.50", "0.25", "0.5", "0.25"),
        "3",
    ]
    assert not any(bold for cells in finding.rows for _, bold in cells)


def test_the_correction_counts_for_what_few_subjects_can_show():
    # Six subjects reach 0.031 in one comparison, but not 0.05 in two.
    one = comparison(0.3, 2 / 64, 6, 2 / 64)
    two = one + comparison(0.3, 2 / 64, 6, 2 / 64, pair=("finetuned", "frozen"))
    sentences = [comparison_finding(metric_frame(f, ("against",))).sentence for f in (one, two)]
    assert ["however large" in sentence for sentence in sentences] == [False, True]


def test_the_sentence_says_which_differences_twenty_subjects_miss():
    # Differences of 20 subjects, half of them a, half b: their SD is |a - b| / 2 * sqrt(20 / 19).
    spreads = {("finetuned", "csp_lda"): 0.1, ("finetuned", "frozen"): 0.2}
    rows = []
    for pair, spread in spreads.items():
        rows += [
            one for one in comparison(0.1, 0.2, 20, 1e-4, pair=pair) if one["subject"] == "all"
        ]
        values = 0.1 + spread * (19 / 20) ** 0.5 * (-1.0) ** np.arange(20)
        common = {"metric": "difference", "regime": pair[0], "against": pair[1]}
        rows += [row(value, 0, subject=str(i), **common) for i, value in enumerate(values)]
    sentence = comparison_finding(metric_frame(rows, ("against",))).sentence
    # With 20 subjects, at 0.025, a mean of 0.74 SD is found four times in five.
    assert sentence.endswith("Arousal (20 subjects) 0.07 to 0.15.")
    assert "however large" not in sentence


def test_differences_out_of_reach_are_not_said_to_be_missed_now_and_then():
    rows = comparison(0.3, 0.25, 3, 0.25)
    rows += [{**rows[1], "subject": "002", "value": 0.1}]
    assert "one time in five" not in comparison_finding(metric_frame(rows, ("against",))).sentence


@pytest.mark.parametrize("n", [1, 2])
def test_a_comparison_of_two_subjects_has_no_effect_size(n):
    rows = [one for one in comparison(0.3, 1.0, n, 2 / 2**n) if one["metric"] != "effect_size"]
    assert texts(comparison_finding(metric_frame(rows, ("against",))))[0][4] == ""


@pytest.mark.parametrize(
    "name", ["decoding", "comparisons", "r_peak", "shares", "localisation", "conservation"]
)
def test_tables_without_rows_give_no_finding(name):
    assert findings({name: metric_frame([], extra=("class", "against"))}) == []


def test_findings_come_in_the_order_of_the_questions():
    decoding = metric_frame([row(0.7, metric="balanced_accuracy")])
    ledger = metric_frame([row(0.7, metric="share input", method="cp_lrp")])
    found = findings({"conservation": ledger, "decoding": decoding})
    assert [finding.heading for finding in found] == ["Decoding", "Ledger"]
