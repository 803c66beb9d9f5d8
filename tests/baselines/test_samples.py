import numpy as np
import pytest

from eeglrp.baselines import samples
from eeglrp.baselines.samples import (
    lda_samples,
    lda_samples_subject,
    stretches,
)
from eeglrp.errors import InputError


@pytest.mark.parametrize("decoder", [lda_samples, lda_samples_subject])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_time_locked_wave_is_found(planted, decoder, n_classes):
    data = planted.waves(360, n_classes, np.random.default_rng(0))
    scores = decoder(data)
    assert scores.shape == (360, n_classes)
    assert planted.accuracy(scores, data) > 0.9


def two_subjects(planted, n=400):
    """The second subject's waves have the opposite sign: nothing is common to both."""
    data = planted.waves(n, 2, np.random.default_rng(1))
    second = np.arange(n) // 2 % 2 == 1
    data.signal[second] *= -1
    return data._replace(
        frame=data.frame.assign(subject=np.where(second, "b", "a"))
    )


def test_subjects_who_differ_are_decoded_one_by_one_only(planted):
    data = two_subjects(planted)
    assert planted.accuracy(lda_samples_subject(data), data) > 0.9
    assert planted.accuracy(lda_samples(data), data) < 0.65


def test_a_subject_is_fitted_on_its_own_windows_alone(planted):
    data = two_subjects(planted)
    first = (data.frame["subject"] == "a").to_numpy()
    before = lda_samples_subject(data)[first]
    data.signal[~first] = 0.5
    data.signal[~first, 0] += (
        np.random.default_rng(0).standard_normal((200, 200)) * 0.1
    )
    np.testing.assert_array_equal(lda_samples_subject(data)[first], before)


@pytest.mark.parametrize("lacking", ["training windows", "a class"])
def test_a_subject_without_training_windows_of_a_class_is_named(
    planted, lacking
):
    data = two_subjects(planted)
    second = data.frame["subject"] == "b"
    gone = (
        second if lacking == "training windows" else second & (data.label == 1)
    )
    split = data.frame["split"].mask(
        gone & (data.frame["split"] == "train"), "validation"
    )
    with pytest.raises(
        InputError,
        match=r"subject b: has no training window .* split by: block",
    ):
        lda_samples_subject(
            data._replace(frame=data.frame.assign(split=split))
        )


def test_stretches_average_forty_milliseconds_in_microvolt():
    signal = np.random.default_rng(0).standard_normal((3, 2, 203))
    found = stretches(signal, 200.0).reshape(3, 2, 25)
    for stretch in (0, 1, 24):
        expected = 100 * signal[:, :, 8 * stretch : 8 * stretch + 8].mean(2)
        np.testing.assert_allclose(found[:, :, stretch], expected, rtol=1e-12)


@pytest.mark.parametrize(
    "shape", [(2, 64, 800), (2, 19, 200), (2, 2500, 40), (2, 1, 9000)]
)
def test_features_stay_few_however_long_the_windows(shape):
    n_features = stretches(np.zeros(shape), 200.0).shape[1]
    assert shape[1] <= n_features <= max(2000, shape[1])


def test_many_windows_are_read_in_blocks_without_a_seam(monkeypatch):
    signal = np.random.default_rng(0).standard_normal((20, 2, 80))
    whole = stretches(signal, 200.0)
    monkeypatch.setattr(samples, "_BLOCK", 7)
    np.testing.assert_array_equal(stretches(signal, 200.0), whole)
