"""Layers without an axis of samples, and tensors that a model fills piece by piece."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error

N, CHANNELS, TIMES = 2, 3, 8


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def score(y):
    return (y * rand(*y.shape[1:], seed=9)).flatten(1).sum(1)


@pytest.fixture
def x():
    return rand(N, CHANNELS, TIMES, seed=3)


def check(model, x):
    found = explain(model, x, score)
    torch.testing.assert_close(
        found.output, score(model(x)).detach(), rtol=1e-11, atol=1e-11
    )
    assert closure_error(found) < 1e-10
    return found


def same(one, other, x):
    """Explanations of two ways to write a model agree."""
    first, second = check(one, x), check(other, x)
    torch.testing.assert_close(first.output, second.output)
    torch.testing.assert_close(first.relevance, second.relevance)
    for source, value in second.ledger.items():
        torch.testing.assert_close(first.ledger[source], value)


# --- layers without samples ----------------------------------------------------------------------


def layers():
    """Layers that take one sample without its axis, and the values they take."""
    torch.manual_seed(0)
    table = {
        "conv1d": (nn.Conv1d(CHANNELS, 4, 3), lambda v: v),
        "conv1d, square": (nn.Conv1d(CHANNELS, 6, 3), lambda v: v),
        "conv2d": (nn.Conv2d(1, 4, 3), lambda v: v[:, None]),
        "conv2d, square": (
            nn.Conv2d(1, 6, (3, 3), padding=(1, 0)),
            lambda v: v[:, None].mT,
        ),
        "transposed": (nn.ConvTranspose1d(CHANNELS, 4, 3), lambda v: v),
        "linear": (nn.Linear(TIMES, 5), lambda v: v[:, 0]),
        "layer norm": (nn.LayerNorm(TIMES), lambda v: v[:, 0]),
        "pool": (nn.MaxPool1d(2), lambda v: v),
    }
    return {
        name: (layer.double().eval(), taken)
        for name, (layer, taken) in table.items()
    }


@pytest.mark.parametrize("name", layers())
def test_a_layer_for_each_sample_is_the_layer_for_all(x, name):
    layer, taken = layers()[name]
    same(
        lambda v: torch.stack([layer(each) for each in taken(v)]),
        lambda v: layer(taken(v)),
        x,
    )


# --- filling tensors -----------------------------------------------------------------------------


def room(v):
    return torch.ones(len(v), CHANNELS, TIMES, dtype=v.dtype)


def rest(v):
    return room(v)[..., 4:]


def assigned(v):
    y = room(v)
    y[..., :4] = v[..., :4]
    return y * 2


def added(v):
    y = room(v)
    y[..., :4] += v[..., :4]
    return y * 2


def multiplied(v):
    y = room(v)
    y[..., :4] *= v[..., :4]
    return y * 2


def copied(v):
    y = room(v)
    y[..., :4].copy_(v[..., :4])
    return y * 2


def viewed(v):
    y = room(v)
    y.view(len(v), -1).add_(v.flatten(1))
    return y * 2


def whole(v):
    y = room(v)
    y.add_(v)
    return y * 2


def exchanged(v):
    y = v.clone()
    y[:, 0], y[:, 1] = y[:, 1].clone(), y[:, 0].clone()
    return y


def overwritten(v):
    y = v.clone()
    y[y > 0] = 0.5
    return y


FILLED = {
    "assigned": (assigned, lambda v: 2 * torch.cat([v[..., :4], rest(v)], -1)),
    "added": (added, lambda v: 2 * torch.cat([v[..., :4] + 1, rest(v)], -1)),
    "multiplied": (
        multiplied,
        lambda v: 2 * torch.cat([v[..., :4], rest(v)], -1),
    ),
    "copied": (copied, lambda v: 2 * torch.cat([v[..., :4], rest(v)], -1)),
    "through a view": (viewed, lambda v: 2 * (v + 1)),
    "whole": (whole, lambda v: 2 * (v + 1)),
    "exchanged": (exchanged, lambda v: v[:, [1, 0, 2]]),
    "overwritten": (overwritten, lambda v: torch.where(v > 0, 0.5, v)),
    "scattered": (
        lambda v: room(v).scatter_add(-1, torch.arange(TIMES).expand_as(v), v),
        lambda v: v + 1,
    ),
    "diagonal": (
        lambda v: torch.stack(
            [torch.diagonal_scatter(each @ each.mT, ONE) for each in v]
        ),
        lambda v: (v @ v.mT).masked_fill(
            torch.eye(CHANNELS, dtype=torch.bool), 1.0
        ),
    ),
    "differences": (
        lambda v: torch.diff(
            v, prepend=torch.ones(len(v), CHANNELS, 1, dtype=v.dtype)
        ),
        lambda v: torch.cat([v[..., :1] - 1, v.diff()], -1),
    ),
    "product into nothing": (
        lambda v: torch.baddbmm(
            torch.full((1, 1, 1), math.nan, dtype=v.dtype), v, v.mT, beta=0
        ),
        lambda v: v @ v.mT,
    ),
}
ONE = torch.ones(CHANNELS, dtype=torch.float64)


@pytest.mark.parametrize("name", FILLED)
def test_a_tensor_filled_piece_by_piece(x, name):
    by_pieces, at_once = FILLED[name]
    same(by_pieces, at_once, x)


def test_a_bias_added_to_channels_that_come_first(x):
    weight, bias = rand(4, CHANNELS, 3), rand(4, seed=1)
    samples_last = lambda v: F.conv1d(v, weight, bias).permute(1, 2, 0)
    same(
        lambda v: samples_last(v).permute(2, 0, 1),
        lambda v: F.conv1d(v, weight, bias),
        x,
    )
