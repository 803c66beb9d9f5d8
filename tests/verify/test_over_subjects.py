"""Effect over subjects: read where the others peak, so that noise has none."""

import numpy as np
import pytest

from eeglrp.statistics import standardised_difference
from eeglrp.verify.locking import Locked
from eeglrp.verify.over_subjects import deviations, effect_size, jitter

N_LAGS = 15


def subject(rng, plus=0.0, lag=6, n=20):
    """Sums over `n` events of noise, with a deviation planted at one lag."""
    total = rng.normal(size=(n, N_LAGS))
    total[:, lag] += plus
    null = np.sqrt(n) * rng.normal(size=(200, N_LAGS))
    return Locked(total, np.ones((n, N_LAGS)), null, n)


def test_deviations_are_read_at_the_planted_lag_and_give_d():
    rng = np.random.default_rng(0)
    subjects = [subject(rng, plus) for plus in (1.0, 2.0, 3.0, 2.5)]
    expected = [
        one.total[:, 6].mean() - one.null[:, 6].mean() / 20 for one in subjects
    ]
    np.testing.assert_allclose(deviations(subjects), expected)
    assert effect_size(subjects) == pytest.approx(
        standardised_difference(np.array(expected))
    )
    assert effect_size(subjects) > 1


def test_noise_has_no_effect_although_each_subject_has_a_peak():
    rng = np.random.default_rng(1)
    found = [
        np.mean(deviations([subject(rng) for _ in range(5)]))
        for _ in range(200)
    ]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found)) < 3 * error


def test_a_subject_does_not_choose_its_own_lag():
    rng = np.random.default_rng(2)
    subjects = [
        subject(rng, 6.0, lag=2),
        *(subject(rng, 1.0) for _ in range(4)),
    ]
    found = deviations(subjects)
    assert found[0] == pytest.approx(
        subjects[0].total[:, 6].mean() - subjects[0].null[:, 6].mean() / 20
    )


def test_rarely_reached_lags_are_no_peak_and_absent_ones_are_left_out():
    rng = np.random.default_rng(3)
    subjects = [subject(rng, 5.0) for _ in range(3)]
    subjects[0].count[:, 6] = 0
    found = deviations(subjects)
    assert np.isnan(found[0])
    assert np.isfinite(found[1:]).all()
    for one in subjects:
        one.count[:, 6] = 0
    assert np.isfinite(deviations(subjects)).all()


def test_few_subjects_have_neither_effect_nor_jitter():
    rng = np.random.default_rng(4)
    assert np.isnan(effect_size([subject(rng), subject(rng)]))
    assert np.isnan(effect_size([]))
    assert np.isnan(jitter([0.1]))
    assert np.isnan(jitter([0.1, np.nan]))
    assert jitter([0.0, 0.02, np.nan]) == pytest.approx(0.02 / np.sqrt(2))
