"""What an epoch costs in every regime: LaBraM on random windows, and what of it is not computing.

An epoch is one pass over the training windows and one over half as many validation windows. The
time is that of the fastest epoch but the first. `frozen` computes its features once before: that
is counted apart. `wait` is the share of all epochs spent on fetching batches from the memory map
to the device, `checkpoint` on writing what an interrupted run goes on from.

    python benchmarks/training_speed.py --threads 2 --device cpu
"""

import argparse
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch

from eeglrp.models.data import Windows
from eeglrp.models.labram import braindecode_labram
from eeglrp.models.labram import build as build_labram
from eeglrp.training import fit, loop
from eeglrp.training.augmentation import complete
from eeglrp.training.checkpoint import Checkpoint

RECIPE = {
    "accumulate": 1,
    "learning_rate": 5e-4,
    "frozen_learning_rate": 1e-2,
    "min_learning_rate": 1e-6,
    "warmup_epochs": 1,
    "layer_decay": 0.65,
    "weight_decay": 0.05,
    "label_smoothing": 0.1,
    "patience": None,
}
AUGMENTATION = {
    "time_shift": 10,
    "amplitude": [0.8, 1.2],
    "channel_dropout": 0.1,
    "mixup": 0.4,
}
COLUMNS = (
    f"{'regime':22} {'windows/s':>10} {'epoch, s':>9} {'ratio':>7} {'wait':>6} "
    + (f"{'checkpoint':>10} {'before, s':>9}")
)


def random_windows(n, options, folder, name):
    """Random windows of ten subjects in a memory map, as a study's jobs have them."""
    rng = np.random.default_rng(0)
    shape = (n, options.channels, round(200 * options.seconds))
    file = Path(folder) / f"{name}.npy"
    signal = np.lib.format.open_memmap(
        file, mode="w+", dtype=np.float32, shape=shape
    )
    for start in range(0, n, 256):
        block = signal[start : start + 256]
        block[...] = 0.3 * rng.standard_normal(block.shape, np.float32)
    frame = pd.DataFrame(
        {"label": np.arange(n) % 2, "subject": (np.arange(n) % 10).astype(str)}
    )
    return Windows(
        signal,
        frame,
        braindecode_labram().LABRAM_CHANNEL_ORDER[: shape[1]],
        200.0,
    )


def timed(function, name, spent, synchronise):
    """The function, adding the seconds of every call to `spent`."""

    def wrapper(*arguments, **keywords):
        synchronise()
        start = time.perf_counter()
        result = function(*arguments, **keywords)
        synchronise()
        spent[name] += time.perf_counter() - start
        return result

    return wrapper


def measure(regime, augmented, options, folder):
    """Seconds of the fastest epoch, shares of all epochs, seconds before the first epoch."""
    train = random_windows(options.windows, options, folder, "train")
    validation = random_windows(
        max(2, options.windows // 2), options, folder, "validation"
    )
    device = torch.device(options.device)
    synchronise = (
        torch.cuda.synchronize if device.type == "cuda" else lambda: None
    )
    torch.manual_seed(0)
    model = {
        "layers": options.layers,
        "heads": 10,
        "drop_path": 0.1,
        "dropout": 0.0,
    }
    module = build_labram(model, train.channels, train.signal.shape[2], 2).to(
        device
    )
    recipe = {"epochs": options.epochs, "batch_size": options.batch_size}
    recipe |= {"precision": options.precision}
    plan = fit.Plan(
        RECIPE | recipe,
        2,
        device,
        np.random.default_rng(0),
        complete(AUGMENTATION if augmented else {}, train.signal.shape[2]),
        Checkpoint(
            Path(folder) / f"{regime}-{augmented}.checkpoint", "benchmark"
        ),
    )
    spent = Counter()
    clocks = {
        "read_batch": timed(fit.read_batch, "wait", spent, synchronise),
        "save_checkpoint": timed(
            fit.save_checkpoint, "checkpoint", spent, synchronise
        ),
    }
    start = time.perf_counter()
    with patch.multiple(fit, **clocks):
        if regime == "frozen":
            result = loop.fit_head(module, train, validation, plan)
        else:
            decay = RECIPE["layer_decay"] if regime == "finetuned" else 1.0
            result = loop.fit_all(module, train, validation, decay, plan)
    total = time.perf_counter() - start
    seconds = [row["seconds"] for row in result.history]
    within = sum(seconds) + spent["checkpoint"]
    shares = {name: spent[name] / within for name in ("wait", "checkpoint")}
    return min(seconds[1:]), shares, total - within


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument(
        "--precision", default="float32", choices=["float32", "bfloat16"]
    )
    parser.add_argument(
        "--windows", type=int, default=256, help="of the training split"
    )
    parser.add_argument("--channels", type=int, default=19)
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="of a window"
    )
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=3, help="two or more")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(
        f"torch {torch.__version__}, {options.device}, {options.threads} threads",
        end=", ",
    )
    print(
        f"{options.precision}; {options.layers} layers, {options.channels} channels",
        end=" x ",
    )
    print(
        f"{options.seconds:g} s, {options.windows} windows, batch {options.batch_size}"
    )
    print(COLUMNS)
    yardstick = None
    cases = [
        ("finetuned", False),
        ("finetuned", True),
        ("scratch", False),
        ("frozen", False),
    ]
    for regime, augmented in cases:
        with TemporaryDirectory(prefix="eeglrp-") as folder:
            epoch, shares, before = measure(regime, augmented, options, folder)
        yardstick = yardstick or epoch
        name = f"{regime}, augmented" if augmented else regime
        print(
            f"{name:22} {options.windows / epoch:10.1f} {epoch:9.4f}", end=" "
        )
        print(f"{yardstick / epoch:7.2f} {shares['wait']:6.1%}", end=" ")
        print(f"{shares['checkpoint']:10.1%} {before:9.2f}", flush=True)


if __name__ == "__main__":
    main()
