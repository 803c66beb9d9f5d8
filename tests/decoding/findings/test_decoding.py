import pytest

from eeglrp.decoding.findings.decoding import decoding_finding
from eeglrp.tables import metric_frame

from ...table_rows import row, texts


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
    assert finding.columns == [
        "task",
        "fine-tuned",
        "CSP+LDA",
        "chance",
        "windows",
    ]
    assert texts(finding)[0] == [
        "Arousal",
        "0.75 [0.70, 0.80]",
        "0.52 [0.47, 0.57]",
        "0.50",
        "120",
    ]
    assert [cell[1] for cell in finding.rows[0]] == [
        False,
        True,
        False,
        False,
        False,
    ]
    assert texts(finding)[1][2] == ""


@pytest.mark.parametrize(("n_subjects", "said"), [(3, True), (6, False)])
def test_intervals_over_few_subjects_are_said_to_be_narrow(n_subjects, said):
    subjects = ["all", *map(str, range(n_subjects))]
    rows = [
        row(0.7, metric="balanced_accuracy", subject=name) for name in subjects
    ]
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
    assert sentence.endswith(
        "95 times in 100: Motor imagery 0.16; Arousal 0.02."
    )
