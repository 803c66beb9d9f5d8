import numpy as np
import pytest
from scipy.stats import nct, t

from eeglrp.seeds import generator
from eeglrp.verdict.answers import (
    NOT_SUPPORTED,
    SUPPORTED,
    UNDECIDED,
    answer,
    subjects_for,
)

STATISTICS = {"bootstrap": 500, "confidence": 0.95}


def ask(differences, margin=0.05):
    second = np.full(len(differences), 0.5)
    rng = generator(1, "test")
    return answer(
        second + np.asarray(differences), second, margin, STATISTICS, rng
    )


def test_a_difference_of_every_subject_is_supported():
    one = ask([0.1, 0.2, 0.15, 0.3, 0.12, 0.2])
    assert one.finding == SUPPORTED
    assert one.p == pytest.approx(2 / 2**6)
    assert one.reference == pytest.approx(0.5)
    assert one.value == pytest.approx(
        0.5 + np.mean([0.1, 0.2, 0.15, 0.3, 0.12, 0.2])
    )
    assert one.reference < one.low < one.value < one.high


def test_five_subjects_decide_nothing_and_six_are_asked_for():
    one = ask([0.1, 0.2, 0.15, 0.3, 0.12])
    assert one.finding == UNDECIDED
    assert one.why == "5 subjects, and p < 0.05 needs 6"


def test_one_subject_has_no_interval():
    one = ask([0.4])
    assert one.finding == UNDECIDED
    assert np.isnan(one.low)
    assert one.n == 1


@pytest.mark.parametrize("shift", [0, -0.3])
def test_a_difference_below_the_margin_is_not_supported(shift):
    small = np.array([0.01, -0.01, 0.02, -0.02, 0.005, -0.005, 0.01, -0.01])
    assert ask(small + shift).finding == NOT_SUPPORTED
    # Without a margin only the one below zero is answered.
    assert ask(small + shift, 0.0).finding == (
        NOT_SUPPORTED if shift else UNDECIDED
    )


@pytest.mark.slow
def test_a_wide_interval_holds_both_and_names_the_subjects_that_would_do():
    differences = np.array([0.3, -0.3, 0.2, -0.2, 0.1, -0.1, 0.25, -0.2])
    one = ask(differences)
    assert one.finding == UNDECIDED
    n = int(one.why.split("; ")[1].split()[0])
    assert power(0.05 / np.std(differences, ddof=1), n) >= 0.8
    assert power(0.05 / np.std(differences, ddof=1), n - 1) < 0.8


def power(effect, n):
    """Of a two-sided t test, from the noncentral t distribution."""
    critical, shift = t.isf(0.025, n - 1), effect * np.sqrt(n)
    return nct.sf(critical, n - 1, shift) + nct.cdf(-critical, n - 1, shift)


def test_an_interval_above_with_a_large_p_is_undecided():
    # As far from zero are: the signs as they are, all alike, and the seventh as its sign with one
    # other turned; each with its mirror image.
    one = ask([0.3, 0.3, 0.3, 0.3, 0.3, 0.3, -0.35])
    assert one.low > 0.5
    assert one.p == pytest.approx(2 * (1 + 1 + 6) / 2**7)
    assert (one.finding, one.why) == (
        UNDECIDED,
        "interval above, but p = 0.12",
    )


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
