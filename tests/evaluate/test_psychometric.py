import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.evaluate.psychometric import (
    bootstrap_curves,
    half_way,
    logistic,
    onset,
    score_psychometric,
    select,
    threshold,
)
from eeglrp.files import METRIC_COLUMNS, read_table, write_table

SIZES = np.array([0.25, 0.5, 1, 2, 4, 8])
CURVES = {
    "heartbeat in eegmat": {f"beat_{k}": size for k, size in enumerate(SIZES)}
}
STATISTICS = {"bootstrap": 200, "confidence": 0.95}


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    ceiling=st.floats(0.1, 0.5),
    centre=st.floats(-1.0, 2.0),
    slope=st.floats(1.0, 6.0),
)
def test_the_threshold_of_an_exact_curve_is_found(ceiling, centre, slope):
    curve = 0.5 + ceiling * 0.5 * (
        1 + np.tanh(slope * (np.log2(SIZES) - centre) / 2)
    )
    found = half_way(SIZES, curve, np.full(6, 0.5))
    assert np.log2(found) == pytest.approx(centre, abs=0.02)


def test_the_logistic_function_is_half_its_ceiling_at_its_centre():
    assert logistic(1.5, 0.4, 1.5, 3.0) == pytest.approx(0.2)
    assert logistic(np.array([-50.0, 50.0]), 0.4, 0, 3.0) == pytest.approx(
        [0, 0.4]
    )


def test_thresholds_stay_within_the_amplitudes_tried():
    late = np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.52])
    assert SIZES[0] <= half_way(SIZES, late, np.full(6, 0.5)) <= SIZES[-1]
    gaps = np.where(SIZES < 2, np.nan, 0.7)
    assert np.isnan(half_way(SIZES, gaps, np.full(6, 0.5)))


@pytest.mark.parametrize(
    ("low", "expected"),
    [
        ([0.4, 0.4, 0.4, 0.6, 0.6, 0.7], 2),
        ([0.4, 0.6, 0.4, 0.6, 0.6, 0.7], 2),
        ([0.6, 0.6, 0.6, 0.6, 0.6, 0.7], 0.25),
        ([0.4, 0.4, 0.4, 0.6, 0.6, 0.5], np.nan),
        ([0.4, 0.4, 0.4, 0.6, np.nan, 0.7], 8),
        ([np.nan] * 6, np.nan),
    ],
)
def test_onset_is_where_intervals_leave_chance_for_good(low, expected):
    np.testing.assert_equal(
        onset(SIZES, np.array(low), np.full(6, 0.5)), expected
    )


