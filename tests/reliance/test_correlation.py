import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr

from eeglrp.reliance.correlation import (
    MOST_SPLITS,
    correlate,
    cross_fitted,
    halves,
)

STATISTICS = 300, 0.95


@settings(max_examples=30, deadline=None)
@given(n=st.integers(2, 30), seed=st.integers(0, 2**31))
def test_halves_come_with_their_mirror_images(n, seed):
    splits = halves(n, np.random.default_rng(seed))
    assert {tuple(row) for row in splits} == {tuple(~row) for row in splits}
    assert np.isin(splits.sum(1), [n // 2, n - n // 2]).all()
    assert len(splits) <= 2 * MOST_SPLITS


def test_few_subjects_have_all_their_splits():
    assert len(halves(4, np.random.default_rng(0))) == 6
    assert len(halves(2, np.random.default_rng(0))) == 2
    assert len(halves(5, np.random.default_rng(0))) == 20


def test_against_a_loop_over_splits_with_scipy():
    rng = np.random.default_rng(1)
    measure, truth = rng.random((7, 4)), rng.random((7, 4))
    splits = halves(4, rng)
    slow = [
        kind(measure[:, row].mean(1), truth[:, ~row].mean(1))[0]
        for kind in (pearsonr, spearmanr)
        for row in splits
    ]
    n = len(splits)
    found = cross_fitted(measure, truth, splits)
    assert found == pytest.approx((np.mean(slow[:n]), np.mean(slow[n:])))


def test_weights_are_as_good_as_copies():
    """A subject of weight 2 counts as two that always stand on the same side."""
    rng = np.random.default_rng(2)
    measure, truth = rng.random((6, 4)), rng.random((6, 4))
    splits, weights = halves(4, rng), np.array([2.0, 1, 0, 1])
    order = [0, 0, 1, 3]
    usable = [
        row
        for row in splits
        if row[[0, 1, 3]].any() and not row[[0, 1, 3]].all()
    ]
    slow = np.mean(
        [
            pearsonr(
                measure[:, [k for k in order if row[k]]].mean(1),
                truth[:, [k for k in order if not row[k]]].mean(1),
            )[0]
            for row in usable
        ]
    )
    assert cross_fitted(measure, truth, splits, weights)[0] == pytest.approx(
        slow
    )


def test_what_belongs_to_subjects_cannot_make_measure_and_truth_agree():
    """Noise that both share in each subject of each model: a naive correlation is taken in."""
    rng = np.random.default_rng(3)
    naive, honest = [], []
    for _ in range(60):
        shared = rng.standard_normal((20, 4))
        naive.append(pearsonr(shared.mean(1), shared.mean(1))[0])
        honest.append(cross_fitted(shared, shared, halves(4, rng))[0])
    assert np.mean(naive) == pytest.approx(1)
    assert abs(np.mean(honest)) < 0.1


def test_a_measure_that_follows_the_truth_is_found_with_a_narrow_interval():
    rng = np.random.default_rng(4)
    level = np.linspace(0, 1, 20)[:, None]
    truth = level + 0.02 * rng.standard_normal((20, 6))
    measure = level**3 + 0.02 * rng.standard_normal((20, 6))
    found = correlate(measure, truth, *STATISTICS, rng)
    assert found["spearman"][0] > 0.95
    value, low, high = found["pearson"]
    assert 0.8 < low < value < high < 1
    turned = correlate(-measure, truth, *STATISTICS, np.random.default_rng(4))
    assert turned["pearson"][0] == pytest.approx(-value)


def test_noise_has_an_interval_that_holds_zero():
    rng = np.random.default_rng(5)
    noise = rng.standard_normal((2, 15, 6))
    _, low, high = correlate(*noise, *STATISTICS, rng)["pearson"]
    assert low < 0 < high


@pytest.mark.parametrize("shape", [(2, 4), (5, 1)])
def test_too_little_gives_nothing(shape):
    rng = np.random.default_rng(6)
    found = correlate(rng.random(shape), rng.random(shape), *STATISTICS, rng)
    assert np.isnan([*found["pearson"], *found["spearman"]]).all()


def test_a_constant_measure_follows_nothing():
    rng = np.random.default_rng(7)
    found = correlate(
        np.full((6, 4), 0.3), rng.random((6, 4)), *STATISTICS, rng
    )
    assert np.isnan(found["pearson"]).all()
    assert np.isnan(found["spearman"]).all()
