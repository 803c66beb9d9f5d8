"""The figure of randomised weights."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from PIL import Image

from eeglrp.drawing import theme
from eeglrp.errors import InputError
from eeglrp.evaluate.figures import sanity
from eeglrp.evaluate.reference import SIMILARITIES
from eeglrp.evaluate.sanity import EXTRA
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.labels import METHODS
from eeglrp.questions import figure_module
from eeglrp.tables import metric_frame, metric_row

DEMO = {
    "tasks": ("r_peak", "motor_imagery", "arousal", "valence"),
    "regimes": ("finetuned", "frozen", "scratch"),
    "methods": ("attn_lrp", "cp_lrp", "input_x_gradient"),
    "seeds": (0, 1),
    "layers": 4,
}
LARGE = {"tasks": ("r_peak",), "methods": tuple(METHODS)[:13], "layers": 12}
SMALLEST = {
    "tasks": ("r_peak",),
    "regimes": ("scratch",),
    "methods": ("cp_lrp",),
    "seeds": (0,),
}


def table(path, **changes):
    """A made-up table with the columns of a real one."""
    study, rng, rows = DEMO | changes, np.random.default_rng(0), []
    names = (study[name] for name in ("tasks", "regimes", "seeds", "methods"))
    blocks = [f"block {k}" for k in range(study["layers"], 0, -1)]
    units = ["head", *blocks, "embeddings", "patch embedding"]
    for task, regime, seed, method in itertools.product(*names):
        ids = {
            "study": "s",
            "task": task,
            "regime": regime,
            "seed": seed,
            "method": method,
        }
        for kind, metric in itertools.product(
            ("cascading", "independent"), SIMILARITIES
        ):
            for depth, unit in enumerate(units, start=1):
                level = {"spearman": 0.1, "spearman_absolute": 0.6}[metric]
                value = level + 0.4 / depth + 0.02 * rng.normal()
                row = ids | {
                    "metric": f"{metric} {kind}",
                    "unit": unit,
                    "depth": depth,
                    "n": 6,
                }
                row |= {
                    "ci_low": value - 0.1,
                    "ci_high": value + 0.1,
                    "chance": level / 2,
                }
                rows += [
                    metric_row(**row, subject=name, value=value)
                    for name in ("07", "all")
                ]
        rows.append(
            metric_row(
                **ids, metric="max_sensitivity", subject="all", value=0.1, n=6
            )
        )
    write_table(metric_frame(rows, EXTRA), path)
    return path


def draw(path, folder):
    paths = [folder / f"sanity.{ending}" for ending in ("pdf", "png", "tsv")]
    sanity.draw([path], *paths)
    return paths


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes", [DEMO, LARGE, SMALLEST], ids=["demo", "large", "smallest"]
)
def test_draws_pdf_png_and_the_numbers(tmp_path, changes):
    path = table(tmp_path / "t.tsv", **changes)
    pdf, png, tsv = draw(path, tmp_path / "out")
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size <= 200_000
    with Image.open(png) as picture:
        pixels = np.asarray(picture.convert("L"))
    # Text that is cut off would leave ink on the outermost pixels.
    assert (
        min(
            edge.min()
            for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
        )
        > 250
    )
    assert len(read_table(tsv)) > 5
    again = draw(path, tmp_path / "again")
    assert [one.read_bytes() for one in again] == [
        one.read_bytes() for one in (pdf, png, tsv)
    ]


def test_shown_are_pooled_cascades_averaged_over_seeds(tmp_path):
    path = table(tmp_path / "t.tsv")
    shown, given = sanity.select([path]), read_table(path)
    assert len(shown) == 4 * 3 * 3 * 2 * 7
    assert set(shown["metric"]) == set(sanity.LINES)
    one = (shown["task"] == "arousal") & (shown["regime"] == "frozen")
    one &= (shown["method"] == "cp_lrp") & (shown["depth"] == 3)
    found = shown[one & (shown["metric"] == "spearman cascading")][
        "value"
    ].item()
    one = (
        (given["task"] == "arousal")
        & (given["regime"] == "frozen")
        & (given["depth"] == 3)
    )
    one &= (given["method"] == "cp_lrp") & (
        given["metric"] == "spearman cascading"
    )
    assert found == pytest.approx(
        given[one & (given["subject"] == "all")]["value"].mean()
    )


def test_lines_start_at_the_trained_model_and_follow_the_numbers(tmp_path):
    shown = sanity.select([table(tmp_path / "t.tsv", **SMALLEST)])
    with theme():
        figure = sanity.plot(shown)
    (axis,) = figure.axes
    lines = [line for line in axis.lines if len(line.get_xdata()) == 8]
    for line, metric in zip(lines, sanity.LINES, strict=True):
        values = shown[shown["metric"] == metric].sort_values("depth")["value"]
        np.testing.assert_allclose(line.get_ydata(), [1, *values])
    names = [text.get_text() for text in axis.get_xticklabels()]
    assert names[:3] == ["none", "head", "block 4"]
    assert names[-1] == "patch embedding"
    sizes = {
        text.get_text(): text.get_fontsize() for text in figure.findobj(Text)
    }
    assert min(sizes.values()) >= 7, sizes


def test_a_table_without_rows_gives_a_figure_that_says_so(tmp_path):
    write_table(
        pd.DataFrame(columns=[*METRIC_COLUMNS, *EXTRA]), tmp_path / "t.tsv"
    )
    _, png, tsv = draw(tmp_path / "t.tsv", tmp_path)
    assert png.stat().st_size > 1000
    assert read_table(tsv).empty
    assert sanity.MISSING.startswith("No ")


def test_a_missing_column_is_named_and_nothing_is_written(tmp_path):
    path = table(tmp_path / "t.tsv", **SMALLEST)
    write_table(read_table(path).drop(columns="depth"), path)
    with pytest.raises(InputError, match=r"t\.tsv: depth: column missing"):
        draw(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_caption_says_that_it_is_no_ranking(root):
    caption = figure_module("sanity").CAPTION
    assert "no ranking" in " ".join(caption.split())
