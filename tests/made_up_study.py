"""Tables of a made-up study, with the columns and the ranges of a real one."""

import itertools

import numpy as np
import pandas as pd
import pytest

from eeglrp.files import METRIC_COLUMNS, write_table

NAMES_19 = "FP1 FP2 F7 F3 FZ F4 F8 T7 C3 CZ C4 T8 P7 P3 PZ P4 P8 O1 O2"
NAMES_64 = """
FC5 FC3 FC1 FCZ FC2 FC4 FC6 C5 C3 C1 CZ C2 C4 C6 CP5 CP3 CP1 CPZ CP2 CP4 CP6 FP1 FPZ FP2
AF7 AF3 AFZ AF4 AF8 F7 F5 F3 F1 FZ F2 F4 F6 F8 FT7 FT8 T7 T8 T9 T10 TP7 TP8 P7 P5 P3 P1
PZ P2 P4 P6 P8 PO7 PO3 POZ PO4 PO8 O1 OZ O2 IZ"""
CLASSES = {
    "r_peak": ("between", "r_peak"),
    "motor_imagery": ("left", "right"),
    "arousal": ("low", "high"),
    "valence": ("low", "high"),
}
DEMO = {
    "tasks": tuple(CLASSES),
    "regimes": ("finetuned", "frozen", "scratch"),
    "seeds": (0, 1),
    "methods": ("attn_lrp", "cp_lrp", "input_x_gradient"),
    "subjects": 8,
    "channels": NAMES_19,
}
FOLDS = (0, 1)
SOURCES = (
    "input",
    "class_token",
    "spatial_embedding",
    "temporal_embedding",
    "bias_conv",
    "bias_norm",
    "bias_linear",
    "softmax",
)
REGIONS = {
    "ocular_frontal": 0.21,
    "frontal": 0.16,
    "central": 0.16,
    "temporal": 0.11,
    "parietal": 0.26,
    "occipital": 0.1,
}


