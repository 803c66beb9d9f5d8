"""Less precise numbers: single and half precision beside double."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from eeglrp.lrp.composites import COMPOSITES
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error

DEVICES = [
    "cpu",
    pytest.param(
        "cuda",
        marks=pytest.mark.skipif(
            not torch.cuda.is_available(), reason="no CUDA device"
        ),
    ),
]


def correlation(first, second):
    pair = torch.stack(
        [first.double().cpu().flatten(), second.double().cpu().flatten()]
    )
    return torch.corrcoef(pair)[0, 1].item()


def gap(found):
    """Gap of the ledger in terms of all relevance, that inside the signal apart."""
    ledger = torch.stack(list(found.ledger.values()))
    missed = (ledger.sum(0) - found.output.double()).abs()
    return (
        (
            missed
            / (
                found.relevance.double().abs().sum((1, 2))
                + ledger.abs().sum(0)
            )
        )
        .max()
        .item()
    )


def check_half(found, exact):
    assert found.relevance.isfinite().all()
    assert all(value.isfinite().all() for value in found.ledger.values())
    assert all(value.dtype == torch.float64 for value in found.ledger.values())
    assert gap(found) < 5e-2
    assert correlation(found.relevance, exact.relevance) > 0.98


@pytest.mark.slow
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("rules", COMPOSITES)
def test_single_precision_is_double_precision_but_for_rounding(
    labram, named, signal, rules, trained, device
):
    kwargs = {"forward_kwargs": named(3), "rules": rules}
    exact = explain(labram(trained=trained), signal, 1, **kwargs)
    model = labram(trained=trained, dtype=torch.float32).to(device)
    found = explain(model, signal, 1, **kwargs)
    assert found.relevance.dtype == torch.float32
    assert found.relevance.device.type == device
    scale = exact.relevance.abs().max().item()
    relevance = found.relevance.double().cpu()
    torch.testing.assert_close(
        relevance, exact.relevance, rtol=0, atol=2e-3 * scale
    )
    assert correlation(relevance, exact.relevance) > 0.99999
    total = sum(value.abs().max().item() for value in exact.ledger.values())
    for source, value in exact.ledger.items():
        torch.testing.assert_close(
            found.ledger[source].cpu(), value, rtol=0, atol=1e-3 * total
        )
    assert gap(found) < 1e-5


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("way", ["model", "autocast"])
@pytest.mark.parametrize("rules", ["attn_lrp", "cp_lrp", "gamma", "pa_lrp"])
@pytest.mark.filterwarnings("ignore:the ledger misses")
def test_half_precision_of_the_model_and_by_autocast(
    labram, named, signal, rules, way, device
):
    kwargs = {"forward_kwargs": named(3), "rules": rules}
    model = labram(dtype=torch.float32).to(device)
    exact = explain(model, signal, 1, **kwargs)
    if way == "model":
        found = explain(model.bfloat16(), signal, 1, **kwargs)
    else:
        with torch.autocast(device, dtype=torch.bfloat16):
            found = explain(model, signal, 1, **kwargs)
    assert not torch.equal(found.output.float(), exact.output)
    check_half(found, exact)


class Inside(nn.Module):
    """A model that asks for less precision itself."""

    def __init__(self, model, device):
        super().__init__()
        self.model, self.device = model, device

    def forward(self, x, **kwargs):
        with torch.autocast(self.device, dtype=torch.bfloat16):
            return self.model(x, **kwargs).float()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.filterwarnings("ignore:the ledger misses")
def test_autocast_inside_a_model_is_autocast_around_it(
    labram, named, signal, device
):
    model, kwargs = (
        labram(dtype=torch.float32).to(device),
        {"forward_kwargs": named(3)},
    )
    found = explain(Inside(model, device).eval(), signal, 1, **kwargs)
    with torch.autocast(device, dtype=torch.bfloat16):
        around = explain(model, signal, 1, **kwargs)
    torch.testing.assert_close(found.relevance, around.relevance.float())


def operations(width=8):
    """One model for each operation that keeps numbers of its own for the backward pass."""
    torch.manual_seed(0)
    attention = nn.MultiheadAttention(width, 2, batch_first=True)
    lstm = nn.LSTM(width, width, batch_first=True)
    table = {
        "linear": nn.Linear(width, 5),
        "convolution": nn.Conv1d(3, 4, 3, padding=1),
        "layer norm": nn.LayerNorm(width),
        "group norm": nn.GroupNorm(1, 3),
        "batch norm": nn.BatchNorm1d(3),
        "rms norm": nn.RMSNorm(width),
        "prelu": nn.PReLU(),
        "encoder": nn.TransformerEncoderLayer(width, 2, 16, batch_first=True),
    }
    called = {
        "attention": (lambda v: attention(v, v, v)[0], attention),
        "lstm": (lambda v: lstm(v)[0], lstm),
        "fused": (
            lambda v: F.scaled_dot_product_attention(v, v, v, is_causal=True),
            None,
        ),
        "gelu": (F.gelu, None),
        "softplus": (F.softplus, None),
        "softmax": (lambda v: v.softmax(-1), None),
        "log_softmax": (lambda v: v.log_softmax(-1), None),
        "variance": (lambda v: v.var(-1), None),
        "log": (lambda v: (v.square().mean(-1) + 1).log(), None),
        "division": (lambda v: v / (v.norm(dim=-1, keepdim=True) + 1), None),
        "power": (lambda v: v.abs() ** 1.5, None),
        "mask": (lambda v: v.masked_fill(v > 1, 2.0).cumsum(-1), None),
        "pool": (lambda v: F.max_pool1d(v, 2) + F.avg_pool1d(v, 2), None),
    }
    return {name: (model, model) for name, model in table.items()} | called


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("way", ["bfloat16", "float16", "autocast"])
@pytest.mark.parametrize("name", operations())
@pytest.mark.filterwarnings("ignore:the ledger misses")
def test_operations_in_half_precision(name, way, device):
    function, module = operations()[name]
    x = torch.randn(4, 3, 8, generator=torch.Generator().manual_seed(3)).to(
        device
    )
    if module:
        module.to(device).eval()
    target = lambda y: y.float().flatten(1)[:, 1:4].sum(1)
    exact = explain(function, x, target)
    if way == "autocast":
        with torch.autocast(device, dtype=torch.bfloat16):
            found = explain(function, x, target)
    else:
        dtype = getattr(torch, way)
        if module:
            module.to(dtype)
        found = explain(function, x.to(dtype), target)
    check_half(found, exact)
    assert closure_error(exact) < 1e-5 or gap(exact) < 1e-6
