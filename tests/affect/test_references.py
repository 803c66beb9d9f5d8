import numpy as np
import pytest
from scipy.stats import ttest_ind

from eeglrp.affect.references import (
    Comparison,
    above_all,
    compare,
    single_case_p,
)


def test_a_single_case_is_student_s_test_of_one_against_many():
    rng = np.random.default_rng(0)
    case, controls = 1.3, rng.normal(size=7)
    expected = ttest_ind([case], controls).pvalue
    assert single_case_p(case, controls) == pytest.approx(expected)


@pytest.mark.parametrize("controls", [[], [0.3], [0.3, 0.3, 0.3]])
def test_controls_without_spread_say_nothing(controls):
    assert np.isnan(single_case_p(1.0, np.array(controls)))


def test_subjects_are_compared_in_pairs_and_models_by_their_means():
    rng = np.random.default_rng(1)
    models = rng.normal(0.2, 0.01, (4, 8))
    one = compare(models.mean(0) + 0.1, models, rng)
    np.testing.assert_allclose(one.reference, models.mean(0))
    assert one.p == 2 / 2**8
    expected = single_case_p(models.mean() + 0.1, models.mean(1))
    assert one.p_models == pytest.approx(expected)
    # One reference has no spread over models.
    assert np.isnan(compare(models[0], models[:1], rng).p_models)


def comparison(reference, p, p_models=np.nan):
    return Comparison(np.full(3, reference), p, p_models)


def test_the_claim_is_as_weak_as_its_weakest_part():
    share = np.full(3, 0.4)
    first, second = comparison(0.2, 0.01), comparison(0.3, 0.02, 0.03)
    assert above_all(share, [first, second]) == 0.03
    assert above_all(share, [first]) == 0.01
    assert above_all(share, [first, comparison(0.5, 0.01)]) == 1.0
