"""The regression of correctness on the ocular share: against scikit-learn, and its test's level."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from eeglrp.ocular.association import (
    PRIOR,
    odds_ratios,
    permuted_within,
    residual_test,
    ridge_logistic,
    within_subjects,
)


def data(effect=0.0, n_subjects=5, n=80, seed=0, follow=0.0, tie=0.7):
    """Correctness follows gaze by `follow` and the share, which gaze moves too, by `effect`."""
    rng = np.random.default_rng(seed)
    subject = np.repeat([f"s{k}" for k in range(n_subjects)], n)
    heog = rng.normal(size=len(subject))
    share = 0.3 + 0.05 * (tie * heog + rng.normal(size=len(subject)))
    own = np.repeat(rng.normal(size=n_subjects), n)
    odds = 0.5 + own + follow * heog + effect * (share - 0.3) / 0.05
    correct = rng.random(len(subject)) < 1 / (1 + np.exp(-odds))
    return (
        {"share": share, "saccade": np.abs(heog) > 1, "heog": heog},
        correct,
        subject,
    )


@pytest.mark.parametrize("separable", [False, True])
def test_ridge_logistic_agrees_with_scikit_learn(separable):
    rng = np.random.default_rng(2)
    design = rng.normal(size=(60, 4))
    outcome = design[:, 0] > 0 if separable else rng.random(60) < 0.7
    weight = rng.integers(0, 4, 60).astype(float)
    oracle = LogisticRegression(
        C=PRIOR**2, fit_intercept=False, tol=1e-10, max_iter=5000
    )
    oracle.fit(design, outcome, sample_weight=weight)
    found = ridge_logistic(design, outcome, weight)
    np.testing.assert_allclose(found, oracle.coef_[0], atol=1e-4)
    far = ridge_logistic(design, outcome, weight, np.full(4, 20.0))
    np.testing.assert_allclose(far, found, atol=1e-5)


def test_within_subjects_takes_out_means_and_scale():
    rng = np.random.default_rng(0)
    subject = np.repeat(["a", "b"], 50)
    values = rng.normal(size=100) * 3 + 7 * (subject == "b")
    scaled = within_subjects(values, subject)
    for name in "ab":
        assert scaled[subject == name].mean() == pytest.approx(0, abs=1e-12)
    assert scaled.std() == pytest.approx(1)
    constant = np.where(subject == "a", 0.1, 0.3)
    assert not within_subjects(constant, subject).any()


def test_finds_an_effect_of_the_share_beside_gaze(statistics):
    found = odds_ratios(
        *data(effect=0.7, follow=0.5), statistics, np.random.default_rng(0)
    )
    assert list(found) == ["share", "saccade", "heog"]
    # The odds grow by exp(0.7) for 0.05, of which one SD within subjects has sqrt(1.49).
    assert found["share"]["value"] == pytest.approx(
        np.exp(0.7 * np.sqrt(1.49)), rel=0.35
    )
    assert found["share"]["ci_low"] > 1
    assert found["share"]["p"] < 0.05
    assert "p" not in found["heog"]


def test_what_gaze_explains_is_not_put_down_to_the_share(statistics):
    """The share goes with gaze, which decides: it predicts alone, but not beside gaze."""
    predictors, correct, subject = data(follow=1.2, seed=1)
    found = odds_ratios(
        predictors, correct, subject, statistics, np.random.default_rng(0)
    )
    alone = odds_ratios(
        {"share": predictors["share"]},
        correct,
        subject,
        statistics,
        np.random.default_rng(0),
    )
    assert alone["share"]["p"] < 0.01
    assert found["share"]["p"] > 0.05
    assert found["share"]["ci_low"] < 1 < found["share"]["ci_high"]
    assert found["heog"]["ci_low"] > 1


@pytest.mark.slow
def test_the_permutation_test_keeps_its_level():
    """Gaze decides and the share has no say: 5 % of the tests lie below 0.05."""
    p = []
    for seed in range(60):
        predictors, correct, subject = data(
            follow=1.0, n_subjects=2, n=40, seed=seed, tie=2.0
        )
        names, index = np.unique(subject, return_inverse=True)
        columns = [
            within_subjects(one, subject) for one in predictors.values()
        ]
        design = np.column_stack([*columns, np.eye(len(names))[index]])
        p.append(
            residual_test(
                design, correct, index, 59, np.random.default_rng(seed)
            )
        )
    # Between 0 and 8 of 60 with probability 0.99.
    assert np.sum(np.array(p) <= 0.05) <= 8
    assert 0.35 < np.mean(p) < 0.65


def test_values_are_permuted_within_units_in_any_order():
    unit = np.array([1, 0, 1, 1, 0, 2])
    values = np.array([10.0, 1.0, 11.0, 12.0, 2.0, 20.0])
    rng, seen = np.random.default_rng(0), set()
    for _ in range(300):
        found = permuted_within(values, unit, rng)
        for k in range(3):
            assert sorted(found[unit == k]) == sorted(values[unit == k])
        seen.add(tuple(found))
    assert len(seen) == 6 * 2


@pytest.mark.parametrize("n_wrong", [0, 14])
def test_too_few_wrong_windows_are_not_fitted(statistics, n_wrong):
    predictors, correct, subject = data()
    correct = np.arange(len(correct)) >= n_wrong
    assert (
        odds_ratios(
            predictors, correct, subject, statistics, np.random.default_rng(0)
        )
        == {}
    )
    assert (
        odds_ratios(
            predictors, ~correct, subject, statistics, np.random.default_rng(0)
        )
        == {}
    )


def test_what_does_not_vary_is_left_out(statistics):
    predictors, correct, subject = data()
    predictors["saccade"] = np.zeros(len(correct))
    found = odds_ratios(
        predictors, correct, subject, statistics, np.random.default_rng(0)
    )
    assert list(found) == ["share", "heog"]
    predictors["share"] = np.full(len(correct), 0.2)
    found = odds_ratios(
        predictors, correct, subject, statistics, np.random.default_rng(0)
    )
    assert list(found) == ["heog"]
    assert "p" not in found["heog"]


def test_one_subject_has_no_interval(statistics):
    predictors, correct, subject = data(n_subjects=1)
    found = odds_ratios(
        predictors, correct, subject, statistics, np.random.default_rng(0)
    )
    assert np.isnan(found["share"]["ci_low"])
    assert 0 < found["share"]["p"] <= 1
