"""How exactly the ledger accounts for the output: LaBraM-base under every rule set.

For both readouts, with weights as initialised and as scaled by training, in both precisions: the
largest gap between the ledger's sum and the output, relative to the output and to the sum of the
ledger's magnitudes.

    python benchmarks/ledger.py --channels 64 --seconds 4
"""

import argparse
import itertools
import sys

import torch
from lrp_speed import base_model

from eeglrp import explain
from eeglrp.lrp.composites import COMPOSITES
from eeglrp.lrp.explanation import closure_error

#: Largest gap allowed, relative to the ledger's parts.
BOUNDS = {torch.float64: 1e-10, torch.float32: 1e-4}


@torch.no_grad()
def scale_up(model):
    """Weights, biases and norms of the sizes that a training leaves."""
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            parameter.normal_(0, 0.3)
        elif "norm" in name:
            parameter.uniform_(0.5, 1.5)
        elif "gamma" in name:
            parameter.uniform_(-0.5, 1)
        else:
            parameter.mul_(4)
    model.final_layer.weight.normal_(0, 0.3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--windows", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    size = options.channels, 200 * options.seconds
    signal = 0.3 * torch.randn(
        options.windows, *size, generator=torch.Generator().manual_seed(1)
    )
    columns = (
        "rule set",
        "readout",
        "weights",
        "precision",
        "of parts",
        "of output",
        "input",
    )
    print("{:11} {:11} {:8} {:9} {:>9} {:>9} {:>6}".format(*columns))
    wrong = False
    for pooling, trained, dtype in itertools.product(
        (True, False), (False, True), BOUNDS
    ):
        model, names = base_model(*size, pooling)
        if trained:
            scale_up(model)
        model = model.to(dtype)
        for rules in COMPOSITES:
            found = explain(model, signal, 1, rules, forward_kwargs=names)
            ledger = torch.stack(list(found.ledger.values()))
            gap = (
                ((ledger.sum(0) - found.output).abs() / found.output.abs())
                .max()
                .item()
            )
            share = (
                (found.ledger["input"].abs() / ledger.abs().sum(0))
                .mean()
                .item()
            )
            error = closure_error(found)
            wrong |= error > BOUNDS[dtype]
            readout, weights = (
                ("mean", "class token")[not pooling],
                ("initial", "scaled")[trained],
            )
            precision = str(dtype).removeprefix("torch.")
            print(
                f"{rules:11} {readout:11} {weights:8} {precision:9}", end=" "
            )
            print(f"{error:9.1e} {gap:9.1e} {share:6.1%}", flush=True)
    sys.exit(wrong)


if __name__ == "__main__":
    main()
