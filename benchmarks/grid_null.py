"""False positives of two nulls for event-locked relevance, on untrained models and white noise.

Events lie near the middle of each window, as R-peaks do in windows centred on them, or all at one
phase of the first convolution's step of 8 samples. One null keeps the events' places on the
sampling grid; the other draws them anywhere in the window. Each draw has a new model and noise.

    python benchmarks/grid_null.py --draws 200
"""

import argparse
import warnings

import numpy as np
import torch

from eeglrp.attribution.smoothing import smooth
from eeglrp.verify.locking import lag_samples
from eeglrp.verify.wrong_null import LEVEL, noise_relevance, wrong_null_rates

#: Hz and samples of a window: one patch.
RATE, N_TIMES = 200, 200
#: Places of the events. The demo's R-peak task has its events within 0.12 s of the middle.
PLACES = {
    "near the middle": 100 + np.arange(-24, 25),
    "on one phase of 8": 100 + 8 * np.arange(-3, 4),
}


def untrained(n_channels, layers, seed):
    """LaBraM with random weights, and its electrodes' names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from braindecode.models import Labram
        from braindecode.models.labram import LABRAM_CHANNEL_ORDER

        torch.manual_seed(seed)
        size = {
            "n_chans": n_channels,
            "n_times": N_TIMES,
            "n_outputs": 2,
            "num_layers": layers,
        }
        model = Labram(**size, use_mean_pooling=True).eval()
    return model, {"ch_names": list(LABRAM_CHANNEL_ORDER[:n_channels])}


def noise_maps(options):
    """Relevance for one class, summed over electrodes, signed and absolute: one pair a draw."""
    for seed in range(options.draws):
        model, kwargs = untrained(options.channels, options.layers, seed)
        generator = torch.Generator().manual_seed(seed)
        size = options.windows, options.channels, N_TIMES
        settings = {
            "target": 1,
            "rules": options.rules,
            "forward_kwargs": kwargs,
        }
        maps = noise_relevance(model, *size, generator=generator, **settings)
        yield {"signed": maps.sum(1), "absolute": np.abs(maps).sum(1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--windows", type=int, default=48)
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--surrogates", type=int, default=199)
    parser.add_argument("--rules", default="attn_lrp")
    options = parser.parse_args()
    maps = list(noise_maps(options))
    print(
        f"share of {options.draws} draws with p <= {LEVEL}, exact 95 % interval"
    )
    print(
        f"{'relevance':10}{'smoothed':10}{'events':20}{'keeps the grid':22}anywhere"
    )
    for kind in ("signed", "absolute"):
        for width in (1, 8):
            draws = [smooth(one[kind], width) for one in maps]
            for words, places in PLACES.items():
                rng = np.random.default_rng(0)
                settings = (
                    places,
                    lag_samples(0.2, RATE),
                    options.surrogates,
                    rng,
                )
                rates = wrong_null_rates(draws, *settings)
                cells = [
                    f"{r.rate:.3f} [{r.low:.3f}, {r.high:.3f}]"
                    for r in rates.values()
                ]
                smoothed = (
                    f"{1000 * width / RATE:.0f} ms" if width > 1 else "no"
                )
                print(
                    f"{kind:10}{smoothed:10}{words:20}{cells[0]:22}{cells[1]}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
