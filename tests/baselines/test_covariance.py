import numpy as np
import pytest

from eeglrp.baselines import covariance
from eeglrp.baselines.covariance import (
    band_pass,
    covariances,
    csp_lda,
    mdm,
    tangent_lr,
)

DECODERS = (csp_lda, tangent_lr, mdm)


@pytest.mark.slow
@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("n_classes", [2, 3, 4])
def test_lateralised_power_is_found_and_each_score_is_that_of_its_class(
    planted, decoder, n_classes
):
    data = planted.rhythms(240, n_classes, np.random.default_rng(0))
    scores = decoder(data)
    assert scores.shape == (240, n_classes)
    assert planted.accuracy(scores, data) > 0.9


@pytest.mark.parametrize("decoder", DECODERS)
def test_windows_without_full_rank_can_be_decoded(planted, decoder):
    """An average reference, and an electrode interpolated from the others."""
    data = planted.rhythms(160, 2, np.random.default_rng(0))
    data.signal[:, 3] = data.signal[:, :3].mean(1)
    data.signal[:] -= data.signal.mean(1, keepdims=True)
    scores = decoder(data)
    assert np.isfinite(scores).all()
    assert planted.accuracy(scores, data) > 0.9


@pytest.mark.parametrize("decoder", DECODERS)
def test_other_names_for_the_classes_give_the_same_scores(planted, decoder):
    data = planted.rhythms(80, 2, np.random.default_rng(0))
    other = data._replace(frame=data.frame.assign(label=1 - data.label))
    np.testing.assert_allclose(
        decoder(other)[:, ::-1], decoder(data), rtol=1e-6, atol=1e-8
    )


def test_distance_is_that_of_logarithms_where_covariances_commute(
    planted, monkeypatch
):
    """Diagonal matrices: their Riemannian mean is the geometric mean of every entry."""
    rng = np.random.default_rng(2)
    powers = np.exp(rng.standard_normal((40, 6)))
    data = planted.noise(40, 2, rng)
    monkeypatch.setattr(
        covariance, "covariances", lambda data: powers[:, :, None] * np.eye(6)
    )
    logs, train = np.log(powers), (data.frame["split"] == "train").to_numpy()
    means = [logs[train & (data.label == k)].mean(0) for k in (0, 1)]
    expected = -np.stack([((logs - mean) ** 2).sum(1) for mean in means], 1)
    np.testing.assert_allclose(mdm(data), expected, rtol=1e-6)


def test_covariances_are_those_of_the_band_in_microvolt(planted):
    """0.3 of 0.1 mV is 30 microvolt, of which a sine has the variance 450."""
    time = np.arange(2000) / 200
    signal = np.stack(
        [0.3 * np.sin(2 * np.pi * 15 * time), 5 * np.sin(2 * np.pi * 2 * time)]
    )
    (matrix,) = covariances(planted.windows(signal[None], [0], ["train"]))
    assert matrix[0, 0] == pytest.approx(450, rel=0.03)
    assert matrix[1, 1] < 10


def test_many_windows_are_read_in_blocks_without_a_seam(planted, monkeypatch):
    data = planted.noise(20, 2, np.random.default_rng(0))
    whole = covariances(data)
    monkeypatch.setattr(covariance, "_BLOCK", 7)
    np.testing.assert_allclose(covariances(data), whole, rtol=1e-12)


def test_band_pass_keeps_its_band_alone():
    time = np.arange(2000) / 200
    inside, outside = (
        np.sin(2 * np.pi * f * time)[None, None] for f in (15, 2)
    )
    assert band_pass(inside, 200.0)[..., 500:1500].std() > 0.69
    assert band_pass(outside, 200.0)[..., 500:1500].std() < 0.01
