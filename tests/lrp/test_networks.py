"""Small networks as a whole, against layers that send relevance itself back one by one."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from eeglrp.lrp.explain import explain

from .reference import (
    SETS,
    Layers,
    assert_agrees,
    chain,
    elementwise,
    linear_map,
    max_pool,
    moved,
    rand,
    residual,
)

N_SAMPLES, N_CLASSES = 2, 3


class Convolutions(nn.Module):
    """Convolutions of several kinds with norm, GELU and pooling, and a linear head."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv1d(3, 4, 5, stride=2, padding=2)
        self.norm = nn.GroupNorm(2, 4)
        self.grouped = nn.Conv1d(4, 6, 3, padding=1, groups=2)
        self.wide = nn.ConvTranspose1d(6, 4, 2, stride=2)
        self.head = nn.Linear(4, N_CLASSES)

    def forward(self, x):
        x = F.gelu(self.norm(self.stem(x)))
        x = F.max_pool1d(x, 2)
        x = self.wide(F.relu(self.grouped(x)))
        x = F.avg_pool1d(F.gelu(x), 2)
        return self.head(x.mean(-1))

    shape = (3, 16)

    def reference(self, layers):
        one_row = moved(lambda v: v[None], lambda r: r[0])
        return chain(
            one_row,
            layers.convolution(self.stem),
            layers.group_norm(self.norm),
            elementwise(F.gelu),
            moved(lambda v: v[0], lambda r: r[None]),
            max_pool(2),
            one_row,
            layers.convolution(self.grouped),
            elementwise(F.relu),
            layers.convolution(self.wide),
            elementwise(F.gelu),
            moved(lambda v: v[0], lambda r: r[None]),
            linear_map(lambda v: F.avg_pool1d(v, 2)),
            linear_map(lambda v: v.mean(-1)[:, None]),
            layers.linear_module(self.head),
        )


class Block(nn.Module):
    """One pre-norm block: queries, keys and values by one weight, fused attention, residuals."""

    shape = (5, 8)

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2, self.norm3 = (
            nn.LayerNorm(8) for _ in range(3)
        )
        self.qkv_weight = nn.Parameter(torch.empty(24, 8))
        self.qkv_bias = nn.Parameter(torch.empty(24))
        self.project = nn.Linear(8, 8)
        self.mlp = nn.Sequential(nn.Linear(8, 12), nn.GELU(), nn.Linear(12, 8))
        self.head = nn.Linear(8, N_CLASSES)

    def attend(self, x):
        qkv = F.linear(x, self.qkv_weight, self.qkv_bias)
        heads = qkv.reshape(len(x), -1, 3, 2, 4).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(*heads.unbind())
        return self.project(mixed.transpose(1, 2).flatten(2))

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return self.head(self.norm3(x.mean(1)))

    def reference(self, layers):
        return chain(
            residual(
                chain(
                    layers.layer_norm(self.norm1),
                    layers.linear(self.qkv_weight, self.qkv_bias),
                    layers.attention(2),
                    layers.linear_module(self.project),
                )
            ),
            residual(
                chain(
                    layers.layer_norm(self.norm2),
                    layers.linear_module(self.mlp[0]),
                    elementwise(F.gelu),
                    layers.linear_module(self.mlp[2]),
                )
            ),
            linear_map(lambda v: v.mean(1, keepdim=True)),
            layers.layer_norm(self.norm3),
            layers.linear_module(self.head),
        )


class Encoder(nn.Module):
    """torch's own encoder layer with a linear head."""

    shape = (4, 8)
    norm_first = True

    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(
            8, 2, 12, batch_first=True, norm_first=self.norm_first
        )
        self.head = nn.Linear(8, N_CLASSES)

    def forward(self, x):
        return self.head(self.layer(x).mean(1))

    def reference(self, layers):
        own = self.layer
        attend = chain(
            layers.linear(
                own.self_attn.in_proj_weight, own.self_attn.in_proj_bias
            ),
            layers.attention(2),
            layers.linear_module(own.self_attn.out_proj),
        )
        feed_forward = chain(
            layers.linear_module(own.linear1),
            elementwise(F.relu),
            layers.linear_module(own.linear2),
        )
        parts = (
            (layers.layer_norm(own.norm1), attend),
            (layers.layer_norm(own.norm2), feed_forward),
        )
        before = [residual(chain(norm, branch)) for norm, branch in parts]
        after = [chain(residual(branch), norm) for norm, branch in parts]
        return chain(
            *(before if self.norm_first else after),
            linear_map(lambda v: v.mean(1, keepdim=True)),
            layers.linear_module(self.head),
        )


