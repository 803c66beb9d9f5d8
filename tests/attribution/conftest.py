"""Models whose explanations are known, and LaBraM in small."""

import pytest
import torch

from ..evaluate.conftest import small_study  # noqa: F401
from ..small_labram import NAMES, build_labram


@pytest.fixture(scope="session")
def small():
    """A small LaBraM, which tests must leave as it is."""
    return build_labram(trained=True)


@pytest.fixture(scope="session")
def named():
    """Keyword arguments that name its electrodes."""
    return {"ch_names": NAMES}


@pytest.fixture
def windows():
    """Four windows of three electrodes and two patches, in 0.1 millivolt."""
    generator = torch.Generator().manual_seed(1)
    return (
        torch.randn(4, 3, 400, dtype=torch.float64, generator=generator) * 0.3
    )


class Polynomial(torch.nn.Module):
    """Logits a'x + x'Bx / 2 of the flat signal, one (a, B) a class."""

    def __init__(self, n_inputs, n_classes, quadratic=True):
        super().__init__()
        generator = torch.Generator().manual_seed(2)
        shape = n_classes, n_inputs, n_inputs
        square = (
            torch.randn(shape, dtype=torch.float64, generator=generator)
            * quadratic
            / 3
        )
        line = torch.randn(shape[:2], dtype=torch.float64, generator=generator)
        self.a, self.b = (
            torch.nn.Parameter(line),
            torch.nn.Parameter(square + square.mT),
        )

    def forward(self, signal):
        """Logits (n_samples, n_classes) of a signal (n_samples, n_channels, n_times)."""
        flat = signal.flatten(1)
        return (
            flat @ self.a.T
            + torch.einsum("ni,cij,nj->nc", flat, self.b, flat) / 2
        )


@pytest.fixture(scope="session")
def polynomial():
    """The function that builds a model of which all integrals and gradients are known."""
    return lambda n_inputs=12, n_classes=3, quadratic=True: Polynomial(
        n_inputs, n_classes, quadratic
    ).eval()


@pytest.fixture
def short():
    """Three windows of three channels and four samples."""
    generator = torch.Generator().manual_seed(3)
    return torch.randn(3, 3, 4, dtype=torch.float64, generator=generator)
