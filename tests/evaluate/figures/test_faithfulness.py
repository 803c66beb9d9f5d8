"""The figure of faithfulness."""

import itertools

import numpy as np
import pytest
from PIL import Image

from eeglrp.drawing import theme
from eeglrp.errors import InputError
from eeglrp.evaluate import curve_rows, occluders, perturbation
from eeglrp.evaluate.figures import faithfulness
from eeglrp.files import read_table, write_table
from eeglrp.labels import METHODS
from eeglrp.questions import figure_module
from eeglrp.tables import metric_frame, metric_row

REGIMES = ("finetuned", "frozen", "scratch")
FRACTIONS = (0, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 1)


def tables(
    folder,
    tasks=("r_peak", "arousal"),
    methods=("cp_lrp", "attn_lrp"),
    ways=("removal", "zero"),
):
    """Made-up tables with the columns of real ones."""
    rng, rows, curves = np.random.default_rng(0), [], []
    for task, regime, seed, way in itertools.product(
        tasks, REGIMES, (0, 1), ways
    ):
        ids = {
            "study": "s",
            "task": task,
            "regime": regime,
            "seed": seed,
            "occluder": way,
        }
        for method in methods:
            for metric, subject in itertools.product(
                ("srg", "naopc"), ("01", "all")
            ):
                value = 1 + rng.normal() / 3
                ends = {
                    "ci_low": value - 0.4,
                    "ci_high": value + 0.4,
                    "chance": 0,
                    "n": 24,
                }
                own = {
                    "method": method,
                    "metric": metric,
                    "subject": subject,
                    "value": value,
                }
                rows.append(metric_row(**ids, **own, **ends))
        kinds = [("random", "curve random", 1.5)]
        kinds += [
            (m, *kind)
            for m in methods
            for kind in (("curve morf", 3), ("curve lerf", 0.2))
        ]
        for (method, metric, slope), fraction in itertools.product(
            kinds, FRACTIONS
        ):
            own = {
                "method": method,
                "metric": metric,
                "subject": "all",
                "fraction": fraction,
            }
            curves.append(
                metric_row(
                    **ids, **own, value=2 - slope * fraction + seed / 2, n=24
                )
            )
    paths = [folder / "faithfulness.tsv", folder / "faithfulness_curves.tsv"]
    write_table(metric_frame(rows, curve_rows.EXTRA), paths[0])
    write_table(metric_frame(curves, curve_rows.CURVE_EXTRA), paths[1])
    return paths


def draw(paths, folder):
    out = [
        folder / f"faithfulness.{ending}" for ending in ("pdf", "png", "tsv")
    ]
    faithfulness.draw(paths, *out)
    return out


def figure_of(paths):
    with theme():
        figure = faithfulness.plot(faithfulness.select(paths))
        for _ in range(2):
            figure.draw_without_rendering()
    return figure


def test_names_are_those_of_the_tables():
    assert faithfulness.SRG in perturbation.METRICS
    assert set(faithfulness.CURVES) == {*curve_rows.WAYS, "curve random"}
    assert set(faithfulness.OCCLUDERS) == set(occluders.OCCLUDERS)


@pytest.mark.slow
def test_draws_pdf_png_and_the_numbers(tmp_path):
    paths = tables(tmp_path)
    pdf, png, tsv = draw(paths, tmp_path / "out")
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size <= 200_000
    with Image.open(png) as picture:
        pixels = np.asarray(picture.convert("L"))
    assert (pixels < 128).any()
    for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
        assert (edge > 250).all()
    again = draw(paths, tmp_path / "again")
    assert [path.read_bytes() for path in again] == [
        pdf.read_bytes(),
        png.read_bytes(),
        tsv.read_bytes(),
    ]


