"""Relevance by band: against a transform in front of a model, and against noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.verify.bands import (
    BANDS,
    band_of_frequencies,
    band_relevance,
    columns,
    net_relevance,
    window_values,
)

CHANNELS, RATE = ["FP1", "C3", "C4", "O2"], 200.0


def noise(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def waves(frequency, n_times=400):
    time = np.arange(n_times) / RATE
    return np.broadcast_to(
        np.cos(2 * np.pi * frequency * time + 1), (2, len(CHANNELS), n_times)
    )


@settings(max_examples=25, deadline=None)
@given(
    n_times=st.integers(2, 61),
    seed=st.integers(0, 99),
    rate=st.sampled_from([100, 200, 250.0]),
)
def test_bands_sum_to_the_relevance(n_times, seed, rate):
    signal, factor = noise((2, 2, 3, n_times), seed)
    relevance = signal * factor
    parts = band_relevance(signal, relevance, rate)
    net, amplitude = net_relevance(signal, relevance, rate)
    np.testing.assert_allclose(parts.sum(0), relevance, atol=1e-10)
    np.testing.assert_allclose(
        net, np.moveaxis(parts.sum(3), 0, 2), atol=1e-10
    )
    np.testing.assert_allclose(net.sum(2), relevance.sum(2), atol=1e-10)
    np.testing.assert_allclose(
        (amplitude**2).sum(2), (signal**2).mean(2), atol=1e-10
    )


def test_a_stores_precision_is_enough():
    signal, factor = noise((2, 8, 19, 400)).astype(np.float32)
    relevance = signal * factor
    net, _ = net_relevance(signal, relevance, RATE)
    gap = np.abs(net.sum(2) - relevance.sum(2, dtype=float))
    assert gap.max() < 1e-5 * np.abs(relevance).sum(2).min()


def test_net_relevance_is_that_of_a_transform_in_front_of_the_model():
    """The frequencies as inputs of a nonlinear model, written out, by gradient x input."""
    n_times = 50
    signal, weights = noise((3, 2, n_times)), noise((6, n_times), 1)
    gradient = (1 - np.tanh(signal @ weights.T) ** 2) @ weights
    spectrum, unit = np.fft.rfft(signal), np.eye(n_times // 2 + 1)
    by_real, by_imaginary = (
        np.fft.irfft(unit, n_times),
        np.fft.irfft(1j * unit, n_times),
    )
    by_frequency = spectrum.real * (gradient @ by_real.T)
    by_frequency += spectrum.imag * (gradient @ by_imaginary.T)
    edges, frequency = [*BANDS.values(), np.inf], np.arange(26) * 100 / n_times
    inside = [
        (frequency >= a) & (frequency < b)
        for a, b in zip(edges, edges[1:], strict=False)
    ]
    expected = np.stack([by_frequency[..., own].sum(2) for own in inside], 2)
    net, _ = net_relevance(signal, signal * gradient, 100.0)
    np.testing.assert_allclose(net, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("frequency", "band"),
    [
        (0, "delta"),
        (3, "delta"),
        (4, "theta"),
        (8, "alpha"),
        (12, "alpha"),
        (13, "beta"),
    ]
    + [(29, "beta"), (30, "gamma"), (99, "gamma")],
)
def test_a_wave_belongs_to_its_band(frequency, band):
    signal = waves(frequency)
    net, amplitude = net_relevance(signal, signal * signal, RATE)
    own = list(BANDS).index(band)
    np.testing.assert_allclose(net[..., own], (signal**2).sum(2))
    np.testing.assert_allclose(np.delete(net, own, 2), 0, atol=1e-9)
    np.testing.assert_allclose(
        amplitude[..., own], np.sqrt((signal**2).mean(2))
    )


@pytest.mark.parametrize(
    "rate", [RATE * (1 - 1e-12), RATE, RATE * (1 + 1e-12)]
)
def test_a_rate_off_by_rounding_moves_no_frequency(rate):
    found = band_of_frequencies(200, rate)
    assert found.tolist() == [0] * 4 + [1] * 4 + [2] * 5 + [3] * 17 + [4] * 71


def test_a_band_without_a_frequency_has_no_relevance():
    net, _ = net_relevance(*noise((2, 1, 1, 20)), RATE)
    assert net[..., 1].item() == 0


def test_shares_add_up_by_band_and_by_region():
    values, reference = window_values(*noise((2, 5, 4, 200)), CHANNELS, RATE)
    names = [one["metric"] for one in columns(CHANNELS)]
    assert names[4:8] == [
        "share gamma",
        "share delta ocular_frontal",
        "share delta central",
        "share delta occipital",
    ]
    for one in (values, reference):
        np.testing.assert_allclose(one[:, :5].sum(1), 1)
        np.testing.assert_allclose(
            one[:, 5:].reshape(5, 5, 3).sum(2), one[:, :5]
        )


def test_share_of_a_region_is_that_of_its_electrodes():
    signal, relevance = noise((2, 3, 4, 200))
    net = np.abs(net_relevance(signal, relevance, RATE)[0])
    expected = net[:, 1:3, 2].sum(1) / net.sum((1, 2))
    place = [one["metric"] for one in columns(CHANNELS)].index(
        "share alpha central"
    )
    np.testing.assert_allclose(
        window_values(signal, relevance, CHANNELS, RATE)[0][:, place], expected
    )


def test_a_white_coefficient_has_the_shares_of_the_reference():
    """Signals as uneven as EEG: steep spectra, and electrodes of different size."""
    channels = ["FP1", "FP2", "C3", "C4", "O1", "O2"] + [
        f"P{k}" for k in range(1, 9)
    ]
    size = np.where(np.arange(len(channels)) < 2, 2.0, 1.0)[:, None]
    signal = np.cumsum(noise((150, len(channels), 200)), 2) * size
    values, reference = window_values(
        signal, signal * noise(signal.shape, 1), channels, RATE
    )
    np.testing.assert_allclose(values.mean(0), reference.mean(0), atol=0.02)
    assert reference[:, 0].mean() > 0.5


def test_a_coefficient_that_looks_at_one_band_is_found_there():
    signal = np.cumsum(noise((20, 4, 200)), 2)
    values, reference = window_values(
        signal, signal * waves(10, 200)[:1], CHANNELS, RATE
    )
    assert (values[:, 2] > 0.9).all()
    assert (reference[:, 2] < 0.3).all()


def test_relevance_where_the_signal_is_zero_is_refused():
    signal, relevance = noise((2, 2, 2, 50))
    signal[0, 1, :20] = 0
    with pytest.raises(
        InputError,
        match="relevance: is not 0 everywhere where the signal is 0",
    ):
        net_relevance(signal, relevance, RATE)
    relevance[0, 1, :20] = 0
    net, _ = net_relevance(signal, relevance, RATE)
    np.testing.assert_allclose(net.sum(2), relevance.sum(2), atol=1e-10)


def test_a_window_without_relevance_has_no_share():
    signal, relevance = noise((2, 3, 4, 50))
    relevance[1] = 0
    values, reference = window_values(signal, relevance, CHANNELS, RATE)
    assert np.isnan(values).any(1).tolist() == [False, True, False]
    assert np.isfinite(reference).all()
