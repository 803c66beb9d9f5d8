"""Localisation scores, each against its definition written a second time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.evaluate.scores import (
    METRICS,
    area_under_curve,
    chance_levels,
    ranks,
    truth_mask,
    window_scores,
)


def maps_and_masks(seed, ties=False):
    rng = np.random.default_rng(seed)
    maps = rng.normal(size=(4, 3, 15))
    mask = rng.random((4, 3, 15)) < 0.3
    mask[:, 0, 0], mask[:, 0, 1] = True, False
    return (np.round(maps) if ties else maps), mask


def by_name(maps, mask):
    return dict(zip(METRICS, window_scores(maps, mask).T, strict=True))


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), ties=st.booleans())
def test_areas_agree_with_scikit_learn(seed, ties):
    from sklearn.metrics import roc_auc_score

    maps, mask = maps_and_masks(seed, ties)
    found = by_name(maps, mask)
    for k in range(len(maps)):
        truth = mask[k].ravel()
        assert found["auc"][k] == pytest.approx(
            roc_auc_score(truth, maps[k].ravel())
        )
        absolute = roc_auc_score(truth, np.abs(maps[k]).ravel())
        assert found["auc_absolute"][k] == pytest.approx(absolute)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_accuracies_agree_with_their_definitions(seed):
    maps, mask = maps_and_masks(seed)
    found = by_name(maps, mask)
    for k in range(len(maps)):
        flat, inside = maps[k].ravel(), mask[k].ravel()
        top = np.argsort(flat)[-inside.sum() :]
        assert found["rra"][k] == pytest.approx(inside[top].mean())
        assert found["rma"][k] == pytest.approx(
            flat[inside & (flat > 0)].sum() / flat[flat > 0].sum()
        )
        assert found["pointing_game"][k] == inside[flat.argmax()]


def test_a_perfect_map_scores_one_and_its_negative_zero():
    _, mask = maps_and_masks(0)
    perfect = mask + 0.0
    np.testing.assert_array_equal(window_scores(perfect, mask), 1)
    negative = by_name(-perfect, mask)
    for name in ("auc", "rma", "rra", "pointing_game"):
        np.testing.assert_array_equal(negative[name], 0)
    np.testing.assert_array_equal(negative["auc_absolute"], 1)


def test_random_maps_score_chance():
    rng = np.random.default_rng(1)
    mask = np.zeros((300, 4, 50), bool)
    mask[:, 1, 10:30] = True
    scores = window_scores(rng.normal(size=mask.shape), mask).mean(0)
    np.testing.assert_allclose(scores, chance_levels(mask).mean(0), atol=0.03)
    np.testing.assert_allclose(
        chance_levels(mask)[0], [0.5, 0.5, 0.1, 0.1, 0.1]
    )


def test_a_constant_map_is_at_chance():
    mask = np.zeros((1, 2, 10), bool)
    mask[0, 0, :5] = True
    assert by_name(np.ones(mask.shape), mask)["auc"] == 0.5


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000), ties=st.booleans())
def test_ranks_agree_with_scipy(seed, ties):
    from scipy.stats import rankdata

    values = maps_and_masks(seed, ties)[0].reshape(4, -1)
    np.testing.assert_array_equal(ranks(values), rankdata(values, axis=1))


def test_area_under_curve_by_counting_pairs():
    values, mask = (
        np.array([[3.0, 1.0, 2.0, 2.0]]),
        np.array([[True, False, True, False]]),
    )
    # Pairs: 3>1, 3>2, 2>1, 2=2.
    np.testing.assert_allclose(area_under_curve(ranks(values), mask), 3.5 / 4)


def test_mask_holds_the_strong_part_of_the_truth():
    truth = np.zeros((3, 2, 100))
    truth[0, 1, 40:60] = -4
    truth[0, 0, 10] = 0.5
    truth[1, 0] = np.sin(np.arange(100) * 2 * np.pi / 18)
    mask = truth_mask(truth, 8, 0.25)
    np.testing.assert_array_equal(
        np.flatnonzero(mask[0, 1]), np.arange(38, 62)
    )
    assert not mask[0, 0].any()
    # The zero crossings of an 11 Hz oscillation do not cut the mask into pieces.
    assert mask[1, 0].all()
    assert not mask[2].any()
