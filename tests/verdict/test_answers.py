import re

import numpy as np
import pytest
from scipy.stats import nct, t, ttest_1samp

from eeglrp.verdict.answers import (
    NOT_SUPPORTED,
    SUPPORTED,
    UNDECIDED,
    answer,
    subjects_for,
)


def ask(differences, margin=0.05, fold=None):
    n = len(differences)
    second = np.full(n, 0.5)
    fold = np.full(n, "") if fold is None else fold
    return answer(second + np.asarray(differences), second, fold, margin, 0.95)


def test_a_difference_of_every_subject_is_supported():
    differences = [0.1, 0.2, 0.15, 0.3, 0.12, 0.2]
    one = ask(differences)
    assert (one.finding, one.why) == (SUPPORTED, "interval above 0.05")
    test = ttest_1samp(differences, 0)
    low, high = test.confidence_interval(0.95)
    assert one.p == pytest.approx(test.pvalue)
    assert one.reference == pytest.approx(0.5)
    assert one.value == pytest.approx(0.5 + np.mean(differences))
    assert (one.low, one.high) == pytest.approx((0.5 + low, 0.5 + high))


def test_subjects_that_share_models_count_for_less():
    """Models of two folds decode, those of the others do not: no sample of eight."""
    rng = np.random.default_rng(0)
    fold = np.repeat(["0", "1", "2", "3"], 4)
    of_fold = np.repeat([0.3, 0.3, -0.01, 0.01], 4)
    differences = of_fold + 0.01 * rng.standard_normal(16)
    alone = ask(differences)
    assert alone.finding == SUPPORTED
    together = ask(differences, fold=fold)
    assert together.finding == UNDECIDED
    means = differences.reshape(4, 4).mean(1)
    assert together.p == pytest.approx(ttest_1samp(means, 0).pvalue, rel=0.01)
    assert together.high - together.low > 2 * (alone.high - alone.low)
    assert together.value == pytest.approx(alone.value)


def test_folds_whose_models_are_alike_change_nothing():
    differences = np.array([0.1, 0.2, 0.3, 0.11, 0.21, 0.29, 0.12, 0.19])
    fold = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    assert ask(differences, fold=fold) == ask(differences)


def test_five_subjects_decide_nothing_and_six_are_asked_for():
    one = ask([0.1, 0.2, 0.15, 0.3, 0.12])
    assert one.finding == UNDECIDED
    assert one.why == "5 subjects, fewer than 6"


def test_one_subject_has_no_interval():
    one = ask([0.4])
    assert one.finding == UNDECIDED
    assert np.isnan(one.low)
    assert one.n == 1


@pytest.mark.parametrize("shift", [0, -0.3])
def test_a_difference_below_the_margin_is_not_supported(shift):
    small = np.array([0.01, -0.01, 0.02, -0.02, 0.005, -0.005, 0.01, -0.01])
    one = ask(small + shift)
    assert (one.finding, one.why) == (NOT_SUPPORTED, "interval below 0.05")
    # Smaller than what so small an effect is held against.
    assert ask(small + shift, 0.001).finding == (
        NOT_SUPPORTED if shift else UNDECIDED
    )


@pytest.mark.slow
def test_a_wide_interval_holds_the_margin_and_names_the_subjects_that_would_do():
    differences = np.array([0.3, -0.3, 0.2, -0.2, 0.1, -0.1, 0.25, -0.2])
    one = ask(differences)
    assert one.finding == UNDECIDED
    words = r"interval holds 0\.05; of such a mean (\d+) subjects would tell"
    n = int(re.fullmatch(words, one.why)[1])
    effect = abs(differences.mean() - 0.05) / np.std(differences, ddof=1)
    assert power(effect, n) >= 0.8
    assert power(effect, n - 1) < 0.8


def power(effect, n):
    """Of a two-sided t test, from the noncentral t distribution."""
    critical, shift = t.isf(0.025, n - 1), effect * np.sqrt(n)
    return nct.sf(critical, n - 1, shift) + nct.cdf(-critical, n - 1, shift)


@pytest.mark.parametrize("last", [-0.4, -0.1, 0.1, 0.25])
def test_interval_and_p_agree_on_zero(last):
    """One t-test gives both: no interval lies above zero with a large p."""
    one = ask([0.3, 0.2, 0.3, 0.25, 0.3, 0.35, last])
    assert (one.low > one.reference) == (one.p < 0.05)
    assert (one.finding == SUPPORTED) == (one.low > one.reference + 0.05)


def test_an_effect_that_is_there_and_too_small_to_matter_is_not_supported():
    one = ask([0.01, 0.012, 0.011, 0.009, 0.01, 0.011])
    assert one.p < 0.001
    assert one.finding == NOT_SUPPORTED


def test_an_effect_that_is_there_and_may_be_too_small_is_undecided():
    one = ask([0.01, 0.09, 0.11, 0.05, 0.08, 0.06])
    assert one.p < 0.05
    assert one.finding == UNDECIDED


def test_no_number_of_subjects_shows_a_difference_of_zero():
    assert subjects_for(0.0, 0.1, 0.05) is None
    assert subjects_for(1.0, 1e6, 0.05) is None
    assert subjects_for(1.0, 1e-9, 0.05) == 6


@pytest.mark.slow
def test_the_end_of_the_interval_is_held_against_the_margin():
    differences = np.array([0.12, -0.08, 0.1, -0.06, 0.09, -0.05, 0.1, -0.06])
    end = ask(differences).high - 0.5
    assert ask(differences, end - 0.001).finding == UNDECIDED
    assert ask(differences, end + 0.001).finding == NOT_SUPPORTED