class EncoderNormLast(Encoder):
    norm_first = False


NETWORKS = {
    "convolutions": Convolutions,
    "block": Block,
    "encoder": Encoder,
    "encoder_norm_last": EncoderNormLast,
}


@torch.no_grad()
def build(name, biases=True):
    """The network with random weights, far from those of initialisation, and an input."""
    network = NETWORKS[name]().double().eval()
    for i, (key, parameter) in enumerate(network.named_parameters()):
        values = rand(*parameter.shape, seed=i)
        if "norm" in key and key.endswith("weight"):
            values = 1 + 0.3 * values
        elif key.endswith("bias"):
            values = 0.3 * values if biases else 0 * values
        else:
            values = values / parameter.shape[-1] ** 0.5
        parameter.copy_(values)
    return network, rand(N_SAMPLES, *network.shape, seed=77)


@torch.no_grad()
@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("name", NETWORKS)
def test_relevance_and_ledger_are_those_of_the_slow_reference(name, rules):
    network, x = build(name)
    targets = [0, 2]
    found = explain(network, x, targets, rules)
    for i, target in enumerate(targets):
        layers = Layers(rules)
        y, back = network.reference(layers)(x[i])
        relevance = back(y * F.one_hot(torch.tensor([target]), N_CLASSES))
        assert_agrees(found, i, y[0, target], relevance, layers.book)


@torch.no_grad()
@pytest.mark.parametrize("name", NETWORKS)
def test_relevance_of_a_table_with_a_rule_for_each_kind(name):
    network, x = build(name)
    table = {
        "convolution": {
            "rule": "alpha_beta",
            "alpha": 1.5,
            "beta": 0.5,
            "epsilon": 0.01,
        },
        "linear": {"rule": "gamma", "gamma": 0.7, "epsilon": 0.05},
        "softmax": "taylor",
    }
    found = explain(network, x, 1, table)
    for i in range(N_SAMPLES):
        layers = Layers(table)
        y, back = network.reference(layers)(x[i])
        relevance = back(y * F.one_hot(torch.tensor([1]), N_CLASSES))
        assert_agrees(found, i, y[0, 1], relevance, layers.book)


@pytest.mark.parametrize("rules", ["cp_lrp", "gamma", "z_plus"])
@pytest.mark.parametrize("name", NETWORKS)
def test_without_biases_nothing_is_lost(name, rules):
    network, x = build(name, biases=False)
    found = explain(network, x, 1, rules)
    total = found.relevance.sum((1, 2))
    if rules == "z_plus":
        total = total + found.ledger["epsilon"]
    assert ((total - found.output).abs() <= 1e-8 * found.output.abs()).all()


@pytest.mark.parametrize("rules", ["attn_lrp", "cp_lrp", "gamma"])
def test_the_written_out_attention_is_the_fused_one(rules):
    class WrittenOut(Block):
        def attend(self, x):
            qkv = F.linear(x, self.qkv_weight, self.qkv_bias)
            q, k, v = qkv.reshape(len(x), -1, 3, 2, 4).permute(2, 0, 3, 1, 4)
            mixed = (q @ k.transpose(-2, -1) * 0.5).softmax(-1) @ v
            return self.project(mixed.transpose(1, 2).flatten(2))

    network, x = build("block")
    other = WrittenOut().double().eval()
    other.load_state_dict(network.state_dict())
    first, second = explain(network, x, 1, rules), explain(other, x, 1, rules)
    torch.testing.assert_close(
        first.relevance, second.relevance, rtol=1e-9, atol=1e-11
    )
    for source, value in first.ledger.items():
        torch.testing.assert_close(
            value, second.ledger[source], rtol=1e-9, atol=1e-11
        )
