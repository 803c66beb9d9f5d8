import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from eeglrp import statistics
from eeglrp.seeds import generator
from eeglrp.statistics import (
    DIFFERENT,
    EQUIVALENT,
    UNDECIDED,
    bootstrap_means,
    equivalence_p,
    holm,
    maximum_test,
    mean_interval,
    mean_test,
    percentile_interval,
    resampling_weights,
    sign_flip_test,
    standardised_difference,
    subject_estimates,
    three_answers,
)


@pytest.fixture
def rng():
    return generator(7, "test")


def test_resampling_weights_are_bounded_and_complete(rng, monkeypatch):
    monkeypatch.setattr(statistics, "_BLOCK", 50)
    blocks = list(resampling_weights(9, 23, rng))
    assert max(map(len, blocks)) == 5
    weights = np.concatenate(blocks)
    assert weights.shape == (23, 9)
    np.testing.assert_array_equal(weights.sum(1), 9)


def test_every_unit_is_drawn_equally_often(rng):
    weights = np.concatenate(list(resampling_weights(5, 4000, rng)))
    np.testing.assert_allclose(weights.mean(0), 1, atol=0.08)
    # Multinomial: variance 1 - 1/n.
    np.testing.assert_allclose(weights.var(0), 0.8, atol=0.08)


def test_bootstrap_means_have_the_standard_error_of_the_mean(rng):
    values = rng.normal(100, 3, (60, 2))
    means = bootstrap_means(values, 4000, rng)
    np.testing.assert_allclose(means.mean(0), values.mean(0), atol=0.05)
    np.testing.assert_allclose(
        means.std(0), values.std(0) / np.sqrt(60), rtol=0.06
    )


def test_interval_agrees_with_scipy(rng):
    from scipy.stats import bootstrap

    values = rng.exponential(size=(40, 1))
    low, high = mean_interval(values, 5000, 0.9, rng)
    settings = {
        "n_resamples": 5000,
        "confidence_level": 0.9,
        "method": "percentile",
    }
    expected = bootstrap(
        (values[:, 0],), np.mean, random_state=1, **settings
    ).confidence_interval
    np.testing.assert_allclose([low[0], high[0]], expected, atol=0.02)


def test_one_unit_has_no_interval(rng):
    assert np.isnan(mean_interval(np.ones((1, 3)), 100, 0.95, rng)).all()


def test_percentile_interval():
    low, high = percentile_interval(np.arange(101.0)[:, None], 0.9)
    np.testing.assert_allclose([low[0], high[0]], [5, 95])


def test_subjects_have_equal_weight_and_all_comes_last(rng):
    values = np.array([[1.0], [1.0], [1.0], [5.0]])
    estimates = subject_estimates(values, ["b", "b", "b", "a"], 200, 0.95, rng)
    assert [(e.subject, e.mean[0], e.n) for e in estimates] == [
        ("a", 5, 1),
        ("b", 1, 3),
        ("all", 3, 4),
    ]
    assert estimates[-1].low[0] == 1
    assert estimates[-1].high[0] == 5


def test_windows_without_a_value_are_left_out(rng):
    values = np.array([[1.0, 2.0], [np.nan, 9.0], [3.0, 4.0]])
    own, everyone = subject_estimates(values, ["a"] * 3, 100, 0.95, rng)
    np.testing.assert_array_equal(own.mean, [2, 3])
    assert own.n == everyone.n == 2
    assert subject_estimates(values[1:2], ["a"], 100, 0.95, rng) == []


def test_maximum_test_finds_one_point_among_many(rng):
    null = rng.normal(size=(999, 40))
    observed = rng.normal(size=40)
    observed[17] = 8
    test = maximum_test(observed, null)
    assert np.abs(test.z).argmax() == 17
    assert test.p == 1 / 1000
    assert 2.5 < test.critical < 4


def test_maximum_test_is_calibrated(rng):
    p = [
        maximum_test(sample[0], sample[1:]).p
        for sample in rng.normal(size=(300, 100, 12))
        @ rng.normal(size=(12, 12))
    ]
    # 300 draws from a uniform distribution: standard error of the rate 0.0126 and 0.029.
    assert np.mean(np.array(p) <= 0.05) < 0.05 + 3 * 0.0126
    assert abs(np.mean(np.array(p) <= 0.5) - 0.5) < 3.5 * 0.029


