"""Agreement with other implementations of LRP: zennit (rules, composites) and LXT (AttnLRP).

The peers are installed from the package index into a temporary folder, and only there. Small
random networks without batch norm are explained by both, in float64. Given is the largest
difference of the relevance, relative to its largest value: with the numbers by which the peers
stabilise denominators, and with smaller ones.

    python benchmarks/peers.py
"""

import os
import subprocess
import sys
import tempfile
import types
from functools import partial

import torch
from torch import nn

from eeglrp import explain

PACKAGES = ("zennit==0.5.1", "lxt==2.1")
#: Says to the second start of the program where the peers are.
FOLDER = "EEGLRP_PEERS"
#: What stabilises the peers' denominators, where not by their own number.
SMALL = 1e-12


def start_with_peers():
    """Install the peers, and run this program again where it can import them."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet"]
        where = ["--no-deps", "--target", folder, *PACKAGES]
        subprocess.run([*pip, *where], check=True)
        environment = {**os.environ, FOLDER: folder}
        command = [sys.executable, *sys.argv]
        done = subprocess.run(command, env=environment, check=False)
    return done.returncode


def without_torchvision():
    """Names that zennit imports from torchvision, for models that are not explained here."""
    package = types.ModuleType("torchvision")
    models = types.ModuleType("torchvision.models")
    resnet = types.ModuleType("torchvision.models.resnet")
    resnet.Bottleneck = type("Bottleneck", (nn.Module,), {})
    resnet.BasicBlock = type("BasicBlock", (nn.Module,), {})
    package.models, models.resnet = models, resnet
    sys.modules |= {
        "torchvision": package,
        "torchvision.models": models,
        "torchvision.models.resnet": resnet,
    }


def difference(first, second):
    """Largest difference relative to the second's largest value."""
    return ((first - second).abs().max() / second.abs().max()).item()


def convolutional():
    """A network of convolutions for signals (n_samples, 3, 40)."""
    torch.manual_seed(0)
    layers = [nn.Conv1d(3, 8, 5), nn.ReLU(), nn.MaxPool1d(2)]
    layers += [nn.Conv1d(8, 8, 3), nn.ReLU(), nn.Flatten()]
    return nn.Sequential(
        *layers, nn.Linear(128, 16), nn.ReLU(), nn.Linear(16, 4)
    )


def composites_of_zennit(signal, small):
    """Name -> (zennit's composite, our rules); `small` stabilises zennit's denominators."""
    from zennit import composites, rules

    low, high = (bound * torch.ones_like(signal) for bound in (-5.0, 5.0))
    box = {"rule": "z_box", "low": -5.0, "high": 5.0}
    gamma = {"rule": "gamma", "gamma": 0.25}
    everywhere = {"base": "cp_lrp", "linear": gamma, "convolution": gamma}
    squared = rules.WSquare(small, zero_params="bias")
    epsilon = rules.Epsilon(1e-6)
    return {
        "epsilon": (_mapped(epsilon), "epsilon"),
        "z_plus": (_mapped(rules.ZPlus(small)), "z_plus"),
        "alpha_beta": (_mapped(rules.AlphaBeta(2, 1, small)), "alpha_beta"),
        "gamma 0.25": (_mapped(rules.Gamma(0.25, small)), everywhere),
        "w_squared first, epsilon": (
            _mapped(epsilon, squared),
            {"base": "epsilon", "convolution": {"<first>": "w_squared"}},
        ),
        "epsilon_plus_flat": (
            composites.EpsilonPlusFlat(stabilizer=small),
            "epsilon_plus_flat",
        ),
        "epsilon_alpha2_beta1_flat": (
            composites.EpsilonAlpha2Beta1Flat(stabilizer=small),
            "epsilon_alpha2_beta1_flat",
        ),
        "epsilon_gamma_box": (
            composites.EpsilonGammaBox(low, high, stabilizer=small),
            {
                "base": "epsilon_gamma_box",
                "convolution": {"<first>": box, "*": gamma},
            },
        ),
    }


def _mapped(rule, first=None):
    """Composite of one rule for all weighted sums, another for the first."""
    from zennit.composites import (
        LayerMapComposite,
        SpecialFirstLayerMapComposite,
    )
    from zennit.rules import Pass
    from zennit.types import Activation, Convolution, Linear

    layers = [(Activation, Pass()), (Linear, rule), (Convolution, rule)]
    if first is None:
        return LayerMapComposite(layer_map=layers)
    return SpecialFirstLayerMapComposite(
        layer_map=layers, first_map=[(Convolution, first)]
    )


