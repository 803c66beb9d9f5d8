"""Tasks by a kind, planted fields, controls and untrained models, through the graph."""

import numpy as np
import pytest
import yaml

from eeglrp.files import read_json, read_table
from eeglrp.store import open_attribution, open_windows

from .graph import listed, makers

pytestmark = pytest.mark.snakemake

PLANTED = {
    "study": "planted-tiny",
    "seed": 7,
    "jobs": "together",
    "datasets": {
        "silent": {
            "source": "simulated",
            "paradigm": "rest",
            "subjects": 3,
            "duration": 60,
            "sources": {
                "heartbeat": {"amplitude": 0, "rate": 56, "rate_sd": 2}
            },
        }
    },
    "tasks": {
        f"beat_{size}": {
            "kind": "r_peak",
            "dataset": "silent",
            "classes": ["between", "r_peak"],
            "plant": {"heartbeat": {"amplitude": size}},
            "split": {"folds": 3},
        }
        for size in (5, 30)
    },
    "model": {"layers": 1},
    "training": {
        "regimes": ["untrained"],
        "seeds": [0],
        "baselines": ["lda_samples"],
    },
    "attribution": {
        "max_windows": 20,
        "methods": {"cp_lrp": {}},
        "layers": False,
    },
    "statistics": {"bootstrap": 100, "permutations": 100},
}


@pytest.fixture
def planted(tree):
    """A tree with a study of planted tasks of other names, on a model left untrained."""
    path = tree / "planted.yaml"
    path.write_text(yaml.safe_dump(PLANTED))
    return tree


def test_a_planted_field_goes_through_the_graph(planted, snakemake):
    base = planted / "results" / "planted-tiny"
    target = base.relative_to(planted) / "metrics" / "psychometric.tsv"
    snakemake(
        planted, "--cores", 2, "--configfile", "planted.yaml", "--", target
    )
    windows = open_windows(base / "windows" / "beat_30" / "S001.zarr.zip")
    truth = windows["truth"].values
    assert 0.2 < np.abs(truth).max() < 0.35
    assert windows.attrs["settings"]["kind"] == "r_peak"
    assert not (base / "weights").exists()
    hashes = set()
    for fold in range(3):
        folder = base / "models" / "beat_30" / "untrained" / f"fold-{fold}"
        record = read_json(folder / "seed-0.json")
        assert (record["regime"], record["best_epoch"]) == ("untrained", 0)
        hashes.add(record["sha256"])
    # Other first weights in every fold.
    assert len(hashes) == 3
    table = read_table(base / "metrics" / "psychometric.tsv")
    points = table[(table["subject"] == "all") & table["amplitude"].notna()]
    assert set(points["amplitude"]) == {5.0, 30.0}
    lda = points[
        (points["regime"] == "lda_samples") & (points["amplitude"] == 30)
    ]
    assert lda["value"].item() > 0.6
    store = (
        base
        / "attributions"
        / "beat_30"
        / "untrained"
        / "seed-0"
        / "cp_lrp.zarr.zip"
    )
    explained = open_attribution(store)
    # So many of every subject, each by the model of the fold that tests it.
    assert explained.sizes["sample"] == 3 * 20
    assert np.bincount(explained["fold"].values).tolist() == [20] * 3


def test_controls_run_beside_the_demo(root, tmp_path):
    """They add models, recordings and windows, and leave all jobs of the demo as they are."""
    names = ("config/demo.yaml", "config/controls.yaml")
    demo, both = (
        set(makers(listed(root, tmp_path, "--configfile", *given)))
        for given in (names[:1], names)
    )
    study = yaml.safe_load((root / names[1]).read_text())
    folder = f"results/{study.get('study', 'demo')}/"
    demo = {file.replace("results/demo/", folder) for file in demo}
    assert not demo - both
    added = [file.removeprefix(folder) for file in both - demo]
    # Of the task that the demo has, only models without any training.
    for task in study["tasks"]:
        stages = {"models", "predictions"}
        stages |= set() if task == "r_peak" else {"windows"}
        for stage in sorted(stages):
            start = f"{stage}/{task}/"
            assert any(file.startswith(start) for file in added), start
    assert not [file for file in added if file.startswith("weights/")]
