import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention, softmax

from eeglrp.attribution.rollout import attention_rollout, rollout
from eeglrp.errors import InputError

HEADS, WIDTH = 2, 6


def numpy_softmax(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


class Attention(nn.Module):
    """Two layers of attention over a class token and patches of two samples."""

    def __init__(self, way):
        super().__init__()
        generator = torch.Generator().manual_seed(4)
        drawn = [
            torch.randn(s, generator=generator).double()
            for s in ((2, WIDTH), (WIDTH,))
        ]
        self.embed, self.token = (nn.Parameter(each) for each in drawn)
        drawn = torch.randn(2, 3, WIDTH, WIDTH, generator=generator).double()
        self.maps, self.way = nn.Parameter(drawn), way

    def forward(self, signal):
        tokens = signal.unflatten(2, (-1, 2)).flatten(1, 2) @ self.embed
        tokens = torch.cat(
            [self.token.expand(len(tokens), 1, WIDTH), tokens], 1
        )
        for maps in self.maps:
            heads = (tokens @ each for each in maps)
            q, k, v = (
                each.unflatten(2, (HEADS, -1)).transpose(1, 2)
                for each in heads
            )
            mixed = self.attend(q, k, v).transpose(1, 2).flatten(2)
            tokens = tokens + mixed
        return softmax(tokens[:, 0], -1)

    def attend(self, q, k, v):
        if self.way == "fused":
            return scaled_dot_product_attention(q, k, v)
        scores = q @ k.mT / q.shape[-1] ** 0.5
        weights = {
            "function": lambda: softmax(scores, -1),
            "method": lambda: scores.softmax(-1),
            "torch": lambda: torch.softmax(scores, dim=-1),
        }
        return weights[self.way]() @ v


def expected_rows(model, window):
    """Rollout of the same model in numpy, one window at a time."""
    embed, token, maps = (
        p.detach().numpy() for p in (model.embed, model.token, model.maps)
    )
    tokens = np.vstack([token, window.reshape(-1, 2) @ embed])
    rolled = np.eye(len(tokens))
    for q_map, k_map, v_map in maps:
        parts, weights = [], []
        for head in range(HEADS):
            own = slice(head * 3, head * 3 + 3)
            q, k, v = (tokens @ each[:, own] for each in (q_map, k_map, v_map))
            weights.append(numpy_softmax(q @ k.T / np.sqrt(3)))
            parts.append(weights[-1] @ v)
        tokens = tokens + np.hstack(parts)
        rolled = (np.mean(weights, 0) / 2 + np.eye(len(tokens)) / 2) @ rolled
    return rolled


@pytest.fixture
def signal():
    return torch.randn(
        3, 2, 6, generator=torch.Generator().manual_seed(5)
    ).double()


@pytest.mark.parametrize("way", ["function", "method", "torch", "fused"])
@pytest.mark.parametrize("readout", ["class_token", "patches"])
def test_two_layers_by_hand(signal, way, readout):
    model = Attention(way).eval()
    found = attention_rollout(model, signal, 0, readout=readout)
    for k, window in enumerate(signal.numpy()):
        rows = expected_rows(model, window)
        row = rows[0] if readout == "class_token" else rows[1:].mean(0)
        expected = np.repeat(row[1:].reshape(2, 3) / 2, 2, axis=1)
        np.testing.assert_allclose(found.relevance[k], expected, rtol=1e-10)
        np.testing.assert_allclose(
            found.ledger["class_token"][k], row[0], rtol=1e-10
        )
    shares = found.ledger["input"] + found.ledger["class_token"]
    torch.testing.assert_close(shares, torch.ones(3).double())
    torch.testing.assert_close(sum(found.ledger.values()), found.output)


@pytest.mark.parametrize("weights", [True, False])
def test_torchs_own_layers(signal, weights):
    """A `MultiheadAttention`, beside the weights that it returns itself."""

    class Layers(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.first, self.second = (
                nn.MultiheadAttention(2, 1, batch_first=True).double()
                for _ in range(2)
            )

        def forward(self, signal, seen=None):
            tokens = signal.unflatten(2, (-1, 2)).flatten(1, 2)
            tokens = torch.cat([torch.zeros_like(tokens[:, :1]), tokens], 1)
            for layer in (self.first, self.second):
                mixed, found = layer(
                    tokens, tokens, tokens, need_weights=weights
                )
                tokens = tokens + mixed
                if seen is not None:
                    seen.append(
                        layer(tokens - mixed, tokens - mixed, tokens - mixed)[
                            1
                        ]
                    )
            return tokens.mean(1)

    model, seen = Layers().eval(), []
    found = attention_rollout(model, signal, 0, readout="class_token")
    model(signal, seen)
    row = rollout(seen)[:, 0]
    torch.testing.assert_close(found.ledger["class_token"], row[:, 0].detach())
    torch.testing.assert_close(
        found.relevance.sum(2).sum(1), 1 - row[:, 0].detach()
    )
    assert found.relevance.std() > 1e-4


def test_a_product_of_two_layers_in_numbers():
    first = torch.tensor([[[1.0, 0.0], [0.5, 0.5]]])
    second = torch.tensor([[[0.0, 1.0], [0.0, 1.0]]])
    # Half identity: [[1, 0], [.25, .75]] and [[.5, .5], [0, 1]].
    expected = torch.tensor([[[0.625, 0.375], [0.25, 0.75]]])
    torch.testing.assert_close(rollout([first, second]), expected)


@pytest.mark.parametrize("mean_pooling", [True, False])
def test_labram_says_what_it_reads_out(labram, windows, named, mean_pooling):
    model = labram(mean_pooling=mean_pooling, trained=True)
    found = attention_rollout(model, windows, 0, "logit", named)
    readout = "patches" if mean_pooling else "class_token"
    again = attention_rollout(
        model, windows, 0, "logit", named, readout=readout
    )
    other = "class_token" if mean_pooling else "patches"
    differs = attention_rollout(
        model, windows, 0, "logit", named, readout=other
    )
    assert torch.equal(found.relevance, again.relevance)
    assert not torch.allclose(found.relevance, differs.relevance)
    patches = found.relevance.unflatten(2, (2, 200))
    assert (patches == patches[..., :1]).all()
    assert (found.relevance > 0).all()


def test_a_labram_patch_is_the_token_of_its_electrode(labram, windows, named):
    """Beside the weights that braindecode's own attention returns."""
    model, seen = labram(trained=True), []
    for block in model.blocks:
        keep = lambda module, inputs: seen.append((module, inputs[0]))
        block.attn.register_forward_pre_hook(keep)
    with torch.no_grad():
        model(windows, **named)
        weights = [
            module.forward(value, return_attention=True)
            for module, value in seen[:]
        ]
    row = rollout([each.mean(1) for each in weights])[:, 1:].mean(1)
    found = attention_rollout(model, windows, 0, "logit", named)
    patches = found.relevance.unflatten(2, (2, 200)).sum(-1).flatten(1)
    torch.testing.assert_close(patches, row[:, 1:])


def test_models_without_fitting_attention_are_refused(
    polynomial, short, signal
):
    with pytest.raises(
        InputError, match="does not say which token it reads out"
    ):
        attention_rollout(polynomial(), short, 0)
    with pytest.raises(InputError, match="computes no attention weights"):
        attention_rollout(polynomial(), short, 0, readout="patches")
    with pytest.raises(InputError, match="has no relevance of layers"):
        attention_rollout(
            polynomial(), short, 0, layers=True, readout="patches"
        )

    def model(signal):
        return softmax(signal[:, None] @ signal[:, None].mT, -1).sum((1, 2))

    with pytest.raises(
        InputError, match=r"attends to \[2\] tokens, not 1 \+ 2 electrodes"
    ):
        attention_rollout(model, signal, 0, readout="patches")
