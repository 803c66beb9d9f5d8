"""Two studies agree when their numbers do, whenever and wherever they ran."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from safetensors.numpy import save_file

from eeglrp.errors import InputError
from eeglrp.science import differences, main, science_hashes
from eeglrp.store import write_dataset

PACKAGE = Path(__file__).parents[1] / "workflow"
VALUES = np.arange(2 * 70, dtype=np.float32).reshape(2, 70)


def write_store(
    path, values=VALUES, names=("a", "b"), units="uV", versions="1.0", chunk=32
):
    variables = {
        "x": (("channel", "sample"), values, {"units": units}),
        "n": ((), 3),
    }
    dataset = xr.Dataset(variables, {"channel": np.asarray(names, object)})
    attrs = {"task": "t", "versions": {"torch": versions}}
    write_dataset(dataset, path, attrs, {"sample": chunk})


def write_study(folder):
    for name in ("logs", "benchmarks", "metrics", "figures", "models/t"):
        (folder / name).mkdir(parents=True)
    write_store(folder / "a.zarr.zip")
    save_file(
        {"w": VALUES, "b": VALUES[0]},
        folder / "models/t/m.safetensors",
        {"kind": "x"},
    )
    record = {"epochs": 2, "versions": {"torch": "1"}}
    (folder / "models/t/m.json").write_text(json.dumps(record))
    (folder / "models/t/m-history.tsv").write_text(
        "epoch\tloss\tseconds\n1\t0.5\t3.2\n"
    )
    costs = "metric\tvalue\nauc\t0.5\ngradients\t2.1\n"
    (folder / "metrics/guide.tsv").write_text(costs)
    for name, table in (("plain", "value\n1\n"), ("timed", costs)):
        (folder / f"figures/{name}.tsv").write_text(table)
        (folder / f"figures/{name}.png").write_bytes(b"picture")
    (folder / "raw.edf").write_bytes(b"samples")
    for name in (
        "logs/a.log",
        "benchmarks/a.tsv",
        "report.html",
        "provenance.json",
        ".hidden",
    ):
        (folder / name).write_text("at noon")
    return folder


@pytest.fixture
def studies(tmp_path):
    return write_study(tmp_path / "one"), write_study(tmp_path / "other")


def changed(studies):
    return differences(*map(science_hashes, studies))


def test_every_file_of_science_is_listed_and_no_other(studies):
    assert set(science_hashes(studies[0])) == {
        "a.zarr.zip",
        "models/t/m.safetensors",
        "models/t/m.json",
        "models/t/m-history.tsv",
        "metrics/guide.tsv",
        "figures/plain.tsv",
        "figures/plain.png",
        "figures/timed.tsv",
        "raw.edf",
    }


def test_run_times_versions_and_storage_do_not_count(studies):
    other = studies[1]
    write_store(other / "a.zarr.zip", versions="2.0", chunk=16)
    (other / "models/t/m.json").write_text('{"versions": {}, "epochs": 2}')
    (other / "models/t/m-history.tsv").write_text(
        "epoch\tloss\tseconds\n1\t0.5\t9.9\n"
    )
    (other / "metrics/guide.tsv").write_text(
        "metric\tvalue\nauc\t0.5\ngradients\t7.7\n"
    )
    (other / "figures/timed.png").write_bytes(b"other bars")
    for name in (
        "logs/a.log",
        "benchmarks/a.tsv",
        "report.html",
        "provenance.json",
    ):
        (other / name).write_text("at night")
    assert changed(studies) == []


def one_bit(values):
    values = values.copy()
    values[1, 69] = np.nextafter(values[1, 69], np.float32(1e9))
    return values


@pytest.mark.parametrize(
    "options",
    [
        {"values": one_bit(VALUES)},
        {"values": VALUES.astype(np.float64)},
        {"values": VALUES[:, :-1]},
        {"names": ("a", "c")},
        {"units": "V"},
    ],
)
def test_a_store_that_differs_is_named(studies, options):
    write_store(studies[1] / "a.zarr.zip", **options)
    assert changed(studies) == ["differs: a.zarr.zip"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("models/t/m.json", '{"epochs": 3}'),
        ("models/t/m-history.tsv", "epoch\tloss\tseconds\n1\t0.6\t3.2\n"),
        ("metrics/guide.tsv", "metric\tvalue\nauc\t0.6\ngradients\t2.1\n"),
        ("metrics/guide.tsv", "metric\tvalues\nauc\t0.5\n"),
        ("figures/plain.png", "another"),
        ("raw.edf", "others"),
    ],
)
def test_a_file_that_differs_is_named(studies, name, content):
    (studies[1] / name).write_text(content)
    assert changed(studies) == [f"differs: {name}"]


@pytest.mark.parametrize(
    ("tensors", "metadata"),
    [
        ({"w": VALUES, "b": VALUES[1]}, {"kind": "x"}),
        ({"w": VALUES, "c": VALUES[0]}, {"kind": "x"}),
        ({"w": VALUES.reshape(70, 2), "b": VALUES[0]}, {"kind": "x"}),
        ({"w": VALUES, "b": VALUES[0]}, {"kind": "y"}),
    ],
)
def test_tensors_that_differ_are_named(studies, tensors, metadata):
    save_file(tensors, studies[1] / "models/t/m.safetensors", metadata)
    assert changed(studies) == ["differs: models/t/m.safetensors"]


def test_files_that_only_one_study_has_are_named(studies):
    (studies[0] / "raw.edf").unlink()
    (studies[1] / "models/t/m.json").unlink()
    wanted = [
        "only in the first: models/t/m.json",
        "only in the second: raw.edf",
    ]
    assert changed(studies) == wanted


@pytest.mark.parametrize("name", ["a.zarr.zip", "models/t/m.safetensors"])
@pytest.mark.parametrize("length", [0, 100, -20])
def test_files_cut_short_are_named(studies, name, length):
    file = studies[0] / name
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(InputError, match=name):
        science_hashes(studies[0])


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere: folder: does not exist"):
        science_hashes(tmp_path / "nowhere")


@pytest.mark.slow
def test_the_command_tells_by_its_exit_status(studies, capsys):
    assert main([studies[0], studies[1]]) == 0
    assert "the same science in 9 files" in capsys.readouterr().out
    (studies[1] / "raw.edf").write_text("others")
    assert main([studies[0], studies[1]]) == 1
    assert capsys.readouterr().out == "differs: raw.edf\n"
    assert main([studies[0]]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 9
    assert main([]) == 2
    shutil.rmtree(studies[1])
    command = [sys.executable, "-m", "eeglrp.science", *map(str, studies)]
    done = subprocess.run(
        command, cwd=PACKAGE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