def test_bootstrap_curves_leave_missing_values_out():
    """Against drawing rows one by one and averaging with nanmean."""
    values = np.array([[1.0, np.nan], [2.0, 3.0], [4.0, np.nan]])
    samples = bootstrap_curves(values, 4000, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    slow = [
        np.nanmean(values[rng.integers(3, size=3), 0]) for _ in range(4000)
    ]
    assert samples[:, 0].mean() == pytest.approx(np.mean(slow), abs=0.05)
    assert samples[:, 0].std() == pytest.approx(np.std(slow), abs=0.05)
    known = samples[np.isfinite(samples[:, 1]), 1]
    np.testing.assert_array_equal(known, 3.0)
    assert np.isnan(samples[:, 1]).mean() == pytest.approx(
        (2 / 3) ** 3, abs=0.03
    )
    assert bootstrap_curves(
        values[:1], 10, np.random.default_rng(0)
    ).shape == (0, 2)


def table(rows, path):
    write_table(pd.DataFrame(rows, columns=METRIC_COLUMNS), path)
    return path


def made_up(metric, method, centre, rng, subjects=12, tasks=6, noise=0.02):
    """Rows of a made-up study whose curve has its threshold at 2 ** centre."""
    for k in range(tasks):
        level = 0.5 + 0.4 / (1 + np.exp(-3 * (np.log2(SIZES[k]) - centre)))
        for subject in range(subjects):
            for seed in (0, 1):
                value = level + noise * rng.standard_normal()
                names = (
                    "x",
                    f"beat_{k}",
                    "scratch",
                    seed,
                    "",
                    method,
                    f"{subject:02d}",
                    metric,
                )
                yield dict(
                    zip(
                        METRIC_COLUMNS,
                        (*names, value, 0, 0, 0.5, 9),
                        strict=True,
                    )
                )


@pytest.fixture
def score(tmp_path):
    def run(decoding, localisation, curves=CURVES):
        paths = [
            table(decoding, tmp_path / "d.tsv"),
            table(localisation, tmp_path / "l.tsv"),
        ]
        out = tmp_path / "psychometric.tsv"
        score_psychometric(*paths, curves, STATISTICS, 1, "x", out)
        return read_table(out, [*METRIC_COLUMNS, "curve", "amplitude"])

    return run


def pooled(frame, metric):
    rows = frame[(frame["subject"] == "all") & (frame["metric"] == metric)]
    return rows.set_index("method") if "auc" in metric else rows


@pytest.mark.slow
def test_planted_thresholds_are_found_within_their_intervals(score):
    rng = np.random.default_rng(0)
    decoding = list(made_up("balanced_accuracy", "", 1.0, rng))
    localisation = [
        *made_up("auc", "attn_lrp", 0.0, rng),
        *made_up("auc", "gamma", 9.0, rng),
    ]
    frame = score(decoding, localisation)
    (row,) = pooled(frame, "balanced_accuracy threshold").itertuples()
    assert row.ci_low < 2.0 < row.ci_high
    assert row.value == pytest.approx(2.0, rel=0.1)
    thresholds = pooled(frame, "auc threshold")
    assert thresholds.loc["attn_lrp", "value"] == pytest.approx(1.0, rel=0.1)
    assert thresholds.loc["gamma", ["value", "ci_low", "ci_high"]].isna().all()
    onsets = pooled(frame, "auc onset")
    assert onsets.loc["attn_lrp", "value"] in (0.25, 0.5)
    assert np.isnan(onsets.loc["gamma", "value"])
    points = frame[(frame["subject"] == "all") & (frame["metric"] == "auc")]
    assert sorted(points["amplitude"].unique()) == sorted(SIZES)
    assert set(points["n"]) == {12}
    assert set(frame["curve"]) == set(CURVES)


@pytest.mark.slow
def test_seeds_are_averaged_within_subjects(score):
    rng = np.random.default_rng(0)
    rows = list(made_up("balanced_accuracy", "", 1.0, rng, subjects=3))
    frame = score(rows, [])
    own = [
        r["value"]
        for r in rows
        if (r["task"], r["subject"]) == ("beat_3", "01")
    ]
    shown = frame[(frame["task"] == "beat_3") & (frame["subject"] == "01")]
    assert shown["value"].tolist() == pytest.approx([np.mean(own)])
    assert shown["amplitude"].tolist() == [2.0]


def test_a_curve_above_chance_at_the_last_amplitude_alone_has_no_threshold(
    score,
):
    rng = np.random.default_rng(0)
    frame = score(list(made_up("balanced_accuracy", "", 4.0, rng)), [])
    assert pooled(frame, "balanced_accuracy onset")["value"].item() == 8
    ends = pooled(frame, "balanced_accuracy threshold")[
        ["value", "ci_low", "ci_high"]
    ]
    assert ends.isna().all(axis=None)


def test_a_curve_that_still_rises_has_no_threshold():
    """In proportion to amplitude: the foot of a logistic function whose ceiling is not seen."""
    chance = np.full(6, 0.5)
    samples = np.tile(0.5 + 0.1 * SIZES / 8, (5, 1))
    assert np.isnan(
        threshold(SIZES, samples[0], samples, chance, 1.0, 0.95)
    ).all()
    seen = np.tile(0.5 + 0.4 / (1 + np.exp(-3 * np.log2(SIZES))), (5, 1))
    found = threshold(SIZES, seen[0], seen, chance, 1.0, 0.95)
    np.testing.assert_allclose(found, 1.0, rtol=1e-3)


def test_few_amplitudes_give_points_but_no_threshold(score):
    rng = np.random.default_rng(0)
    frame = score(
        list(made_up("balanced_accuracy", "", -3.0, rng, tasks=3)), []
    )
    assert (pooled(frame, "balanced_accuracy")["ci_low"] > 0.5).all()
    assert pooled(frame, "balanced_accuracy threshold")["value"].isna().all()
    assert pooled(frame, "balanced_accuracy onset")["value"].tolist() == [0.25]


def test_one_subject_has_neither_interval_nor_threshold(score):
    rng = np.random.default_rng(0)
    frame = score(
        list(made_up("balanced_accuracy", "", 0.0, rng, subjects=1)), []
    )
    assert pooled(frame, "balanced_accuracy")["ci_low"].isna().all()
    assert pooled(frame, "balanced_accuracy threshold")["value"].isna().all()


def test_without_curves_the_table_is_empty(score):
    rng = np.random.default_rng(0)
    assert (
        len(score(list(made_up("balanced_accuracy", "", 0.0, rng)), [], {}))
        == 0
    )
    assert len(score([], [])) == 0


def test_other_tasks_and_metrics_are_left_out():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(made_up("balanced_accuracy", "", 0.0, rng))
    others = (
        rows.assign(task="r_peak"),
        rows.assign(metric="kappa"),
        rows.assign(subject="all"),
    )
    frame = select(pd.concat([rows, *others]), CURVES)
    assert len(frame) == 6 * 12
    assert set(frame["metric"]) == {"balanced_accuracy"}


def test_a_table_without_the_columns_is_an_error(tmp_path):
    path = tmp_path / "d.tsv"
    write_table(pd.DataFrame({"task": []}), path)
    with pytest.raises(InputError, match=r"d\.tsv"):
        score_psychometric(
            path, path, CURVES, STATISTICS, 1, "x", tmp_path / "out.tsv"
        )
