"""The numbers each figure shows are those of the tables it reads."""

import itertools

import numpy as np
import pandas as pd
import pytest

from eeglrp.decoding.figures import decoding, pretraining, training
from eeglrp.drawing import theme
from eeglrp.evaluate.figures import localisation
from eeglrp.evaluate.scores import METRICS
from eeglrp.files import read_table, write_table
from eeglrp.scalp import topography
from eeglrp.verify import conservation
from eeglrp.verify.figures import (
    lateralisation,
    layers,
    ledger,
    r_locked,
    shares,
    topomaps,
)
from eeglrp.verify.layers import columns as layer_columns
from eeglrp.verify.r_peak import COURSE_EXTRA
from eeglrp.verify.share_rows import EXTRA
from eeglrp.verify.share_rows import columns as share_columns


def test_metrics_have_the_names_that_the_tables_use():
    assert set(localisation.METRICS) == set(METRICS)
    meaning = topography.columns(["CZ"])
    assert [one["metric"] for one in meaning] == [
        topomaps.SIGNED,
        topomaps.SHARE,
    ]
    assert {one["metric"] for one in layer_columns(["CZ"], 2)} == {
        layers.METRIC
    }
    assert conservation.columns(["input"]) == [
        {"metric": ledger.PREFIX + "input"}
    ]
    names = [
        one["metric"] for one in share_columns(["C3", "C4"], 200, by_band=True)
    ]
    assert {name.split()[0] + " " for name in names} == {
        shares.PREFIX,
        lateralisation.PREFIX,
    }
    assert set(shares.NAMES) < set(names)
    assert {*shares.NUMBERS} < set(EXTRA)
    assert set(r_locked.COURSE) < set(COURSE_EXTRA)


def test_decoding_shows_subjects_seeds_and_their_mean(study):
    paths = study.tables("decoding")
    table, shown = read_table(paths[0]), decoding.select(paths)
    assert set(shown["metric"]) == {"balanced_accuracy"}
    mine = (
        (shown["task"] == "arousal")
        & (shown["regime"] == "frozen")
        & (shown["subject"] == "all")
    )
    seeds = shown[mine & (shown["seed"] != "mean")]["value"]
    assert len(seeds) == 2
    assert np.isclose(
        shown[mine & (shown["seed"] == "mean")]["value"].iloc[0], seeds.mean()
    )
    subjects = (
        table[table["metric"] == "balanced_accuracy"]["subject"].nunique() - 1
    )
    assert shown["subject"].nunique() - 1 == subjects
    of_subjects = shown[shown["subject"] != "all"]
    assert set(of_subjects["seed"]) == {"mean"}
    own = (
        (table["task"] == "arousal")
        & (table["regime"] == "frozen")
        & (table["subject"] == "003")
    )
    own = table[own & (table["metric"] == "balanced_accuracy")]["value"]
    here = (of_subjects["task"] == "arousal") & (
        of_subjects["regime"] == "frozen"
    )
    assert np.isclose(
        of_subjects[here & (of_subjects["subject"] == "003")]["value"],
        own.mean(),
    )


def test_decoding_draws_every_seed_and_the_mean_of_a_regime_in_its_row(
    make_study, tmp_path
):
    study = make_study(
        tmp_path, tasks=("arousal",), seeds=(0, 1, 2), subjects=4
    )
    shown = decoding.select(study.tables("decoding"))
    with theme():
        axis = decoding.plot(shown).axes[0]
    words = [text.get_text() for text in axis.get_yticklabels()]
    frozen = shown[(shown["regime"] == "frozen") & (shown["subject"] == "all")]
    mean = frozen[frozen["seed"] == "mean"].iloc[0]
    assert words[1] == f"frozen  {mean['value']:.2f}"
    in_row = [
        line
        for line in axis.lines
        if np.all(np.abs(np.array(line.get_ydata()) - 1) < 0.45)
    ]
    points = {
        (line.get_marker(), len(line.get_xdata())): line.get_xdata()
        for line in in_row
    }
    np.testing.assert_allclose(
        points["D", 3], frozen[frozen["seed"] != "mean"]["value"]
    )
    np.testing.assert_allclose(points["o", 1], [mean["value"]])
    np.testing.assert_allclose(
        points["|", 2], mean[["ci_low", "ci_high"]].astype(float)
    )
    assert len(points["o", 4]) == 4
    assert len(axis.collections) == 4


