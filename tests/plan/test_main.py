import subprocess
import sys

import pandas as pd
import pytest
import yaml

from eeglrp.errors import InputError
from eeglrp.files import write_table
from eeglrp.plan.__main__ import windows_given


@pytest.mark.parametrize(
    "pair", ["r_peak", "r_peak=", "r_peak=0", "=3", "r_peak=many", "a=-1"]
)
def test_wrong_windows_are_named(pair):
    with pytest.raises(InputError, match="--windows"):
        windows_given([pair])


def test_windows_are_read():
    assert windows_given(["a=90", "b_c=100"]) == {"a": 90, "b_c": 100}


def plan(root, folder, *arguments):
    command = [sys.executable, "-m", "eeglrp.plan", *map(str, arguments)]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False
    )


@pytest.fixture
def finished(tmp_path):
    row = pd.DataFrame([{"s": 7.0, "max_rss": 300.0, "cpu_time": 6.0}])
    write_table(
        row,
        tmp_path / "done" / "benchmarks" / "recordings" / "rest" / "S001.tsv",
    )
    return tmp_path / "done"


TASKS = [
    f"{task}=60"
    for task in ("motor_imagery", "gaze", "r_peak", "arousal", "valence")
]


@pytest.mark.snakemake
def test_a_plan_of_the_demo(root, finished, tmp_path):
    single = tmp_path / "single.yaml"
    single.write_text("jobs: single\n")
    options = [
        "--configfile",
        "config/demo.yaml",
        single,
        "--finished",
        finished,
        "--windows",
        *TASKS,
    ]
    done = plan(root, tmp_path, *options, "--", "--directory", tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith("demo: ")
    config = yaml.safe_load((root / "config" / "demo.yaml").read_text())
    n_recordings = sum(one["subjects"] for one in config["datasets"].values())
    # Of 6 CPU seconds each.
    row = next(
        line
        for line in done.stdout.splitlines()
        if line.startswith("simulate_recording")
    )
    hours = f"{n_recordings * 6 / 3600:.2f}"
    assert row.split()[1:] == [str(n_recordings), hours, "6.0"]
    assert "Critical path: " in done.stdout
    assert "No benchmark of train scratch (" in done.stdout
    assert not (tmp_path / "results").exists()


def test_a_wrong_folder_ends_with_a_message(root, tmp_path):
    done = plan(
        root,
        tmp_path,
        "--configfile",
        "config/demo.yaml",
        "--finished",
        tmp_path,
    )
    assert done.returncode == 1
    assert "benchmarks: has none" in done.stderr
    assert "Traceback" not in done.stderr
