"""Power and intervals against simulation, exact counting and published tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, ttest_1samp

from eeglrp.power import (
    half_width,
    smallest_difference,
    smallest_p,
    subjects_needed,
)
from eeglrp.statistics import sign_flip_test


@pytest.mark.parametrize(
    ("n", "alpha"), [(3, 0.01), (4, 0.05), (5, 0.001), (20, 0.002)]
)
def test_the_smallest_difference_is_found_in_four_of_five_simulated_studies(
    n, alpha
):
    spread, studies = 0.07, 20_000
    mean = smallest_difference(spread, n, alpha=alpha)
    drawn = np.random.default_rng(1).normal(mean, spread, (studies, n))
    found = (ttest_1samp(drawn, 0, axis=1).pvalue < alpha).mean()
    # Four standard errors of a share of 0.8 in so many studies.
    assert found == pytest.approx(0.8, abs=4 * np.sqrt(0.8 * 0.2 / studies))


@pytest.mark.parametrize(
    ("n", "alpha"), [(5, 0.05), (20, 0.05), (109, 0.05), (20, 0.001)]
)
def test_it_agrees_with_statsmodels(n, alpha):
    # Not with 5 subjects at 0.001, where its search ends at too small an effect.
    from statsmodels.stats.power import TTestPower

    effect = TTestPower().solve_power(nobs=n, alpha=alpha, power=0.8)
    assert smallest_difference(1, n, alpha=alpha) == pytest.approx(
        np.squeeze(effect), rel=1e-4
    )


@pytest.mark.parametrize("n", [6, 10])
def test_the_sign_flip_test_finds_it_no_more_often(n):
    mean = smallest_difference(1, n)
    rng = np.random.default_rng(2)
    drawn = rng.normal(mean, 1, (2000, n))
    found = np.mean([sign_flip_test(one, rng).p < 0.05 for one in drawn])
    assert found < 0.8 + 4 * np.sqrt(0.8 * 0.2 / len(drawn))


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(spread=st.floats(0.01, 1), n=st.integers(3, 200))
def test_more_subjects_show_smaller_differences_in_proportion_to_the_spread(
    spread, n
):
    least = smallest_difference(spread, n)
    assert least == pytest.approx(spread * smallest_difference(1, n))
    assert (
        smallest_difference(spread, n + 1)
        < least
        < smallest_difference(spread, n, power=0.9)
    )


def test_with_many_subjects_it_is_the_normal_formula():
    expected = (norm.ppf(0.975) + norm.ppf(0.8)) / np.sqrt(10_000)
    assert smallest_difference(1, 10_000) == pytest.approx(expected, rel=1e-3)


def test_no_spread_needs_no_difference_and_two_subjects_say_nothing():
    assert smallest_difference(0, 5) == 0
    assert np.isnan(smallest_difference(0.1, 2))
    # Three subjects at the level of 21 comparisons: far beyond an effect size of 10.
    assert smallest_difference(1, 3, alpha=0.05 / 21) > 10


@pytest.mark.parametrize("n", [1, 2, 4, 10, 13, 14, 20])
def test_the_smallest_p_is_that_of_subjects_who_all_agree(n):
    test = sign_flip_test(np.full(n, 0.1), np.random.default_rng(3))
    assert smallest_p(n) == test.smallest_p <= test.p


@settings(deadline=None)
@given(alpha=st.floats(0.001, 0.9))
def test_one_subject_less_cannot_reach_the_level(alpha):
    n = subjects_needed(alpha)
    assert smallest_p(n) < alpha <= smallest_p(n - 1)


def test_six_subjects_reach_five_percent():
    assert [subjects_needed(alpha) for alpha in (0.05, 0.05 / 21, 2 / 64)] == [
        6,
        10,
        7,
    ]


def test_the_interval_of_guesses_holds_most_guesses():
    rng = np.random.default_rng(4)
    label = np.arange(40) % 2
    guesses = rng.integers(2, size=(20_000, 3, 40))
    hit = guesses == label
    accuracy = (
        hit[..., label == 0].mean(-1) + hit[..., label == 1].mean(-1)
    ) / 2
    near = np.abs(accuracy.mean(1) - 0.5) < half_width(0.5, 40, 3)
    # Accuracies of 120 guesses lie on a grid of 1/120.
    assert near.mean() == pytest.approx(0.95, abs=0.015)


def test_the_interval_adds_the_spread_over_subjects():
    windows, subjects = (
        half_width(0.7, 9, 4),
        half_width(0.7, 10**9, 4, spread=0.1),
    )
    assert subjects == pytest.approx(norm.ppf(0.975) * 0.05, rel=1e-6)
    assert half_width(0.7, 9, 4, spread=0.1) == pytest.approx(
        np.hypot(windows, subjects)
    )
    assert half_width(0.5, 9, confidence=0.5) == pytest.approx(
        norm.ppf(0.75) / 6
    )
