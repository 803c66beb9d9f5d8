"""Several signals, and outputs by name."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


class Two(nn.Module):
    """EEG and a second signal of another shape, multiplied."""

    def __init__(self, returned=lambda first, second: first):
        super().__init__()
        torch.manual_seed(0)
        self.eeg, self.eyes = nn.Linear(10, 4), nn.Linear(3, 4)
        self.returned = returned
        self.double().eval()

    def forward(self, eeg, eyes, scale=1.0):
        eyes += 1
        first = self.eeg(eeg.flatten(1))
        logits = first * self.eyes(eyes).tanh() * scale
        return self.returned(logits, first)


EEG, EYES = rand(3, 2, 5), rand(3, 3, seed=1)


def expected(k=1):
    """Relevance of both, each explained beside the other as a constant."""
    model = Two()
    of_eeg = explain(lambda s: model(s, EYES.clone()), EEG, k)
    of_eyes = explain(lambda s: model(EEG, s), EYES, k)
    # A product of two that depend on signals gives each a half.
    return of_eeg.relevance / 2, of_eyes.relevance / 2


@pytest.mark.parametrize("memory", [2e9, 1.0])
def test_signals_by_name_are_explained_together(memory):
    both = {"eeg": EEG, "eyes": EYES}
    kwargs = {"forward_kwargs": {"scale": 1.0}, "memory": memory}
    found = explain(Two(), both, 1, **kwargs)
    for name, of in zip(both, expected(), strict=True):
        torch.testing.assert_close(found.relevance[name], of)
        total = of.flatten(1).sum(1)
        torch.testing.assert_close(found.ledger[f"input.{name}"], total)
        torch.testing.assert_close(found.signal[name], both[name])
    assert "input" not in found.ledger
    assert closure_error(found) < 1e-12
    assert torch.equal(EYES, rand(3, 3, seed=1))


def test_signals_by_place_are_explained_together():
    found = explain(Two(), (EEG, EYES), 1)
    first, second = expected()
    torch.testing.assert_close(found.relevance[0], first)
    torch.testing.assert_close(found.relevance[1], second)
    every = explain(Two(), (EEG, EYES), "all")
    assert every.relevance[0].shape == (3, 4, 2, 5)
    torch.testing.assert_close(every.relevance[1][:, 1], second)
    torch.testing.assert_close(
        every.ledger["input.0"][:, 1], first.sum((1, 2))
    )


#: What a model returns -> the name of its logits.
OUTPUTS = {
    "dict": (lambda a, b: {"logits": a, "features": b}, "logits"),
    "tuple": (lambda a, b: (b, a), 1),
    "object": (lambda a, b: SimpleNamespace(logits=a), "logits"),
}


@pytest.mark.parametrize("kind", OUTPUTS)
@pytest.mark.parametrize("target", [1, "predicted", "all"])
def test_an_output_by_name(kind, target):
    returned, name = OUTPUTS[kind]
    found = explain(Two(returned), (EEG, EYES), target, output=name)
    plain = explain(Two(), (EEG, EYES), target)
    assert torch.equal(found.relevance[0], plain.relevance[0])
    assert torch.equal(found.logits, plain.logits)


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("dict", "logit", "'logits', 'features'"),
        ("tuple", 2, "0 to 1"),
        ("object", "heads", "SimpleNamespace"),
        ("dict", None, "output="),
    ],
)
def test_an_output_that_is_none_is_named(kind, name, words):
    model = Two(OUTPUTS[kind][0])
    with pytest.raises(InputError, match=words):
        explain(model, (EEG, EYES), 1, output=name)


@pytest.mark.parametrize(
    ("signal", "words"),
    [
        ((EEG, EYES[:2]), "same samples"),
        ((EEG, torch.tensor(1.0)), "same samples"),
        ({}, "same samples"),
        ((), "same samples"),
        ({"eeg": EEG, "ids": torch.arange(3)}, "signal ids.*embedding"),
        ((EEG[:0], EYES[:0]), "at least one sample"),
    ],
)
def test_signals_that_do_not_fit_are_named(signal, words):
    with pytest.raises(InputError, match=words):
        explain(Two(), signal, 1)


def test_relevance_in_frequency_is_of_one_signal():
    found = explain(Two(), (EEG, EYES), 1)
    with pytest.raises(InputError, match="one signal"):
        found.in_frequency(100)
