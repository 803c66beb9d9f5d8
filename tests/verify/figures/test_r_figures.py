"""The figures of relevance around the R-peak by electrode, against decoding, and of the grid."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from PIL import Image

from eeglrp.drawing import theme
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.questions import figure_module
from eeglrp.tables import metric_frame, metric_row
from eeglrp.verify import cardiac_field, phases
from eeglrp.verify import r_decoding as verify_decoding
from eeglrp.verify import r_topography as verify_topography
from eeglrp.verify.figures import r_decoding, r_topography, sampling_grid

NAMES = "FP1 FP2 F7 F3 FZ F4 F8 T7 C3 CZ C4 T8 P7 P3 PZ P4 P8 O1 O2".split()  # noqa: SIM905
REGIMES = ("finetuned", "frozen", "scratch", "untrained")
FIGURES = ("r_topography", "r_decoding", "sampling_grid")


def models(
    tasks=("r_peak",),
    regimes=REGIMES,
    seeds=(0, 1),
    methods=("cp_lrp", "attn_lrp"),
):
    for task, regime, seed, method in itertools.product(
        tasks, regimes, seeds, methods
    ):
        yield {
            "study": "s",
            "task": task,
            "regime": regime,
            "seed": seed,
            "method": method,
        }


def topography(**size):
    rng, rows = np.random.default_rng(0), []
    for model, condition, subject in itertools.product(
        models(**size),
        ("r_peak", "between", "r_peak - between"),
        ("all", "01"),
    ):
        own = model | {"class": condition, "subject": subject, "n": 90}
        for name in NAMES:
            z, p = (8, 0.001) if name == "T8" else (rng.normal(), 0.5)
            values = {
                "value": z / 100,
                "chance": 0,
                "null_low": -0.03,
                "null_high": 0.03,
            }
            for metric in ("peak", "zero"):
                rows.append(
                    metric_row(
                        **own,
                        **values,
                        metric=metric,
                        channel=name,
                        lag=0.02,
                        z=z,
                        p=p,
                    )
                )
        for lag in verify_topography.lag_samples(200) / 200:
            numbers = {
                "value": 0.1 - abs(lag),
                "null_low": -0.05,
                "null_high": 0.05,
            }
            course = {
                "metric": "course",
                "channel": "all",
                "lag": lag,
                "z": 1,
                "p": 1,
            }
            rows.append(metric_row(**own, **numbers, **course))
    return metric_frame(rows, verify_topography.EXTRA)


def fields():
    ids = {"study": "s", "task": "r_peak", "subject": "all"}
    rows = [
        metric_row(**ids, metric=kind, channel=name, value=k)
        for kind in cardiac_field.KINDS
        for k, name in enumerate(NAMES)
    ]
    return metric_frame(rows, cardiac_field.EXTRA)


def r_peak(**size):
    rng = np.random.default_rng(1)
    rows = [
        metric_row(
            **m, subject=s, metric="r_locked_z", value=rng.normal(), chance=2.5
        )
        for m in models(**size)
        for s in ("01", "02", "03", "all")
    ]
    return metric_frame(rows)


def decoding(**size):
    rng = np.random.default_rng(2)
    rows = [
        metric_row(
            **m | {"method": ""},
            subject=s,
            metric="balanced_accuracy",
            value=rng.random(),
        )
        for m in models(**size, methods=("",))
        for s in ("01", "02", "03", "all")
    ]
    return metric_frame(rows)


def correlation(**size):
    rows = [
        metric_row(
            **m,
            subject="all",
            metric=metric,
            value=value,
            ci_low=-0.2,
            ci_high=0.7,
            n=9,
        )
        for m in models(**size)
        for metric, value in (("spearman", 0.4), ("p", 0.01 + 0.1 * m["seed"]))
    ]
    return metric_frame(rows)


def grid(**size):
    rows = [
        metric_row(
            **m,
            subject="all",
            metric=metric,
            place=k,
            value=1 + (k % 8 == 4),
            n=90,
        )
        | {"ci_low": 0.9, "ci_high": 1.1, "chance": 1}
        for m in models(**size)
        for metric, n in (("step", 8), ("patch", 200))
        for k in range(n)
    ]
    return metric_frame(rows, phases.EXTRA)


def tables(name, folder, **size):
    """Paths of a figure's tables, made up."""
    frames = {
        "r_topography": lambda: [topography(**size), fields()],
        "r_decoding": lambda: [
            correlation(**size),
            r_peak(**size),
            decoding(**size),
        ],
        "sampling_grid": lambda: [grid(**size)],
    }[name]()
    paths = [folder / f"{k}.tsv" for k in range(len(frames))]
    for frame, path in zip(frames, paths, strict=True):
        write_table(frame, path)
    return paths


def draw(name, paths, folder):
    out = [folder / f"{name}.{ending}" for ending in ("pdf", "png", "tsv")]
    figure_module(name).draw(paths, *out)
    return out


def test_names_are_those_of_the_tables():
    assert set(r_topography.COURSE) == set(verify_topography.EXTRA)
    assert set(r_topography.FIELD) < set(cardiac_field.EXTRA)
    assert tuple(r_topography.FIELDS) == cardiac_field.KINDS
    assert r_decoding.LOCKING == verify_decoding.LOCKING
    assert r_decoding.ACCURACY == verify_decoding.ACCURACY


