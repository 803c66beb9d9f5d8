"""The figure of learning curves."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from PIL import Image

from eeglrp.decoding import learning_curve_scores
from eeglrp.decoding.figures import learning_curve
from eeglrp.drawing import theme
from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.questions import figure_module
from eeglrp.tables import metric_frame, metric_row

SIZES = {"r_peak": (32, 64, 128, 256, 1054), "motor_imagery": (16, 64, 480)}
GAIN = {"finetuned": 0.12, "frozen": 0.02, "scratch": 0.0}


def curves(path, tasks=tuple(SIZES), regimes=tuple(GAIN), seeds=(0, 1)):
    """A made-up table with the columns of a real one."""
    rng, rows = np.random.default_rng(0), []
    for task in tasks:
        for size in SIZES[task]:
            ids = {"study": "s", "task": task, "windows": size}
            for regime in regimes:
                for seed in seeds:
                    value = (
                        0.4
                        + 0.08 * np.log2(size / 8)
                        + GAIN[regime]
                        + 0.02 * rng.normal()
                    )
                    row = ids | {
                        "regime": regime,
                        "seed": seed,
                        "metric": "balanced_accuracy",
                    }
                    row |= {
                        "chance": 0.5,
                        "ci_low": value - 0.04,
                        "ci_high": value + 0.04,
                    }
                    rows += [
                        metric_row(**row, subject=name, value=value, n=90)
                        for name in ("07", "all")
                    ]
            if {"finetuned", "scratch"} <= set(regimes):
                row = ids | {
                    "regime": "finetuned",
                    "metric": learning_curve.DIFFERENCE,
                }
                ends = (
                    {"ci_low": 0.05, "ci_high": 0.2}
                    if task == "r_peak"
                    else {}
                )
                rows.append(
                    metric_row(**row, **ends, subject="all", value=0.12, n=3)
                )
    write_table(metric_frame(rows, ("windows",)), path)
    return path


def draw(table, folder):
    paths = [
        folder / f"learning_curve.{ending}" for ending in ("pdf", "png", "tsv")
    ]
    learning_curve.draw([table], *paths)
    return paths


def figure_of(table):
    with theme():
        return learning_curve.plot(learning_curve.select([table]))


def test_names_are_those_of_the_table():
    assert learning_curve.METRIC == learning_curve_scores.METRIC
    assert learning_curve.DIFFERENCE == learning_curve_scores.DIFFERENCE


@pytest.mark.slow
@pytest.mark.parametrize("tasks", [("r_peak",), tuple(SIZES)])
def test_nothing_is_cut_off(tmp_path, tasks):
    png = draw(curves(tmp_path / "t.tsv", tasks), tmp_path / "out")[1]
    with Image.open(png) as picture:
        pixels = np.asarray(picture.convert("L"))
    assert (pixels < 128).any()
    # Text that is cut off would leave ink on the outermost pixels.
    assert (
        min(
            edge.min()
            for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
        )
        > 250
    )
    assert png.stat().st_size <= 200_000


@pytest.mark.slow
def test_draws_pdf_png_and_the_numbers(tmp_path):
    table = curves(tmp_path / "t.tsv")
    pdf, png, tsv = draw(table, tmp_path / "out")
    assert pdf.read_bytes().startswith(b"%PDF")
    shown = read_table(tsv)
    assert set(shown["subject"]) == {"all"}
    # Every seed and their mean for each regime and size, and one difference a size.
    assert len(shown) == (5 + 3) * (3 * (2 + 1) + 1)
    again = draw(table, tmp_path / "again")
    assert [path.read_bytes() for path in again] == [
        path.read_bytes() for path in (pdf, png, tsv)
    ]


def test_every_seed_is_a_line_of_its_own_over_the_numbers_of_windows(tmp_path):
    table = curves(tmp_path / "t.tsv", tasks=("motor_imagery",))
    figure = figure_of(table)
    top, bottom = figure.axes
    # Three regimes with two seeds each, and chance.
    assert len(top.lines) == 3 * 2 + 1
    frame = read_table(table)
    mine = (
        (frame["subject"] == "all")
        & (frame["regime"] == "frozen")
        & (frame["seed"] == 1)
    )
    expected = frame[mine & (frame["metric"] == "balanced_accuracy")][
        "value"
    ].to_numpy()
    assert any(
        np.array_equal(line.get_ydata(), expected) for line in top.lines
    )
    assert top.get_xscale() == "log"
    labels = [text.get_text() for text in bottom.get_xticklabels()]
    assert labels == ["16", "64", "480"]
    assert "labelled training windows" in bottom.get_xlabel()


def test_without_both_regimes_there_is_no_row_of_differences(tmp_path):
    figure = figure_of(
        curves(tmp_path / "t.tsv", regimes=("frozen",), seeds=(0,))
    )
    assert [axis.get_ylabel() for axis in figure.axes] == [
        "balanced accuracy",
        "",
    ]


def test_type_is_at_least_seven_points(tmp_path):
    figure = figure_of(curves(tmp_path / "t.tsv"))
    assert min(text.get_fontsize() for text in figure.findobj(Text)) >= 7


def test_an_empty_table_gives_a_figure_that_says_why(tmp_path):
    write_table(metric_frame([], ("windows",)), tmp_path / "empty.tsv")
    pdf, png, tsv = draw(tmp_path / "empty.tsv", tmp_path)
    assert pdf.is_file()
    assert png.stat().st_size > 1000
    assert read_table(tsv).empty
    assert "training.learning_curve" in learning_curve.MISSING


@pytest.mark.parametrize("column", ["value", "windows"])
def test_a_missing_column_is_named(tmp_path, column):
    table = curves(tmp_path / "t.tsv")
    write_table(read_table(table).drop(columns=column), table)
    with pytest.raises(InputError, match=f"t.tsv: {column}: column missing"):
        draw(table, tmp_path / "out")


def test_words_among_the_numbers_of_windows_are_named(tmp_path):
    table = curves(tmp_path / "t.tsv")
    frame = read_table(table)
    frame["windows"] = pd.Series(["many", *frame["windows"].astype(str)[1:]])
    write_table(frame, table)
    with pytest.raises(InputError, match=r"t\.tsv: windows: "):
        draw(table, tmp_path / "out")


def test_it_has_a_caption(root):
    text = figure_module("learning_curve").CAPTION
    assert text.startswith("Learning curves.")
    assert "validation split" in " ".join(text.split())
