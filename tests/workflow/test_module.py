"""This workflow in another one: as a module, from another folder, in a container."""

import os
import re
import sys
from pathlib import Path

import pytest
import yaml

from eeglrp import config as settings
from eeglrp.store import open_windows

from .graph import read_study

pytestmark = pytest.mark.snakemake

FOREIGN = """
configfile: "study.yaml"


module eeg:
    snakefile: "{root}/{snakefile}"
    config: config["eeg"]
    prefix: "below"


use rule * from eeg as eeg_*


use rule windows from eeg as eeg_windows with:
    threads: 2


rule all:
    default_target: True
    input:
        rules.eeg_report.output,
    output:
        "own.txt",
    params:
        tasks=list(config["eeg"]["tasks"]),
    shell:
        "echo {{params.tasks}} > {{output}}"
"""
STORE = "below/results/tiny/windows/r_peak/S001.zarr.zip"


@pytest.fixture
def study(root):
    return yaml.safe_load((root / "tests/workflow/tiny.yaml").read_text())


@pytest.fixture
def foreign(root, tmp_path, study):
    """Folder of another workflow, which uses this one and has a configuration of its own."""
    (tmp_path / "study.yaml").write_text(
        yaml.safe_dump({"eeg": study}, sort_keys=False)
    )
    (tmp_path / "Snakefile").write_text(
        FOREIGN.format(root=root, snakefile="Snakefile")
    )
    return tmp_path


def rules(done):
    return dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.MULTILINE))


def test_another_workflow_imports_every_rule(root, foreign, snakemake, study):
    done = snakemake(foreign, "-np")
    counts = rules(done)
    assert counts["eeg_report"] == "1"
    direct = read_study(root, "tests/workflow/tiny.yaml")
    models = [
        (task, regime, seed, fold)
        for task in direct["tasks"]
        for regime in settings.regimes(direct, task)
        for seed in settings.seeds(direct, task)
        for fold in settings.folds(direct, task)
    ]
    assert int(counts["eeg_train"]) == len(models)
    assert all(
        name.startswith("eeg_")
        for name in counts
        if name not in ("all", "total")
    )
    # Its own configuration is as it wrote it, without our defaults and arms.
    assert re.search(rf"echo {' '.join(study['tasks'])} >", done.stdout)
    assert "below/results/tiny/report.html" in done.stdout
    assert not re.search(r"(?<!below/)results/", done.stdout)


def test_results_of_a_former_layout_are_found_below_the_prefix(
    foreign, snakemake
):
    former = foreign / "below/results/tiny/models/r_peak/scratch"
    former.mkdir(parents=True)
    (former / "seed-0.safetensors").touch()
    done = snakemake(foreign, "-n", STORE, check=False)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    name = (former / "seed-0.safetensors").relative_to(foreign)
    assert f"{name}: layout: is of a former layout, without folds" in said


def test_one_subject_is_computed_in_another_workflow(foreign, snakemake):
    snakemake(foreign, "--cores", 1, STORE)
    assert open_windows(foreign / STORE).sizes["sample"] > 0
    assert {file.name for file in foreign.iterdir()} == {
        ".snakemake",
        "Snakefile",
        "below",
        "study.yaml",
    }


def test_a_study_that_is_not_done_has_a_report_so_far(foreign, snakemake):
    study = foreign / "below/results/tiny"
    log = study / "logs/models/r_peak/scratch/fold-0/seed-0.log"
    log.parent.mkdir(parents=True)
    log.write_text(
        "2026-01-01 10:00:00,1 ERROR T7: is flat. Remedy: leave it out\n"
    )
    counts = study / "windows/r_peak/S001.tsv"
    counts.parent.mkdir(parents=True)
    counts.write_text(
        "subject\trecording\titem\tname\tcount\nS001\trest\twindow_kept\tbetween\t4\n"
    )
    name = "below/results/tiny/report-so-far.html"
    # No job that it lacks results of is run for it.
    assert (
        "1 of 1 steps"
        in (done := snakemake(foreign, "--cores", 1, name)).stdout
        + done.stderr
    )
    text = (foreign / name).read_text()
    for words in (
        "This study is not complete",
        "models/arousal/scratch/fold-0/seed-0.safetensors",
        "models/motor_imagery_no_eyes/frozen/fold-0/seed-0.safetensors",
        "T7: is flat. Remedy: leave it out",
        "window kept",
        "No metric has been computed.",
    ):
        assert words in text


def test_the_catalogs_snakefile_is_the_same_workflow(root, foreign, snakemake):
    first = rules(snakemake(foreign, "-n"))
    text = FOREIGN.format(root=root, snakefile="workflow/Snakefile")
    (foreign / "Snakefile").write_text(text)
    assert rules(snakemake(foreign, "-n")) == first


def test_without_a_configuration_it_is_the_demo_from_any_folder(
    root, tmp_path, snakemake
):
    # From the file that the catalog starts from.
    file = root / "workflow" / "Snakefile"
    demo = rules(snakemake(tmp_path, "-n", "-s", file))
    assert demo["report"] == demo.pop("study") == "1"
    text = f'module eeg:\n    snakefile: "{root}/Snakefile"\n\n\nuse rule * from eeg\n'
    (tmp_path / "Snakefile").write_text(text)
    done = snakemake(tmp_path, "-n")
    found = rules(done)
    assert found.pop("all") == "1"
    assert found == demo
    assert "results/demo/report.html" in done.stdout


def test_half_a_configuration_is_not_filled_up_with_the_demo(
    foreign, snakemake
):
    (foreign / "study.yaml").write_text(
        "eeg: {study: half, seed: 1, tasks: {}}\n"
    )
    done = snakemake(foreign, "-n", check=False)
    assert done.returncode != 0
    assert (
        "config: top level: 'datasets' is a required property"
        in done.stdout + done.stderr
    )


SHIM = """#!{python}
# Stands in for apptainer: notes what it is asked for and runs it outside any container.
import subprocess, sys
if sys.argv[1:] == ["--version"]:
    print("apptainer version 1.3.4")
else:
    assert sys.argv[1] == "exec"
    with open("{folder}/asked", "a") as file:
        print(*sys.argv[2:-3], file=file)
    sys.exit(subprocess.run(sys.argv[-3:]).returncode)
"""


def test_jobs_ask_for_the_image_of_the_recipe(
    root, foreign, snakemake, monkeypatch
):
    """With a stand-in: the real program is not to be had in tests."""
    programs = foreign / "programs"
    programs.mkdir()
    shim = programs / "apptainer"
    shim.write_text(SHIM.format(python=sys.executable, folder=foreign))
    shim.chmod(0o755)
    path = [programs, Path(sys.executable).parent, os.environ["PATH"]]
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, path)))
    edf = "below/results/tiny/recordings/rest/S001.edf"
    snakemake(
        foreign,
        "--cores",
        1,
        "--sdm",
        "apptainer",
        "--apptainer-args=--nv",
        edf,
    )
    assert (foreign / edf).stat().st_size > 0
    asked = (foreign / "asked").read_text()
    assert f" {root}/envs/eeglrp.sif" in asked
    assert "--nv" in asked
    # The image that the recipe says it builds.
    assert (
        "apptainer build envs/eeglrp.sif envs/eeglrp.def"
        in Path(root, "envs/eeglrp.def").read_text()
    )
