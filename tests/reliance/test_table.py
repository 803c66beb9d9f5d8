import numpy as np
import pandas as pd
import pytest

from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.reliance.correlation import cross_fitted, halves
from eeglrp.reliance.measures import EXTRA
from eeglrp.reliance.table import write_reliance
from eeglrp.tables import metric_frame, metric_row

STATISTICS = {"bootstrap": 100, "confidence": 0.95}
LEVELS, SUBJECTS = (0.5, 0.7, 0.8, 0.9, 1.0), [f"{k:02d}" for k in range(4)]


def part(folder, confound, level, rng, seeds=(0, 1)):
    """Table of one task: `good` follows reliance, `bad` is noise, HEOG loss falls with it."""
    rows = []
    for seed in seeds:
        names = {
            "study": "x",
            "task": f"{confound}_{level:g}",
            "regime": "scratch",
            "seed": seed,
        }
        names |= {"confound": confound, "probability": level}
        for subject in SUBJECTS:
            truth = level - 0.5 + 0.01 * rng.standard_normal()
            for method, metric, value in (
                ("", "reliance", truth),
                ("", "accuracy matched", 0.9),
                ("", "heog_loss", -truth),
                (
                    "good",
                    "share",
                    0.2 + truth / 2 + 0.005 * rng.standard_normal(),
                ),
                ("bad", "share", rng.random()),
                ("good", "absolute", rng.random()),
            ):
                own = {
                    "method": method,
                    "metric": metric,
                    "value": value,
                    "subject": subject,
                }
                rows.append(metric_row(**names, **own))
        rows.append(
            metric_row(
                **names, metric="reliance", value=level - 0.5, subject="all"
            )
        )
    path = folder / f"{confound}-{level:g}.tsv"
    write_table(metric_frame(rows, EXTRA), path)
    return path


@pytest.fixture
def parts(tmp_path):
    rng = np.random.default_rng(0)
    return [
        part(tmp_path, name, level, rng)
        for name in ("saccade", "alpha")
        for level in LEVELS
    ]


@pytest.fixture
def table(parts, tmp_path):
    write_reliance(parts, STATISTICS, 1, tmp_path / "reliance.tsv")
    return read_table(tmp_path / "reliance.tsv")


def one(table, confound, method, metric):
    own = (table["confound"] == confound) & (table["method"] == method)
    (row,) = table[own & (table["metric"] == metric)].itertuples()
    return row


def test_all_rows_are_kept_and_correlations_added(parts, table):
    assert list(table) == [*METRIC_COLUMNS, *EXTRA]
    n_before = sum(len(read_table(path)) for path in parts)
    kinds = {"pearson", "spearman"}
    added = table[n_before:]
    assert set(added["metric"].str.split().str[0]) == kinds
    assert len(added) == 2 * 2 * 4
    assert set(added["task"]) == set(added["regime"]) == {""}
    assert set(added["n"]) == {10}


def test_the_measure_that_follows_reliance_is_told_from_the_others(table):
    for confound in ("saccade", "alpha"):
        good = one(table, confound, "good", "pearson share")
        assert good.ci_low > 0.9
        bad = one(table, confound, "bad", "pearson share")
        assert bad.ci_low < 0 < bad.ci_high
        assert one(table, confound, "", "pearson heog_loss").ci_high < -0.9


def test_against_matrices_put_together_by_hand(table):
    own = table[(table["confound"] == "alpha") & (table["subject"] != "all")]
    places = [
        (f"alpha_{level:g}", seed) for level in LEVELS for seed in (0, 1)
    ]
    matrices = []
    for metric, method in (("share", "bad"), ("reliance", "")):
        chosen = own[(own["metric"] == metric) & (own["method"] == method)]
        values = {
            (r.task, r.seed, r.subject): r.value for r in chosen.itertuples()
        }
        matrices.append(
            [
                [values[task, seed, s] for s in SUBJECTS]
                for task, seed in places
            ]
        )
    expected = cross_fitted(*np.array(matrices), halves(4, None))
    found = [
        one(table, "alpha", "bad", f"{kind} share").value
        for kind in ("pearson", "spearman")
    ]
    assert found == pytest.approx(expected)


@pytest.mark.slow
def test_models_and_subjects_that_lack_a_value_are_left_out(parts, tmp_path):
    frame = read_table(parts[0])
    gone = (
        (frame["method"] == "good")
        & (frame["metric"] == "share")
        & (frame["seed"] == 1)
    )
    write_table(frame[~gone], parts[0])
    frame = read_table(parts[1])
    own = (frame["method"] == "bad") & (frame["subject"] == "03")
    write_table(frame[~own], parts[1])
    write_reliance(parts, STATISTICS, 1, tmp_path / "out.tsv")
    table = read_table(tmp_path / "out.tsv")
    assert one(table, "saccade", "good", "pearson share").n == 9
    assert np.isfinite(one(table, "saccade", "bad", "pearson share").value)


def test_a_single_model_has_no_correlation(parts, tmp_path):
    frame = read_table(parts[0])
    write_table(frame[frame["seed"] == 0], parts[0])
    write_reliance(parts[:1], STATISTICS, 1, tmp_path / "out.tsv")
    table = read_table(tmp_path / "out.tsv")
    assert np.isnan(one(table, "saccade", "good", "pearson share").value)


def test_a_missing_column_is_named(parts, tmp_path):
    write_table(read_table(parts[0]).drop(columns="confound"), parts[0])
    with pytest.raises(InputError, match="confound"):
        write_reliance(parts, STATISTICS, 1, tmp_path / "out.tsv")


@pytest.mark.slow
def test_equal_measures_have_equal_intervals(parts, tmp_path):
    """Methods are compared on the same draws of subjects and models."""
    for path in parts:
        frame = read_table(path)
        copy = frame[
            (frame["method"] == "good") & (frame["metric"] == "share")
        ]
        write_table(pd.concat([frame, copy.assign(method="twin")]), path)
    write_reliance(parts, STATISTICS, 1, tmp_path / "out.tsv")
    table = read_table(tmp_path / "out.tsv")
    twins = [
        one(table, "saccade", name, "pearson share")[8:11]
        for name in ("good", "twin")
    ]
    assert twins[0] == twins[1]
