"""What LaBraM-base, with random weights, does to time and electrodes whatever the signal says.

python benchmarks/diagnostics.py --channels 19 --seconds 1
"""

import argparse

import numpy as np
import torch
from lrp_speed import base_model

from eeglrp.verify.coupling import coupling, electrode_agreement
from eeglrp.verify.sampling_grid import sampling_grid

#: Samples of a patch, and of a step of the first convolution.
PATCH, STEP = 200, 8


def grid_report(model, n_channels, n_times, options):
    grid = sampling_grid(
        model, n_channels, n_times, period=PATCH, target=1, **options
    )
    patch = grid[:PATCH]
    steps = patch.reshape(-1, STEP).mean(0)
    print(
        f"sampling grid: {patch.min():.2f} to {patch.max():.2f} over the patch",
        end="; ",
    )
    print(
        f"{steps.min():.2f} to {steps.max():.2f} by sample mod {STEP}:",
        steps.round(2),
    )


def coupling_report(model, signal, options):
    for scale in (10, 0):
        found = coupling(model, signal, scale=scale, **options)
        others = found[~np.eye(len(found), dtype=bool)]
        print(
            f"one electrode x {scale}: the others' tokens change by", end=" "
        )
        print(
            f"{others.mean():.1%} ({others.min():.1%} to {others.max():.1%})",
            end="; ",
        )
        print(
            f"first electrode: {found[1:, 0].mean():.1%}, its own {found[0, 0]:.0%}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, default=19)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--windows", type=int, default=8)
    options = parser.parse_args()
    n_times = options.seconds * PATCH
    model, kwargs = base_model(options.channels, n_times)
    kwargs = {"forward_kwargs": kwargs}
    generator = torch.Generator().manual_seed(0)
    signal = 0.3 * torch.randn(
        options.windows, options.channels, n_times, generator=generator
    )
    grid_report(
        model,
        options.channels,
        n_times,
        {**kwargs, "n_draws": 4 * options.windows},
    )
    coupling_report(model, signal, kwargs)
    for rules in ("attn_lrp", "cp_lrp"):
        found = electrode_agreement(model, signal, 1, rules=rules, **kwargs)
        print(
            f"{rules}, rank correlation with occlusion: mean {found.mean():.2f}",
            found.round(2),
        )


if __name__ == "__main__":
    main()