def by_zennit(model, composite, signal, target):
    """Relevance by zennit."""
    leaf = signal.clone().requires_grad_()
    with composite.context(model) as modified:
        logits = modified(leaf)
        start = torch.zeros_like(logits)
        start[:, target] = logits.detach()[:, target]
        (relevance,) = torch.autograd.grad(logits, leaf, start)
    return relevance


class Transformer(nn.Module):
    """A block of attention with a gated unit, in the operations that are given."""

    def __init__(self, width=12):
        super().__init__()
        torch.manual_seed(0)
        self.q, self.k, self.v, self.out, self.up, self.gate = (
            nn.Linear(width, width) for _ in range(6)
        )
        self.head, self.norm = nn.Linear(width, 4), nn.LayerNorm(width)
        nn.init.normal_(self.norm.bias)

    def forward(self, x, f):
        """Logits, by the operations `f`."""
        y = f.layer_norm(x, self.norm.weight, self.norm.bias, self.norm.eps)
        q, k, v = (
            f.linear(y, m.weight, m.bias) for m in (self.q, self.k, self.v)
        )
        scores = f.matmul(q, k.transpose(-2, -1))
        mixed = f.matmul(f.softmax(scores, -1), v)
        x = f.add2(x, f.linear(mixed, self.out.weight, self.out.bias))
        up, gate = (
            f.linear(x, m.weight, m.bias) for m in (self.up, self.gate)
        )
        x = f.add2(x, f.mul2(up, gate))
        x = f.mean(x, 1, False)
        return f.linear(x, self.head.weight, self.head.bias)


def plain_operations():
    """The operations of torch."""
    F = nn.functional
    return types.SimpleNamespace(
        layer_norm=lambda x, w, b, eps: F.layer_norm(
            x, x.shape[-1:], w, b, eps
        ),
        linear=F.linear,
        matmul=torch.matmul,
        softmax=torch.softmax,
        add2=torch.add,
        mul2=torch.mul,
        mean=torch.mean,
    )


def operations_of_lxt(small):
    """The same, each with its rule, by LXT; their gradient is the relevance."""
    from lxt.explicit import functional as lxt

    stable = {"epsilon": small} if small else {}
    return types.SimpleNamespace(
        layer_norm=lxt.layer_norm,
        softmax=lxt.softmax,
        mul2=lxt.mul2,
        linear=partial(lxt.linear_epsilon, **stable),
        matmul=partial(lxt.matmul, **stable),
        add2=partial(lxt.add2, **stable),
        mean=partial(lxt.mean, **stable),
    )


def against_lxt(signal, small, target=1):
    """Difference of AttnLRP by the engine from that by LXT."""
    model = Transformer().double().eval()
    theirs, plain = operations_of_lxt(small), plain_operations()
    leaf = signal.clone().requires_grad_()
    output = model(leaf, theirs)[:, target]
    start = output.detach()
    (relevance,) = torch.autograd.grad(output, leaf, start)
    ours = explain(lambda x: model(x, plain), signal, target, "attn_lrp")
    return difference(ours.relevance, relevance)


def against_zennit(model, signal, small, target=1):
    """Name -> difference of the engine's relevance from zennit's."""
    rows = {}
    composites = composites_of_zennit(signal, small or 1e-6)
    for name, (composite, rules) in composites.items():
        theirs = by_zennit(model, composite, signal, target)
        ours = explain(model, signal, target, rules)
        rows[name] = difference(ours.relevance, theirs)
    return rows


def main():
    if FOLDER not in os.environ:
        return start_with_peers()
    sys.path.append(os.environ[FOLDER])
    without_torchvision()
    torch.manual_seed(1)
    signal = torch.randn(5, 3, 40, dtype=torch.float64)
    tokens = torch.randn(5, 7, 12, dtype=torch.float64)
    model = convolutional().double().eval()
    rows = {}
    for small in (None, SMALL):
        for name, gap in against_zennit(model, signal, small).items():
            rows.setdefault(("zennit", name), []).append(gap)
        gap = against_lxt(tokens, small)
        rows.setdefault(("LXT", "attn_lrp"), []).append(gap)
    print(f"{', '.join(PACKAGES)}; float64; by what stabilises the peer")
    print(f"\n{'peer':8} {'rules':26} {'its own':>8} {SMALL:>8}")
    for (peer, name), gaps in rows.items():
        print(f"{peer:8} {name:26} {gaps[0]:8.1e} {gaps[1]:8.1e}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