@pytest.mark.slow
@pytest.mark.parametrize("subjects", [3, 20])
def test_decoding_has_room_for_many_baselines_and_seeds(
    subjects, make_study, tmp_path
):
    baselines = tuple(f"baseline_with_name_{k}" for k in range(6))
    regimes = ("finetuned", "frozen", "scratch")
    study = make_study(
        tmp_path, seeds=range(5), subjects=subjects, regimes=regimes
    )
    table = read_table(study.decoding())
    more = [
        table[table["regime"] == "csp_lda"].assign(regime=name)
        for name in baselines
    ]
    write_table(pd.concat([table, *more]), tmp_path / "many.tsv")
    with theme():
        figure = decoding.plot(decoding.select([tmp_path / "many.tsv"]))
        for _ in range(2):
            figure.draw_without_rendering()
    texts = figure.legends[0].get_texts()
    for axis in figure.axes:
        texts += [axis.title, axis.xaxis.label, *axis.get_yticklabels()]
    boxes = [text.get_window_extent() for text in texts]
    assert len(boxes) == 4 * (2 + 10) + 4
    assert min(box.x0 for box in boxes) > 0
    assert max(box.x1 for box in boxes) < figure.bbox.x1
    overlapping = [
        (one, other)
        for one, other in itertools.combinations(boxes, 2)
        if one.overlaps(other)
    ]
    assert overlapping == []


def test_r_locked_shows_the_mean_course_with_its_null(study):
    shown = r_locked.select(study.tables("r_locked"))
    mean = shown[(shown["seed"] == "mean") & shown["lag"].notna()]
    assert len(mean) == 3 * 3 * 121
    assert np.allclose(mean["null_high"], 0.0012)
    assert set(shown[shown["lag"].isna()]["metric"]) == {
        r_locked.Z,
        r_locked.P,
        r_locked.LATENCY,
    }
    assert set(shown["subject"]) == {"all"}


def test_r_locked_shows_as_many_methods_as_there_is_room_for(
    make_study, tmp_path
):
    methods = ("mine", "input_x_gradient", "cp_lrp", "attn_lrp")
    shown = r_locked.select(
        make_study(tmp_path, methods=methods).tables("r_locked")
    )
    assert list(dict.fromkeys(shown["method"])) == [
        "input_x_gradient",
        "cp_lrp",
        "attn_lrp",
    ]


@pytest.mark.slow
def test_r_locked_needs_no_summary(study):
    course, summary = study.tables("r_locked")
    write_table(read_table(summary).iloc[:0], summary)
    shown = r_locked.select([course, summary])
    with theme():
        titles = [axis.get_title() for axis in r_locked.plot(shown).axes]
    assert titles
    assert all(title.endswith(" (n = 260)") for title in titles)


@pytest.mark.parametrize(
    ("figure", "name"), [(topomaps, "topomaps"), (layers, "layers")]
)
def test_one_method_is_shown_where_there_is_room_for_one(figure, name, study):
    assert set(figure.select(study.tables(name))["method"]) == {"attn_lrp"}


def test_shares_of_all_classes_beside_the_size_of_the_region(study):
    shown = shares.select(study.tables("shares"))
    chance = shown.groupby("metric")["chance"].first()
    assert chance["share ocular_frontal"] == 0.21
    assert chance["share early"] == 0.5
    assert len(shown) == 4 * 3 * 12
    assert set(shown["method"]) == {"attn_lrp"}
    assert not shown["metric"].str.contains("central ").any()


def test_p_of_a_share_is_the_largest_of_the_seeds(study):
    (path,) = study.tables("shares")
    table = read_table(path)
    mine = (table["task"] == "arousal") & (table["metric"] == "share central")
    mine &= (table["regime"] == "scratch") & (table["class"] == "all")
    table.loc[mine & (table["seed"] == table["seed"].min()), "p"] = 0.001
    write_table(table, path)
    shown = shares.select([path]).set_index(["task", "regime", "metric"])
    assert shown.loc[("arousal", "scratch", "share central"), "p"] == 0.5


