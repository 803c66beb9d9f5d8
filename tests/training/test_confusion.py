import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    balanced_accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
)

from eeglrp.training.confusion import (
    balanced_accuracy,
    confusion,
    kappa,
    weighted_f1,
)


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(st.integers(2, 4), st.integers(8, 60), st.integers(0, 1000))
def test_metrics_agree_with_scikit_learn(n_classes, n, seed):
    rng = np.random.default_rng(seed)
    label = np.concatenate(
        [np.arange(n_classes), rng.integers(n_classes, size=n)]
    )
    guess = np.where(
        rng.random(len(label)) < 0.5,
        label,
        rng.integers(n_classes, size=len(label)),
    )
    counts = confusion(label, guess, n_classes)
    np.testing.assert_array_equal(counts, confusion_matrix(label, guess))
    assert float(balanced_accuracy(counts)) == pytest.approx(
        balanced_accuracy_score(label, guess)
    )
    assert float(kappa(counts)) == pytest.approx(
        cohen_kappa_score(label, guess)
    )
    expected = f1_score(label, guess, average="weighted", zero_division=0)
    assert float(weighted_f1(counts)) == pytest.approx(expected)


def test_one_class_alone_has_no_balanced_accuracy_and_no_warning():
    counts = np.array([[[3, 2], [0, 0]], [[3, 2], [1, 4]], [[0, 0], [0, 0]]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = balanced_accuracy(counts), kappa(counts), weighted_f1(counts)
    np.testing.assert_array_equal(np.isnan(found[0]), [True, False, True])
    np.testing.assert_array_equal(np.isnan(found[1]), [True, False, True])
    assert np.isfinite(found[2]).all()
