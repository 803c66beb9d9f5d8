from eeglrp.affect.findings.affect_decoding import (
    affect_decoding_finding,
    affect_decoding_view,
)
from eeglrp.affect.scores import EXTRA
from eeglrp.tables import metric_frame

from ...table_rows import row, texts


def scored(value, p, **fields):
    common = {
        "metric": "balanced_accuracy",
        "null": "shift",
        "stage": "evaluation",
    }
    return row(value, **common | fields) | {"p": p, "p_subjects": 0.03}


def table(more=()):
    rows = [scored(0.7, 0.001), scored(0.7, 0.02, null="blocks")]
    rows += [
        scored(0.6, 0.01, regime="csp_lda"),
        scored(0.6, 0.2, null="blocks", regime="csp_lda"),
    ]
    rows += [scored(0.6, 0.5, task="valence")]
    rows += [scored(0.7, 0.001, subject=name) for name in ("a", "b")]
    return metric_frame([*rows, *more], EXTRA)


def test_a_model_passes_that_leaves_every_null():
    finding = affect_decoding_finding(table())
    assert "Arousal (fine-tuned); Valence (none)." in finding.sentence
    assert "Few subjects were tested (Arousal 2)" in finding.sentence
    assert "at random" not in finding.sentence
    assert texts(finding)[1] == [
        "Arousal",
        "CSP+LDA",
        "0.60 [0.55, 0.65]",
        "0.50",
        "0.2",
        "0.03",
    ]
    assert [cells[2][1] for cells in finding.rows] == [True, False, False]


def test_what_random_folds_add_is_said():
    gain = row(
        0.21,
        regime="csp_lda",
        metric="inflation",
        null="none",
        stage="training",
    )
    finding = affect_decoding_finding(table([gain]))
    assert finding.sentence.endswith(
        "mean over subjects: Arousal, CSP+LDA 0.21 [0.16, 0.26]."
    )


def test_the_report_shows_the_null_in_the_methods_place():
    gain = row(0.2, metric="inflation", null="none", stage="training")
    shown = affect_decoding_view(table([gain]))
    assert list(shown["method"])[:2] == ["shift, tested", "blocks, tested"]
    assert list(shown["method"])[-1] == "folds"


def test_no_score_is_no_finding():
    assert affect_decoding_finding(metric_frame([], EXTRA)) is None
