"""Locking against decoding, over subjects."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.tables import metric_frame, metric_row
from eeglrp.verify.r_decoding import (
    correlations,
    paired,
    spearman_test,
    write_correlations,
)

STATISTICS = {"bootstrap": 500, "permutations": 999, "confidence": 0.95}


def tables(
    z, accuracy, regimes=("scratch",), methods=("attn_lrp",), seeds=(0,)
):
    """The two tables of a study: one row a subject, and pooled ones that must not count."""
    ids = [
        {"study": "demo", "task": "r_peak", "regime": regime, "seed": seed}
        for regime in regimes
        for seed in seeds
    ]
    subjects = [*(f"{k:02d}" for k in range(len(z))), "all"]
    r_peak = [
        metric_row(
            **model,
            method=method,
            subject=subject,
            metric="r_locked_z",
            value=value,
        )
        for model in ids
        for method in methods
        for subject, value in zip(subjects, [*z, 99], strict=True)
    ]
    decoding = [
        metric_row(
            **model, subject=subject, metric="balanced_accuracy", value=value
        )
        for model in ids
        for subject, value in zip(subjects, [*accuracy, 0], strict=True)
    ]
    return metric_frame(r_peak), metric_frame(decoding)


def test_correlation_is_that_of_scipy_with_ties():
    rng = np.random.default_rng(0)
    z, accuracy = (
        rng.integers(1, 6, 15).astype(float),
        rng.normal(size=15).round(1),
    )
    found = spearman_test(z, accuracy, STATISTICS, rng)
    assert found["spearman"]["value"] == pytest.approx(
        spearmanr(z, accuracy).statistic
    )
    assert (
        found["spearman"]["ci_low"]
        < found["spearman"]["value"]
        < found["spearman"]["ci_high"]
    )
    assert abs(found["spearman"]["chance"]) < 0.05


def test_subjects_that_decode_better_lock_more():
    accuracy = np.linspace(0.5, 0.9, 12)
    frame = correlations(
        *tables(10 * accuracy, accuracy), STATISTICS, 1
    ).set_index("metric")
    assert frame.loc["spearman", "value"] == pytest.approx(1)
    assert frame.loc["p", "value"] == 1 / 1000
    assert set(frame["n"]) == {12}
    assert set(frame["subject"]) == {"all"}


def test_locking_of_either_sign_is_locking():
    accuracy = np.linspace(0.5, 0.9, 12)
    z = 10 * accuracy * np.resize([1, -1], 12)
    frame = correlations(*tables(z, accuracy), STATISTICS, 1).set_index(
        "metric"
    )
    assert frame.loc["spearman", "value"] == pytest.approx(1)


def test_p_is_calibrated_where_nothing_goes_together():
    rng = np.random.default_rng(2)
    few = STATISTICS | {"bootstrap": 10, "permutations": 199}
    p = [
        spearman_test(rng.normal(size=10), rng.normal(size=10), few, rng)["p"][
            "value"
        ]
        for _ in range(200)
    ]
    # Standard error of a rate of 0.05 in 200 runs: 0.0154.
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * 0.0154
    assert 0.4 < np.mean(p) < 0.6


def test_every_model_and_method_has_its_own_rows():
    rng = np.random.default_rng(3)
    names = {
        "regimes": ("scratch", "frozen"),
        "methods": ("cp_lrp", "attn_lrp"),
        "seeds": (0, 1),
    }
    frame = correlations(
        *tables(rng.normal(size=8), rng.normal(size=8), **names), STATISTICS, 1
    )
    assert len(frame) == 2 * 2 * 2 * 2
    assert set(frame["method"]) == {"cp_lrp", "attn_lrp"}


def test_seeds_match_whether_read_as_numbers_or_words():
    r_peak, decoding = tables([1.0, 2.0], [0.5, 0.6])
    decoding["seed"] = decoding["seed"].astype(float)
    assert len(paired(r_peak, decoding)) == 2


@pytest.mark.parametrize(
    "z", [[1.0, 2.0, 3.0, 4.0], [2.0] * 9, [1, 2, 3, 4, *[np.nan] * 5]]
)
def test_few_subjects_or_equal_values_have_no_correlation(z):
    accuracy = np.linspace(0.5, 0.9, len(z))
    assert correlations(*tables(z, accuracy), STATISTICS, 1).empty


def test_no_subject_in_common_gives_a_table_without_rows(tmp_path):
    r_peak, decoding = tables([], [])
    write_table(r_peak, tmp_path / "r_peak.tsv")
    write_table(decoding, tmp_path / "decoding.tsv")
    paths = tmp_path / "r_peak.tsv", tmp_path / "decoding.tsv"
    write_correlations(*paths, STATISTICS, 1, tmp_path / "out.tsv")
    assert read_table(tmp_path / "out.tsv", ("metric", "value")).empty


def test_tables_of_a_study_are_read_and_a_missing_column_is_named(tmp_path):
    rng = np.random.default_rng(4)
    r_peak, decoding = tables(rng.normal(size=9), rng.normal(size=9))
    baseline = decoding.assign(regime="csp_lda", seed="")
    paths = (
        tmp_path / "r_peak.tsv",
        tmp_path / "decoding.tsv",
        tmp_path / "out.tsv",
    )
    write_table(r_peak, paths[0])
    write_table(pd.concat([decoding, baseline]), paths[1])
    write_correlations(*paths[:2], STATISTICS, 1, paths[2])
    expected = correlations(r_peak, decoding, STATISTICS, 1)
    np.testing.assert_allclose(
        read_table(paths[2])["value"], expected["value"], rtol=1e-6
    )
    write_table(decoding.drop(columns="subject"), paths[1])
    with pytest.raises(
        InputError, match=r"decoding.tsv: subject: column missing"
    ):
        write_correlations(*paths[:2], STATISTICS, 1, tmp_path / "no.tsv")
    assert not (tmp_path / "no.tsv").exists()
