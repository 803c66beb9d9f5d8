"""Sentences on the maps themselves, and what the report shows of their tables."""

import pytest

from eeglrp.evaluate.findings.maps import (
    VIEWS,
    sanity_finding,
    stability_finding,
)
from eeglrp.questions import all_tables, findings
from eeglrp.report.tables import shown
from eeglrp.tables import metric_frame, metric_row


def row(value, spread=0.05, **fields):
    common = {
        "task": "r_peak",
        "regime": "finetuned",
        "seed": "0",
        "subject": "all",
        "n": 90,
    }
    ends = {"ci_low": value - spread, "ci_high": value + spread}
    return metric_row(
        **common | ends | {"value": value, "chance": 0.2} | fields
    )


def sanity(method="attn_lrp", signed=0.05, absolute=0.6, **fields):
    """A cascade of two units whose last one has these values."""
    rows = []
    for metric, last in (
        ("spearman", signed),
        ("spearman_absolute", absolute),
    ):
        for depth, (unit, value) in enumerate(
            [("head", 0.9), ("block 1", last)], start=1
        ):
            names = {"method": method, "unit": unit, "depth": depth} | fields
            rows.append(row(value, **names, metric=f"{metric} cascading"))
            rows.append(row(0.8, **names, metric=f"{metric} independent"))
    return [
        *rows,
        row(0.07, method=method, metric="max_sensitivity", **fields),
    ]


def stability(
    value, chance=0.1, pair=("finetuned", "scratch"), seeds=(0, 0), **fields
):
    names = {
        "regime": pair[0],
        "seed": str(seeds[0]),
        "method": "attn_lrp",
        "chance": chance,
    }
    names |= {
        "against": pair[1],
        "against_seed": seeds[1],
        "metric": "spearman",
        "level": "map",
    }
    return row(value, **names | fields)


def test_sanity_gives_the_range_where_all_weights_are_random():
    rows = (
        sanity()
        + sanity(regime="scratch", signed=-0.1, absolute=0.5)
        + sanity("cp_lrp", 0.02)
    )
    sentence = sanity_finding(metric_frame(rows, ("unit", "depth"))).sentence
    assert "AttnLRP -0.10 to 0.05 (0.50 to 0.60 for |relevance|" in sentence
    assert "CP-LRP 0.02 to 0.02" in sentence
    assert "different windows reach 0.20 to 0.20" in sentence
    assert "no ranking" in sentence
    assert "0.9" not in sentence


def test_tasks_of_other_depths_have_their_own_last_unit():
    rows = sanity() + sanity(task="arousal")
    rows.append(
        row(
            0.3,
            task="arousal",
            method="attn_lrp",
            metric="spearman cascading",
            unit="e",
            depth=3,
        )
    )
    shown = VIEWS["sanity"](metric_frame(rows, ("unit", "depth")))
    signed = shown[shown["metric"] == "spearman cascading"]
    assert signed["value"].tolist() == [0.05, 0.3]


def test_stability_stands_beside_seeds_and_other_windows():
    rows = [
        stability(0.5),
        stability(0.6, seeds=(1, 0)),
        stability(0.8, pair=("finetuned", "finetuned"), seeds=(0, 1)),
        stability(0.56, pair=("scratch", "scratch"), seeds=(0, 1)),
        stability(0.3, pair=("finetuned", "frozen")),
        stability(0.12, task="arousal"),
        stability(0.9, method="cp_lrp"),
        stability(0.9, level="electrode"),
    ]
    finding = stability_finding(
        metric_frame(rows, ("against", "against_seed", "level"))
    )
    assert [[cell[0] for cell in cells] for cells in finding.rows] == [
        [
            "R-peak",
            "0.55 [0.50, 0.60]",
            "0.80 [0.75, 0.85]",
            "0.56 [0.51, 0.61]",
            "0.10",
        ],
        ["Arousal", "0.12 [0.07, 0.17]", "", "", "0.10"],
    ]
    assert "of one class: R-peak. Below" in finding.sentence
    assert "of scratch models: R-peak. Fine-tuned" in finding.sentence
    assert finding.rows[1][1][1] is False


def test_nothing_to_say_without_the_regimes_or_the_cascade():
    lone = metric_frame(
        [stability(0.3, pair=("frozen", "frozen"))],
        ("against", "against_seed", "level"),
    )
    assert stability_finding(lone) is None
    robust = metric_frame(
        [row(0.1, method="cp_lrp", metric="max_sensitivity")],
        ("unit", "depth"),
    )
    assert sanity_finding(robust) is None


def test_findings_include_both():
    frames = {
        "sanity": metric_frame(sanity(), ("unit", "depth")),
        "stability": metric_frame(
            [stability(0.5)], ("against", "against_seed", "level")
        ),
    }
    assert [one.heading for one in findings(frames)] == [
        "Random weights",
        "Same score, same map?",
    ]


@pytest.mark.parametrize(
    ("name", "rows", "names", "columns"),
    [
        (
            "sanity",
            sanity(),
            ["R-peak", "fine-tuned", "AttnLRP"],
            [
                "rank correlation, all weights random",
                "the same, |relevance|",
                "max sensitivity",
            ],
        ),
        (
            "complexity",
            [row(0.7, method="cp_lrp", metric="gini", level="sample")],
            ["R-peak", "fine-tuned", "CP-LRP"],
            ["Gini index, samples"],
        ),
        (
            "agreement",
            [
                row(
                    0.7,
                    method="cp_lrp",
                    against="lrp",
                    metric="spearman",
                    level="map",
                )
            ],
            ["R-peak", "fine-tuned", "CP-LRP and lrp"],
            ["rank correlation"],
        ),
        (
            "stability",
            [stability(0.5)],
            ["R-peak", "fine-tuned and scratch", "AttnLRP"],
            ["rank correlation"],
        ),
    ],
)
def test_the_report_shows_one_row_a_model_or_pair(name, rows, names, columns):
    table = shown(name, metric_frame(rows, all_tables()[name].columns))
    assert table["folded"]
    assert len(table["rows"]) == 1
    assert [cell[0] for cell in table["rows"][0][:3]] == names
    assert table["columns"][3:-2] == columns
