"""LaBraM as the paper describes it, written in numpy: the loaded network must compute the same.

Jiang, Zhao, Lu, ICLR 2024, arXiv:2405.18765, section 2.2 and appendix: patches of 200 samples,
three convolutions with group norm, class token, spatial and temporal embeddings, pre-norm blocks
with normalised queries and keys and layer scale, mean over the patches' tokens, linear head.
"""

import numpy as np
import pytest
import torch
from scipy.special import erf, softmax

from eeglrp.models.labram import build as build_labram
from eeglrp.models.trained import logits
from eeglrp.models.weights import load_backbone, save_tensors

CHANNELS = ["FP1", "C3", "CZ", "O2", "T8"]
N_TIMES, HEADS, EPS = 600, 10, {"group": 1e-5, "head": 1e-5, "block": 1e-6}


def gelu(x):
    return x * (1 + erf(x / np.sqrt(2))) / 2


def normalise(x, axes, eps):
    mean = x.mean(axes, keepdims=True)
    return (x - mean) / np.sqrt(x.var(axes, keepdims=True) + eps)


def convolve(x, weight, bias, stride, padding):
    """Correlation along the last axis: (n, channels, times) with (filters, channels, taps)."""
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding)])
    taps = weight.shape[-1]
    windows = np.lib.stride_tricks.sliding_window_view(x, taps, axis=2)[
        :, :, ::stride
    ]
    return np.einsum("nctk,fck->nft", windows, weight) + bias[:, None]


def group_norm(x, weight, bias):
    """Four groups of filters over all patches of a window."""
    n, filters, times = x.shape
    grouped = x.transpose(1, 0, 2).reshape(4, -1)
    x = (
        normalise(grouped, 1, EPS["group"])
        .reshape(filters, n, times)
        .transpose(1, 0, 2)
    )
    return x * weight[:, None] + bias[:, None]


def patches(signal, p):
    """Tokens of one window (electrodes slowest)."""
    x = signal.reshape(-1, 1, 200)
    for number, (stride, padding) in enumerate(
        [(8, 7), (1, 1), (1, 1)], start=1
    ):
        stem = "patch_embed.temporal_conv."
        weight = p[f"{stem}conv{number}.weight"][:, :, 0]
        x = convolve(x, weight, p[f"{stem}conv{number}.bias"], stride, padding)
        norm = (p[f"{stem}norm{number}.{kind}"] for kind in ("weight", "bias"))
        x = gelu(group_norm(x, *norm))
    return x.transpose(0, 2, 1).reshape(len(x), 200)


def layer_norm(x, p, name, eps):
    return normalise(x, -1, eps) * p[f"{name}.weight"] + p[f"{name}.bias"]


def attend(x, p, block):
    name = f"blocks.{block}.attn."
    q, k, v = (
        (x @ p[f"{name}qkv.weight"].T)
        .reshape(len(x), 3, HEADS, -1)
        .transpose(1, 2, 0, 3)
    )
    q = layer_norm(q, p, f"{name}q_norm", EPS["head"])
    k = layer_norm(k, p, f"{name}k_norm", EPS["head"])
    weights = softmax(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]), axis=-1)
    mixed = (weights @ v).transpose(1, 0, 2).reshape(len(x), -1)
    return mixed @ p[f"{name}proj.weight"].T + p[f"{name}proj.bias"]


def feed_forward(x, p, block):
    name = f"blocks.{block}.mlp."
    hidden = gelu(x @ p[f"{name}0.weight"].T + p[f"{name}0.bias"])
    return hidden @ p[f"{name}2.weight"].T + p[f"{name}2.bias"]


def forward(signal, p, rows, layers):
    """Logits of one window."""
    tokens = patches(signal, p)
    n_patches = len(tokens) // (len(rows) - 1)
    x = np.concatenate([p["cls_token"][0], tokens])
    spatial = p["position_embedding"][0, rows]
    x += np.concatenate(
        [spatial[:1], np.repeat(spatial[1:], n_patches, axis=0)]
    )
    x[1:] += np.tile(
        p["temporal_embedding"][0, :n_patches], (len(rows) - 1, 1)
    )
    for block in range(layers):
        normed = layer_norm(x, p, f"blocks.{block}.norm1", EPS["block"])
        x = x + p[f"blocks.{block}.gamma_1"] * attend(normed, p, block)
        normed = layer_norm(x, p, f"blocks.{block}.norm2", EPS["block"])
        x = x + p[f"blocks.{block}.gamma_2"] * feed_forward(normed, p, block)
    pooled = layer_norm(x[1:].mean(0), p, "fc_norm", EPS["block"])
    return pooled @ p["final_layer.weight"].T + p["final_layer.bias"]


@pytest.mark.slow
@pytest.mark.parametrize("layers", [2, 12])
def test_the_loaded_network_computes_what_the_paper_says(tmp_path, layers):
    from braindecode.models.labram import LABRAM_CHANNEL_ORDER

    settings = {
        "layers": layers,
        "heads": HEADS,
        "drop_path": 0.1,
        "dropout": 0.0,
    }
    settings |= {"spatial_init": 0.02}
    torch.manual_seed(0)
    trained = build_labram(settings, CHANNELS, N_TIMES, 3)
    with torch.no_grad():
        for parameter in trained.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    head = ("final_layer.weight", "final_layer.bias")
    backbone = {k: v for k, v in trained.state_dict().items() if k not in head}
    save_tensors(backbone, tmp_path / "weights.safetensors")
    torch.manual_seed(1)
    model = build_labram(settings, CHANNELS, N_TIMES, 3)
    load_backbone(model, tmp_path / "weights.safetensors")
    model = model.double().eval()
    signal = 0.3 * torch.randn(2, len(CHANNELS), N_TIMES, dtype=torch.float64)
    with torch.no_grad():
        found = logits(model, signal, CHANNELS).numpy()
    parameters = {
        name: value.numpy() for name, value in model.state_dict().items()
    }
    rows = [0] + [LABRAM_CHANNEL_ORDER.index(name) + 1 for name in CHANNELS]
    expected = np.stack(
        [forward(one.numpy(), parameters, rows, layers) for one in signal]
    )
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