def test_shows_seeds_their_mean_and_the_curves_of_one_method_and_way(tmp_path):
    paths = tables(tmp_path)
    table, shown = read_table(paths[0]), faithfulness.select(paths)
    srg = shown[shown["metric"] == "srg"]
    assert len(srg) == 2 * 3 * 2 * 2 * 3
    one = {
        "task": "arousal",
        "regime": "frozen",
        "method": "cp_lrp",
        "occluder": "zero",
    }
    own = np.all([srg[key] == value for key, value in one.items()], axis=0)
    of_table = np.all(
        [table[key] == value for key, value in one.items()], axis=0
    )
    of_table &= (table["metric"] == "srg") & (table["subject"] == "all")
    mean = srg[own & (srg["seed"] == "mean")]["value"].item()
    assert mean == pytest.approx(table[of_table]["value"].mean())
    curves = shown[shown["metric"] != "srg"]
    assert set(curves["occluder"]) == {"removal"}
    assert set(curves["method"]) == {"attn_lrp", "random"}
    falling = curves[
        (curves["metric"] == "curve morf") & (curves["task"] == "arousal")
    ]
    falling = falling[falling["regime"] == "frozen"].sort_values("fraction")
    np.testing.assert_allclose(
        falling["value"], 2.25 - 3 * np.array(FRACTIONS)
    )


@pytest.mark.slow
def test_every_method_has_its_row(tmp_path):
    figure = figure_of(tables(tmp_path))
    axis = figure.axes[1]
    assert [text.get_text() for text in axis.get_yticklabels()] == [
        "AttnLRP",
        "CP-LRP",
    ]
    shown = faithfulness.select(tables(tmp_path))
    own = (
        (shown["metric"] == "srg")
        & (shown["seed"] == "mean")
        & (shown["task"] == "r_peak")
    )
    own &= (shown["occluder"] == "removal") & (shown["regime"] == "finetuned")
    points = [line for line in axis.lines if line.get_marker() == "o"][0]
    expected = dict(
        zip(shown[own]["method"], shown[own]["value"], strict=True)
    )
    found = dict(
        zip(np.round(points.get_ydata()), points.get_xdata(), strict=True)
    )
    assert found == pytest.approx(
        {0: expected["attn_lrp"], 1: expected["cp_lrp"]}
    )
    assert len(figure.axes) == 2 * 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "ways", [("removal",), ("zero", "mean", "other", "removal")]
)
@pytest.mark.parametrize("n_methods", [1, 14])
def test_words_do_not_overlap(tmp_path, ways, n_methods):
    methods = [name for name in METHODS if name != "random"][:n_methods]
    figure = figure_of(tables(tmp_path, methods=methods, ways=ways))
    texts = list(figure.legends[0].get_texts())
    for axis in figure.axes:
        texts += [axis.title, axis.xaxis.label, axis.yaxis.label]
        low, high = sorted(axis.get_ylim())
        marks = zip(axis.get_yticks(), axis.get_yticklabels(), strict=True)
        texts += [text for place, text in marks if low <= place <= high]
    boxes = [text.get_window_extent() for text in texts if text.get_text()]
    assert min(box.x0 for box in boxes) >= 0
    assert max(box.x1 for box in boxes) <= figure.bbox.x1
    overlapping = [
        pair
        for pair in itertools.combinations(boxes, 2)
        if pair[0].overlaps(pair[1])
    ]
    assert overlapping == []


def test_tables_without_rows_give_a_figure_that_says_so(tmp_path):
    paths = tables(tmp_path)
    for path in paths:
        write_table(read_table(path).iloc[:0], path)
    out = draw(paths, tmp_path / "out")
    assert out[1].stat().st_size > 1000
    assert read_table(out[2]).empty


@pytest.mark.parametrize("number", [0, 1])
def test_a_missing_column_is_named_and_nothing_is_written(tmp_path, number):
    paths = tables(tmp_path)
    write_table(
        read_table(paths[number]).drop(columns="occluder"), paths[number]
    )
    with pytest.raises(
        InputError, match=f"{paths[number].name}: occluder: column missing"
    ):
        draw(paths, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_figure_has_a_caption(root):
    caption = figure_module("faithfulness").CAPTION
    assert len(caption.split()) > 10
    assert "\n " not in caption
