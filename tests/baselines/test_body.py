import numpy as np
import pytest

from eeglrp.baselines.body import emg_lda, heart_rate, log_power, standardised
from eeglrp.errors import InputError


def test_a_heart_rate_that_follows_the_class_is_enough(planted):
    data = planted.noise(200, 2, np.random.default_rng(0))
    subject = np.where(np.arange(200) // 10 % 2, "a", "b")
    # Subjects differ by far more than classes.
    rate = (
        60
        + 30 * (subject == "b")
        + 4 * data.label
        + np.random.default_rng(1).normal(size=200)
    )
    quick = data._replace(
        frame=data.frame.assign(subject=subject, heart_rate=rate)
    )
    assert planted.accuracy(heart_rate(quick), quick) > 0.9
    assert planted.accuracy(heart_rate(data), data) < 0.7


def test_unknown_heart_rates_are_the_subjects_mean_and_none_at_all_is_refused(
    planted,
):
    data = planted.noise(40, 2, np.random.default_rng(0))
    rate = data.frame["heart_rate"].to_numpy().copy()
    rate[5] = np.nan
    scores = heart_rate(
        data._replace(frame=data.frame.assign(heart_rate=rate))
    )
    assert np.isfinite(scores).all()
    for frame in (
        data.frame.assign(heart_rate=np.nan),
        data.frame.drop(columns="heart_rate"),
    ):
        with pytest.raises(
            InputError, match="heart_rate: no window has one. Remedy: leave"
        ):
            heart_rate(data._replace(frame=frame))


def test_muscles_at_temporal_electrodes_are_found_and_nothing_elsewhere(
    planted,
):
    rng = np.random.default_rng(0)
    found = {}
    for name, channel in (("temporal", 4), ("central", 2)):
        data = planted.noise(200, 2, rng)
        buzz = rng.normal(size=(200, 200)) * 0.1
        data.signal[:, channel] += buzz * data.label[:, None]
        found[name] = planted.accuracy(emg_lda(data), data)
    assert found["temporal"] > 0.9
    assert found["central"] < 0.7


def test_without_a_temporal_electrode_there_is_no_muscle(planted):
    data = planted.noise(40, 2, np.random.default_rng(0))._replace(
        channels=tuple("ABCDEF")
    )
    with pytest.raises(InputError, match="channels: none is temporal"):
        emg_lda(data)


def test_power_is_that_of_the_band():
    time = np.arange(400) / 200
    signal = np.stack([np.sin(2 * np.pi * f * time) for f in (50.0, 20.0)])[
        None
    ]
    inside, outside = log_power(signal, 200.0)[0]
    assert inside > outside + 8
    assert log_power(2 * signal, 200.0)[0, 0] == pytest.approx(
        inside + np.log(4)
    )
    assert np.isfinite(log_power(np.zeros((1, 1, 400)), 200.0)).all()


def test_a_subjects_training_windows_are_its_standard_or_else_all_its_windows():
    features = np.array([[1.0], [3.0], [9.0], [10.0], [14.0], [np.nan]])
    subject = np.array(list("aaabbb"))
    train = np.array([True, True, False, False, False, False])
    found = standardised(features, subject, train)
    np.testing.assert_allclose(found[:, 0], [-1, 1, 7, -1, 1, 0])
