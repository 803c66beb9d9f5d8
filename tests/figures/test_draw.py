"""What every figure has in common."""

import subprocess
import sys

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from PIL import Image

from eeglrp.drawing import theme
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.questions import figure_module, figure_modules

pytestmark = pytest.mark.slow

FIGURES = (
    "decoding",
    "topomaps",
    "r_locked",
    "layers",
    "ledger",
    "localisation",
    "shares",
    "lateralisation",
    "training",
    "pretraining",
)
MODULES = [figure_modules()[name] for name in FIGURES]
#: Those that read metric tables; the others read histories.
OF_METRICS = FIGURES[:-2]
COURSES = (
    "class",
    "channel",
    "layer",
    "region",
    "lag",
    "null_low",
    "null_high",
    "signal",
    "p",
)


def module(name):
    return figure_module(name)


def draw(name, tables, folder):
    paths = [folder / f"{name}.{ending}" for ending in ("pdf", "png", "tsv")]
    module(name).draw(tables, *paths)
    return paths


@pytest.mark.parametrize("name", FIGURES)
def test_draws_pdf_png_and_the_numbers(name, study, tmp_path):
    before = dict(matplotlib.rcParams)
    pdf, png, tsv = draw(name, study.tables(name), tmp_path / "out")
    assert dict(matplotlib.rcParams) == before
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size <= 200_000
    assert_nothing_is_cut_off(png)
    assert len(read_table(tsv)) > 5
    assert sorted(path.suffix for path in tsv.parent.iterdir()) == [
        ".pdf",
        ".png",
        ".tsv",
    ]


@pytest.mark.parametrize("name", FIGURES)
def test_smallest_study_gives_the_same_bytes_every_time(
    name, smallest_study, tmp_path
):
    tables = smallest_study.tables(name)
    first, again = (draw(name, tables, tmp_path / folder) for folder in "ab")
    assert [path.read_bytes() for path in first] == [
        path.read_bytes() for path in again
    ]
    assert b"CreationDate" not in first[0].read_bytes()
    assert_nothing_is_cut_off(first[1])


def assert_nothing_is_cut_off(png):
    """Text that does not fit would leave ink on the picture's outermost pixels."""
    with Image.open(png) as picture:
        pixels = np.asarray(picture.convert("L"))
    assert min(pixels.shape) > 200
    assert (pixels < 128).any()
    for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
        assert (edge > 250).all()


@pytest.mark.parametrize("name", FIGURES)
def test_type_is_at_least_seven_points(name, smallest_study):
    with theme():
        figure = module(name).plot(
            module(name).select(smallest_study.tables(name))
        )
    sizes = {
        text.get_text(): text.get_fontsize() for text in figure.findobj(Text)
    }
    assert min(sizes.values()) >= 7, sizes


@pytest.mark.parametrize("name", OF_METRICS)
def test_table_without_rows_gives_a_figure_that_says_so(name, tmp_path):
    path = tmp_path / "empty.tsv"
    write_table(pd.DataFrame(columns=[*METRIC_COLUMNS, *COURSES]), path)
    pdf, png, tsv = draw(name, [path] * len(module(name).TABLES), tmp_path)
    assert pdf.is_file()
    assert png.stat().st_size > 1000
    assert read_table(tsv).empty
    assert module(name).MISSING.startswith("No ")


@pytest.mark.parametrize("name", FIGURES[-2:])
def test_no_history_gives_a_figure_that_says_so(name, tmp_path):
    assert all(path.is_file() for path in draw(name, [], tmp_path))


@pytest.mark.parametrize("name", FIGURES)
def test_missing_column_is_named_and_nothing_is_written(name, study, tmp_path):
    tables = study.tables(name)
    column = "value" if name in OF_METRICS else "validation_loss"
    write_table(read_table(tables[0]).drop(columns=column), tables[0])
    with pytest.raises(
        InputError, match=f"{tables[0].name}: {column}: column missing"
    ):
        draw(name, tables, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_words_among_the_numbers_are_named(study, tmp_path):
    (path,) = study.tables("decoding")
    frame = read_table(path)
    frame["value"] = frame["value"].astype(str).where(frame.index > 0, "high")
    write_table(frame, path)
    with pytest.raises(InputError, match="decoding.tsv: value: "):
        draw("decoding", [path], tmp_path / "out")


def test_tables_are_known_without_matplotlib_and_figures_drawn_without_torch(
    tmp_path,
):
    code = f"""
import sys
from importlib import import_module
modules = [import_module(name) for name in {MODULES!r}]
assert all(isinstance(one, str) for module in modules for one in module.TABLES)
assert not {{"matplotlib", "pandas", "seaborn", "mne"}} & set(sys.modules), "heavy"
modules[-1].draw([], *("{tmp_path}/a." + ending for ending in ("pdf", "png", "tsv")))
assert not {{"torch", "mne"}} & set(sys.modules), "not needed"
"""
    environment = {"PYTHONPATH": pythonpath()}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=False
    )
    assert done.returncode == 0


def pythonpath():
    return next(path for path in sys.path if path.endswith("workflow"))


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_a_caption(name, root):
    caption = figure_module(name).CAPTION
    assert len(caption.split()) > 10
    assert "\n " not in caption
