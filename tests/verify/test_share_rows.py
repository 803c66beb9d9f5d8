"""Rows of the table of shares: chance, enrichment, tests, differences of classes."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp
from statsmodels.stats.multitest import multipletests

from eeglrp.statistics import mean_test
from eeglrp.tables import metric_frame
from eeglrp.verify.run import Job
from eeglrp.verify.share_rows import (
    EXTRA,
    columns,
    corrected_p,
    table_rows,
    window_values,
)

CHANNELS = ["FP1", "FP2", "C3", "C4", "O1", "O2"]
NAMES = {
    "study": "s",
    "task": "t",
    "regime": "scratch",
    "seed": 0,
    "method": "attn_lrp",
}
STATISTICS = {"bootstrap": 100, "confidence": 0.95}


def job(*classes):
    return Job("s", "t", "motor_imagery", list(classes), {}, STATISTICS, 3, {})


@pytest.fixture
def maps():
    """Signal, relevance, subject and label of 64 windows of 8 subjects; C4 answers to class 0."""
    rng = np.random.default_rng(4)
    signal, factor = rng.normal(size=(2, 64, 6, 100))
    signal[:, :2] *= 3
    label, subject = (
        np.arange(64) % 2,
        np.repeat([f"{k}" for k in range(8)], 8),
    )
    factor[label == 0, 3] *= 4
    factor[label == 1, 2] *= 4
    return signal, signal * factor, subject.astype(object), label


#: Two subjects a fold.
FOLDS = {f"{k}": k // 2 for k in range(8)}


def frame_of(maps, classes=("left", "right"), by_band=True, n_early=30):
    signal, relevance, subject, label = maps
    fold = np.array([FOLDS[name] for name in subject])
    given = (signal, 100.0) if by_band else (None, None)
    values = window_values(relevance, CHANNELS, n_early, *given)
    meaning = columns(CHANNELS, 100, n_early, by_band)
    return metric_frame(
        table_rows(
            values, meaning, subject, label, fold, NAMES, job(*classes)
        ),
        EXTRA,
    )


def one(frame, metric, kind="all", subject="all"):
    chosen = (
        (frame["metric"] == metric)
        & (frame["class"] == kind)
        & (frame["subject"] == subject)
    )
    (row,) = frame[chosen].itertuples()
    return row


def test_rows_hold_the_values_of_the_windows(maps):
    signal, relevance, subject, label = maps
    frame, size = frame_of(maps), np.abs(relevance)
    share = size[:, 2:4].sum((1, 2)) / size.sum((1, 2))
    of_signal = np.abs(signal)[:, 2:4].sum((1, 2)) / np.abs(signal).sum((1, 2))
    for kind, own in (("all", label > -1), ("left", label == 0)):
        row = one(frame, "share central", kind)
        assert row.value == pytest.approx(share[own].mean())
        assert row.signal == pytest.approx(of_signal[own].mean())
        assert row.chance == pytest.approx(1 / 3)
        assert row.enrichment == pytest.approx(3 * share[own].mean())
        assert row.n == own.sum()
    assert one(frame, "share central", "all", "2").value == pytest.approx(
        share[16:24].mean()
    )
    early = size[:, :, :30].sum((1, 2)) / size.sum((1, 2))
    assert one(frame, "share early").value == pytest.approx(early.mean())
    assert one(frame, "share early").chance == 0.3


def p_in_folds(frame, metric, chance):
    """P of the mean over subjects, two of whom share the models of a fold."""
    beyond = [one(frame, metric, "all", name).value - chance for name in FOLDS]
    return mean_test(np.array(beyond), list(FOLDS.values()), 0.95).p


def test_p_is_that_of_subjects_in_folds_and_stands_in_pooled_rows(maps):
    frame = frame_of(maps)
    regions = [
        f"share {name}" for name in ("ocular_frontal", "central", "occipital")
    ]
    expected = multipletests(
        [p_in_folds(frame, metric, 1 / 3) for metric in regions], method="holm"
    )[1]
    assert [one(frame, metric).p for metric in regions] == pytest.approx(
        expected
    )
    assert one(frame, "share early").p == pytest.approx(
        p_in_folds(frame, "share early", 0.3)
    )
    assert frame.loc[frame["subject"] != "all", "p"].isna().all()
    assert frame.loc[frame["subject"] == "all", "p"].notna().all()


def test_subjects_who_share_models_count_for_less():
    """Folds that differ much: eight subjects are hardly more than four."""
    rng = np.random.default_rng(1)
    of_fold = np.repeat(rng.normal(1.0, 1.0, 4), 2)
    values = (of_fold + rng.normal(0, 0.05, 8))[:, None]
    (together,) = corrected_p(values, ["a"], list(FOLDS.values()), 0.95)
    (apart,) = corrected_p(values, ["a"], [""] * 8, 0.95)
    assert apart == pytest.approx(ttest_1samp(values[:, 0], 0).pvalue)
    assert together > 2 * apart


def test_few_subjects_are_not_tested(maps):
    few = maps[2] < "5"
    frame = frame_of([part[few] for part in maps])
    assert one(frame, "share central").value > 0
    assert frame["p"].isna().all()


def test_each_family_is_corrected_for_itself():
    rng = np.random.default_rng(0)
    first, second = rng.normal(1, 1, size=(2, 8, 3))
    fold = [""] * 8
    both = np.column_stack([first, second])
    together = corrected_p(both, ["a"] * 3 + ["b"] * 3, fold, 0.95)
    apart = [
        corrected_p(one, ["a"] * 3, fold, 0.95) for one in (first, second)
    ]
    np.testing.assert_allclose(together, np.concatenate(apart))


def test_the_classes_differ_in_the_side_of_the_region_that_answers(maps):
    frame = frame_of(maps)
    kinds = {"left", "right", "all", "left - right"}
    assert set(frame["class"]) == kinds
    metric = "lateralisation central"
    rows = {kind: one(frame, metric, kind) for kind in kinds}
    assert rows["left"].ci_low > 0 > rows["right"].ci_high
    difference = rows["left - right"]
    assert difference.value == pytest.approx(
        rows["left"].value - rows["right"].value
    )
    assert difference.ci_low > 0.5
    assert difference.p < 1e-6
    assert difference.n == 64
    assert abs(difference.signal) < 0.1
    alone = one(frame, metric, "left - right", "2")
    classes = [
        one(frame, metric, kind, "2").value for kind in ("left", "right")
    ]
    assert alone.value == pytest.approx(classes[0] - classes[1])
    assert np.isnan(alone.ci_low)
    for name in ("ocular_frontal", "occipital"):
        assert (
            abs(one(frame, f"lateralisation {name}", "left - right").value)
            < 0.1
        )


def test_a_subject_with_one_class_has_no_difference(maps):
    signal, relevance, subject, label = maps
    label = np.where(subject == "2", 0, label)
    frame = frame_of((signal, relevance, subject, label))
    own = frame[frame["class"] == "left - right"]
    assert set(own["subject"]) == {*"0134567", "all"}
    assert set(own.loc[own["subject"] == "all", "n"]) == {56}


def test_three_classes_have_no_difference(maps):
    frame = frame_of(maps, classes=("left", "right", "feet"))
    assert set(frame["class"]) == {"left", "right", "all"}


def test_without_the_signal_there_are_no_bands(maps):
    frame = frame_of(maps, by_band=False)
    assert not frame["metric"].str.contains("alpha").any()
    assert frame["signal"].isna().all()
    whole = frame_of(maps)
    assert set(whole.loc[whole["metric"] == "share alpha", "class"]) == {
        "left",
        "right",
        "all",
    }
    assert set(
        whole.loc[whole["metric"] == "share alpha central", "class"]
    ) == {"all"}
    for metric in ("share central", "lateralisation central", "share early"):
        assert (
            one(frame, metric, "left").value
            == one(whole, metric, "left").value
        )


def test_chance_of_a_band_is_that_of_the_subjects_own_signal(maps):
    signal, relevance, subject, label = maps
    slow = np.cumsum(signal[subject == "1"], 2)
    relevance[subject == "1"] *= slow / signal[subject == "1"]
    signal[subject == "1"] = slow
    frame = frame_of((signal, relevance, subject, label))
    chance = [
        one(frame, "share delta", "all", f"{k}").chance for k in range(8)
    ]
    assert chance[1] > 3 * max(chance[0], *chance[2:])
    assert one(frame, "share delta").chance == pytest.approx(np.mean(chance))


def test_windows_without_relevance_count_nowhere(maps):
    maps[1][3] = 0
    assert set(
        frame_of(maps).query("`class` == 'all' and subject == 'all'")["n"]
    ) == {63}


def test_no_relevance_at_all_gives_no_rows(maps):
    maps[1][:] = 0
    assert frame_of(maps).empty


def test_a_region_without_relevance_has_a_share_of_zero_and_no_side(maps):
    maps[1][:, 2:4] = 0
    frame = frame_of(maps)
    assert one(frame, "share central").value == 0
    assert "lateralisation central" not in set(frame["metric"])
    assert "lateralisation occipital" in set(frame["metric"])
