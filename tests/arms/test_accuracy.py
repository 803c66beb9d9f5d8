import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from eeglrp.arms.accuracy import LOSS, accuracy_rows, confusions, loss_rows
from eeglrp.decoding.scores import decoding_metrics
from eeglrp.errors import InputError
from eeglrp.tables import metric_frame, metric_row

STATISTICS = {
    "bootstrap": 2000,
    "permutations": 1000,
    "confidence": 0.95,
    "smallest_effect": {"accuracy": 0.05, "share": 0.5},
}
EXTRA = ("arm", "tested", "p", "answer")


def predictions(right, subjects="abcd", n=40):
    """`right` is the share of windows that are predicted as they are labelled."""
    rng, label = np.random.default_rng(0), np.arange(n * len(subjects)) % 2
    prediction = np.where(rng.random(len(label)) < right, label, 1 - label)
    frame = pd.DataFrame(
        {"subject": np.repeat(list(subjects), n), "label": label}
    )
    frame = frame.assign(split="test", prediction=prediction)
    return frame.assign(
        logit_left=-prediction * 1.0, logit_right=prediction * 1.0
    )


def losses(values, seeds=(0,), subjects="abcdefgh", tested="own", fold=""):
    """Rows of losses; `values`: arm -> accuracies of the subjects, for every seed.

    `fold` holds one letter a subject.
    """
    folds = dict(zip(subjects, fold or [""] * len(subjects), strict=True))
    rows = [
        metric_row(
            study="s",
            task="t",
            regime="scratch",
            seed=seed,
            fold=folds[subject],
            arm=arm,
            tested="own" if arm == "all" else tested,
            subject=subject,
            metric="balanced_accuracy",
            value=value,
        )
        for arm, own in values.items()
        for seed in seeds
        for subject, value in zip(subjects, own, strict=True)
    ]
    found = loss_rows(metric_frame(rows, EXTRA), STATISTICS)
    return metric_frame(found, EXTRA)


def test_accuracy_agrees_with_the_table_of_decoding():
    frame = predictions(0.8)
    counts = confusions("p.tsv", frame)
    rows = metric_frame(
        accuracy_rows(
            counts, STATISTICS, np.random.default_rng(0), {"task": "t"}
        )
    )
    table = decoding_metrics(
        frame, STATISTICS, np.random.default_rng(1), task="t"
    )
    table = table[table["metric"] == "balanced_accuracy"]
    assert (
        rows["subject"].tolist()
        == table["subject"].tolist()
        == [*"abcd", "all"]
    )
    np.testing.assert_array_equal(rows[["value", "n"]], table[["value", "n"]])
    for column in ("ci_low", "ci_high", "chance"):
        np.testing.assert_allclose(
            rows[column], table[column].to_numpy(float), atol=0.02
        )


def test_other_splits_do_not_count():
    frame = predictions(1.0)
    worse = predictions(0.0).assign(split="train")
    counts = confusions("p.tsv", pd.concat([frame, worse]))
    assert {one.sum() for one in counts.values()} == {40}
    assert counts["a"].tolist() == [[20, 0], [0, 20]]


def test_no_test_window_is_refused():
    with pytest.raises(
        InputError, match="p.tsv: split: no window is in the test split"
    ):
        confusions("p.tsv", predictions(1.0).assign(split="train"))


def test_subject_with_one_class_has_no_accuracy():
    frame = predictions(1.0)
    frame = frame[(frame["subject"] != "a") | (frame["label"] == 0)]
    counts = confusions("p.tsv", frame)
    rows = metric_frame(
        accuracy_rows(counts, STATISTICS, np.random.default_rng(0), {})
    )
    assert np.isnan(rows["value"][0])
    assert rows["value"].tolist()[1:] == [1.0] * 4


def pooled_rows(table, seed=0):
    """Rows over subjects of one seed, by arm."""
    chosen = (table["subject"] == "all") & (table["seed"] == seed)
    return table[chosen].set_index("arm")


def test_without_folds_a_loss_has_the_interval_and_p_of_a_t_test():
    rng = np.random.default_rng(4)
    whole, late, placebo = 0.8 + 0.05 * rng.standard_normal((3, 8))
    late = late - 0.06
    table = losses({"all": whole, "late": late, "placebo": placebo})
    pooled = pooled_rows(table)
    p = {}
    for arm, own in {"late": late, "placebo": placebo}.items():
        found = ttest_1samp(whole - own, 0)
        p[arm] = found.pvalue
        assert pooled.loc[arm, "value"] == pytest.approx(np.mean(whole - own))
        interval = found.confidence_interval(0.95)
        ends = pooled.loc[arm, ["ci_low", "ci_high"]].tolist()
        assert ends == pytest.approx([interval.low, interval.high])
    # Holm: the smaller of two doubled, the larger as it is but not below the first.
    small, large = sorted(p, key=p.get)
    assert pooled.loc[small, "p"] == pytest.approx(min(1, 2 * p[small]))
    assert pooled.loc[large, "p"] == pytest.approx(
        max(p[large], min(1, 2 * p[small]))
    )
    assert pooled["n"].tolist() == [8, 8]
    assert pooled["chance"].tolist() == [0, 0]


