import numpy as np
import pandas as pd
import pytest

from eeglrp.drawing import theme
from eeglrp.evaluate.figures import methods
from eeglrp.files import METRIC_COLUMNS, read_table, write_table

SCORES = {
    "localisation": [("auc", 0.8, 0.5), ("rma", 0.5, 0.1), ("rra", 0.4, 0.1)],
    "faithfulness": [("srg", 1.5, 0.0), ("naopc", 0.3, 0.1)],
    "sanity": [
        ("max_sensitivity", 0.4, np.nan),
        ("spearman cascading", 0.1, 0.0),
    ],
    "cost": [("gradients", 50.0, np.nan), ("seconds_per_window", 0.1, np.nan)],
}
EXTRA = {"faithfulness": {"occluder": ("zero", "removal")}}


def tables(
    folder,
    names=tuple(SCORES),
    tasks=("r_peak", "arousal"),
    ways=("cp_lrp", "gamma"),
):
    paths = []
    for name in names:
        rows = []
        for task, method, seed in (
            (t, m, s) for t in tasks for m in ways for s in (0, 1)
        ):
            for metric, value, chance in SCORES[name]:
                row = dict.fromkeys(METRIC_COLUMNS, "") | {
                    "task": task,
                    "method": method,
                }
                row |= {
                    "study": "x",
                    "regime": "scratch",
                    "seed": seed,
                    "subject": "all",
                }
                row |= {
                    "metric": metric,
                    "value": value + 0.1 * seed,
                    "chance": chance,
                    "n": 9,
                }
                row |= {"ci_low": value - 0.05, "ci_high": value + 0.15}
                for column, values in EXTRA.get(name, {}).items():
                    rows += [row | {column: one} for one in values[1:]]
                    row = row | {column: values[0]}
                rows += [row, row | {"subject": "000", "value": -7.0}]
        paths.append(folder / "metrics" / f"{name}.tsv")
        write_table(pd.DataFrame(rows), paths[-1])
    return paths


def test_every_question_has_a_column_with_the_mean_over_seeds(tmp_path):
    shown = methods.select(tables(tmp_path))
    means = shown[shown["seed"] == "mean"]
    kinds = {
        "auc",
        "rma",
        "srg zero",
        "srg removal",
        "max_sensitivity",
        "gradients",
    }
    assert set(means["metric"]) == kinds
    assert len(means) == 2 * 2 * len(kinds)
    own = means[
        (means["task"] == "r_peak") & (means["method"] == "gamma")
    ].set_index("metric")
    assert own.loc["auc", "value"] == pytest.approx(0.85)
    assert own.loc["srg removal", "value"] == pytest.approx(1.55)
    # Subjects' own values are not shown.
    assert shown["value"].min() > 0


def test_costs_stand_on_a_logarithmic_axis_and_the_truth_on_a_linear_one(
    tmp_path,
):
    shown = methods.select(tables(tmp_path))
    with theme():
        axes = methods.plot(shown).axes
    scales = {axis.get_title(): axis.get_xscale() for axis in axes}
    assert scales[methods.TITLES["gradients"]] == "log"
    assert scales[methods.TITLES["auc"]] == "linear"
    assert len(scales) == 6
    assert any("removal" in title for title in scales)


@pytest.mark.slow
def test_what_was_not_measured_is_left_out(tmp_path):
    paths = [
        tmp_path / f"methods.{ending}" for ending in ("pdf", "png", "tsv")
    ]
    methods.draw(tables(tmp_path, names=("cost",)), *paths)
    assert set(read_table(paths[2])["metric"]) == {"gradients"}


def test_without_any_score_the_figure_says_so(tmp_path, monkeypatch):
    path = tmp_path / "cost.tsv"
    write_table(pd.DataFrame(columns=list(METRIC_COLUMNS)), path)
    said = []
    monkeypatch.setattr(
        "eeglrp.drawing.in_words", lambda words: said.append(words)
    )
    monkeypatch.setattr("eeglrp.drawing.save", lambda *_: None)
    methods.draw(
        [path], tmp_path / "a.pdf", tmp_path / "a.png", tmp_path / "a.tsv"
    )
    assert said == [methods.MISSING]
