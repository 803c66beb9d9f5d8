"""Scores under a null: against a second, slower way to compute them, and what the rows say."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import balanced_accuracy_score

from eeglrp.affect.scores import (
    BALANCED,
    EXTRA,
    SPEARMAN,
    confusions,
    null_rows,
    pooled,
    rank_correlations,
    values_of,
)
from eeglrp.tables import metric_frame

STATISTICS = {"bootstrap": 200, "confidence": 0.95}


@pytest.fixture
def orders():
    rng = np.random.default_rng(0)
    return np.stack([rng.permutation(30) for _ in range(8)])


def test_confusions_are_those_of_every_order(orders):
    rng = np.random.default_rng(1)
    label, prediction = rng.integers(0, 2, (2, 30))
    found = values_of(BALANCED, confusions(label, prediction, orders, 2))
    expected = [
        balanced_accuracy_score(label[order], prediction) for order in orders
    ]
    np.testing.assert_allclose(found, expected)


def test_correlations_are_those_of_every_order(orders):
    rng = np.random.default_rng(1)
    rating, score = np.round(rng.normal(size=(2, 30)), 1)
    expected = [spearmanr(rating[order], score).statistic for order in orders]
    np.testing.assert_allclose(
        rank_correlations(rating, score, orders), expected
    )
    assert np.isnan(rank_correlations(np.ones(30), score, orders)).all()


def test_all_pools_windows_or_averages_correlations():
    counts = np.array([[[8, 2], [0, 0]], [[1, 1], [2, 6]]])
    assert pooled(BALANCED, counts, 0) == pytest.approx((9 / 12 + 6 / 8) / 2)
    assert pooled(SPEARMAN, np.array([0.2, np.nan, 0.4]), 0) == pytest.approx(
        0.3
    )


def table(observed, null, orders, n=(40, 40, 40)):
    subjects = [f"s{k}" for k in range(len(observed))]
    rng = np.random.default_rng(0)
    found = null_rows(
        SPEARMAN,
        subjects,
        observed,
        null,
        orders,
        n,
        STATISTICS,
        rng,
        task="arousal",
        null="shift",
    )
    return metric_frame(found, EXTRA).set_index(["metric", "subject"])


def test_rows_hold_the_score_its_chance_its_bound_and_p():
    rng = np.random.default_rng(2)
    null = rng.normal(0.1, 0.1, (3, 400))
    observed = np.array([0.6, 0.5, 0.1])
    found = table(observed, null, [10**6, 3, 10**6, 10**20])
    score, bound = found.loc[SPEARMAN], found.loc[f"{SPEARMAN} null 95%"]
    assert score.loc["all", "value"] == pytest.approx(0.4)
    assert score.loc["all", "chance"] == pytest.approx(null.mean())
    assert bound.loc["all", "value"] == pytest.approx(
        np.quantile(null.mean(0), 0.95)
    )
    assert bound.loc["s0", "value"] == pytest.approx(
        np.quantile(null[0], 0.95)
    )
    assert score.loc["all", "p"] == pytest.approx(1 / 401)
    assert score.loc["s1", "p"] == pytest.approx(1 / 401)
    assert score.loc["s1", "orders"] == 3
    assert score.loc["s2", "p"] > 0.3
    assert score.loc["all", "n"] == 120
    assert score.loc["all", "ci_low"] < 0.4 < score.loc["all", "ci_high"]
    # Three subjects have eight patterns of signs.
    assert score.loc["all", "p_subjects"] in (0.25, 0.5)
    assert score.loc["all", "orders"] == 10**9
    assert np.isnan(score.loc["s0", "p_subjects"])


def test_a_subject_without_a_score_does_not_count():
    observed = np.array([0.5, np.nan, 0.5])
    null = np.where(np.isnan(observed)[:, None], np.nan, np.zeros((3, 50)))
    found = table(observed, null, [99, 99, 99, 10**6]).loc[SPEARMAN]
    assert found.loc["all", "value"] == pytest.approx(0.5)
    assert np.isnan(found.loc["s1", "p"])
    assert found.loc["all", "p"] == pytest.approx(1 / 51)
