"""Figures of the central cluster and its confounds, from made-up tables."""

import numpy as np
import pandas as pd
import pytest

from eeglrp.affect.confounds import EXTRA as CONFOUNDS
from eeglrp.affect.figures import (
    affect_confounds,
    affect_recurrence,
    affect_topomaps,
)
from eeglrp.affect.table import EXTRA, write_clusters
from eeglrp.files import read_table, write_table
from eeglrp.tables import join_tables, metric_frame, metric_row

from ..made_up import CHANNELS, made_up, write_tables

pytestmark = pytest.mark.slow

AFFECT = {"region": None, "permutations": 100}
STATISTICS = {"bootstrap": 100, "confidence": 0.95}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Topography, maps and clusters of two tasks, of which arousal has a planted cluster."""
    folder, rng = tmp_path_factory.mktemp("tables"), np.random.default_rng(4)
    parts = {
        "arousal": write_tables(made_up(rng, 2.0), folder, "arousal"),
        "valence": write_tables(made_up(rng), folder, "valence"),
    }
    out, joined = folder / "affect_cluster.tsv", []
    settings = {
        "study": "x",
        "method": "gamma",
        "affect": AFFECT,
        "statistics": STATISTICS,
    }
    write_clusters(parts, out, seed=1, **settings)
    for k, name in enumerate(("topography", "affect_maps")):
        joined.append(folder / f"{name}.tsv")
        frames = [read_table(paths[k]) for paths in parts.values()]
        write_table(join_tables(frames), joined[-1])
    return [*joined, out]


def drawn(module, tables, folder):
    paths = [folder / f"figure.{ending}" for ending in ("pdf", "png", "tsv")]
    module.draw(tables, *paths)
    assert all(path.stat().st_size > 500 for path in paths[:2])
    return read_table(paths[2])


def test_gains_are_shares_minus_those_of_permuted_models(tables, tmp_path):
    found = drawn(affect_topomaps, tables, tmp_path)
    maps = made_up(np.random.default_rng(4), 2.0)
    own = found[(found["task"] == "arousal") & (found["regime"] == "scratch")]
    assert set(own["null"]) == {"permuted"}
    assert set(own.loc[own["region"] == 1, "channel"]) == {"C3", "CZ", "C4"}
    metrics = affect_topomaps.SHARE, affect_topomaps.GAIN
    share, gain = (
        own[own["metric"] == metric].set_index("channel") for metric in metrics
    )
    expected = np.mean(
        [maps.models["scratch", seed].mean(0) for seed in (0, 1)], axis=0
    )
    np.testing.assert_allclose(
        share.loc[CHANNELS, "value"], expected, rtol=1e-5
    )
    expected -= maps.permuted["scratch"].mean((0, 1))
    np.testing.assert_allclose(
        gain.loc[CHANNELS, "value"], expected, atol=1e-6
    )
    assert gain.loc["CZ", "cluster"] == 1
    assert gain.loc["O1", "cluster"] == 0


def test_marks_are_drawn_where_the_clusters_are(tables):
    frame = affect_topomaps.select(tables)
    figure = affect_topomaps.plot(frame)
    titled = [
        axis for axis in figure.axes if axis.get_title().startswith("Arousal")
    ]
    assert len(titled) == 2
    marked = [
        axis
        for axis in figure.axes
        if len(axis.collections) and axis not in titled
    ]
    sizes = [
        len(one.get_offsets()) for axis in marked for one in axis.collections
    ]
    held = frame[
        (frame["metric"] == "share beyond reference") & (frame["cluster"] > 0)
    ]
    assert 3 in sizes
    assert sum(n for n in sizes) >= len(held)


def test_only_models_above_all_references_are_filled(tables, tmp_path):
    found = drawn(affect_recurrence, tables[2:], tmp_path)
    assert set(found["subject"]) == {"all"}
    figure = affect_recurrence.plot(affect_recurrence.select(tables[2:]))
    filled = {}
    for axis in figure.axes[::2]:
        points = [line for line in axis.lines if line.get_markersize() == 4]
        filled[axis.get_title()] = [
            point.get_markerfacecolor() != "white" for point in points
        ]
    assert filled == {"Arousal": [True] * 4, "Valence": [False] * 4}


def test_without_permuted_models_nothing_is_filled():
    rows = pd.DataFrame(
        {"null": ["all", "signal"], "p": [0.001, 0.001]}
    ).set_index("null")
    assert not affect_recurrence.is_above(rows)
    rows.loc["permuted", "p"] = 0.001
    assert affect_recurrence.is_above(rows)
    rows.loc["all", "p"] = 0.2
    assert not affect_recurrence.is_above(rows)


def test_few_subjects_are_said_to_be_too_few(tmp_path):
    maps = made_up(np.random.default_rng(0), 2.0, n_subjects=3)
    settings = {
        "study": "x",
        "method": "gamma",
        "affect": AFFECT,
        "statistics": STATISTICS,
    }
    paths = {"arousal": write_tables(maps, tmp_path)}
    write_clusters(paths, tmp_path / "c.tsv", seed=1, **settings)
    figure = affect_recurrence.plot(
        affect_recurrence.select([tmp_path / "c.tsv"])
    )
    assert any(
        "too few subjects" in text.get_text() for text in figure.axes[1].texts
    )


@pytest.mark.parametrize(("seeds", "lines"), [(1, 1), (2, 3)])
def test_the_mean_over_seeds_has_a_line_where_there_are_several(
    tmp_path, seeds, lines
):
    maps = made_up(np.random.default_rng(4), seeds=seeds, regimes=("scratch",))
    paths = {"arousal": write_tables(maps, tmp_path)}
    settings = {
        "study": "x",
        "method": "gamma",
        "affect": AFFECT,
        "statistics": STATISTICS,
    }
    write_clusters(paths, tmp_path / "c.tsv", seed=1, **settings)
    axis = affect_recurrence.plot(
        affect_recurrence.select([tmp_path / "c.tsv"])
    ).axes[0]
    names = [tick.get_text() for tick in axis.get_yticklabels()]
    assert len(names) == lines
    assert ("scratch, all seeds" in names) == (seeds > 1)


def confounds(path, change=True):
    names = {
        "study": "x",
        "task": "arousal",
        "method": "gamma",
        "regime": "scratch",
    }
    rows = []
    for seed, p in ((0, 0.01), (1, 0.2)):
        own = names | {
            "seed": seed,
            "ci_low": 0.2,
            "ci_high": 0.5,
            "n": 8,
            "tested": "own",
        }
        whole = own | {
            "condition": "all",
            "signal": 0.2,
            "chance": 0.15,
            "p": p,
        }
        parts = ("central", "muscle", "ocular", "cardiac")
        found = [
            whole | {"metric": "share", "part": part, "value": 0.4}
            for part in parts
        ]
        found += [
            whole
            | {"metric": f"share {band}", "part": "central", "value": 0.3}
            for band in ("delta", "theta", "alpha", "beta", "gamma")
        ]
        if change:
            other = {
                "metric": "enrichment change",
                "part": "central",
                "value": -0.3,
                "p": p,
            }
            found.append(
                own | other | {"condition": "no_temporal", "chance": 0.0}
            )
        rows += [metric_row(**row, subject="all") for row in found]
    # What is not shown: subjects, bands of other parts, other inputs.
    rows.append(metric_row(**rows[0] | {"subject": "s1", "value": 9}))
    rows.append(
        metric_row(**rows[0] | {"condition": "no_temporal", "value": 9})
    )
    rows.append(metric_row(**rows[4] | {"part": "muscle", "value": 9}))
    write_table(metric_frame(rows, CONFOUNDS), path)
    return path


def test_parts_bands_and_changes_have_a_panel_each(tmp_path):
    path = confounds(tmp_path / "affect_confounds.tsv")
    found = drawn(affect_confounds, [path], tmp_path)
    assert len(found) == 4 + 5 + 1
    assert found["value"].max() < 1
    # The largest p of the seeds.
    assert (found["p"] == 0.2).all()
    figure = affect_confounds.plot(affect_confounds.select([path]))
    names = [
        [tick.get_text() for tick in axis.get_yticklabels()]
        for axis in figure.axes
    ]
    assert [len(one) for one in names] == [4, 5, 1]
    assert names[2] == ["no temporal"]


def test_a_task_without_other_inputs_says_so_in_its_panel(tmp_path):
    path = confounds(tmp_path / "affect_confounds.tsv")
    one = read_table(path)
    other = one[one["metric"] != "enrichment change"].assign(task="valence")
    write_table(pd.concat([one, other]), path)
    axes = affect_confounds.plot(affect_confounds.select([path])).axes
    assert [text.get_text() for text in axes[5].texts] == ["no other input"]
    assert not axes[5].axison
    # The label is under the last panel that has values.
    assert [axis.get_xlabel() != "" for axis in axes] == [
        False,
        False,
        True,
        True,
        True,
        False,
    ]


def test_without_other_inputs_there_is_no_third_panel(tmp_path):
    path = confounds(tmp_path / "affect_confounds.tsv", change=False)
    assert (
        len(affect_confounds.plot(affect_confounds.select([path])).axes) == 2
    )


@pytest.mark.parametrize(
    "module", [affect_topomaps, affect_recurrence, affect_confounds]
)
def test_empty_tables_are_said_in_words(module, tmp_path):
    extra = {
        "topography": ("class", "channel"),
        "affect_maps": ("source", "channel"),
        "affect_cluster": EXTRA,
        "affect_confounds": CONFOUNDS,
    }
    paths = [tmp_path / f"{name.split('/')[-1]}" for name in module.TABLES]
    for path in paths:
        write_table(metric_frame([], extra[path.stem]), path)
    assert drawn(module, paths, tmp_path).empty
