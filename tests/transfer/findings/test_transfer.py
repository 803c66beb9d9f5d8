import pytest

from eeglrp.questions import findings
from eeglrp.tables import metric_frame, metric_row
from eeglrp.transfer.findings.transfer import transfer_finding, transfer_view

EXTRA = ("tested", "p", "answer")


def row(metric, tested, value, **more):
    return metric_row(
        study="s",
        task="imagery",
        regime="scratch",
        method="gamma",
        subject="all",
        metric=metric,
        value=value,
        ci_low=value - 0.05,
        ci_high=value + 0.05,
        tested=tested,
        n=10,
        **more,
    )


@pytest.fixture
def frame():
    rows = [
        row("balanced_accuracy", "imagery", 0.8, seed=0, chance=0.5),
        row("balanced_accuracy", "execution", 0.52, seed=0, chance=0.5),
        row(
            "balanced_accuracy loss",
            "execution",
            0.28,
            p=0.001,
            answer="different",
        ),
        row("share central", "imagery", 0.5, seed=0, chance=0.6),
        row("share central moved", "execution", 0.1, p=0.02),
        row("share frontal moved", "execution", -0.1, p=0.2),
    ]
    return metric_frame(rows, EXTRA)


def test_the_table_says_where_the_model_decodes(frame):
    finding = transfer_finding(frame)
    assert finding.columns == [
        "trained on",
        "model",
        "on imagery",
        "on execution",
    ]
    ((_, _, own, other),) = finding.rows
    assert own == ("0.80 [0.75, 0.85]", True)
    assert other == ("0.52 [0.47, 0.57]", False)


def test_the_sentence_names_what_is_lost_and_what_moves(frame):
    sentence = transfer_finding(frame).sentence
    assert "imagery to execution, scratch 0.28 [0.23, 0.33], different" in (
        sentence
    )
    assert "scratch: central 0.10 [0.05, 0.15]" in sentence
    assert "frontal" not in sentence


def test_without_a_model_there_is_nothing_to_say(frame):
    assert transfer_finding(frame.head(0)) is None


def test_the_report_shows_moves_and_no_share_twice(frame):
    shown = set(transfer_view(frame)["metric"])
    assert "share central" not in shown
    assert "share central moved" in shown


def test_the_question_is_part_of_the_report(frame):
    headings = [finding.heading for finding in findings({"transfer": frame})]
    assert headings == ["Another paradigm"]
