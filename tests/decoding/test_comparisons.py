import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_rel

from eeglrp.decoding.comparisons import (
    compare_models,
    comparisons,
    paired_differences,
)
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.tables import metric_frame, metric_row

STATISTICS = {
    "confidence": 0.95,
    "smallest_effect": {"accuracy": 0.05, "share": 0.5},
}
COLUMNS = [*METRIC_COLUMNS, "against", "answer"]


def table(accuracies, task="imagery", fold=None):
    """A decoding table from {regime: {seed: accuracies of the subjects}}, and each one's fold."""
    rows = [
        metric_row(
            study="s",
            task=task,
            regime=regime,
            seed=seed,
            subject=subject,
            fold="" if fold is None or subject == "all" else fold[subject],
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


def row_of(found, regime="a", against="b"):
    """The row of the mean difference."""
    mine = (found["regime"] == regime) & (found["against"] == against)
    mine &= (found["subject"] == "all") & (found["metric"] == "difference")
    (row,) = found[mine].itertuples()
    return row


def test_without_folds_it_is_the_paired_t_test():
    rng = np.random.default_rng(1)
    first, second = rng.normal(0.62, 0.1, 60), rng.normal(0.58, 0.1, 60)
    found = comparisons(table({"a": {0: first}, "b": {0: second}}), STATISTICS)
    assert list(found) == COLUMNS
    numbers = values(found, "a", "b")
    assert list(numbers.index) == [
        "difference",
        "effect_size",
        "p",
        "p_holm",
        "p_equivalence",
    ]
    test = ttest_rel(first, second)
    # Differences are rounded.
    near = {"rel": 1e-5}
    gain = np.mean(first - second)
    assert numbers["difference"] == pytest.approx(gain, **near)
    assert numbers["p"] == pytest.approx(test.pvalue, **near)
    assert numbers["p_holm"] == pytest.approx(test.pvalue, **near)
    # Two one-sided tests: the larger of the two.
    one_sided = [
        ttest_1samp(first - second, -0.05, alternative="greater").pvalue,
        ttest_1samp(first - second, 0.05, alternative="less").pvalue,
    ]
    assert numbers["p_equivalence"] == pytest.approx(max(one_sided), **near)
    # t = d_z sqrt(n), and at n = 60 the correction is 1 - 3 / (4 * 59 - 1).
    d = test.statistic / np.sqrt(60)
    assert numbers["effect_size"] == pytest.approx(d * (1 - 3 / 235), rel=1e-3)
    interval = test.confidence_interval(0.95)
    row = row_of(found)
    assert (row.ci_low, row.ci_high) == pytest.approx(
        (interval.low, interval.high)
    )
    assert set(found.loc[found["subject"] == "all", "n"]) == {60}
    assert set(found["seed"]) == {""}


def test_folds_that_differ_are_the_sample():
    """Subjects of one fold share its models: the t-test of the means of equal folds."""
    rng = np.random.default_rng(2)
    gain = np.repeat([0.02, 0.14, 0.20, 0.04], 3) + 0.002 * rng.normal(size=12)
    base = rng.uniform(0.5, 0.7, 12)
    fold = {f"{k:02d}": k // 3 for k in range(12)}
    accuracies = {"a": {0: base + gain}, "b": {0: base}}
    row = row_of(comparisons(table(accuracies, fold=fold), STATISTICS))
    test = ttest_1samp(gain.reshape(4, 3).mean(axis=1), 0)
    interval = test.confidence_interval(0.95)
    assert (row.ci_low, row.ci_high) == pytest.approx(
        (interval.low, interval.high)
    )
    found = comparisons(table(accuracies, fold=fold), STATISTICS)
    assert values(found, "a", "b")["p"] == pytest.approx(test.pvalue)
    # The same subjects without folds seem to tell more.
    alone = comparisons(table(accuracies), STATISTICS)
    assert values(alone, "a", "b")["p"] < 0.1 * test.pvalue


def test_folds_read_from_a_file_count_as_well(tmp_path):
    """There, a column of numbers with gaps is one of floats."""
    gain = np.repeat([0.02, 0.14, 0.20, 0.04], 2)
    gain = gain + 0.001 * np.arange(8)
    fold = {f"{k:02d}": k // 2 for k in range(8)}
    frame = table({"a": {0: 0.6 + gain}, "b": {0: [0.6] * 8}}, fold=fold)
    path, out = tmp_path / "decoding.tsv", tmp_path / "out.tsv"
    write_table(frame, path)
    compare_models(path, STATISTICS, out)
    found = values(read_table(out, COLUMNS), "a", "b")
    test = ttest_1samp(gain.reshape(4, 2).mean(axis=1), 0)
    assert found["p"] == pytest.approx(test.pvalue, rel=1e-4)


@pytest.mark.parametrize(
    ("gain", "answer"),
    [
        ([0.2, 0.22, 0.18, 0.2, 0.21, 0.19], "different"),
        ([0.01, -0.01, 0.0, 0.01, -0.01, 0.005], "equivalent"),
        # Not zero, but too small to matter.
        ([0.02, 0.021, 0.019, 0.02, 0.02, 0.021], "equivalent"),
        ([0.3, -0.2, 0.1, -0.1, 0.2, -0.1], "undecided"),
    ],
)
def test_a_difference_has_one_of_three_answers(gain, answer):
    accuracies = {"a": {0: 0.6 + np.array(gain)}, "b": {0: [0.6] * 6}}
    found = comparisons(table(accuracies), STATISTICS)
    assert row_of(found).answer == answer
    # No other row has an answer.
    assert found["answer"].notna().sum() == 1


def test_the_corrected_p_decides_whether_regimes_differ():
    spread = 0.1 * np.array([1, -1, 1, -1, 1, -1, 1, -1.0])
    wide = 0.3 * np.array([1, 1, -1, -1, 1, 1, -1, -1.0])
    base = np.full(8, 0.5)
    alone = {"a": {0: base + 0.1 + spread}, "b": {0: base}}
    assert row_of(comparisons(table(alone), STATISTICS)).answer == "different"
    more = comparisons(table(alone | {"c": {0: base + wide}}), STATISTICS)
    numbers = values(more, "a", "b")
    assert numbers["p"] < 0.05 < numbers["p_holm"]
    assert row_of(more).answer == "undecided"


def test_seeds_are_averaged_before_subjects_are_paired():
    frame = table(
        {
            "finetuned": {0: [0.6, 0.7, 0.8], 1: [0.8, 0.9, 1.0]},
            "csp_lda": {0: [0.6, 0.7, 0.7]},
        }
    )
    found = comparisons(frame, STATISTICS)
    own = [
        values(found, "finetuned", "csp_lda", f"{k:02d}")["difference"]
        for k in range(3)
    ]
    np.testing.assert_allclose(own, [0.1, 0.1, 0.2])
    row = found[
        (found["metric"] == "difference") & (found["subject"] == "all")
    ].iloc[0]
    interval = ttest_1samp([0.1, 0.1, 0.2], 0).confidence_interval(0.95)
    assert row["value"] == pytest.approx(0.4 / 3)
    assert row["ci_low"] == pytest.approx(interval.low)
    assert row["ci_high"] == pytest.approx(interval.high)


def test_every_pair_of_a_task_once_and_tasks_apart():
    import pandas as pd

    three = {
        name: {0: [0.5, 0.6, 0.7 + k / 10]} for k, name in enumerate("abc")
    }
    frame = pd.concat(
        [table(three), table({"a": three["a"], "c": three["c"]}, "affect")]
    )
    found = comparisons(frame, STATISTICS)
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
    found = comparisons(frame, STATISTICS)
    row = found[
        (found["metric"] == "difference") & (found["subject"] == "all")
    ].iloc[0]
    assert row["n"] == 1
    assert np.isnan(row["ci_low"])
    assert np.isnan(values(found, "a", "b")["p"])
    assert row["answer"] == "undecided"


@pytest.mark.parametrize("accuracies", [{}, {"a": {0: [0.5, 0.6]}}])
def test_fewer_than_two_regimes_give_no_row(accuracies):
    found = comparisons(table(accuracies), STATISTICS)
    assert found.empty
    assert list(found) == COLUMNS


def test_equal_accuracies_of_a_table_do_not_differ():
    frame = table(
        {"a": {0: [0.66666667, 1.0]}, "b": {0: [0.33333333, 1], 1: [1.0, 1.0]}}
    )
    numbers = values(comparisons(frame, STATISTICS), "a", "b")
    assert numbers["difference"] == 0
    assert numbers["p"] == 1
    assert numbers["p_equivalence"] == 0


def test_equal_jobs_give_equal_tables(tmp_path):
    rng = np.random.default_rng(0)
    frame = table({name: {0: rng.random(20)} for name in "ab"})
    write_table(frame, tmp_path / "decoding.tsv")
    for name in ("first", "second"):
        compare_models(tmp_path / "decoding.tsv", STATISTICS, tmp_path / name)
    first, second = (
        (tmp_path / name).read_bytes() for name in ("first", "second")
    )
    assert first == second
    table_read = read_table(tmp_path / "first", COLUMNS)
    assert set(table_read["subject"]) == {
        "all",
        *(f"{k:02d}" for k in range(20)),
    }


@pytest.mark.parametrize("column", ["subject", "fold"])
def test_missing_column_is_named(tmp_path, column):
    write_table(table({}).drop(columns=column), tmp_path / "decoding.tsv")
    with pytest.raises(
        InputError, match=f"decoding.tsv: {column}: column missing"
    ):
        compare_models(
            tmp_path / "decoding.tsv", STATISTICS, tmp_path / "out.tsv"
        )
    assert not (tmp_path / "out.tsv").exists()
