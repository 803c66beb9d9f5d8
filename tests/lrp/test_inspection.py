"""Relevance of frequencies and components, against the layer put in front for real."""

import pytest
import torch
from torch import nn

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain

SFREQ = 50


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    layers = [nn.Conv1d(2, 4, 5), nn.GELU(), nn.AdaptiveAvgPool1d(3)]
    head = [nn.Flatten(), nn.Linear(12, 3)]
    return nn.Sequential(*layers, *head).double().eval()


def oscillations(x):
    """Parts (n, channels, n_frequencies, n_times) of a signal, from sines and cosines."""
    n_times = x.shape[-1]
    t = torch.arange(n_times, dtype=x.dtype)
    parts = []
    for k in range(n_times // 2 + 1):
        angle = 2 * torch.pi * k * t / n_times
        part = 0
        for wave in (angle.cos(), angle.sin()):
            power = (wave * wave).sum()
            if power > 1e-9:
                part = part + (x @ wave)[..., None] * wave / power
        parts.append(part)
    return torch.stack(parts, 2)


@pytest.mark.parametrize("n_times", [24, 25])
def test_frequencies_get_what_a_layer_in_front_gives_them(model, n_times):
    x = rand(3, 2, n_times)
    found = explain(model, x, 1).in_frequency(SFREQ)
    parts = oscillations(x)
    torch.testing.assert_close(parts.sum(2), x)
    in_front = explain(lambda p: model(p.sum(2)), parts, 1)
    torch.testing.assert_close(found.relevance, in_front.relevance.sum(-1))
    expected = torch.arange(n_times // 2 + 1) * SFREQ / n_times
    torch.testing.assert_close(found.frequencies, expected)


@pytest.mark.parametrize("n_times", [24, 29])
@pytest.mark.parametrize("frame", [0.16, 0.24, 0.48])
def test_frames_get_what_a_layer_in_front_gives_them(model, n_times, frame):
    x, size = rand(2, 2, n_times), round(frame * SFREQ)
    explanation = explain(model, x, 1)
    found = explanation.in_frequency(SFREQ, frame)
    time = torch.arange(n_times, dtype=x.dtype) / SFREQ
    for number, middle in enumerate(found.times):
        # A raised cosine around the middle of the frame.
        away = (time - middle).abs() / (size / SFREQ)
        window = torch.where(away < 0.5, (torch.pi * away).cos() ** 2, 0)
        part = (x * window * explanation.coefficients).sum(-1)
        torch.testing.assert_close(found.relevance[..., number].sum(-1), part)
    total = found.relevance.sum((-1, -2))
    torch.testing.assert_close(total, explanation.relevance.sum(-1))


def test_a_sine_is_found_at_its_frequency_and_time():
    t = torch.arange(200, dtype=torch.float64) / 100
    x = torch.where(t < 1, (2 * torch.pi * 10 * t).sin(), 0)[None, None]
    # The projection on the sine is what the model computes.
    explanation = explain(lambda s: (s * x).sum(2), x, lambda y: y.sum(1))
    found = explanation.in_frequency(100, frame=0.5)
    bands = found.bands({"alpha": (8, 13), "beta": (13, 30)})
    early = found.times < 0.7
    alpha, whole = bands["alpha"], explanation.relevance.sum()
    assert alpha[..., early].sum() > 0.6 * whole
    assert bands["beta"].abs().sum() < 0.05 * whole
    assert alpha[..., found.times > 1.3].abs().sum() < 1e-9


def test_all_classes_and_batches_keep_their_axes(model):
    x = rand(3, 2, 24)
    every = explain(model, x, "all", memory=1.0)
    found = every.in_frequency(SFREQ)
    assert found.relevance.shape == (3, 3, 2, 13)
    for k in range(3):
        alone = explain(model, x, k).in_frequency(SFREQ)
        torch.testing.assert_close(found.relevance[:, k], alone.relevance)


def test_components_get_what_a_layer_in_front_gives_them(model):
    x, patterns = rand(3, 2, 24), rand(2, 2, seed=5)
    explanation = explain(model, x, 1)
    found, rest = explanation.in_components(patterns)
    courses = torch.linalg.solve(patterns, x)
    in_front = explain(lambda s: model(patterns @ s), courses, 1)
    torch.testing.assert_close(found, in_front.relevance)
    assert rest.abs().max() < 1e-10
    one, rest = explanation.in_components(patterns[:, :1].numpy())
    whole = one.sum(1) + rest.sum(1)
    torch.testing.assert_close(whole, explanation.relevance.sum(1))
    every, _ = explain(model, x, "all").in_components(patterns)
    torch.testing.assert_close(every[:, 1], found)


def test_relevance_is_signal_times_coefficients(model):
    x = rand(3, 2, 24)
    explanation = explain(model, x, 1, memory=1.0)
    torch.testing.assert_close(explanation.signal, x)
    product = explanation.signal * explanation.coefficients
    assert torch.equal(explanation.relevance, product)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sfreq": 0}, "above 0"),
        ({"sfreq": "50"}, "above 0"),
        ({"sfreq": float("nan")}, "above 0"),
        ({"sfreq": 50, "frame": 1.0}, "24 samples"),
        ({"sfreq": 50, "frame": 0.01}, "at least four"),
        ({"sfreq": 50, "frame": -1}, "above 0"),
    ],
)
def test_numbers_that_do_not_fit_are_named(model, options, words):
    explanation = explain(model, rand(1, 2, 24), 1)
    with pytest.raises(InputError, match=words):
        explanation.in_frequency(**options)


def test_what_has_no_coefficients_says_so(model):
    explanation = explain(model, rand(1, 2, 24), 1)
    with pytest.raises(InputError, match="2 channels"):
        explanation.in_components(rand(3, 2))
    for method in ("in_frequency", "in_components"):
        none = explanation._replace(coefficients=None)
        with pytest.raises(InputError, match="no coefficients"):
            getattr(none, method)(SFREQ)
