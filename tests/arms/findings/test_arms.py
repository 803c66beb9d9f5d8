import pandas as pd

from eeglrp.arms.findings.arms import arms_finding, arms_view
from eeglrp.tables import metric_frame

from ...table_rows import row, texts

EXTRA = ("arm", "tested", "p")


def table(n=12, p=0.01, loss=0.2):
    own = {"tested": "own", "metric": "balanced_accuracy"}
    share = {
        "tested": "own",
        "metric": "share ocular_frontal",
        "method": "attn_lrp",
    }
    rows = [
        row(0.8, **own, arm="all"),
        row(0.6, **own, arm="late"),
        row(0.52, **own, arm="placebo_cp"),
        row(0.5, **own, arm="no_frontal"),
        row(0.7, **own | {"tested": "only"}, arm="late"),
        row(0.4, **share, arm="all", chance=0.2),
    ]
    for seed in ("0", ""):
        lost = {
            "metric": "balanced_accuracy loss",
            "tested": "own",
            "seed": seed,
            "n": n,
        }
        rows.append(row(loss, **lost, arm="late", chance=0, p=p))
        rows.append(row(0.01, **lost, arm="placebo_cp", chance=0, p=0.6))
    return metric_frame(rows, EXTRA)


def test_arms_above_chance_and_those_that_lose_are_named():
    sentence = arms_finding(table()).sentence
    assert "decode above chance: fine-tuned: all input, late." in sentence
    assert "seeds averaged): fine-tuned: late." in sentence
    assert "Over " not in sentence


def test_patterns_are_not_called_relevance():
    frame = table()
    assert "patterns" not in arms_finding(frame).sentence
    frame["method"] = frame["method"].replace("attn_lrp", "pattern")
    assert "not of relevance." in arms_finding(frame).sentence


def test_a_gain_and_a_large_p_are_no_loss():
    for changes in ({"loss": -0.2}, {"p": 0.05}):
        assert (
            "seeds averaged): fine-tuned: none."
            in arms_finding(table(**changes)).sentence
        )


def test_intervals_over_few_subjects_are_said_to_be_narrow():
    sentence = arms_finding(table(n=4, p=0.25)).sentence
    assert sentence.endswith("Intervals over so few subjects are too narrow.")
    assert "too narrow" not in arms_finding(table(n=7)).sentence


def test_rows_hold_estimates_placebos_last():
    rows = texts(arms_finding(table()))
    assert [cells[1] for cells in rows] == [
        *["all input"] * 2,
        *["late"] * 2,
        "no frontal",
    ] + ["placebo cp"]
    assert rows[0] == [
        "Arousal",
        "all input",
        "trained on it",
        "balanced accuracy",
        "0.80 [0.75, 0.85]",
        "0.50",
    ]
    assert rows[3][2:5] == [
        "tested only",
        "balanced accuracy",
        "0.70 [0.65, 0.75]",
    ]


def test_tasks_are_named_where_there_are_several():
    other = table().assign(task="valence")
    sentence = arms_finding(pd.concat([table(), other])).sentence
    assert (
        "Arousal, fine-tuned: all input, late; Valence, fine-tuned: all input"
        in sentence
    )


def test_a_table_of_nothing_gives_no_finding():
    assert arms_finding(table().head(0)) is None


def test_view_has_the_arm_in_the_methods_place_and_no_mean_of_seeds():
    shown = arms_view(table())
    assert "" not in set(shown["seed"])
    assert "late, tested only" in set(shown["method"])
    assert len(shown) == 8
