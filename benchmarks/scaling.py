"""How explaining scales with the number of windows: time, memory, writing and reading back.

Windows of 64 channels x 4 s at 200 Hz with random values, explained by LaBraM with random weights
through the workflow's own job. Every number of windows runs in a process of its own. Seconds are
CPU seconds of the job without imports, so that a busy machine does not count; with a graphics card
they are those of the clock. Linux only.

    python benchmarks/scaling.py --layers 1 --threads 1
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

N_CHANNELS, N_TIMES, RATE = 64, 800, 200
#: Windows of one subject.
PER_SUBJECT = 250
SIZES = (250, 500, 1000, 2000, 4000, 8000)
ATTRIBUTION = {
    "target": "predicted",
    "score": "contrast",
    "split": "test",
    "max_windows": None,
}
ATTRIBUTION |= {"batch_size": 32, "layers": False}


def names_of(subject, n):
    return [f"{subject}/run/{i:05d}" for i in range(n)]


def make_inputs(folder, sizes, layers):
    """Windows stores of as many subjects as the largest size needs, and a model."""
    import torch

    from eeglrp.models.labram import braindecode_labram
    from eeglrp.models.labram import build as build_labram
    from eeglrp.models.trained import save_model
    from eeglrp.store import write_windows

    channels = list(braindecode_labram().LABRAM_CHANNEL_ORDER[:N_CHANNELS])
    rng = np.random.default_rng(0)
    for number in range(math.ceil(max(sizes) / PER_SUBJECT)):
        subject, n = f"S{number:03d}", min(PER_SUBJECT, max(sizes))
        signal = rng.normal(0, 0.2, (n, N_CHANNELS, N_TIMES)).astype(
            np.float32
        )
        facts = {
            "subject": [subject] * n,
            "recording": ["run"] * n,
            "onset": 4.0 * np.arange(n),
        }
        facts |= {
            "samples": names_of(subject, n),
            "channels": channels,
            "sampling_rate": RATE,
        }
        write_windows(
            folder / f"{subject}.zarr.zip", signal, np.arange(n) % 4, **facts
        )
    settings = {
        "layers": layers,
        "heads": 10,
        "drop_path": 0.0,
        "dropout": 0.0,
    }
    record = {
        "model": settings,
        "channels": channels,
        "n_times": N_TIMES,
        "classes": list("abcd"),
    }
    torch.manual_seed(0)
    model = build_labram(settings, channels, N_TIMES, 4)
    with torch.no_grad():
        model.final_layer.weight.normal_()
    save_model(model, folder / "model.safetensors", record)


class Peak(threading.Thread):
    """Largest memory of this process that no file backs, in MB, looked at every 20 ms."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak = 0.0

    def run(self):
        """Look until the process ends."""
        while True:
            lines = Path("/proc/self/status").read_text().splitlines()
            found = next(line for line in lines if line.startswith("RssAnon"))
            self.peak = max(self.peak, int(found.split()[1]) / 1024)
            time.sleep(0.02)


def explain_windows(folder, n, device, method, mantissa_bits):
    """Explain n windows in this process and write what it took as JSON."""
    import pandas as pd

    from eeglrp.attribution.run import attribute
    from eeglrp.files import write_table

    clock = time.process_time if device == "cpu" else time.perf_counter
    stores = sorted(folder.glob("S*.zarr.zip"))[: math.ceil(n / PER_SUBJECT)]
    rows = []
    for store in stores:
        subject = store.name.split(".")[0]
        rows += [
            (name, subject) for name in names_of(subject, min(n, PER_SUBJECT))
        ]
    table = pd.DataFrame(rows[:n], columns=["sample", "subject"]).assign(
        split="test", fold=0
    )
    splits, out = folder / f"splits-{n}.tsv", folder / f"{n}.zarr.zip"
    ids = {"study": "scaling", "task": "t", "regime": "r", "seed": 0}
    settings = ATTRIBUTION | {"mantissa_bits": mantissa_bits}
    options = {
        "methods": {method: {}},
        "attribution": settings,
        "ids": ids,
        "seed": 0,
        "device": device,
    }
    # Once in little, so that imports are done.
    write_table(table[:2], splits)
    models = [folder / "model.safetensors"]
    attribute(models, stores[:1], [splits], [out], **options)
    write_table(table, splits)
    memory, begun = Peak(), clock()
    memory.start()
    attribute(models, stores, [splits], [out], **options)
    found = {"windows": n, "job": clock() - begun, "anonymous": memory.peak}
    found["resident"] = (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    )
    found["stored"] = out.stat().st_size
    found["writing"] = write_again(
        out, folder / "again.zarr.zip", mantissa_bits, clock
    )
    print(json.dumps(found))


