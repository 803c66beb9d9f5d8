"""What the table of trials says."""

import pytest

from eeglrp.ocular.findings.ocular import trials_finding, trials_view
from eeglrp.tables import metric_frame

from ...table_rows import row, texts

GAZE = {"regime": "", "seed": "", "task": "motor_imagery", "group": "all"}
EXTRA = ("group", "p")


def gaze():
    return [
        row(0.74, **GAZE, metric="gaze towards cue"),
        row(0.62, **GAZE, metric="saccade share", chance=float("nan")),
    ]


def model(name, gradient, quiet=0.0, odds=None, p_odds=0.5, seed="0", n=4):
    names = {"task": "motor_imagery", "regime": name, "seed": seed}
    rows = [
        row(0.6 + 0.1 * k, **names, metric="accuracy", group=group)
        for k, group in enumerate(("low", "middle", "high"))
    ]
    test = names | {"metric": "accuracy gradient", "chance": 0.0, "n": n}
    rows += [
        row(gradient, **test, group="all", p=0.125),
        row(quiet, **test, group="no saccade", p=1.0),
    ]
    rows += [
        row(
            gradient,
            **test | {"subject": f"{k:02d}", "ci_low": float("nan")},
            group="all",
        )
        for k in range(n)
    ]
    if odds:
        more = {
            "metric": "odds ratio share",
            "group": "all",
            "method": "attn_lrp",
            "p": p_odds,
        }
        rows.append(row(odds, **names, **more))
    return rows


def finding(*models):
    return trials_finding(
        metric_frame([*gaze(), *(r for one in models for r in one)], EXTRA)
    )


def test_says_where_gaze_goes_and_which_accuracies_follow_it():
    found = finding(
        model("scratch", 0.3),
        model("csp_lda", 0.02),
        model("frozen", -0.2, quiet=0.2),
    )
    assert (
        "gaze turns to the cued side in 74 [69, 79] % of the 120 test trials"
        in found.sentence
    )
    assert "a saccade was detected in 62 [57, 67] %" in found.sentence
    assert "(1 of 3 models: scratch; it falls for frozen)" in found.sentence
    assert (
        "detected saccade: Motor imagery (1 of 3 models: frozen)"
        in found.sentence
    )
    assert [line[1] for line in texts(found)] == [
        "frozen",
        "scratch",
        "CSP+LDA",
    ]
    columns = {len(line) for line in found.rows}
    assert columns == {len(found.columns)}
    marked = [line[5][1] for line in found.rows]
    assert marked == [False, True, False]


def test_few_subjects_are_not_tested_and_many_need_no_caveat():
    few = finding(model("scratch", 0.3)).sentence
    assert "Gradients of 4 subjects, fewer than 6, are not tested." in few
    assert "Few subjects were tested (Motor imagery 4)" in few
    many = finding(model("scratch", 0.3, n=8)).sentence
    assert "not tested" not in many
    assert "Few subjects" not in many


@pytest.mark.parametrize(
    ("odds", "p", "words"),
    [
        (None, 0.5, "Too few explained trials were decoded wrongly"),
        (1.4, 0.2, "in 0 of 1 models."),
        (
            1.4,
            0.01,
            "in 1 of 1 models: Motor imagery, scratch (higher in trials decoded right).",
        ),
        (0.6, 0.01, "(higher in trials decoded wrong)"),
    ],
)
def test_says_what_the_share_adds(odds, p, words):
    assert (
        words in finding(model("scratch", 0.1, odds=odds, p_odds=p)).sentence
    )


def test_the_largest_p_of_the_seeds_counts():
    seeds = [
        model("scratch", 0.1, odds=1.5, p_odds=p, seed=k)
        for k, p in (("0", 0.01), ("1", 0.3))
    ]
    found = finding(*seeds)
    assert "in 0 of 1 models." in found.sentence
    assert texts(found)[0][-1] == "0.3"


def test_a_table_without_models_or_rows_is_no_finding():
    assert trials_finding(metric_frame([], EXTRA)) is None
    assert trials_finding(metric_frame(gaze(), EXTRA)) is None


def test_the_reports_table_holds_all_trials_only():
    frame = metric_frame([*gaze(), *model("scratch", 0.1)], EXTRA)
    assert set(trials_view(frame)["group"]) == {"all"}
    assert "accuracy gradient" in set(trials_view(frame)["metric"])
