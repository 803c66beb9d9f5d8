import numpy as np
import pytest
from scipy.stats import ttest_rel

from eeglrp.decoding.comparisons import (
    compare_models,
    comparisons,
    paired_differences,
)
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.tables import metric_frame, metric_row

STATISTICS = {"bootstrap": 500, "confidence": 0.95}


def table(accuracies, task="imagery"):
    """A decoding table from {regime: {seed: accuracies of the subjects}}."""
    rows = [
        metric_row(
            study="s",
            task=task,
            regime=regime,
            seed=seed,
            subject=subject,
            value=value,
        )
        | {"metric": metric}
        for regime, seeds in accuracies.items()
        for seed, values in seeds.items()
        for metric, shift in (("balanced_accuracy", 0), ("kappa", -0.5))
        for subject, value in [
            *((f"{k:02d}", v + shift) for k, v in enumerate(values)),
            ("all", 9),
        ]
    ]
    return metric_frame(rows)


def values(found, regime, against, subject="all"):
    mine = (found["regime"] == regime) & (found["against"] == against)
    mine &= found["subject"] == subject
    return found[mine].set_index("metric")["value"]


def test_three_subjects_cannot_show_a_difference():
    frame = table(
        {"finetuned": {0: [0.8, 0.9, 0.7]}, "frozen": {0: [0.5, 0.5, 0.5]}}
    )
    found = comparisons(frame, STATISTICS, 0)
    assert list(found) == [*METRIC_COLUMNS, "against"]
    numbers = values(found, "finetuned", "frozen")
    assert list(numbers.index) == [
        "difference",
        "effect_size",
        "p",
        "p_holm",
        "smallest_p",
    ]
    assert numbers["difference"] == pytest.approx(0.3)
    assert numbers["p"] == numbers["p_holm"] == numbers["smallest_p"] == 0.25
    assert set(found.loc[found["subject"] == "all", "n"]) == {3}
    assert set(found["seed"]) == {""}


def test_seeds_are_averaged_before_subjects_are_paired():
    frame = table(
        {
            "finetuned": {0: [0.6, 0.7, 0.8], 1: [0.8, 0.9, 1.0]},
            "csp_lda": {0: [0.6, 0.7, 0.7]},
        }
    )
    found = comparisons(frame, STATISTICS, 0)
    own = [
        values(found, "finetuned", "csp_lda", f"{k:02d}")["difference"]
        for k in range(3)
    ]
    np.testing.assert_allclose(own, [0.1, 0.1, 0.2])
    row = found[
        (found["metric"] == "difference") & (found["subject"] == "all")
    ].iloc[0]
    assert row["ci_low"] == pytest.approx(0.1)
    assert row["ci_low"] < row["value"] < row["ci_high"] <= 0.2 + 1e-12


def test_every_pair_of_a_task_once_and_tasks_apart():
    import pandas as pd

    three = {
        name: {0: [0.5, 0.6, 0.7 + k / 10]} for k, name in enumerate("abc")
    }
    frame = pd.concat(
        [table(three), table({"a": three["a"], "c": three["c"]}, "affect")]
    )
    found = comparisons(frame, STATISTICS, 0)
    p = found[found["metric"] == "p"]
    pairs = list(zip(p["task"], p["regime"], p["against"], strict=True))
    assert pairs == [
        ("imagery", "a", "b"),
        ("imagery", "a", "c"),
        ("imagery", "b", "c"),
        ("affect", "a", "c"),
    ]


def test_p_values_are_corrected_within_the_task():
    rng = np.random.default_rng(0)
    base = rng.uniform(0.5, 0.7, 12)
    better = base + 0.2 + 0.05 * rng.normal(size=12)
    other = base + 0.03 * rng.normal(size=12)
    found = comparisons(
        table({"a": {0: better}, "b": {0: base}, "c": {0: other}}),
        STATISTICS,
        0,
    )
    p = found[found["metric"] == "p"]["value"].to_numpy()
    corrected = found[found["metric"] == "p_holm"]["value"].to_numpy()
    # Holm by his definition: the k-th smallest of m is multiplied by m - k + 1, never falling.
    running, expected = 0.0, np.empty(3)
    for place, which in enumerate(np.argsort(p)):
        running = max(running, min(1, (3 - place) * p[which]))
        expected[which] = running
    np.testing.assert_allclose(corrected, expected)
    assert corrected[0] < 0.01
    assert (corrected >= p).all()