def write_again(source, target, mantissa_bits, clock):
    """Seconds of writing a store like `source`, its values read beforehand."""
    from eeglrp.store import (
        CHUNK_SAMPLES,
        attribution_writer,
        open_attribution,
    )

    dataset = open_attribution(source)
    axes = {
        "channels": dataset["channel"].values,
        "times": dataset["time"].values,
    }
    axes |= {
        "samples": dataset["sample"].values,
        "sources": dataset["source"].values,
    }
    seconds, begun = 0.0, clock()
    with attribution_writer(
        target, **axes, attrs={}, mantissa_bits=mantissa_bits
    ) as to:
        for start in range(0, dataset.sizes["sample"], CHUNK_SAMPLES):
            reading = clock()
            part = dataset.isel(sample=slice(start, start + CHUNK_SAMPLES))
            block = {
                name: np.moveaxis(part[name].values, -1, 0)
                for name in part.data_vars
            }
            seconds -= clock() - reading
            to.write(start, **block)
    target.unlink()
    return seconds + clock() - begun


def read_back(path):
    """Seconds and bytes of reading all, one electrode, one subject."""
    from eeglrp.store import open_attribution

    relevance = open_attribution(path)["relevance"]
    n = min(PER_SUBJECT, relevance.sizes["sample"])
    parts = {"all": relevance, "one electrode": relevance.isel(channel=5)}
    parts["one subject"] = relevance.isel(sample=slice(0, n))
    found = {}
    for name, part in parts.items():
        before, begun = _bytes_read(), time.perf_counter()
        part.values.sum()
        found[name] = (time.perf_counter() - begun, _bytes_read() - before)
    return found


def _bytes_read():
    return int(Path("/proc/self/io").read_text().split("rchar:")[1].split()[0])


def slope(x, y):
    """Log-log slope with its 95 % interval."""
    from scipy import stats

    line = stats.linregress(np.log(x), np.log(y))
    half = (
        stats.t.ppf(0.975, len(x) - 2) * line.stderr
        if len(x) > 2
        else math.nan
    )
    return line.slope, line.slope - half, line.slope + half


HEAD = (
    "windows",
    "job s",
    "ms/window",
    "writing s",
    "of the rest",
    "anonymous MB",
    "resident MB",
)


def print_row(row):
    """Print what one number of windows took."""
    rest = row["job"] - row["writing"]
    values = [
        f"{row['windows']}",
        f"{row['job']:.1f}",
        f"{1000 * row['job'] / row['windows']:.2f}",
    ]
    values += [f"{row['writing']:.2f}", f"{row['writing'] / rest:.1%}"]
    values += [f"{row['anonymous']:.0f}", f"{row['resident']:.0f}"]
    print("".join(f"{value:>14}" for value in values), flush=True)


def print_results(rows, folder):
    """Print slopes, storage and what reading back takes."""
    n = [row["windows"] for row in rows]
    for name in ("job", "anonymous", "resident"):
        middle, low, high = slope(n, [row[name] for row in rows])
        print(
            f"log-log slope of {name}: {middle:.3f} ({low:.3f} to {high:.3f})"
        )
    last = rows[-1]
    kilobytes = last["stored"] / last["windows"] / 1000
    print(
        f"storage: {kilobytes:.1f} kB a window, {N_CHANNELS * N_TIMES * 4 / 1000} kB of relevance"
    )
    for name, (seconds, size) in read_back(
        folder / f"{last['windows']}.zarr.zip"
    ).items():
        print(f"reading {name}: {seconds:.2f} s, {size / 1e6:.1f} MB")


def main():
    """Run every size in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument(
        "--layers", type=int, default=12, help="blocks of LaBraM; 12 is base"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--method", default="attn_lrp")
    parser.add_argument("--mantissa-bits", type=int)
    parser.add_argument(
        "--one", nargs=2, metavar=("FOLDER", "N"), help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    from eeglrp.jobs import limit_threads

    limit_threads(options.threads)
    if options.one:
        folder, n = options.one
        explain_windows(
            Path(folder),
            int(n),
            options.device,
            options.method,
            options.mantissa_bits,
        )
        return
    with tempfile.TemporaryDirectory(prefix="eeglrp-scaling-") as name:
        folder, rows = Path(name), []
        make_inputs(folder, options.sizes, options.layers)
        print(
            f"LaBraM of {options.layers} blocks, {options.method}, {options.device}"
        )
        print("".join(f"{name:>14}" for name in HEAD), flush=True)
        for n in sorted(options.sizes):
            child = [sys.executable, *sys.argv, "--one", name, str(n)]
            done = subprocess.run(
                child, stdout=subprocess.PIPE, text=True, check=True
            )
            rows.append(json.loads(done.stdout.splitlines()[-1]))
            print_row(rows[-1])
            if n != max(options.sizes):
                (folder / f"{n}.zarr.zip").unlink()
        print_results(rows, folder)


if __name__ == "__main__":
    main()
