import itertools

import numpy as np
import pandas as pd
import pytest

from eeglrp.arms.accuracy import LOSS, accuracy_rows, confusions, loss_rows
from eeglrp.decoding.scores import decoding_metrics
from eeglrp.errors import InputError
from eeglrp.tables import metric_frame, metric_row

STATISTICS = {"bootstrap": 2000, "permutations": 1000, "confidence": 0.95}
EXTRA = ("arm", "tested", "p")


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


def losses(values, seeds=(0,), subjects="abcdefgh", tested="own"):
    """Rows of losses; `values`: arm -> accuracies of the subjects, for every seed."""
    rows = [
        metric_row(
            study="s",
            task="t",
            regime="scratch",
            seed=seed,
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
    found = loss_rows(metric_frame(rows, EXTRA), STATISTICS, 3)
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


def test_loss_is_the_mean_difference_and_its_p_that_of_all_sign_patterns():
    rng = np.random.default_rng(4)
    whole, late, placebo = 0.8 + 0.05 * rng.standard_normal((3, 8))
    late = late - 0.06
    table = losses({"all": whole, "late": late, "placebo": placebo})
    pooled = table[
        (table["subject"] == "all") & (table["seed"] == 0)
    ].set_index("arm")
    flips = np.array(list(itertools.product([1, -1], repeat=8)))
    p = {}
    for arm, own in {"late": late, "placebo": placebo}.items():
        difference = np.round(whole - own, 7)
        assert pooled.loc[arm, "value"] == pytest.approx(difference.mean())
        sums = np.abs(flips @ difference)
        p[arm] = np.mean(sums >= sums[0] - 1e-9)
    # Holm: the smaller of two doubled, the larger as it is but not below the first.
    small, large = sorted(p, key=p.get)
    assert pooled.loc[small, "p"] == pytest.approx(min(1, 2 * p[small]))
    assert pooled.loc[large, "p"] == pytest.approx(
        max(p[large], min(1, 2 * p[small]))
    )
    assert pooled["n"].tolist() == [8, 8]
    assert pooled["chance"].tolist() == [0, 0]
    assert (pooled["ci_low"] < pooled["value"]).all()
    assert (pooled["ci_high"] > pooled["value"]).all()


def test_seeds_are_tested_apart_and_as_their_mean():
    table = losses({"all": [0.8] * 8, "late": [0.7] * 8}, seeds=(0, 5))
    pooled = table[table["subject"] == "all"]
    assert pooled["seed"].tolist() == [0, 5, ""]
    np.testing.assert_allclose(pooled["value"], 0.1)
    np.testing.assert_allclose(pooled["p"], 2 / 2**8)
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


def test_a_single_subject_has_no_interval_and_p_of_one():
    table = losses({"all": [0.8], "late": [0.7]}, subjects="a")
    (row,) = table[
        (table["subject"] == "all") & (table["seed"] == 0)
    ].itertuples()
    assert row.p == 1
    assert np.isnan(row.ci_low)
    assert row.metric == LOSS
