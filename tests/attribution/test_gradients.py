import pytest
import torch
from torch import nn

from eeglrp.attribution.gradients import input_x_gradient


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(12, 5), nn.GELU(), nn.Linear(5, 2)
    ).eval()


@pytest.fixture
def signal():
    return torch.randn(3, 3, 4, generator=torch.Generator().manual_seed(1))


def test_it_is_the_input_times_the_gradient(model, signal):
    found = input_x_gradient(model, signal, [0, 1, 0])
    leaf = signal.clone().requires_grad_()
    output = model(leaf)[range(3), [0, 1, 0]]
    (gradient,) = torch.autograd.grad(output.sum(), leaf)
    torch.testing.assert_close(found.relevance, signal * gradient)
    torch.testing.assert_close(found.output, output.detach())


def test_what_it_does_not_explain_is_a_source(model, signal):
    found = input_x_gradient(model, signal, "predicted", "contrast")
    assert list(found.ledger) == ["input", "unexplained"]
    torch.testing.assert_close(
        found.ledger["input"], found.relevance.double().sum((1, 2))
    )
    torch.testing.assert_close(
        sum(found.ledger.values()), found.output.double()
    )


def test_layers_are_value_times_gradient(model, signal):
    found = input_x_gradient(model, signal, 1, layers=["1"])
    hidden = model[:2](signal).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(model[2:](hidden)[:, 1].sum(), hidden)
    torch.testing.assert_close(
        found.layer_relevance["1"], hidden.detach() * gradient
    )


def test_parameters_get_no_gradient(model, signal):
    with torch.no_grad():
        input_x_gradient(model, signal, 0)
    assert all(p.grad is None and p.requires_grad for p in model.parameters())