@pytest.mark.slow
def test_markers_are_filled_where_p_is_small(study):
    shown = shares.select(study.tables("shares"))
    with theme():
        axis = shares.plot(shown).axes[0]
    faces = {}
    for line in axis.lines:
        white = line.get_markerfacecolor() == "white"
        faces[white] = faces.get(white, 0) + len(line.get_xdata())
    own = shown[
        (shown["task"] == "r_peak") & ~shown["metric"].isin(shares.NAMES)
    ]
    edges = 2 * (own["metric"].nunique() - 1)
    assert faces[True] == (own["p"] >= shares.ALPHA).sum()
    assert faces[False] - edges == (own["p"] < shares.ALPHA).sum()


def test_sides_of_both_classes_and_their_difference(study):
    shown = lateralisation.select(study.tables("lateralisation"))
    assert len(shown) == 4 * 3 * 2 * 3
    assert "all" not in set(shown["class"])
    own = shown[
        (shown["task"] == "motor_imagery")
        & (shown["metric"] == "lateralisation central")
    ]
    assert own.groupby("class")["value"].mean().round(1).to_dict() == {
        "left": 0.4,
        "right": -0.3,
        "left - right": 0.7,
    }


def test_tasks_of_three_classes_have_no_sides_to_compare(study):
    (path,) = study.tables("lateralisation")
    table = read_table(path)
    table = table[
        ~((table["task"] == "arousal") & table["class"].str.contains(" - "))
    ]
    write_table(table, path)
    assert set(lateralisation.select([path])["task"]) == {
        "r_peak",
        "motor_imagery",
        "valence",
    }


@pytest.mark.slow
def test_ledger_bars_end_where_the_shares_add_up(study):
    shown = ledger.select(study.tables("ledger"))
    with theme():
        axis = ledger.plot(shown).axes[0]
    here = shown[
        (shown["task"] == "r_peak") & (shown["regime"] == "finetuned")
    ]
    here = here[
        (here["method"] == "attn_lrp") & here["metric"].str.startswith("share")
    ]
    boxes = [
        bar
        for bar in axis.patches
        if abs(bar.get_y() + bar.get_height() / 2) < 0.1
    ]
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in boxes]
    assert len(boxes) == 8
    assert np.isclose(max(map(max, ends)), here["value"].clip(lower=0).sum())
    assert np.isclose(min(map(min, ends)), here["value"].clip(upper=0).sum())


@pytest.mark.slow
def test_localisation_puts_the_yardsticks_last(study):
    shown = localisation.select(study.tables("localisation"))
    with theme():
        axis = localisation.plot(shown).axes[0]
    words = [text.get_text() for text in axis.get_yticklabels()]
    assert words == [
        "AttnLRP",
        "CP-LRP",
        "input × gradient",
        "|signal|",
        "random",
    ]


def test_pretraining_shows_the_mean_over_folds(study):
    paths = study.tables("pretraining")
    shown = pretraining.select(paths)
    task = "pretrained-r_peak"
    assert set(shown["weights"]) == {
        f"pretrained-{name}" for name in study.settings["tasks"]
    }
    histories, spectra = (
        [
            read_table(path)
            for path in paths
            if path.parent.name == task and path.name.endswith(ending)
        ]
        for ending in ("history.tsv", "spectra.tsv")
    )
    assert len(histories) == len(spectra) == 2
    own = shown[shown["weights"] == task]
    losses = own[own["series"] == "validation_loss"].set_index("epoch")
    expected = np.mean([table["validation_loss"] for table in histories], 0)
    np.testing.assert_allclose(losses["value"], expected)
    network = own[(own["series"] == "network") & (own["channel"] == "CZ")]
    values = [
        table.loc[
            (table["predictor"] == "network") & (table["channel"] == "CZ")
        ]
        for table in spectra
    ]
    means = np.mean([table["r_squared"] for table in values], 0)
    np.testing.assert_allclose(network["value"], means)
    assert network["n"].tolist() == [600]


def test_training_marks_the_epoch_that_was_kept(study):
    shown = training.select(study.tables("training"))
    assert shown.groupby(["task", "regime", "fold", "seed"]).ngroups == (
        4 * 3 * 2 * 2
    )
    assert list(shown.columns[:4]) == ["task", "regime", "fold", "seed"]
    one = shown[shown["seed"] == "1"].iloc[:8]
    with theme():
        bottom = training.plot(one).axes[1]
    (kept,) = [line for line in bottom.lines if line.get_marker() == "o"]
    best = one.loc[one["validation_balanced_accuracy"].idxmax()]
    assert kept.get_xydata().tolist() == [
        [best["epoch"], best["validation_balanced_accuracy"]]
    ]
