import pytest

from eeglrp.tables import metric_frame
from eeglrp.verdict.dial import EXTRA as LEVELS
from eeglrp.verdict.findings.verdict import dial_finding, verdict_finding
from eeglrp.verdict.run import EXTRA

from ...table_rows import row, texts


def answer(question, finding, value=0.7, **fields):
    words = {
        "question": question,
        "finding": finding,
        "p": 0.0078125,
        "why": "interval above",
    }
    names = {"task": "motor_imagery", "regime": "scratch", "seed": "", "n": 8}
    return row(value, **names | fields) | words


def route(question, finding):
    nothing = {
        "ci_low": float("nan"),
        "ci_high": float("nan"),
        "n": float("nan"),
    }
    return answer(question, finding, 3, metric="verdict", **nothing)


def table(*rows):
    return metric_frame(rows, EXTRA)


def test_every_answer_is_told_with_its_numbers():
    found = verdict_finding(
        table(
            answer("decodes", "supported"),
            route("ocular", "undecided"),
            route("overall", "both"),
        )
    )
    assert (
        "Motor imagery, scratch: both (ocular signal undecided)."
        in found.sentence
    )
    assert (
        "Of 1 questions to these models 1 are supported, 0 not supported and 0 undecided"
        in (found.sentence)
    )
    first, second, last = texts(found)
    assert first[2:] == [
        "whole input: above chance",
        "supported",
        "0.70 [0.65, 0.75]",
        "0.50",
        "0.0078",
        "8",
        "interval above",
    ]
    assert second[3:5] == ["undecided", ""]
    assert last[2:4] == ["verdict", "both"]


def test_a_model_that_does_not_decode_says_so():
    rows = [route("ocular", "not supported"), route("overall", "neither")]
    found = verdict_finding(table(answer("decodes", "not supported"), *rows))
    words = "Motor imagery, scratch: neither, as it does not decode."
    assert words in found.sentence


def test_questions_not_asked_and_single_seeds_are_left_out():
    rows = [
        answer("decodes", "supported", seed=0),
        answer("sensorimotor_only", "undecided", n=0),
    ]
    found = verdict_finding(
        table(*rows, answer("decodes", "undecided"), route("overall", "both"))
    )
    assert [cells[2:4] for cells in texts(found)] == [
        ["whole input: above chance", "undecided"],
        ["verdict", "both"],
    ]


def test_a_table_without_known_questions_says_nothing():
    assert verdict_finding(table(answer("all", "all"))) is None


def level(metric, value, confound, truth, **fields):
    place = {
        "confound": confound,
        "mu": 0.9,
        "truth": truth,
        "question": "overall",
    }
    names = {
        "task": "",
        "regime": "scratch",
        "seed": "",
        "metric": metric,
        "n": 4,
    }
    return row(value, 0.1, **names | fields) | place


def test_the_dial_tells_verdicts_errors_and_flips():
    rows = [
        level("share sensorimotor", 0.75, 0.5, "sensorimotor"),
        level("share undecided", 0.25, 0.5, "sensorimotor"),
        level("share both", 0.0, 0.5, "sensorimotor"),
        level("error", 0.0, 0.5, "sensorimotor"),
        level("share both", 1.0, 0.7, "both"),
        row(0.7, task="", regime="scratch", metric="ocular from")
        | {"question": ""},
    ]
    found = dial_finding(metric_frame(rows, LEVELS))
    assert "in most cohorts from 0.7 on" in found.sentence
    assert "sensorimotor signal up to no level" in found.sentence
    assert texts(found) == [
        [
            "scratch",
            "0.5",
            "0.9",
            "sensorimotor",
            "sensorimotor 3, undecided 1",
            "0 of 4 (0.00 [-0.10, 0.10])",
        ],
        ["scratch", "0.7", "0.9", "both", "both 4", ""],
    ]


@pytest.mark.parametrize("metric", ["error", "ocular from"])
def test_a_dial_without_verdicts_says_nothing(metric):
    assert (
        dial_finding(metric_frame([level(metric, 0.0, 0.5, "ocular")], LEVELS))
        is None
    )
