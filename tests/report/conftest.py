"""Arguments of a small report."""

import base64

import pandas as pd
import pytest

from eeglrp.files import write_json, write_table
from eeglrp.questions import all_tables
from eeglrp.tables import metric_frame, metric_row

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SPLIT = {"by": "subject", "folds": 2, "test": []}
CONFIG = {
    "study": "small",
    "datasets": {"imagery": {"source": "eegmmidb", "folder": "a/b"}},
    "attribution": {
        "methods": {"attn_lrp": {}, "mean": {"method": "occlusion"}}
    },
    "tasks": {
        "motor_imagery": {"split": SPLIT, "training": {}},
        "r_peak": {"split": SPLIT, "training": {"baselines": ["eegnet"]}},
    },
    "training": {
        "baselines": ["mdm"],
        "regimes": ["scratch"],
        "seeds": [0, 1],
    },
}

#: Numbers beside a figure: names that look like numbers, text, a gap, e-notation.
NUMBERS_SHOWN = (
    "subject\ttask\tvalue\n007\tr_peak\t2.5\n012\tr_peak\t-1e-05\n003\tb<c\t\n"
)
#: Columns of a table's own that hold numbers.
NUMBERS = {
    "depth": 1,
    "lag": 0.0,
    "p_field": 0.5,
    "against_seed": 1,
    "signal": 0.5,
}
#: And those of the questions about affect.
NUMBERS |= {"enrichment": 1.0, "p_models": 0.5, "p_subjects": 0.5, "orders": 9}


@pytest.fixture
def inputs(root, tmp_path):
    """Arguments of a small report."""
    tables = {
        name: [write(tmp_path / f"{name}.tsv", name)] for name in all_tables()
    }
    (tmp_path / "figures").mkdir()
    figures = [
        tmp_path / "figures" / f"{name}.png" for name in ("decoding", "shares")
    ]
    for path in figures:
        path.write_bytes(PIXEL)
    (tmp_path / "figures/decoding.tsv").write_text(NUMBERS_SHOWN)
    weights = [
        tmp_path / "weights/hub.json",
        *(
            tmp_path / f"weights/pretrained-r_peak/fold-{fold}.json"
            for fold in range(2)
        ),
    ]
    for path in weights:
        write_json({"source": "hub", "sha256": "ab" * 32}, path)
    return {
        "study": "small",
        "config": CONFIG,
        "paths": tables
        | {"windows": counts(tmp_path), "splits": [splits(tmp_path)]}
        | {"figures": figures, "weights": weights},
        "versions": {"eeglrp": "0.1.0", "torch": "2.13.0"},
        "assets": root / "workflow/report",
        "folder": tmp_path,
        "out": tmp_path / "report.html",
    }


def write(path, name):
    metric = {
        "decoding": "balanced_accuracy",
        "localisation": "auc",
        "r_peak": "r_locked_z",
    }
    if name == "comparisons":
        return write_comparisons(path)
    ids = {
        "study": "small",
        "task": "motor_imagery",
        "regime": "scratch",
        "method": "attn_lrp",
    }
    numbers = {"ci_low": 0.6, "ci_high": 0.8, "chance": 0.5, "n": 90}
    rows = [
        metric_row(
            **ids, **numbers, metric=metric.get(name, "share input"), value=0.7
        )
        | {"seed": seed, "subject": subject}
        | {
            column: NUMBERS.get(column, "all")
            for column in all_tables()[name].columns
        }
        for seed in (0, 1)
        for subject in ("007", "all")
    ]
    write_table(metric_frame(rows, extra=all_tables()[name].columns), path)
    return path


def write_comparisons(path):
    ids = {"study": "small", "task": "motor_imagery", "subject": "all", "n": 3}
    ids |= {"regime": "scratch", "against": "csp_lda"}
    numbers = {
        "difference": 0.123,
        "effect_size": 0.9,
        "p": 0.25,
        "p_holm": 0.75,
    }
    rows = [
        metric_row(**ids, metric=m, value=v)
        for m, v in (numbers | {"p_equivalence": 0.6}).items()
    ]
    rows = [row | {"answer": "undecided"} for row in rows]
    write_table(metric_frame(rows, extra=("against", "answer")), path)
    return path


def counts(folder):
    columns = ["subject", "recording", "item", "name", "count"]
    rows = [
        ("007", "R04", "window_kept", "left", 30),
        ("007", "R04", "channel_dropped", "T<7", 1),
    ]
    path = folder / "windows/motor_imagery/007.tsv"
    write_table(pd.DataFrame(rows, columns=columns), path)
    return [path]


def splits(folder):
    # Two folds: what one tests, the other trains on.
    rows = [
        (f"007/R04/{k:05d}", "007", split, fold)
        for k in range(12)
        for fold in range(2)
        for split in ["test" if k % 2 == fold else "train"]
    ]
    path = folder / "splits/motor_imagery.tsv"
    write_table(
        pd.DataFrame(rows, columns=["sample", "subject", "split", "fold"]),
        path,
    )
    return path
