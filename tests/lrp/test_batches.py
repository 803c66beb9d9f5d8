"""Many samples: in batches that fit into memory, with the same result."""

import numpy as np
import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.lrp import explain as module
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error


@pytest.fixture(scope="module")
def model(labram):
    return labram(trained=True)


@pytest.fixture
def many():
    return torch.randn(
        7,
        3,
        400,
        dtype=torch.float64,
        generator=torch.Generator().manual_seed(3),
    )


@pytest.fixture
def sizes(monkeypatch):
    """Sizes of the batches that were explained."""
    seen, batch = [], module.explain_batch

    def watched(model, signal, *args, **kwargs):
        found = batch(model, signal, *args, **kwargs)
        seen.append(len(signal))
        return found

    monkeypatch.setattr(module, "explain_batch", watched)
    return seen


@pytest.mark.parametrize(
    "target", [1, "predicted", "all", [0, 1, 2, 3, 0, 1, 2], {1: 1, 0: -1}]
)
def test_batches_are_the_whole(model, named, many, sizes, target):
    settings = {"forward_kwargs": named(3), "layers": True}
    whole = explain(model, many, target, **settings)
    parts = explain(model, many, target, **settings, memory=3e6)
    assert sizes[0] == 7
    assert sum(sizes[1:]) == 7
    assert 1 < max(sizes[1:]) < 7
    assert closure_error(parts) < 1e-10
    torch.testing.assert_close(parts.relevance, whole.relevance)
    torch.testing.assert_close(parts.output, whole.output)
    torch.testing.assert_close(parts.logits, whole.logits)
    torch.testing.assert_close(parts.ledger, whole.ledger)
    torch.testing.assert_close(parts.layer_relevance, whole.layer_relevance)
    torch.testing.assert_close(parts.layer_ledger, whole.layer_ledger)


def test_too_little_memory_takes_one_sample_at_a_time(
    model, named, many, sizes
):
    explain(model, many[:3], 0, forward_kwargs=named(3), memory=1.0)
    assert sizes == [1, 1, 1]


def test_a_signal_on_disk_is_read_in_batches(
    model, named, many, tmp_path, sizes
):
    np.save(tmp_path / "signal.npy", many.numpy())
    on_disk = np.load(tmp_path / "signal.npy", mmap_mode="c")
    found = explain(model, on_disk, 0, forward_kwargs=named(3), memory=3e6)
    assert len(sizes) > 1
    expected = explain(model, many, 0, forward_kwargs=named(3))
    torch.testing.assert_close(found.relevance, expected.relevance)


@pytest.mark.parametrize("signal", [torch.zeros(0, 3, 400), torch.tensor(1.0)])
def test_no_samples_are_an_error(model, named, signal):
    with pytest.raises(InputError, match="at least one sample"):
        explain(model, signal, 0, forward_kwargs=named(3))
