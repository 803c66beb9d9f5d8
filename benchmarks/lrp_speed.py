"""What an explanation costs: LaBraM-base, in time and memory, against a plain input gradient.

Every method is timed in turn, so that a busy machine slows all of them; ratios are of medians.
Parameters are frozen, for the gradient too.

    python benchmarks/lrp_speed.py --repeats 15 --threads 1
"""

import argparse
import ctypes
import gc
import inspect
import statistics
import time
import warnings
from pathlib import Path

import torch

from eeglrp import explain
from eeglrp.lrp.composites import COMPOSITES

#: Electrodes, samples at 200 Hz, windows in a batch.
SIZES = ((64, 800, 4), (19, 200, 32), (19, 200, 1))
GAMMA_ON_CONVOLUTIONS = {
    "base": "cp_lrp",
    "convolution": {"rule": "gamma", "gamma": 0.25},
}
#: Passes of the methods that need many; they are repeated less often.
IG_STEPS, SMOOTHGRAD_DRAWS = 50, 16
SLOW, SLOW_REPEATS = ("IG", "SmoothGrad"), 2
COLUMNS = f"{'method':28} {'windows/s':>10} {'ratio':>6} {'fastest':>8} {'MB':>7} {'ratio':>6}"


def base_model(n_channels, n_times, mean_pooling=True):
    """LaBraM-base with random weights and frozen parameters, and its keyword arguments."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from braindecode.models.labram import LABRAM_CHANNEL_ORDER, Labram
    torch.manual_seed(0)
    size = {"n_chans": n_channels, "n_times": n_times, "n_outputs": 4}
    model = (
        Labram(**size, use_mean_pooling=mean_pooling)
        .eval()
        .requires_grad_(False)
    )
    return model, {"ch_names": list(LABRAM_CHANNEL_ORDER[:n_channels])}


def contenders(model, signal, kwargs):
    """Name -> function to time; the first is the yardstick."""

    def plain_gradient():
        leaf = signal.clone().requires_grad_()
        output = model(leaf, **kwargs)[:, 1].sum()
        return leaf * torch.autograd.grad(output, leaf)[0]

    def lrp(rules, **options):
        return lambda: explain(
            model, signal, 1, rules, forward_kwargs=kwargs, **options
        )

    found = {"plain gradient": plain_gradient, "attn_lrp": lrp("attn_lrp")}
    if "ledger" in inspect.signature(explain).parameters:
        found["attn_lrp, no ledger"] = lrp("attn_lrp", ledger=False)
    found["attn_lrp, layers"] = lrp("attn_lrp", layers=True)
    found["gamma on convolutions"] = lrp(GAMMA_ON_CONVOLUTIONS)
    found |= {name: lrp(name) for name in COMPOSITES if name not in found}
    return found | captum_methods(model, signal, kwargs)


def captum_methods(model, signal, kwargs):
    """Other methods, by captum; each pass is over as many windows as LRP takes."""
    from captum.attr import (
        InputXGradient,
        IntegratedGradients,
        NoiseTunnel,
        Saliency,
    )

    def logits(x):
        return model(x, **kwargs)

    def integrated():
        options = {"n_steps": IG_STEPS, "internal_batch_size": len(signal)}
        return IntegratedGradients(logits).attribute(
            signal, target=1, **options
        )

    def smoothed():
        options = {"nt_samples": SMOOTHGRAD_DRAWS, "nt_samples_batch_size": 1}
        return NoiseTunnel(Saliency(logits)).attribute(
            signal, target=1, **options
        )

    return {
        "captum input x gradient": lambda: InputXGradient(logits).attribute(
            signal.clone().requires_grad_(), target=1
        ),
        f"captum SmoothGrad, {SMOOTHGRAD_DRAWS}": smoothed,
        f"captum IG, {IG_STEPS} steps": integrated,
    }


def seconds(functions, repeats, synchronise):
    """Name -> seconds of each repeat, taking turns; the first round does not count."""
    taken = {name: [] for name in functions}
    for number in range(repeats + 1):
        for name, function in functions.items():
            if number > SLOW_REPEATS and any(word in name for word in SLOW):
                continue
            synchronise()
            start = time.perf_counter()
            function()
            synchronise()
            if number:
                taken[name].append(time.perf_counter() - start)
    return taken


def peak_memory(function, device):
    """Bytes that a call adds at its peak to what was held before; NaN where it cannot be told."""
    gc.collect()
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        function()
        return torch.cuda.max_memory_allocated() - before
    # Give free memory back to Linux, and let it forget the peak so far.
    status, forget = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not forget.exists():
        return float("nan")
    ctypes.CDLL(None).malloc_trim(0)
    forget.write_text("5")
    before = _kilobytes(status, "VmRSS")
    function()
    return 1024 * (_kilobytes(status, "VmHWM") - before)


def _kilobytes(status, field):
    lines = status.read_text().splitlines()
    return next(
        int(line.split()[1]) for line in lines if line.startswith(field)
    )


def report(size, taken, memory):
    n_channels, n_times, batch = size
    print(
        f"\n{n_channels} channels x {n_times / 200:g} s, batch {batch}\n{COLUMNS}"
    )
    median = {
        name: statistics.median(values) for name, values in taken.items()
    }
    yardstick = next(iter(taken))
    for name, values in taken.items():
        ratio = median[name] / median[yardstick]
        fastest = min(values) / min(taken[yardstick])
        grown = memory[name] / memory[yardstick]
        print(
            f"{name:28} {batch / median[name]:10.2f} {ratio:6.2f} {fastest:8.2f}",
            end=" ",
        )
        print(f"{memory[name] / 1e6:7.0f} {grown:6.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=11)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument(
        "--precision", default="float32", choices=["float32", "bfloat16"]
    )
    parser.add_argument(
        "--only",
        default="",
        help="methods with one of these words, with commas",
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    synchronise = (
        torch.cuda.synchronize if options.device == "cuda" else lambda: None
    )
    precision = options.precision + (
        " by autocast" if options.precision != "float32" else ""
    )
    print(
        f"torch {torch.__version__}, {options.device}, {options.threads} threads, {precision}"
    )
    print(
        f"medians of {options.repeats}; `fastest` compares the fastest repeats; MB at the peak"
    )
    half = torch.autocast(
        options.device, torch.bfloat16, enabled=options.precision == "bfloat16"
    )
    for size in SIZES:
        n_channels, n_times, batch = size
        model, kwargs = base_model(n_channels, n_times)
        signal = 0.3 * torch.randn(batch, n_channels, n_times)
        functions = contenders(
            model.to(options.device), signal.to(options.device), kwargs
        )
        words = ["plain gradient", *options.only.split(",")]
        functions = {
            n: f
            for n, f in functions.items()
            if any(word in n for word in words)
        }
        with half:
            taken = seconds(functions, options.repeats, synchronise)
            memory = {
                name: peak_memory(f, options.device)
                for name, f in functions.items()
            }
        report(size, taken, memory)


if __name__ == "__main__":
    main()
