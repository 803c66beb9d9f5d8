"""The figure of agreement between methods and between models."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from PIL import Image

from eeglrp.drawing import theme
from eeglrp.errors import InputError
from eeglrp.evaluate.agreement import EXTRA
from eeglrp.evaluate.figures import agreement
from eeglrp.evaluate.map_features import COLUMNS
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.labels import METHODS
from eeglrp.questions import figure_module
from eeglrp.tables import metric_frame, metric_row

DEMO = {
    "tasks": {
        "r_peak": (0, 1),
        "motor_imagery": (0, 1),
        "arousal": (0,),
        "valence": (0,),
    },
    "regimes": ("finetuned", "frozen", "scratch"),
    "methods": ("attn_lrp", "cp_lrp", "input_x_gradient"),
}
LARGE = {"tasks": {"r_peak": range(5)}, "methods": tuple(METHODS)[:12]}
ONE_METHOD = {"tasks": {"r_peak": (0, 1)}, "methods": ("cp_lrp",)}
ONE_MODEL = {"tasks": {"r_peak": (0,)}, "regimes": ("scratch",)}


def tables(folder, **changes):
    """Made-up tables with the columns of real ones."""
    study, rng = DEMO | changes, np.random.default_rng(0)
    rows = {"agreement": [], "stability": []}
    for task, seeds in study["tasks"].items():
        models = list(itertools.product(study["regimes"], seeds))
        for regime, seed in models:
            ids = {"study": "s", "task": task, "regime": regime, "seed": seed}
            for first, second in itertools.combinations(study["methods"], 2):
                names = ids | {"method": first, "against": second}
                rows["agreement"] += values(names, 0.7, rng)
        for (first, second), method in itertools.product(
            itertools.combinations(models, 2), study["methods"]
        ):
            names = {
                "study": "s",
                "task": task,
                "regime": first[0],
                "seed": first[1],
            }
            names |= {
                "method": method,
                "against": second[0],
                "against_seed": second[1],
            }
            rows["stability"] += values(names, 0.3, rng)
    for name, found in rows.items():
        write_table(metric_frame(found, EXTRA[name]), folder / f"{name}.tsv")
    return [folder / f"{name}.tsv" for name in rows]


def values(names, level, rng):
    found = []
    for (metric, of_level), subject in itertools.product(
        COLUMNS, ("07", "all")
    ):
        row = names | {
            "metric": metric,
            "level": of_level,
            "subject": subject,
            "n": 90,
        }
        value = level + 0.1 * rng.normal()
        row |= {"value": value, "ci_low": value - 0.1, "ci_high": value + 0.1}
        found.append(metric_row(**row, chance=0.1 * rng.normal()))
    return found


def draw(paths, folder):
    out = [folder / f"agreement.{ending}" for ending in ("pdf", "png", "tsv")]
    agreement.draw(paths, *out)
    return out


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [DEMO, LARGE, ONE_METHOD, ONE_MODEL],
    ids=["demo", "large", "one method", "one model"],
)
def test_draws_pdf_png_and_the_numbers(tmp_path, changes):
    paths = tables(tmp_path, **changes)
    pdf, png, tsv = draw(paths, tmp_path / "out")
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
    assert len(read_table(tsv)) >= 3
    again = draw(paths, tmp_path / "again")
    assert [one.read_bytes() for one in again] == [
        one.read_bytes() for one in (pdf, png, tsv)
    ]


def test_methods_are_averaged_over_trained_models_and_models_are_not(tmp_path):
    changes = {
        "regimes": ("finetuned", "scratch", "untrained"),
        "tasks": {"r_peak": (0, 1)},
    }
    paths = tables(tmp_path, **changes)
    shown, given = agreement.select(paths), read_table(paths[0])
    assert set(shown["panel"]) == set(agreement.PANELS)
    pair = shown[
        (shown["panel"] == "methods") & (shown["first"] == "attn_lrp")
    ]
    pair = pair[pair["second"] == "cp_lrp"]
    own = (given["method"] == "attn_lrp") & (given["against"] == "cp_lrp")
    own &= (given["subject"] == "all") & (given["metric"] == "spearman")
    own &= (given["level"] == "map") & (given["regime"] != "untrained")
    assert own.sum() == 4
    assert pair["value"].item() == pytest.approx(given[own]["value"].mean())
    models = shown[shown["panel"] == "models"]
    assert len(models) == 6 * 5 / 2
    assert set(models["method"]) == {"attn_lrp"}
    assert ["finetuned 1", "scratch 0"] in models[
        ["first", "second"]
    ].to_numpy().tolist()


def test_similarity_stands_below_the_diagonal_and_its_chance_above(tmp_path):
    shown = agreement.select(tables(tmp_path, **ONE_METHOD))
    with theme():
        figure = agreement.plot(shown)
    axis = figure.axes[0]
    matrix = axis.images[0].get_array()
    names = [text.get_text() for text in axis.get_yticklabels()]
    expected = [
        "fine-tuned 0",
        "fine-tuned 1",
        "frozen 0",
        "frozen 1",
        "scratch 0",
        "scratch 1",
    ]
    assert names == expected
    row = shown[
        (shown["first"] == "finetuned 1") & (shown["second"] == "scratch 0")
    ]
    row = row[row["panel"] == "models"]
    assert matrix[4, 1] == pytest.approx(row["value"].item())
    assert matrix[1, 4] == pytest.approx(row["chance"].item())
    assert np.ma.getmaskarray(np.ma.masked_invalid(matrix)).sum() == 6
    sizes = {
        text.get_text(): text.get_fontsize() for text in figure.findobj(Text)
    }
    assert min(sizes.values()) >= 7, sizes


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.527, ".53"),
        (0.999, "1.00"),
        (-0.31, "−.3"),
        (-0.04, ".0"),
        (0, ".0"),
    ],
)
def test_numbers_are_short(value, words):
    assert agreement._short(value) == words


@pytest.mark.slow
def test_tables_without_rows_give_a_figure_that_says_so(tmp_path):
    paths = []
    for name in ("agreement", "stability"):
        paths.append(tmp_path / f"{name}.tsv")
        write_table(
            pd.DataFrame(columns=[*METRIC_COLUMNS, *EXTRA[name]]), paths[-1]
        )
    _, png, tsv = draw(paths, tmp_path)
    assert png.stat().st_size > 1000
    assert read_table(tsv).empty
    assert agreement.MISSING.startswith("No ")


def test_a_missing_column_is_named_and_nothing_is_written(tmp_path):
    paths = tables(tmp_path, **ONE_METHOD)
    write_table(read_table(paths[1]).drop(columns="against_seed"), paths[1])
    with pytest.raises(
        InputError, match=r"stability\.tsv: against_seed: column missing"
    ):
        draw(paths, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_caption_explains_both_sides_of_the_diagonal(root):
    caption = figure_module("agreement").CAPTION
    assert "diagonal" in caption