def test_simultaneous_band_holds_the_stated_part_of_the_surrogates(rng):
    null = rng.normal(size=(2000, 25)) * np.linspace(0.1, 10, 25)
    test = maximum_test(null[0], null, 0.9)
    inside = (np.abs(null - test.centre) <= test.critical * test.spread).all(1)
    assert abs(inside.mean() - 0.9) < 0.002


@settings(deadline=None, max_examples=25)
@given(
    scale=st.floats(1e-6, 1e6), shift=st.floats(-5, 5), seed=st.integers(0, 99)
)
def test_maximum_test_does_not_depend_on_units(scale, shift, seed):
    rng = np.random.default_rng(seed)
    observed, null = rng.normal(size=6), rng.normal(size=(50, 6))
    first = maximum_test(observed, null)
    second = maximum_test(scale * (observed + shift), scale * (null + shift))
    np.testing.assert_allclose(first.z, second.z, rtol=1e-6)
    assert first.p == second.p


def test_points_where_surrogates_agree_say_nothing():
    null = np.full((99, 2), 3.0)
    test = maximum_test(np.array([5.0, 3.0]), null)
    assert test.p == 1
    np.testing.assert_array_equal(test.z, 0)
    np.testing.assert_array_equal(test.spread, 0)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(-4, 4), min_size=1, max_size=9),
    st.sampled_from([1, 0.1, 1 / 3]),
)
def test_sign_flips_are_exact_for_few_subjects(integers, unit):
    from itertools import product

    # The oracle counts in integers, where ties are ties.
    sums = [
        abs(np.dot(signs, integers))
        for signs in product([1, -1], repeat=len(integers))
    ]
    expected = np.mean(np.array(sums) >= abs(sum(integers)))
    # As written to a table with 8 digits and read again.
    for differences in (
        np.array(integers) * unit,
        np.round(np.array(integers) * unit, 8),
    ):
        test = sign_flip_test(differences, generator(0))
        assert test.p == pytest.approx(expected, abs=1e-12)
    assert test.smallest_p == 2 / 2 ** len(integers)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 13])
def test_no_difference_is_more_certain_than_the_number_of_subjects_allows(n):
    test = sign_flip_test(np.full(n, 0.5), generator(0))
    assert test.p == test.smallest_p == 2 / 2**n


def test_many_subjects_draw_sign_flips_by_the_seed(rng):
    differences = rng.normal(0.2, 1, 30)
    first, again = (
        sign_flip_test(differences, generator(1)) for _ in range(2)
    )
    assert first == again
    other = sign_flip_test(differences, generator(2))
    assert first.p != other.p
    assert first.p == pytest.approx(other.p, abs=0.01)
    assert (
        sign_flip_test(np.ones(40), generator(1)).p
        == first.smallest_p
        == 1 / 10_000
    )


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_no_p_is_smaller_than_the_smallest(seed):
    test = sign_flip_test(np.ones(14), generator(seed))
    assert test.p >= test.smallest_p == 1 / 10_000


@pytest.mark.parametrize("n", [5, 40])
def test_sign_flips_agree_with_scipy(rng, n):
    from scipy.stats import permutation_test

    differences = rng.normal(0.3, 1, n)
    settings = {"permutation_type": "samples", "n_resamples": 10_000, "rng": 1}
    expected = permutation_test(
        (differences,), np.mean, vectorized=True, **settings
    ).pvalue
    # Both draw 10,000 patterns of 2^40.
    error = (
        0 if n == 5 else 4 * np.sqrt(2 * expected * (1 - expected) / 10_000)
    )
    assert sign_flip_test(differences, rng).p == pytest.approx(
        expected, abs=error + 1e-12
    )


def test_sign_flips_are_calibrated(rng):
    p = [sign_flip_test(sample, rng).p for sample in rng.normal(size=(400, 8))]
    # Standard error of the rates of 400: 0.011 and 0.025.
    assert np.mean(np.array(p) <= 0.05) < 0.05 + 3 * 0.011
    assert abs(np.mean(np.array(p) <= 0.5) - 0.5) < 3.5 * 0.025


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 20])
def test_standardised_difference_is_unbiased(rng, n):
    found = [
        standardised_difference(sample)
        for sample in rng.normal(0.6, 1, (20_000, n))
    ]
    error = np.std(found) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(0.6, abs=4 * error)


def test_standardised_difference_by_hand():
    # Mean 2, standard deviation 1; of two degrees of freedom the correction is 1 / sqrt(pi).
    found = standardised_difference(np.array([1.0, 2.0, 3.0]))
    assert found == pytest.approx(2 / np.sqrt(np.pi), rel=1e-12)


