"""The figure of trials by gaze."""

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from eeglrp.drawing import theme
from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.ocular.eyes import NO_SACCADE, TERCILES
from eeglrp.ocular.figures import terciles
from eeglrp.ocular.trial_rows import EXTRA, SHARE
from eeglrp.questions import figure_module
from eeglrp.tables import metric_frame, metric_row

GROUPS = [group for row in terciles.ROWS.values() for group in row] + [
    "all",
    "no saccade",
]
MODELS = ("finetuned", "frozen", "scratch", "csp_lda", "eegnet")


def trials(path, tasks=("motor_imagery",), models=MODELS, shares=True):
    """A made-up table with the columns of a real one."""
    rng, rows = np.random.default_rng(0), []

    def add(value, **names):
        for subject in ("07", "all"):
            ends = {"ci_low": value - 0.05, "ci_high": value + 0.05, "n": 40}
            rows.append(
                metric_row(
                    study="s", subject=subject, value=value, **ends, **names
                )
            )

    for task in tasks:
        for k, group in enumerate(GROUPS):
            gaze = {"task": task, "group": group}
            add(20.0 * (k % 4), **gaze, metric="heog", chance=0.0)
            add(0.2 * (k % 4), **gaze, metric="saccade share")
            for model in models:
                for seed in (0, 1) if model in MODELS[:3] else (0,):
                    names = gaze | {"regime": model, "seed": seed}
                    add(
                        0.6 + 0.1 * rng.random(),
                        **names,
                        metric="accuracy",
                        chance=0.5,
                    )
                    if shares and model in MODELS[:3]:
                        add(
                            0.3,
                            **names,
                            method="attn_lrp",
                            metric=SHARE,
                            chance=0.21,
                        )
    write_table(metric_frame(rows, EXTRA), path)
    return path


def draw(table, folder):
    paths = [folder / f"terciles.{ending}" for ending in ("pdf", "png", "tsv")]
    terciles.draw([table], *paths)
    return paths


def figure_of(table):
    with theme():
        return terciles.plot(terciles.select([table]))


def test_names_are_those_of_the_table():
    assert terciles.TERCILES == TERCILES
    assert terciles.QUIET == NO_SACCADE
    assert SHARE in terciles.METRICS


@pytest.mark.slow
@pytest.mark.parametrize(
    "tasks", [("motor_imagery",), ("motor_imagery", "beat")]
)
def test_nothing_is_cut_off(tmp_path, tasks):
    png = draw(trials(tmp_path / "t.tsv", tasks), tmp_path / "out")[1]
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
    table = trials(tmp_path / "t.tsv")
    pdf, png, tsv = draw(table, tmp_path / "out")
    assert pdf.read_bytes().startswith(b"%PDF")
    shown = read_table(tsv)
    assert set(shown["subject"]) == {"all"}
    # Seven groups: two values of gaze, an accuracy a model, a share a regime.
    assert len(shown) == 7 * (2 + 5 + 3)
    again = draw(table, tmp_path / "again")
    assert [path.read_bytes() for path in again] == [
        path.read_bytes() for path in (pdf, png, tsv)
    ]


def test_every_model_has_its_points_in_every_group(tmp_path):
    figure = figure_of(trials(tmp_path / "t.tsv"))
    assert len(figure.axes) == 6
    accuracy = figure.axes[1]
    dots = [
        line.get_ydata() for line in accuracy.lines if line.get_marker() == "o"
    ]
    assert len(dots) == len(MODELS)
    frame = terciles.select([tmp_path / "t.tsv"])
    own = frame[
        (frame["regime"] == "eegnet") & (frame["metric"] == "accuracy")
    ]
    expected = own.set_index("group")["value"][
        list(terciles.ROWS["all trials"])
    ]
    np.testing.assert_allclose(dots[MODELS.index("eegnet")], expected)
    quiet = [
        line.get_ydata()
        for line in figure.axes[4].lines
        if line.get_marker() == "o"
    ]
    assert {len(line) for line in quiet} == {3}


def test_groups_are_named_with_their_numbers(tmp_path):
    figure = figure_of(trials(tmp_path / "t.tsv"))
    words = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert words == [
        "low\n40\n0%",
        "middle\n40\n20%",
        "high\n40\n40%",
        "saccade\n40\n60%",
    ]
    below = [text.get_text() for text in figure.axes[3].get_xticklabels()]
    assert below == ["low\n40", "middle\n40", "high\n40"]
    assert min(text.get_fontsize() for text in figure.findobj(Text)) >= 7


def test_without_relevance_its_column_is_left_out(tmp_path):
    figure = figure_of(trials(tmp_path / "t.tsv", shares=False))
    assert len(figure.axes) == 4


@pytest.mark.slow
def test_a_study_without_quiet_trials_is_drawn(tmp_path):
    table = trials(tmp_path / "t.tsv")
    frame = read_table(table)
    write_table(frame[~frame["group"].str.contains("no saccade")], table)
    assert draw(table, tmp_path / "out")[1].stat().st_size > 1000


def test_an_empty_table_gives_a_figure_that_says_why(tmp_path):
    write_table(metric_frame([], EXTRA), tmp_path / "empty.tsv")
    pdf, png, tsv = draw(tmp_path / "empty.tsv", tmp_path)
    assert pdf.is_file()
    assert png.stat().st_size > 1000
    assert read_table(tsv).empty


def test_a_missing_column_is_named(tmp_path):
    table = trials(tmp_path / "t.tsv")
    write_table(read_table(table).drop(columns="group"), table)
    with pytest.raises(InputError, match=r"t\.tsv: group: column missing"):
        draw(table, tmp_path / "out")


def test_it_has_a_caption(root):
    text = figure_module("terciles").CAPTION
    assert text.startswith("Trials by gaze.")
