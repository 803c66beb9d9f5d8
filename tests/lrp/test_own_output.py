"""What is explained is what the model returns, or it is refused."""

import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain


class Squeezed(torch.nn.Module):
    """Weights that lose an axis in place before their softmax."""

    def __init__(self):
        super().__init__()
        self.score = torch.nn.Linear(5, 1)
        self.head = torch.nn.Linear(5, 2)

    def forward(self, signal):
        weights = self.score(signal)
        weights.squeeze_(2)
        mixed = weights.softmax(1)[:, None] @ signal
        return self.head(mixed[:, 0])


class Centred(torch.nn.Module):
    """The mean over samples is taken off."""

    def __init__(self):
        super().__init__()
        self.head = torch.nn.Linear(12, 2)

    def forward(self, signal):
        flat = signal.flatten(1)
        return self.head(flat - flat.mean(0))


class Counting(torch.nn.Module):
    """Counts its calls in a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))
        self.head = torch.nn.Linear(12, 2)

    def forward(self, signal):
        self.calls += 1
        return self.head(signal.flatten(1))


@pytest.fixture
def seeded():
    torch.manual_seed(0)


def written_out(model, signal):
    """`Squeezed` with the shape changed out of place."""
    weights = model.score(signal).squeeze(2)
    mixed = weights.softmax(1)[:, None] @ signal
    return model.head(mixed[:, 0])


@pytest.mark.parametrize("rules", ["epsilon", "attn_lrp", "gamma"])
def test_an_axis_that_goes_in_place_is_followed(seeded, rules):
    model = Squeezed().double().eval()
    signal = torch.randn(3, 4, 5, dtype=torch.float64)
    explanation = explain(model, signal, 0, rules)
    with torch.no_grad():
        assert torch.allclose(explanation.output, model(signal)[:, 0])
    expected = explain(
        lambda values: written_out(model, values), signal, 0, rules
    )
    assert torch.allclose(explanation.relevance, expected.relevance)


@pytest.mark.parametrize("ledger", [True, False])
def test_a_model_that_mixes_samples_is_refused_by_name(seeded, ledger):
    model = Centred().double().eval()
    signal = torch.randn(3, 4, 3, dtype=torch.float64)
    with pytest.raises(InputError) as error:
        explain(model, signal, 0, "epsilon", ledger=ledger)
    assert "Centred" in str(error.value)


def test_what_a_model_counts_stays_as_it_was(seeded):
    model = Counting().eval()
    signal = torch.randn(3, 4, 3)
    explain(model, signal, 0, "epsilon")
    assert model.calls == 0


def test_only_the_first_explanation_of_a_model_costs_a_forward_pass(seeded):
    model = Counting().eval()
    calls = []
    model.head.register_forward_hook(lambda *_: calls.append(1))
    signal = torch.randn(3, 4, 3)
    explain(model, signal, 0, "epsilon")
    first = len(calls)
    explain(model, signal, 0, "epsilon")
    assert first == 2
    assert len(calls) == 3


def net(*layers):
    return torch.nn.Sequential(
        torch.nn.Conv1d(4, 4, 1), *layers, torch.nn.Flatten()
    ).eval()


@pytest.mark.parametrize(
    "layer",
    [
        torch.nn.Dropout(0.5),
        torch.nn.BatchNorm1d(4),
        torch.nn.InstanceNorm1d(4, track_running_stats=True),
    ],
)
def test_a_part_in_training_mode_is_named(seeded, layer):
    model = net(layer)
    signal = torch.randn(3, 4, 3)
    explain(model, signal, 0, "epsilon")
    model[1].train()
    with pytest.raises(InputError, match="Sequential: 1: is in training mode"):
        explain(model, signal, 0, "epsilon")


def test_parts_that_are_the_same_in_training_are_let_be(seeded):
    model = net(torch.nn.ReLU(), torch.nn.Dropout(0.0))
    model[1].train()
    model[2].train()
    signal = torch.randn(3, 4, 3)
    with torch.no_grad():
        expected = model(signal)[:, 0]
    assert torch.allclose(explain(model, signal, 0).output, expected)
