import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.training.optimisation import (
    adamw,
    batches,
    choose_device,
    choose_precision,
    cosine_rate,
    reduced_precision,
    reproducible,
    set_rate,
)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 300), st.integers(1, 64), st.integers(0, 5))
def test_batches_cover_every_sample_once_in_nearly_equal_parts(n, size, seed):
    parts = batches(n, size, np.random.default_rng(seed))
    assert sorted(np.concatenate(parts)) == list(range(n))
    lengths = {len(part) for part in parts}
    assert max(lengths) <= size
    assert max(lengths) - min(lengths) <= 1
    assert all((np.diff(part) > 0).all() for part in parts)


def test_rate_rises_to_the_peak_and_falls_to_the_floor():
    rates = [cosine_rate(step, 100, 10, 1.0, 0.1) for step in range(100)]
    np.testing.assert_allclose(rates[:10], np.arange(1, 11) / 10)
    assert rates[10] == 1.0
    assert all(np.diff(rates[10:]) < 0)
    np.testing.assert_allclose(rates[55], 0.55, atol=1e-12)
    assert 0.1 < rates[-1] < 0.101


def test_rate_without_warm_up_starts_at_the_peak():
    assert cosine_rate(0, 10, 0, 1e-3, 0.0) == 1e-3
    assert math.isclose(cosine_rate(10, 10, 0, 1e-3, 1e-6), 1e-6)


def test_vectors_and_embeddings_do_not_decay():
    shapes = {"head.weight": (2, 3), "head.bias": (2,), "cls_token": (1, 1, 3)}
    parameters = {
        name: torch.nn.Parameter(torch.ones(shape))
        for name, shape in shapes.items()
    }
    optimiser = adamw(
        [(name, p, 1.0) for name, p in parameters.items()], weight_decay=0.5
    )
    set_rate(optimiser, 0.1)
    for parameter in parameters.values():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    np.testing.assert_allclose(parameters["head.weight"].detach(), 0.95)
    assert (parameters["head.bias"] == 1).all()
    assert (parameters["cls_token"] == 1).all()


def test_factors_scale_the_learning_rate():
    first, second = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    optimiser = adamw(
        [("a", first, 1.0), ("b", second, 0.25)], weight_decay=0.0
    )
    set_rate(optimiser, 0.04)
    assert sorted(group["lr"] for group in optimiser.param_groups) == [
        0.01,
        0.04,
    ]


def test_reproducible_repeats_and_leaves_the_outside_as_it_was():
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    draws = []
    for _ in range(2):
        with reproducible(3):
            assert torch.are_deterministic_algorithms_enabled()
            draws.append(torch.rand(4))
    assert torch.equal(*draws)
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.equal(torch.rand(1), expected)


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == torch.device("cpu")
    with pytest.raises(
        InputError,
        match=r"training\.device: is cuda, but PyTorch finds no GPU",
    ):
        choose_device("cuda")


def test_reduced_precision_computes_in_what_was_chosen():
    device = torch.device("cpu")
    assert choose_precision("float32", device) == "float32"
    assert choose_precision("auto", device) in ("float32", "bfloat16")
    weight = torch.eye(2)
    for name, dtype in (
        ("bfloat16", torch.bfloat16),
        ("float32", torch.float32),
    ):
        with reduced_precision(device, name):
            assert (weight @ weight).dtype == dtype
