"""What an explanation costs: LaBraM-base, LRP with its ledger against a plain input gradient.

Every method is timed in turn, so that a busy machine slows all of them; ratios are of medians.

    python benchmarks/lrp_speed.py --repeats 15 --threads 1
"""

import argparse
import statistics
import time
import warnings

import torch

from eeglrp.attribution.registry import load

#: Electrodes, samples at 200 Hz, windows in a batch.
SIZES = ((64, 800, 4), (19, 200, 32))


def base_model(n_channels, n_times):
    """LaBraM-base with random weights and frozen parameters, and its keyword arguments."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from braindecode.models.labram import LABRAM_CHANNEL_ORDER, Labram
    torch.manual_seed(0)
    size = {"n_chans": n_channels, "n_times": n_times, "n_outputs": 4}
    model = Labram(**size, use_mean_pooling=True).eval().requires_grad_(False)
    return model, {"ch_names": list(LABRAM_CHANNEL_ORDER[:n_channels])}


def contenders(model, signal, kwargs):
    """Name -> function to time; the first is the yardstick."""

    def plain_gradient():
        leaf = signal.clone().requires_grad_()
        output = model(leaf, **kwargs)[:, 1].sum()
        return leaf * torch.autograd.grad(output, leaf)[0]

    def method(name, layers=False):
        return lambda: load(name)(model, signal, 1, "logit", kwargs, layers)

    return {
        "plain gradient": plain_gradient,
        "attn_lrp": method("attn_lrp"),
        "attn_lrp, layers": method("attn_lrp", True),
        "cp_lrp": method("cp_lrp"),
    }


def seconds(functions, repeats, synchronise):
    """Name -> seconds of each repeat, taking turns; the first round does not count."""
    taken = {name: [] for name in functions}
    for number in range(repeats + 1):
        for name, function in functions.items():
            synchronise()
            start = time.perf_counter()
            function()
            synchronise()
            if number:
                taken[name].append(time.perf_counter() - start)
    return taken


def report(size, taken):
    n_channels, n_times, batch = size
    print(f"\n{n_channels} channels x {n_times / 200:g} s, batch {batch}")
    print(f"{'method':20} {'ms/window':>10} {'ratio':>6} {'fastest':>8}")
    median = {name: statistics.median(values) for name, values in taken.items()}
    yardstick = next(iter(taken))
    for name, values in taken.items():
        ratio = median[name] / median[yardstick]
        fastest = min(values) / min(taken[yardstick])
        print(f"{name:20} {1e3 * median[name] / batch:10.2f} {ratio:6.2f} {fastest:8.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=11)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    synchronise = torch.cuda.synchronize if options.device == "cuda" else lambda: None
    print(
        f"torch {torch.__version__}, {options.device}, {options.threads} threads, medians", end=""
    )
    print(f" of {options.repeats}; `fastest` is the ratio of the fastest repeats")
    for size in SIZES:
        n_channels, n_times, batch = size
        model, kwargs = base_model(n_channels, n_times)
        signal = 0.3 * torch.randn(batch, n_channels, n_times)
        functions = contenders(model.to(options.device), signal.to(options.device), kwargs)
        report(size, seconds(functions, options.repeats, synchronise))


if __name__ == "__main__":
    main()