class Study:
    """Writes the tables of a made-up study below `folder`."""

    def __init__(self, folder, **settings):
        self.folder = folder
        self.settings = DEMO | settings
        self.rng = np.random.default_rng(3)

    def write(self, name, rows, extra=()):
        path = self.folder / name
        write_table(
            pd.DataFrame(rows, columns=[*METRIC_COLUMNS, *extra]), path
        )
        return path

    def models(self, methods=True):
        """Every task, regime, seed and (unless told not to) method as a dictionary."""
        s = self.settings
        method_names = s["methods"] if methods else ("",)
        for task, regime, seed, method in itertools.product(
            s["tasks"], s["regimes"], s["seeds"], method_names
        ):
            yield {
                "study": "demo",
                "task": task,
                "regime": regime,
                "seed": seed,
                "method": method,
            }

    def subjects(self):
        return [f"{number:03d}" for number in range(self.settings["subjects"])]

    def interval(self, value, spread, **row):
        value = value + spread * self.rng.normal() / 3
        return row | {
            "value": value,
            "ci_low": value - spread,
            "ci_high": value + spread,
        }

    def decoding(self):
        models = list(self.models(methods=False))
        for task in self.settings["tasks"]:
            models.append(
                models[0] | {"task": task, "regime": "csp_lda", "seed": ""}
            )
        level = {
            "finetuned": 0.78,
            "frozen": 0.6,
            "scratch": 0.7,
            "csp_lda": 0.62,
        }
        rows = []
        for model in models:
            for metric, shift, chance in (
                ("balanced_accuracy", 0, 0.5),
                ("kappa", -0.45, 0),
                ("weighted_f1", -0.01, 0.5),
            ):
                value = level[model["regime"]] + shift
                row = model | {"metric": metric, "chance": chance}
                rows.append(
                    self.interval(value, 0.05, **row, subject="all", n=480)
                )
                rows += [
                    self.interval(value, 0.15, **row, subject=subject, n=60)
                    for subject in self.subjects()
                ]
        return self.write("metrics/decoding.tsv", rows)

    def r_locked(self):
        rows, lags = [], np.arange(-60, 61) / 200
        for model in self.models():
            if model["task"] != "r_peak":
                continue
            size = {"finetuned": 0.004, "frozen": 0.0008, "scratch": 0.003}[
                model["regime"]
            ]
            wave = (
                size
                * np.exp(-((lags - 0.01) ** 2) / 0.0008)
                * (1 - 0.5 * model["seed"] / 5)
            )
            wave = wave + 0.0004 * self.rng.normal(size=len(lags))
            for subject in ("all", *self.subjects()[:2]):
                for lag, value in zip(lags, wave, strict=True):
                    row = model | {
                        "subject": subject,
                        "metric": "r_locked",
                        "value": value,
                        "n": 260,
                    }
                    row |= {
                        "lag": lag,
                        "null_low": -0.0011,
                        "null_high": 0.0012,
                    }
                    rows.append(
                        row
                        | {"ci_low": value - 0.0005, "ci_high": value + 0.0005}
                    )
        return self.write(
            "metrics/r_locked.tsv",
            rows,
            ("class", "lag", "null_low", "null_high"),
        )

    def r_peak(self):
        rows = []
        for model in self.models():
            if model["task"] == "r_peak":
                base = model | {"subject": "all", "n": 260, "class": "r_peak"}
                rows.append(
                    base
                    | {"metric": "r_locked_z", "value": 5 + self.rng.normal()}
                )
                rows.append(base | {"metric": "r_locked_p", "value": 0.001})
                rows.append(
                    self.interval(0.01, 0.01, **base, metric="peak_latency")
                )
                rows.append(base | {"metric": "n_r_peaks", "value": 260})
        return self.write("metrics/r_peak.tsv", rows, ("class",))

    def shares(self):
        rows = []
        for model in self.models():
            for kind in ("all", *CLASSES[model["task"]]):
                base = model | {"subject": "all", "n": 256, "class": kind}
                for region, size in REGIONS.items():
                    value = size * (1.9 if region == "ocular_frontal" else 0.8)
                    row = base | {"metric": f"share {region}", "chance": size}
                    row |= {
                        "signal": 1.1 * size,
                        "p": 0.01 if value > size else 0.5,
                    }
                    rows.append(self.interval(value, 0.03, **row))
                row = base | {
                    "metric": "share early",
                    "chance": 0.5,
                    "signal": 0.52,
                    "p": 0.2,
                }
                rows.append(self.interval(0.45, 0.05, **row))
                for band in ("delta", "theta", "alpha", "beta", "gamma"):
                    row = base | {
                        "metric": f"share {band}",
                        "chance": 0.2,
                        "signal": 0.2,
                        "p": 1,
                    }
                    rows.append(self.interval(0.2, 0.03, **row))
                    row |= {
                        "metric": f"share {band} central",
                        "chance": 0.05,
                        "signal": 0.05,
                    }
                    rows.append(self.interval(0.05, 0.01, **row))
            rows += self._sides(model)
        return self.write(
            "metrics/shares.tsv", rows, ("class", "enrichment", "signal", "p")
        )

    def _sides(self, model):
        classes, rows = CLASSES[model["task"]], []
        kinds = {
            classes[0]: 0.4,
            classes[1]: -0.3,
            " - ".join(classes): 0.7,
            "all": 0.05,
        }
        for region in ("ocular_frontal", "central"):
            for kind, value in kinds.items():
                row = model | {
                    "subject": "all",
                    "n": 256,
                    "class": kind,
                    "chance": 0,
                }
                row |= {
                    "metric": f"lateralisation {region}",
                    "signal": -value / 2,
                    "p": 0.02,
                }
                rows.append(
                    self.interval(
                        value if region == "central" else 0, 0.1, **row
                    )
                )
        return rows

    def topography(self):
        channels = self.settings["channels"].split()
        frontal = np.array(
            [name.startswith(("FP", "AF")) for name in channels]
        )
        side = np.array(
            [
                0 if not n[-1].isdigit() else 1 - 2 * (int(n[-1]) % 2)
                for n in channels
            ]
        )
        rows = []
        for model in self.models():
            size = {"finetuned": 0.05, "frozen": 0.008, "scratch": 0.03}[
                model["regime"]
            ]
            for kind, sign in zip(
                ("all", *CLASSES[model["task"]]), (1, -1, 1), strict=True
            ):
                maps = size * (
                    0.1 * self.rng.normal(size=len(channels))
                    + sign * side * frontal
                )
                weight = np.abs(maps) + size * 0.2
                base = model | {"subject": "all", "n": 256, "class": kind}
                for name, mean, share in zip(
                    channels, maps, weight / weight.sum(), strict=True
                ):
                    row = base | {"channel": name}
                    rows.append(
                        self.interval(
                            mean, 0.1 * size, **row, metric="mean_relevance"
                        )
                    )
                    row |= {"metric": "share", "chance": 1 / len(channels)}
                    rows.append(
                        row
                        | {"value": share, "ci_low": share, "ci_high": share}
                    )
        return self.write("metrics/topography.tsv", rows, ("class", "channel"))

    def layers(self):
        rows = []
        for model in self.models():
            for layer in range(5):
                sizes = {
                    region: size * (1 + 0.1 * layer * (region == "central"))
                    for region, size in REGIONS.items()
                }
                for region, size in sizes.items():
                    row = model | {
                        "subject": "all",
                        "n": 256,
                        "metric": "share",
                    }
                    row |= {
                        "layer": layer,
                        "region": region,
                        "chance": REGIONS[region],
                    }
                    rows.append(self.interval(size, 0.03, **row))
        return self.write("metrics/layers.tsv", rows, ("layer", "region"))

    def conservation(self):
        rows, sizes = (
            [],
            np.array([0.55, 0.08, -0.12, 0.03, 0.06, -0.05, 0.08, -0.03]),
        )
        for model in self.models():
            noisy = sizes * (1 + 0.2 * self.rng.normal(size=8))
            for source, share in zip(
                SOURCES, noisy / np.abs(noisy).sum(), strict=True
            ):
                row = model | {
                    "subject": "all",
                    "n": 256,
                    "metric": f"share {source}",
                }
                rows.append(self.interval(share, 0.01, **row))
            row = model | {
                "subject": "all",
                "n": 256,
                "metric": "closure_error",
            }
            rows.append(row | {"value": 3e-6 * self.rng.random()})
        return self.write("metrics/conservation.tsv", rows)

    def localisation(self):
        rows = []
        chances = {
            "auc": 0.5,
            "auc_absolute": 0.5,
            "rma": 0.15,
            "rra": 0.15,
            "pointing_game": 0.15,
        }
        for model in self.models():
            rows += self._scores(model, chances, 0.3)
        for model in self.models(methods=False):
            for method in ("signal", "random"):
                rows += self._scores(
                    model | {"method": method},
                    chances,
                    0.12 * (method == "signal"),
                )
        return self.write("metrics/localisation.tsv", rows)

    def _scores(self, model, chances, gain):
        rows = []
        for metric, chance in chances.items():
            row = model | {"metric": metric, "chance": chance, "n": 120}
            rows.append(
                self.interval(chance + gain, 0.06, **row, subject="all")
            )
            rows.append(
                self.interval(chance + gain, 0.1, **row, subject="000")
            )
        return rows

    def histories(self):
        paths = []
        for model, fold in itertools.product(
            self.models(methods=False), FOLDS
        ):
            epochs = np.arange(1, 9)
            loss = 0.7 * np.exp(-epochs / 8) + 0.02 * self.rng.normal(size=8)
            table = {
                "epoch": epochs,
                "train_loss": 0.9 * loss,
                "validation_loss": loss + 0.05,
            }
            table["validation_balanced_accuracy"] = (
                1 - loss + 0.02 * self.rng.normal(size=8)
            )
            path = self.folder / "models" / model["task"] / model["regime"]
            path = path / f"fold-{fold}/seed-{model['seed']}-history.tsv"
            frame = pd.DataFrame(
                table | {"learning_rate": 1e-4, "seconds": 3.0}
            )
            write_table(frame, path)
            paths.append(path)
        return paths

    def pretraining(self):
        paths = []
        tasks = self.settings["tasks"]
        for task, fold in itertools.product(tasks, FOLDS):
            path = self.folder / "weights" / f"pretrained-{task}"
            path = path / f"fold-{fold}-history.tsv"
            loss = 1 / np.arange(1, 6) + 0.05 * self.rng.random(5)
            table = {
                "epoch": range(1, 6),
                "train_loss": loss,
                "validation_loss": loss + 0.1,
            }
            write_table(pd.DataFrame(table), path)
            paths.append(path)
        return paths + [
            self._spectra(task, fold)
            for task, fold in itertools.product(tasks, FOLDS)
        ]

    def _spectra(self, task, fold):
        name, channels, rows = (
            f"pretrained-{task}/fold-{fold}",
            self.settings["channels"].split(),
            [],
        )
        for predictor, level in zip(
            ("network", "electrode_average", "linear", "untrained"),
            (0.2, 0.05, 0.15, -0.1),
            strict=True,
        ):
            places = [("all", "all"), *((5 * i, "all") for i in range(1, 16))]
            for frequency, channel in [
                *places,
                *(("all", channel) for channel in channels),
            ]:
                value = level + 0.05 * self.rng.normal()
                n = 5700 if channel == "all" else 300
                rows.append((name, predictor, frequency, channel, value, n))
        columns = (
            "weights",
            "predictor",
            "frequency",
            "channel",
            "r_squared",
            "n",
        )
        path = self.folder / f"weights/{name}-spectra.tsv"
        write_table(pd.DataFrame(rows, columns=columns), path)
        return path

    def tables(self, figure):
        """The tables of one figure, in the order of its `TABLES`."""
        return {
            "decoding": lambda: [self.decoding()],
            "r_locked": lambda: [self.r_locked(), self.r_peak()],
            "topomaps": lambda: [self.topography()],
            "shares": lambda: [self.shares()],
            "lateralisation": lambda: [self.shares()],
            "layers": lambda: [self.layers()],
            "ledger": lambda: [self.conservation()],
            "localisation": lambda: [self.localisation()],
            "training": self.histories,
            "pretraining": self.pretraining,
        }[figure]()


@pytest.fixture
def study(tmp_path):
    """A made-up study of the demo's size."""
    return Study(tmp_path)


@pytest.fixture
def smallest_study(tmp_path):
    """One task, one model, one method, two subjects."""
    one = {
        "tasks": ("r_peak",),
        "regimes": ("scratch",),
        "seeds": (0,),
        "methods": ("cp_lrp",),
    }
    return Study(tmp_path, **one, subjects=2)


@pytest.fixture
def make_study():
    """Make a made-up study of any size: `make_study(folder, **settings)`."""
    return Study


@pytest.fixture
def channel_names():
    """Electrode names of two usual caps."""
    return {"19": NAMES_19.split(), "64": NAMES_64.split()}
