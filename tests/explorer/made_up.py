"""A small study as the explorer reads it: windows, relevance, predictions and tables."""

import numpy as np
import pandas as pd

from eeglrp.files import METRIC_COLUMNS, write_table
from eeglrp.store import attribution_writer, write_windows

CHANNELS = ["FP1", "FP2", "F7", "F8", "C3", "CZ", "C4", "O1", "O2"]
CLASSES = ["left", "right"]
SUBJECTS = ("S1", "S2")
N_WINDOWS, N_TIMES, RATE = 4, 60, 100.0
METHODS = ("gamma", "attn_lrp")


class MadeUp:
    """What was written: `windows` and `relevance` (sample -> array), `scores`."""

    def __init__(self, folder, n_windows=N_WINDOWS):
        self.folder, self.n_windows = folder, n_windows
        self.rng = np.random.default_rng(5)
        self.signal, self.truth, self.relevance, self.layers = {}, {}, {}, {}
        self.samples = [
            f"{subject}/run/{number:05d}"
            for subject in SUBJECTS
            for number in range(n_windows)
        ]
        for subject in SUBJECTS:
            self.write_windows(subject)
        self.stores = [self.write_store(method) for method in METHODS]
        self.tables = [self.localisation(), self.shares()]
        self.predictions()

    def of(self, subject):
        return [one for one in self.samples if one.startswith(f"{subject}/")]

    def labels(self, samples):
        return [int(sample[-1]) % 2 for sample in samples]

    def write_windows(self, subject):
        samples = self.of(subject)
        shape = (len(samples), len(CHANNELS), N_TIMES)
        signal = self.rng.normal(0, 0.3, shape).astype("f4")
        truth = self.rng.normal(0, 0.1, shape).astype("f4")
        self.signal |= dict(zip(samples, signal * 100, strict=True))
        self.truth |= dict(zip(samples, truth * 100, strict=True))
        event = np.full((len(samples), 2), np.nan)
        event[:, 0] = 0.25
        write_windows(
            self.folder / f"windows/hand/{subject}.zarr.zip",
            signal,
            self.labels(samples),
            channels=CHANNELS,
            sampling_rate=RATE,
            samples=samples,
            subject=[subject] * len(samples),
            recording=["run"] * len(samples),
            onset=np.arange(len(samples)) * 2.0,
            event=event,
            truth=truth,
        )

    def write_store(self, method):
        path = (
            self.folder / f"attributions/hand/scratch/seed-0/{method}.zarr.zip"
        )
        n = len(self.samples)
        relevance = self.rng.laplace(0, 0.01, (n, len(CHANNELS), N_TIMES))
        relevance = relevance.astype("f4")
        ledger = np.zeros((n, 8))
        ledger[:, 0] = relevance.sum((1, 2), dtype=float)
        ledger[:, 4] = 1.5
        layers = self.rng.normal(size=(n, 2, len(CHANNELS), 1)).astype("f4")
        labels = np.array(self.labels(self.samples))
        attrs = {
            "task": "hand",
            "regime": "scratch",
            "seed": 0,
            "method": method,
            "split": "test",
            "classes": CLASSES,
            "sums_to": "the score",
        }
        with attribution_writer(
            path,
            channels=CHANNELS,
            times=np.arange(N_TIMES) / RATE,
            samples=self.samples,
            attrs=attrs,
            n_layers=2,
            n_patches=1,
        ) as writer:
            writer.write(
                0,
                relevance=relevance,
                ledger=ledger,
                layer_relevance=layers,
                logit=ledger.sum(1),
                target=labels,
                label=labels,
                prediction=np.r_[1 - labels[:1], labels[1:]],
                subject=[one.split("/")[0] for one in self.samples],
                recording=["run"] * n,
                onset=np.arange(n) * 2.0,
                fold=np.zeros(n, int),
            )
        self.relevance[method] = dict(
            zip(self.samples, relevance, strict=True)
        )
        self.layers[method] = layers
        return path

    def table(self, name, rows, extra=()):
        path = self.folder / f"metrics/{name}.tsv"
        frame = pd.DataFrame(rows, columns=[*METRIC_COLUMNS, *extra])
        write_table(frame, path)
        return path

    def localisation(self):
        base = {"study": "made-up", "task": "hand", "regime": "scratch"}
        rows = [
            base
            | {
                "seed": 0,
                "method": method,
                "subject": subject,
                "metric": "auc",
                "value": 0.7,
                "ci_low": 0.6,
                "ci_high": 0.8,
                "chance": 0.5,
                "n": 4,
            }
            for method in METHODS
            for subject in ("all", "S1")
        ]
        return self.table("localisation", rows)

    def shares(self):
        base = {"study": "made-up", "task": "hand", "regime": "scratch"}
        rows = [
            base
            | {
                "seed": 0,
                "method": "gamma",
                "subject": "all",
                "class": kind,
                "metric": f"share {band}",
                "value": 0.3,
                "chance": 0.2,
                "n": 8,
            }
            for kind in ("all", *CLASSES)
            for band in ("alpha", "beta", "early")
        ]
        return self.table("shares", rows, ("class",))

    def predictions(self):
        frame = pd.DataFrame(
            {"sample": self.samples, "split": "test", "fold": 0}
        )
        frame["logit_left"] = np.arange(len(self.samples)) / 4
        frame["logit_right"] = -frame["logit_left"]
        train = frame.assign(split="train", logit_left=9.0)
        path = self.folder / "predictions/hand/scratch/seed-0.tsv"
        path.parent.mkdir(parents=True)
        write_table(pd.concat([train, frame]), path)
