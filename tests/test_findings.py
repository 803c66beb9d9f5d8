import pytest

from eeglrp.findings import (
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


@pytest.mark.parametrize("name", ["decoding", "r_peak", "shares", "localisation", "conservation"])
def test_tables_without_rows_give_no_finding(name):
    assert findings({name: metric_frame([], extra=("class",))}) == []


def test_findings_come_in_the_order_of_the_questions():
    decoding = metric_frame([row(0.7, metric="balanced_accuracy")])
    ledger = metric_frame([row(0.7, metric="share input", method="cp_lrp")])
    found = findings({"conservation": ledger, "decoding": decoding})
    assert [finding.heading for finding in found] == ["Decoding", "Ledger"]