@pytest.mark.parametrize(
    "differences", [[0.3], [0.1, 0.4], [0.1, 0.1, 0.1], [0.0, 0.0, 0.0]]
)
def test_two_subjects_or_equal_differences_have_no_standardised_one(
    differences,
):
    assert np.isnan(standardised_difference(np.array(differences)))


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2, 7])
def test_holm_agrees_with_statsmodels(n):
    for p in np.random.default_rng(n).random((5, n)) ** 2:
        np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])
    assert holm(np.array([0.01, 0.01, 0.9])).tolist() == pytest.approx(
        [0.03, 0.03, 0.9]
    )


def test_nothing_to_correct():
    assert len(holm([])) == 0


def test_without_folds_it_is_the_t_test(rng):
    from scipy.stats import ttest_1samp

    values = rng.normal(0.4, 1, 11)
    expected = ttest_1samp(values, 0)
    interval = expected.confidence_interval(0.9)
    for fold in (np.zeros(11), np.arange(11)):
        test = mean_test(values, fold, 0.9)
        assert test.p == pytest.approx(expected.pvalue)
        assert (test.low, test.high) == pytest.approx(tuple(interval))
        assert test.degrees == 10


def test_folds_that_differ_are_the_sample(rng):
    """Folds of equal size: the t-test of their means, however many subjects each has."""
    from scipy.stats import ttest_1samp

    fold = np.repeat(["a", "b", "c", "d"], 6)
    of_folds = np.repeat([0.1, 2.2, 1.4, 0.9], 6)
    values = of_folds + 0.05 * rng.standard_normal(24)
    means = values.reshape(4, 6).mean(1)
    expected = ttest_1samp(means, 0)
    test = mean_test(values, fold, 0.95)
    assert test.degrees == pytest.approx(3)
    assert test.p == pytest.approx(expected.pvalue)
    assert test.low == pytest.approx(expected.confidence_interval().low)


def test_folds_of_unequal_size_agree_with_a_simulation(rng):
    """The standard error is that of means of cohorts whose folds are drawn anew."""
    fold = np.array([0] * 5 + [1] * 3 + [2] * 2 + [3] * 2)
    means, errors = [], []
    for _ in range(4000):
        values = 2 * rng.standard_normal(4)[fold] + rng.standard_normal(12)
        test = mean_test(values, fold, 0.95)
        means.append(test.mean)
        errors.append(test.standard_error**2)
    assert np.mean(errors) == pytest.approx(np.var(means), rel=0.08)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "n_folds"), [(8, 4), (20, 5)])
@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
def test_at_five_percent_it_rejects_five_percent(n, n_folds, spread, rng):
    fold = np.arange(n) % n_folds
    p = []
    for _ in range(3000):
        of_folds = spread * rng.standard_normal(n_folds)
        values = of_folds[fold] + rng.standard_normal(n)
        p.append(mean_test(values, fold, 0.95).p)
    assert 0.03 < np.mean(np.array(p) < 0.05) < 0.07


def test_values_without_spread_differ_for_sure_or_not_at_all():
    fold = np.array([0, 0, 1, 1])
    assert mean_test(np.full(4, 0.2), fold, 0.95).p == 0
    assert mean_test(np.zeros(4), fold, 0.95).p == 1


def test_one_value_has_neither_interval_nor_p():
    one = mean_test(np.array([0.3]), np.array([0]), 0.95)
    assert one.mean == 0.3
    assert np.isnan([one.p, one.low, one.high, one.standard_error]).all()
    assert three_answers(one, 0.05, 0.05) == UNDECIDED
    assert np.isnan(mean_test([], [], 0.95).mean)


def test_equivalence_agrees_with_statsmodels(rng):
    from statsmodels.stats.weightstats import DescrStatsW

    values = rng.normal(0.02, 0.1, 30)
    expected, *_ = DescrStatsW(values).ttost_mean(-0.05, 0.05)
    test = mean_test(values, np.zeros(30), 0.95)
    assert equivalence_p(test, 0.05) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("mean", "spread", "answer"),
    [
        (0.3, 0.1, DIFFERENT),
        (0.0, 0.02, EQUIVALENT),
        # Surely not zero, and surely too small to matter.
        (0.02, 0.005, EQUIVALENT),
        (0.05, 0.3, UNDECIDED),
    ],
)
def test_three_answers(mean, spread, answer):
    values = mean + spread * np.array([-1, -0.5, -0.2, 0, 0.2, 0.5, 0.9, 0.1])
    test = mean_test(values, np.zeros(8), 0.95)
    assert three_answers(test, 0.05, 0.05) == answer