@pytest.mark.slow
@pytest.mark.parametrize(
    "size", [{}, {"regimes": ("scratch",), "seeds": (0,)}]
)
@pytest.mark.parametrize("name", FIGURES)
def test_draws_whole_small_pictures_that_repeat(name, size, tmp_path):
    paths = tables(name, tmp_path, **size)
    first, again = (draw(name, paths, tmp_path / folder) for folder in "ab")
    assert [one.read_bytes() for one in first] == [
        one.read_bytes() for one in again
    ]
    assert first[1].stat().st_size <= 200_000
    with Image.open(first[1]) as picture:
        pixels = np.asarray(picture.convert("L"))
    # Text that does not fit would leave ink on the outermost pixels.
    for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
        assert (edge > 250).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_type_is_large_enough_and_apart(name, tmp_path):
    figure_of = figure_module(name)
    with theme():
        figure = figure_of.plot(figure_of.select(tables(name, tmp_path)))
        for _ in range(2):
            figure.draw_without_rendering()
    texts = [
        text
        for text in figure.findobj(Text)
        if text.get_text() and text.get_visible()
    ]
    assert min(text.get_fontsize() for text in texts) >= 7
    titles = [
        axis.title for axis in figure.findobj(lambda one: hasattr(one, "plot"))
    ]
    boxes = [text.get_window_extent() for text in titles if text.get_text()]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_tables_without_rows_give_a_figure_that_says_so(name, tmp_path):
    columns = dict.fromkeys(
        [*METRIC_COLUMNS, *verify_topography.EXTRA, "p_field", "place"]
    )
    write_table(pd.DataFrame(columns=list(columns)), tmp_path / "empty.tsv")
    module = figure_module(name)
    out = draw(
        name, [tmp_path / "empty.tsv"] * len(module.TABLES), tmp_path / "out"
    )
    assert all(path.is_file() for path in out)
    assert read_table(out[2]).empty
    assert module.MISSING.startswith("No ")


@pytest.mark.parametrize("name", FIGURES)
def test_a_missing_column_is_named(name, tmp_path):
    paths = tables(name, tmp_path)
    write_table(read_table(paths[0]).drop(columns="value"), paths[0])
    with pytest.raises(InputError, match=r"0.tsv: value: column missing"):
        draw(name, paths, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_a_caption_without_stray_markup(name, root):
    caption = figure_module(name).CAPTION
    assert len(caption.split()) > 10
    assert not set(caption) & set("|`*")


def test_electrodes_are_ringed_where_every_seed_is_beyond_its_surrogates(
    tmp_path,
):
    paths = tables("r_topography", tmp_path, regimes=("scratch",))
    frame = read_table(paths[0])
    own = (
        (frame["channel"] == "T8")
        & (frame["class"] == "between")
        & (frame["seed"] == 1)
    )
    frame.loc[own, "p"] = 0.2
    write_table(frame, paths[0])
    shown = r_topography.select(paths)
    assert set(shown["method"].dropna()) == {"attn_lrp", ""}
    with theme():
        figure = r_topography.plot(shown)
    rings = [
        len([line for line in axis.lines if line.get_markerfacecolor() == "w"])
        for axis in figure.subfigs[0].axes
        if axis.get_title().endswith("20 ms")
    ]
    assert rings == [1, 0, 1]


def test_map_and_course_show_the_means_over_seeds(tmp_path):
    paths = tables("r_topography", tmp_path, regimes=("scratch",))
    table, shown = read_table(paths[0]), r_topography.select(paths)
    keep = (table["method"] == "attn_lrp") & (table["subject"] == "all")
    keep &= (
        (table["class"] == "r_peak")
        & (table["metric"] == "peak")
        & (table["channel"] == "CZ")
    )
    mine = (
        (shown["class"] == "r_peak")
        & (shown["metric"] == "peak")
        & (shown["channel"] == "CZ")
    )
    assert shown.loc[mine, "z"].item() == pytest.approx(
        table.loc[keep, "z"].mean()
    )
    course = shown[
        (shown["metric"] == "course") & (shown["class"] == "r_peak")
    ]
    np.testing.assert_allclose(course["value"], 0.1 - course["lag"].abs())


def test_points_are_means_over_seeds_and_headings_count_significant_ones(
    tmp_path,
):
    paths = tables("r_decoding", tmp_path, regimes=("scratch",))
    z, accuracy = read_table(paths[1]), read_table(paths[2])
    shown = r_decoding.select(paths)
    point = shown[shown["subject"] == "02"]
    own = (z["subject"] == "02") & (z["method"] == "attn_lrp")
    assert point["value"].item() == pytest.approx(
        z.loc[own, "value"].abs().mean()
    )
    same = accuracy["subject"] == "02"
    assert point["accuracy"].item() == pytest.approx(
        accuracy.loc[same, "value"].mean()
    )
    with theme():
        (axis,) = r_decoding.plot(shown).axes
    assert "scratch (3 subjects)" in axis.get_title()
    assert "p < 0.05 in 1 of 2 seeds" in axis.get_title()


def test_subjects_too_few_for_a_correlation_are_still_drawn(tmp_path):
    paths = tables("r_decoding", tmp_path, regimes=("scratch",))
    write_table(read_table(paths[0]).iloc[:0], paths[0])
    with theme():
        (axis,) = r_decoding.plot(r_decoding.select(paths)).axes
    assert axis.get_title().endswith("too few for a correlation")
    assert any(len(line.get_xdata()) == 3 for line in axis.lines)


def test_the_grid_is_the_mean_over_models_of_a_task(tmp_path):
    frame = grid(tasks=("r_peak", "arousal"))
    frame.loc[frame["regime"] == "frozen", "value"] += 4
    write_table(frame, tmp_path / "grid.tsv")
    shown = sampling_grid.select([tmp_path / "grid.tsv"])
    assert len(shown) == 2 * 2 * 208
    assert set(shown["n_models"]) == {8}
    assert set(shown["value"]) == {2.0, 3.0}
    with theme():
        figure = sampling_grid.plot(shown)
    assert all(axis.get_ylim()[1] > 3 for axis in figure.axes)
