"""Concentration of maps, against closed forms and other formulas of the same quantities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.evaluate.complexity import (
    COLUMNS,
    chance_levels,
    entropy,
    gini,
    window_values,
)


def magnitudes(seed):
    return np.abs(np.random.default_rng(seed).normal(size=(5, 60)))


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_gini_is_half_the_mean_difference_over_the_mean(seed):
    values = magnitudes(seed)
    differences = np.abs(values[:, :, None] - values[:, None]).mean((1, 2))
    np.testing.assert_allclose(
        gini(values), differences / (2 * values.mean(1))
    )


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_entropy_agrees_with_scipy(seed):
    from scipy.stats import entropy as entropy_of

    values = magnitudes(seed)
    np.testing.assert_allclose(
        entropy(values), entropy_of(values, axis=1) / np.log(60)
    )


def test_one_point_and_equal_points_are_the_ends():
    values = np.zeros((2, 50))
    values[0, 7], values[1] = 3, 0.2
    np.testing.assert_allclose(gini(values), [1 - 1 / 50, 0], atol=1e-12)
    np.testing.assert_allclose(entropy(values), [0, 1], atol=1e-12)


def test_scale_does_not_matter_and_an_empty_map_has_no_value():
    values = magnitudes(1)
    np.testing.assert_allclose(gini(7 * values), gini(values))
    np.testing.assert_allclose(entropy(7 * values), entropy(values))
    assert np.isnan(gini(np.zeros((1, 9)))).all()
    assert np.isnan(entropy(np.zeros((1, 9)))).all()


def test_noise_has_the_complexity_of_a_half_normal_distribution():
    found = dict(zip(COLUMNS, chance_levels(19, 400, seed=1), strict=True))
    assert found["gini", "sample"] == pytest.approx(np.sqrt(2) - 1, abs=0.003)
    # E[z log z] / E[z] - log E[z] of a half-normal z, in nats.
    gap = (np.log(2) - np.euler_gamma) / 2 - np.log(np.sqrt(2 / np.pi))
    assert found["entropy", "sample"] == pytest.approx(
        1 - gap / np.log(19 * 400), abs=0.002
    )
    assert found["gini", "electrode_patch"] == pytest.approx(
        np.sqrt(2) - 1, abs=0.03
    )
    assert chance_levels(19, 400, seed=1).tolist() == list(found.values())


def test_patches_are_summed_with_their_signs():
    relevance = np.zeros((1, 2, 400))
    relevance[0, 0, :200] = np.tile([1.0, -1.0], 100)
    relevance[0, 1, 200:] = 0.5
    found = dict(zip(COLUMNS, window_values(relevance)[0], strict=True))
    # The first electrode's relevance cancels: one of four pieces holds all.
    assert found["gini", "electrode_patch"] == pytest.approx(1 - 1 / 4)
    assert found["entropy", "electrode_patch"] == pytest.approx(0, abs=1e-12)
    assert found["gini", "sample"] < 0.6