def test_sign_flips_agree_with_the_t_test_for_many_normal_subjects():
    rng = np.random.default_rng(1)
    first, second = rng.normal(0.62, 0.1, 60), rng.normal(0.58, 0.1, 60)
    found = values(
        comparisons(table({"a": {0: first}, "b": {0: second}}), STATISTICS, 0),
        "a",
        "b",
    )
    test = ttest_rel(first, second)
    assert found["p"] == pytest.approx(test.pvalue, abs=0.02)
    # t = d_z sqrt(n), and at n = 60 the correction is 1 - 3 / (4 * 59 - 1).
    d = test.statistic / np.sqrt(60)
    assert found["effect_size"] == pytest.approx(d * (1 - 3 / 235), rel=1e-3)
    assert found["smallest_p"] == 1 / 10_000


def test_only_subjects_that_both_decoded_are_paired():
    nan = float("nan")
    frame = table(
        {
            "a": {0: [0.5, 0.6, nan]},
            "b": {0: [0.4, nan, 0.4]},
            "c": {0: [nan, nan, 0.4]},
        }
    )
    own = frame[
        (frame["metric"] == "balanced_accuracy") & (frame["subject"] != "all")
    ]
    pairs = paired_differences(own[own["value"].notna()])
    assert {pair: list(one.index) for pair, one in pairs.items()} == {
        ("a", "b"): ["00"],
        ("b", "c"): ["02"],
    }
    found = comparisons(frame, STATISTICS, 0)
    row = found[
        (found["metric"] == "difference") & (found["subject"] == "all")
    ].iloc[0]
    assert row["n"] == 1
    assert np.isnan(row["ci_low"])
    assert values(found, "a", "b")["p"] == 1


@pytest.mark.parametrize("accuracies", [{}, {"a": {0: [0.5, 0.6]}}])
def test_fewer_than_two_regimes_give_no_row(accuracies):
    found = comparisons(table(accuracies), STATISTICS, 0)
    assert found.empty
    assert list(found) == [*METRIC_COLUMNS, "against"]


def test_equal_accuracies_of_a_table_do_not_differ():
    frame = table(
        {"a": {0: [0.66666667, 1.0]}, "b": {0: [0.33333333, 1], 1: [1.0, 1.0]}}
    )
    numbers = values(comparisons(frame, STATISTICS, 0), "a", "b")
    assert numbers["difference"] == 0
    assert numbers["p"] == 1


def test_the_seed_repeats_the_table(tmp_path):
    rng = np.random.default_rng(0)
    frame = table({name: {0: rng.random(20)} for name in "ab"})
    write_table(frame, tmp_path / "decoding.tsv")
    for name, seed in (("first", 3), ("second", 3), ("third", 4)):
        compare_models(
            tmp_path / "decoding.tsv", STATISTICS, seed, tmp_path / name
        )
    written = {
        name: (tmp_path / name).read_bytes()
        for name in ("first", "second", "third")
    }
    assert written["first"] == written["second"] != written["third"]
    table_read = read_table(tmp_path / "first", [*METRIC_COLUMNS, "against"])
    assert set(table_read["subject"]) == {
        "all",
        *(f"{k:02d}" for k in range(20)),
    }


def test_missing_column_is_named(tmp_path):
    write_table(table({}).drop(columns="subject"), tmp_path / "decoding.tsv")
    with pytest.raises(
        InputError, match="decoding.tsv: subject: column missing"
    ):
        compare_models(
            tmp_path / "decoding.tsv", STATISTICS, 0, tmp_path / "out.tsv"
        )
    assert not (tmp_path / "out.tsv").exists()
