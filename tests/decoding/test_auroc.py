import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

from eeglrp.decoding import auroc as module
from eeglrp.decoding.auroc import (
    auroc,
    class_scores,
    permuted_auroc,
    resampled_auroc,
)


def windows(n_classes, n, levels, rng):
    """Labels of every class, and scores of few levels, so that many are equal."""
    label = np.concatenate(
        [np.arange(n_classes), rng.integers(n_classes, size=n)]
    )
    return rng.integers(levels, size=(len(label), n_classes)) / 4.0, label


def against_rest(scores, label):
    """Mean over the classes that have windows, by scikit-learn."""
    return np.mean(
        [roc_auc_score(label == k, scores[:, k]) for k in np.unique(label)]
    )


@pytest.mark.slow
@settings(deadline=None, max_examples=30)
@given(
    st.integers(2, 4),
    st.integers(1, 60),
    st.integers(1, 30),
    st.integers(0, 1000),
)
def test_ties_count_as_in_scikit_learn(n_classes, n, levels, seed):
    scores, label = windows(n_classes, n, levels, np.random.default_rng(seed))
    if n_classes == 2:
        scores[:, 0] = -scores[:, 1]
    found = auroc(scores, label)
    np.testing.assert_allclose(
        found, [against_rest(scores, label)], rtol=1e-13
    )


def test_two_classes_are_ordered_by_the_difference_of_logits():
    rng = np.random.default_rng(0)
    logits, label = windows(2, 200, 5, rng)
    expected = roc_auc_score(label, logits[:, 1] - logits[:, 0])
    assert auroc(class_scores(logits), label)[0] == pytest.approx(
        expected, abs=1e-14
    )


def test_several_classes_are_ordered_as_by_softmax():
    rng = np.random.default_rng(0)
    logits, label = rng.normal(size=(300, 4)), rng.integers(4, size=300)
    expected = roc_auc_score(
        label, softmax(logits, 1), multi_class="ovr", average="macro"
    )
    assert auroc(class_scores(logits), label)[0] == pytest.approx(
        expected, abs=1e-14
    )


def test_large_logits_do_not_saturate():
    logits = np.array([[0.0, 100.0], [0.0, 200.0], [0.0, 300.0], [0.0, 400.0]])
    assert auroc(class_scores(logits), np.array([0, 0, 1, 1]))[0] == 1
    assert auroc(class_scores(logits), np.array([1, 0, 1, 0]))[0] == 0.25


def test_a_missing_class_is_left_out_and_one_alone_has_no_area():
    scores, label = windows(3, 40, 6, np.random.default_rng(0))
    two = label < 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = auroc(scores[two], label[two])[0]
        alone = auroc(scores, np.ones_like(label))
        alone_permuted = permuted_auroc(scores, np.ones_like(label), label)
    assert found == pytest.approx(
        against_rest(scores[two], label[two]), rel=1e-13
    )
    assert np.isnan(alone).all()
    assert np.isnan(alone_permuted)


def test_weights_repeat_windows():
    rng = np.random.default_rng(0)
    scores, label = windows(3, 30, 4, rng)
    weights = rng.integers(4, size=(5, len(label)))
    expected = [
        against_rest(scores.repeat(w, 0), label.repeat(w)) for w in weights
    ]
    np.testing.assert_allclose(
        auroc(scores, label, weights.astype(float)), expected, rtol=1e-13
    )


@pytest.mark.slow
@pytest.mark.parametrize("by_subject", [False, True])
def test_bootstrap_follows_units_drawn_by_hand(by_subject):
    rng = np.random.default_rng(0)
    label = np.tile([0, 1], 40)
    subject = np.repeat(np.arange(8), 10)
    score = (
        label
        + rng.normal(size=80)
        + 0.8 * rng.normal(size=8)[subject] * (2 * label - 1)
    )
    scores = np.stack([-score, score], 1)
    unit = subject if by_subject else np.arange(80)
    found = resampled_auroc(scores, label, unit, 4000, rng)
    members = [np.flatnonzero(unit == name) for name in np.unique(unit)]
    drawn = [
        np.concatenate(
            [members[k] for k in rng.choice(len(members), len(members))]
        )
        for _ in range(800)
    ]
    by_hand = [roc_auc_score(label[own], score[own]) for own in drawn]
    assert found.mean() == pytest.approx(np.mean(by_hand), abs=0.01)
    assert found.std() == pytest.approx(np.std(by_hand), rel=0.1)


def test_blocks_bound_the_memory_and_change_no_number(monkeypatch):
    scores, label = windows(2, 98, 9, np.random.default_rng(0))
    whole = resampled_auroc(
        scores, label, np.arange(100), 50, np.random.default_rng(1)
    )
    sizes = []
    monkeypatch.setattr(module, "_BLOCK", 700)
    monkeypatch.setattr(
        module,
        "auroc",
        lambda s, y, w: (sizes.append(w.size), auroc(s, y, w))[1],
    )
    parts = resampled_auroc(
        scores, label, np.arange(100), 50, np.random.default_rng(1)
    )
    np.testing.assert_array_equal(parts, whole)
    assert max(sizes) <= 700


def test_one_unit_gives_no_samples():
    scores, label = windows(2, 10, 9, np.random.default_rng(0))
    assert len(resampled_auroc(scores, label, np.zeros(12), 50, None)) == 0


@pytest.mark.slow
def test_chance_is_the_mean_over_labels_shuffled_within_subject():
    rng = np.random.default_rng(0)
    subject = np.repeat([0, 1, 2], [40, 30, 20])
    # Scores and classes both differ between the subjects: pooled chance is not one half.
    label = (rng.random(90) < np.array([0.2, 0.5, 0.9])[subject]).astype(int)
    score = np.round(subject + rng.normal(size=90), 1)
    draws = []
    for _ in range(800):
        shuffled = np.concatenate(
            [rng.permutation(label[subject == k]) for k in range(3)]
        )
        draws.append(roc_auc_score(shuffled, score))
    scores = np.stack([-score, score], 1)
    found = permuted_auroc(scores, label, subject)
    assert found > 0.6
    assert found == pytest.approx(
        np.mean(draws), abs=4 * np.std(draws) / np.sqrt(800)
    )
    first = subject == 0
    assert permuted_auroc(
        scores[first], label[first], subject[first]
    ) == pytest.approx(0.5)


@pytest.mark.slow
def test_chance_of_three_classes_is_the_mean_over_all_permutations():
    from itertools import permutations

    scores, label = windows(3, 2, 4, np.random.default_rng(2))
    every = [
        against_rest(scores, np.array(one)) for one in permutations(label)
    ]
    found = permuted_auroc(scores, label, np.zeros(5))
    assert found == pytest.approx(np.mean(every), abs=1e-13)
    assert found == pytest.approx(0.5)