def test_folds_that_differ_are_the_sample_of_a_loss():
    """Folds of equal size: the t-test of their means."""
    lost = np.repeat([0.02, 0.12, 0.20, 0.05], 2)
    lost = lost + 0.001 * np.random.default_rng(0).standard_normal(8)
    table = losses({"all": [0.9] * 8, "late": 0.9 - lost}, fold="00112233")
    row = pooled_rows(table).loc["late"]
    found = ttest_1samp(lost.reshape(4, 2).mean(axis=1), 0)
    assert row["p"] == pytest.approx(found.pvalue)
    interval = found.confidence_interval(0.95)
    assert row["ci_low"] == pytest.approx(interval.low)
    assert row["ci_high"] == pytest.approx(interval.high)
    alone = pooled_rows(losses({"all": [0.9] * 8, "late": 0.9 - lost}))
    assert alone.loc["late", "p"] < row["p"]


def test_a_loss_is_different_equivalent_or_undecided_by_its_corrected_p():
    spread = np.array([-1, 1, -1, 1, -1, 1, -1, 1.0])
    small, scattered, large, middling = (
        0.8 - (mean + deviation * spread)
        for mean, deviation in (
            (0.01, 0.01),
            (0.05, 0.2),
            (0.2, 0.01),
            (0.1, 0.1),
        )
    )
    found = {"all": [0.8] * 8, "small": small}
    found |= {"scattered": scattered, "large": large}
    pooled = pooled_rows(losses(found))
    assert pooled["answer"].to_dict() == {
        "small": "equivalent",
        "scattered": "undecided",
        "large": "different",
    }
    # Alone it differs; corrected for two others that tell nothing it does not.
    one = {"all": [0.8] * 8, "middling": middling}
    assert pooled_rows(losses(one)).loc["middling", "answer"] == "different"
    others = {f"scattered{k}": scattered for k in range(2)}
    corrected = pooled_rows(losses(one | others)).loc["middling"]
    assert corrected["p"] > 0.05
    assert corrected["answer"] == "undecided"


def test_only_rows_over_subjects_have_p_and_answer():
    table = losses({"all": [0.8] * 8, "late": [0.7] * 7 + [0.75]})
    of_subjects = table[table["subject"] != "all"]
    assert of_subjects[["p", "answer"]].isna().all(axis=None)
    assert (
        table.loc[table["subject"] == "all", "answer"].tolist()
        == ["different"] * 2
    )


def test_seeds_are_tested_apart_and_as_their_mean():
    table = losses({"all": [0.8] * 8, "late": [0.7] * 8}, seeds=(0, 5))
    pooled = table[table["subject"] == "all"]
    assert pooled["seed"].tolist() == [0, 5, ""]
    np.testing.assert_allclose(pooled["value"], 0.1)
    np.testing.assert_array_less(pooled["p"].astype(float), 1e-6)
    assert len(table[table["subject"] == "a"]) == 3


def test_tested_only_is_corrected_apart_from_trained_on_it():
    own = losses({"all": [0.8] * 8, "late": [0.7] * 8})
    only = losses({"all": [0.8] * 8, "late": [0.7] * 8}, tested="only")
    assert set(own["tested"]) == {"own"}
    assert set(only["tested"]) == {"only"}
    np.testing.assert_array_equal(own["p"].dropna(), only["p"].dropna())


def test_subject_without_accuracy_is_left_out_of_its_pair():
    table = losses({"all": [0.8] * 8, "late": [np.nan] + [0.7] * 7})
    assert table.loc[table["subject"] == "all", "n"].tolist() == [7, 7]
    assert "a" not in set(table["subject"])


def test_without_the_whole_input_nothing_is_lost():
    assert losses({"late": [0.7] * 8}).empty
    assert losses({"all": [0.7] * 8}).empty


def test_a_single_subject_has_no_interval_and_no_p():
    table = losses({"all": [0.8], "late": [0.7]}, subjects="a")
    row = pooled_rows(table).loc["late"]
    assert row["value"] == pytest.approx(0.1)
    assert np.isnan(row["p"])
    assert np.isnan(row["ci_low"])
    assert row["metric"] == LOSS
    assert row["answer"] == "undecided"
