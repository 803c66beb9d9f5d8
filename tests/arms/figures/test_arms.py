"""Figures of arms: accuracy and ocular share, and maps."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from eeglrp.arms.figures import arm_topomaps, arms
from eeglrp.drawing import theme
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.questions import figure_module

ARMS = ("all", "placebo_cp", "no_frontal", "frontal_only", "sensorimotor")
REGIMES = ("scratch", "csp_lda")


def electrodes(arm, channels):
    frontal = {"FP1", "FP2", "AF7", "AF8", "F7", "F8"}
    kept = {
        "no_frontal": lambda name: name not in frontal,
        "frontal_only": lambda name: name in frontal,
        "sensorimotor": lambda name: name in ("C3", "CZ", "C4"),
    }.get(arm, lambda name: True)
    return [name for name in channels if kept(name)]


def tables(folder, channels, arm_names=ARMS, regimes=REGIMES, seeds=(0, 1)):
    rng, rows, maps = np.random.default_rng(0), [], []
    for arm, regime, seed in itertools.product(arm_names, regimes, seeds):
        names = {
            "study": "s",
            "task": "motor_imagery",
            "regime": regime,
            "seed": seed,
        }
        names |= {"subject": "all", "arm": arm, "tested": "own", "n": 90}
        method = "pattern" if regime == "csp_lda" else "attn_lrp"
        value = 0.8 + 0.02 * rng.normal()
        ends = {"ci_low": value - 0.05, "ci_high": value + 0.05}
        row = (
            names
            | ends
            | {"metric": "balanced_accuracy", "value": value, "chance": 0.5}
        )
        rows += (
            [row]
            if arm == "all"
            else [row, row | {"tested": "only", "value": value - 0.1}]
        )
        if arm not in ("no_frontal", "sensorimotor"):
            share = {
                "metric": "share ocular_frontal",
                "method": method,
                "value": 0.4,
            }
            rows.append(
                names | share | {"ci_low": 0.3, "ci_high": 0.5, "chance": 0.2}
            )
        present = electrodes(arm, channels)
        weights = rng.uniform(1, 3, len(present))
        for channel, weight in zip(
            present, weights / weights.sum(), strict=True
        ):
            place = {"metric": "share", "method": method, "channel": channel}
            maps.append(
                names | place | {"value": weight, "chance": 1 / len(present)}
            )
    paths = folder / "arms.tsv", folder / "arm_topography.tsv"
    columns = [*METRIC_COLUMNS, "arm", "tested"]
    write_table(pd.DataFrame(rows, columns=[*columns, "p"]), paths[0])
    write_table(pd.DataFrame(maps, columns=[*columns, "channel"]), paths[1])
    return dict(
        zip((arms, arm_topomaps), ([path] for path in paths), strict=True)
    )


def drawn(module, paths):
    with theme():
        return module.plot(module.select(paths))


def words(figure):
    return [text.get_text() for text in figure.findobj(Text)]


@pytest.fixture(params=["19", "64"])
def channels(request, channel_names):
    return channel_names[request.param]


@pytest.mark.slow
@pytest.mark.parametrize("module", [arms, arm_topomaps])
def test_draws_the_same_bytes_every_time(module, tmp_path, channels):
    paths, files = tables(tmp_path, channels)[module], []
    for folder in "ab":
        files.append(
            [
                tmp_path / folder / f"x.{ending}"
                for ending in ("pdf", "png", "tsv")
            ]
        )
        module.draw(paths, *files[-1])
    assert [f.read_bytes() for f in files[0]] == [
        f.read_bytes() for f in files[1]
    ]
    assert files[0][1].stat().st_size <= 200_000


@pytest.mark.parametrize("module", [arms, arm_topomaps])
def test_empty_table_gives_a_figure_that_says_so(module, tmp_path, channels):
    (path,) = tables(tmp_path, channels)[module]
    write_table(read_table(path).head(0), path)
    outs = [tmp_path / f"x.{ending}" for ending in ("pdf", "png", "tsv")]
    module.draw([path], *outs)
    assert outs[1].stat().st_size > 1000
    assert module.MISSING.startswith("No ")


@pytest.mark.slow
@pytest.mark.parametrize("module", [arms, arm_topomaps])
def test_type_is_at_least_seven_points(module, tmp_path, channels):
    figure = drawn(module, tables(tmp_path, channels)[module])
    assert (
        min(
            text.get_fontsize()
            for text in figure.findobj(Text)
            if text.get_text()
        )
        >= 7
    )


@pytest.mark.parametrize("module", [arms, arm_topomaps])
def test_caption_and_nothing_heavy_at_import(module, root):
    name = module.__name__.rpartition(".")[2]
    assert len(figure_module(name).CAPTION.split()) > 30
    assert all(table.startswith("metrics/arm") for table in module.TABLES)


def test_arms_stand_in_order_placebos_last(tmp_path, channel_names):
    figure = drawn(arms, tables(tmp_path, channel_names["19"])[arms])
    shown = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert shown == [
        "all input",
        "no frontal",
        "frontal only",
        "sensorimotor",
        "placebo cp",
    ]


def test_tested_only_is_open_and_trained_on_the_arm_filled(
    tmp_path, channel_names
):
    paths = tables(tmp_path, channel_names["19"])[arms]
    figure, frame = drawn(arms, paths), arms.select(paths)
    points = [
        line for line in figure.axes[0].lines if line.get_marker() == "o"
    ]
    filled = {
        line.get_xdata()[0]
        for line in points
        if line.get_markerfacecolor() != "white"
    }
    accuracy = frame[frame["metric"] == arms.ACCURACY]
    assert filled == set(accuracy.loc[accuracy["tested"] == "own", "value"])
    assert len(points) == len(accuracy) == 2 * (1 + 2 * 4)
    # A missing region is said in words, for two arms.
    assert (
        sum("none of these electrodes" in text for text in words(figure)) == 2
    )


def test_seeds_are_averaged(tmp_path, channel_names):
    paths = tables(tmp_path, channel_names["19"])[arms]
    raw, frame = read_table(paths[0]), arms.select(paths)
    row = frame[
        (frame["metric"] == arms.ACCURACY) & (frame["tested"] == "only")
    ].iloc[0]
    same = (raw["arm"] == row["arm"]) & (raw["regime"] == row["regime"])
    of_seeds = raw[same & (raw["tested"] == "only")]
    assert row["value"] == pytest.approx(of_seeds["value"].mean())
    assert row["n_seeds"] == 2


@pytest.mark.slow
def test_one_map_an_arm_and_model_few_electrodes_as_points(tmp_path, channels):
    figure = drawn(arm_topomaps, tables(tmp_path, channels)[arm_topomaps])
    maps = [axis for axis in figure.axes if axis.images]
    points = [
        axis for axis in figure.axes if not axis.images and axis.collections
    ]
    points = [axis for axis in points if axis.get_label() != "<colorbar>"]
    assert len(maps) == 3 * 2
    assert len(points) == 2 * 2


def test_points_lie_where_mne_draws_electrodes(channel_names):
    from mne.viz import plot_topomap

    cap = tuple(channel_names["19"])
    sphere = arm_topomaps.head(arm_topomaps.positions(cap))
    with theme():
        from matplotlib.figure import Figure

        axis = Figure().subplots()
        info = arm_topomaps.positions(cap)
        plot_topomap(
            np.ones(19),
            info,
            axes=axis,
            sphere=sphere,
            sensors="k.",
            show=False,
        )
    drawn_at = next(line for line in axis.lines if len(line.get_xdata()) == 19)
    x, y = arm_topomaps._flat(cap, sphere[:3])
    np.testing.assert_allclose(drawn_at.get_xdata(), x, atol=2e-3)
    np.testing.assert_allclose(drawn_at.get_ydata(), y, atol=2e-3)


def test_colours_show_the_share_against_an_even_one(tmp_path, channel_names):
    paths = tables(tmp_path, channel_names["19"])[arm_topomaps]
    frame = arm_topomaps.select(paths)
    np.testing.assert_allclose(
        frame["relative"], frame["value"] / frame["chance"]
    )
    norm, _ = arm_topomaps._scale(frame)
    assert norm(1.0) == 0.5
    assert norm(frame["relative"].max()) <= 1


def test_arm_without_maps_says_so(tmp_path, channel_names):
    (path,) = tables(tmp_path, channel_names["19"])[arm_topomaps]
    frame = read_table(path)
    gone = (frame["arm"] == "all") & (frame["regime"] == "csp_lda")
    write_table(frame[~gone], path)
    assert words(drawn(arm_topomaps, [path])).count("no data") == 1


def test_electrode_without_a_place_is_named(tmp_path, channel_names):
    (path,) = tables(tmp_path, channel_names["19"])[arm_topomaps]
    frame = read_table(path)
    frame["channel"] = frame["channel"].replace({"CZ": "CB1"})
    write_table(frame, path)
    footnote = drawn(arm_topomaps, [path]).get_supxlabel().replace("\n", " ")
    assert "no known place: CB1" in footnote
    assert "CSP+LDA: pattern" in footnote
