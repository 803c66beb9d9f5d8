"""Real recordings from EDF to maps and figures, where they lie beside the checkout."""

import re
import shutil

import numpy as np
import pytest

from eeglrp.files import read_table
from eeglrp.store import check_relevance, open_attribution, open_windows

pytestmark = pytest.mark.snakemake

REAL = ("--configfile", "tests/workflow/real-tiny.yaml", "--config")
#: What recordings decide; the rest of the graph is `test_study.py`'s.
FIGURES = ("decoding", "r_locked", "terciles")


def test_real_recordings_reach_the_figures(shared_data, tree, snakemake):
    base = tree / "results" / "real-tiny"
    figures = [base / "figures" / f"{name}.png" for name in FIGURES]
    data = f"data_root={shared_data}"
    targets = [figure.relative_to(tree) for figure in figures]
    snakemake(tree, "--cores", 2, *REAL, data, "--", *targets)
    for figure in figures:
        assert figure.read_bytes().startswith(b"\x89PNG")

    decoding = read_table(base / "metrics" / "decoding.tsv")
    pooled = decoding[
        (decoding["subject"] == "all")
        & (decoding["metric"] == "balanced_accuracy")
    ]
    assert set(pooled["task"]) == {"motor_imagery", "r_peak", "arousal"}
    assert pooled["value"].between(0.2, 1.0).all()
    assert (pooled["chance"] - 0.5).abs().max() < 0.1

    windows = open_windows(
        base / "windows" / "motor_imagery" / "S001.zarr.zip"
    )
    assert windows.sizes["channel"] == 64
    assert windows.sizes["time"] == 400
    # A unit is 100 microvolt: scalp EEG stays within a few units.
    assert 0.05 < float(np.abs(windows["signal"]).mean()) < 1.0

    for path in sorted((base / "attributions").rglob("*.zarr.zip")):
        check_relevance(path)
        ledger = open_attribution(path)["ledger"].values
        assert np.isfinite(ledger).all()
    r_peak = read_table(base / "metrics" / "r_peak.tsv")
    assert set(r_peak["task"]) == {"r_peak"}
    assert (
        r_peak.loc[r_peak["metric"] == "r_locked_p", "value"].between(0, 1)
    ).all()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: b"this is text" * 100, "not an EDF or BDF file"),
        (lambda data: data[: len(data) // 2], "truncated"),
    ],
)
def test_a_damaged_recording_is_named(
    shared_data, tree, snakemake, damage, words
):
    folder = tree / "data" / "eegmmidb"
    folder.mkdir(parents=True)
    for source in sorted(shared_data.joinpath("eegmmidb").rglob("S001R*.edf")):
        shutil.copy(source, folder / source.name)
    broken = folder / "S001R08.edf"
    broken.chmod(0o644)
    broken.write_bytes(damage(broken.read_bytes()))
    target = "results/real-tiny/windows/motor_imagery/S001.zarr.zip"
    # The other data sets are not there: the study is this one subject.
    config = tree / "tests" / "workflow" / "real-tiny.yaml"
    text = config.read_text().replace("[S001, S002]", "[S001]")
    text = re.sub(r"  eegmat:\n.*?(?=tasks:)", "", text, flags=re.DOTALL)
    text = re.sub(r"  r_peak:\n.*?(?=model:)", "", text, flags=re.DOTALL)
    config.write_text(text)
    done = snakemake(
        tree, "--cores", 1, target, *REAL, "data_root=data", check=False
    )
    output = done.stdout + done.stderr
    assert done.returncode != 0
    assert "S001R08.edf" in output
    assert words in output
    assert "Remedy:" in output
    assert not (tree / target).exists()
