"""Made-up shares of electrodes whose answer is known: with or without a planted central cluster."""

import numpy as np

from eeglrp.affect.maps_table import EXTRA, Maps
from eeglrp.files import write_table
from eeglrp.scalp import topography
from eeglrp.tables import metric_frame, metric_row

CHANNELS = [
    *(
        "FP1",
        "FP2",
        "F7",
        "F3",
        "FZ",
        "F4",
        "F8",
        "T7",
        "C3",
        "CZ",
        "C4",
        "T8",
    ),
    *("P7", "P3", "PZ", "P4", "P8", "O1", "O2"),
]
CENTRAL = np.isin(CHANNELS, ["C3", "CZ", "C4"])
#: Spread (in logarithms) between models, of what all its subjects share, and between subjects.
MODELS, SUBJECTS = 0.25, 0.15


def made_up(
    rng,
    planted=0.0,
    n_subjects=10,
    seeds=2,
    permuted=5,
    regimes=("finetuned", "scratch"),
):
    """Shares of models, each with a map of its own that all subjects share.

    Trained and permuted models differ by nothing but `planted`, the logarithm of what the trained
    ones have more in the centre.
    """
    base = rng.normal(0, 0.1, (n_subjects, len(CHANNELS))) + 0.8 * CENTRAL

    def shares(spread, more=0.0):
        own = rng.normal(0, spread, len(CHANNELS)) + more * CENTRAL
        return normal(base + own + rng.normal(0, SUBJECTS, base.shape))

    models = [(regime, seed) for regime in regimes for seed in range(seeds)]
    found = {model: shares(MODELS, planted) for model in models}
    others = {
        name: np.array([shares(MODELS) for _ in range(permuted)])
        for name in regimes
    }
    return Maps(
        CHANNELS,
        [f"S{k:02d}" for k in range(n_subjects)],
        found,
        {
            model: normal(rng.normal(0, 1, len(CHANNELS)) + 0 * base)
            for model in models
        },
        normal(base),
        np.array([shares(0.1) for _ in range(5)]),
        others if permuted else {},
        "gamma",
    )


def normal(logarithms):
    """Shares that sum to 1 for every subject."""
    parts = np.exp(logarithms)
    return parts / parts.sum(1, keepdims=True)


def write_tables(maps, folder, task="arousal"):
    """Write shares as the tables that they are read from: topography, and maps."""
    names = {"study": "x", "task": task, "metric": "share", "n": 8}
    even = {"chance": 1 / len(CHANNELS)}
    rows = [
        metric_row(
            **names
            | even
            | {
                "class": kind,
                "regime": regime,
                "seed": seed,
                "method": method,
            },
            **place | {"value": factor * place["value"]},
        )
        for (regime, seed), array in maps.models.items()
        for place in _places(maps, array)
        # What must not be read: other classes, other methods.
        for kind, method, factor in (
            ("all", "gamma", 1),
            ("high", "gamma", 2),
            ("all", "other", 2),
        )
    ]
    first = folder / f"{task}-topography.tsv"
    write_table(metric_frame(rows, topography.EXTRA), first)
    parts = [("signal", "", "", maps.signal)]
    parts += [
        ("embedding", *model, array) for model, array in maps.embedding.items()
    ]
    parts += [
        ("untrained", "untrained", k, array)
        for k, array in enumerate(maps.untrained)
    ]
    for regime, arrays in maps.permuted.items():
        parts += [
            ("permuted", regime, k, array) for k, array in enumerate(arrays)
        ]
    rows = [
        metric_row(
            **names, **even, source=source, regime=regime, seed=seed, **place
        )
        for source, regime, seed, array in parts
        for place in _places(maps, array)
    ]
    second = folder / f"{task}-maps.tsv"
    write_table(metric_frame(rows, EXTRA), second)
    return first, second


def _places(maps, array):
    return [
        {"subject": subject, "channel": channel, "value": value}
        for subject, row in zip(maps.subjects, array, strict=True)
        for channel, value in zip(CHANNELS, row, strict=True)
    ]
