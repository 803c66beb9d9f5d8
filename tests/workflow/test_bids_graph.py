"""A BIDS data set in the graph: inherited metadata are inputs, who is excluded has no jobs."""

import pytest

from .graph import listed

pytestmark = pytest.mark.snakemake

STUDY = """
study: own
seed: 1
datasets:
  hands:
    source: bids
    folder: set
    events: {T1: left, T2: right}
    exclude:
      - {subject: 2, reason: fell asleep}
      - {subject: 3, recording: task-mi_run-2, reason: cap slipped}
tasks:
  motor_imagery: {dataset: hands, classes: [left, right], split: {folds: 3}}
training: {regimes: [scratch], seeds: [0]}
"""


@pytest.fixture(scope="module")
def jobs(root, tmp_path_factory):
    """Jobs of a study of four subjects and two runs each, of whom one is excluded."""
    folder = tmp_path_factory.mktemp("own")
    data = folder / "set"
    for subject in "1234":
        for run in "12":
            stem = f"sub-{subject}_task-mi_run-{run}_eeg.edf"
            path = data / f"sub-{subject}" / "eeg" / stem
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
    (data / "task-mi_events.tsv").write_text("")
    (data / "sub-1" / "sub-1_channels.tsv").write_text("")
    (folder / "own.yaml").write_text(STUDY)
    arguments = ["--configfile", folder / "own.yaml"]
    return listed(root, folder, *arguments, "--config", f"data_root={folder}")


def of_rule(jobs, rule):
    return [job for job in jobs if job["rule"] == rule]


def test_inherited_metadata_are_inputs(jobs):
    inputs = {}
    for job in of_rule(jobs, "find_recording"):
        (output,) = job["outputs"]
        subject = output.rpartition("/")[2].removesuffix(".json")
        names = {path.rpartition("/")[2] for path in job["inputs"]}
        inputs[subject] = names
    assert sorted(inputs) == ["1", "3", "4"]
    assert all("task-mi_events.tsv" in names for names in inputs.values())
    assert "sub-1_channels.tsv" in inputs["1"]
    assert "sub-1_channels.tsv" not in inputs["3"]
    edf = {name for name in inputs["3"] if name.endswith(".edf")}
    assert edf == {"sub-3_task-mi_run-1_eeg.edf"}


def test_only_the_subject_itself_is_told_of_its_exclusions(jobs):
    for job in of_rule(jobs, "find_recording"):
        told = "cap slipped" in job["params"]["dataset"]
        assert told == job["outputs"][0].endswith("/3.json")


def test_all_windows_take_the_order_of_the_first_subject(jobs):
    first = "results/own/recordings/hands/1.json"
    windows = of_rule(jobs, "windows")
    assert len(windows) == 3
    assert all(first in job["inputs"] for job in windows)


def test_the_report_tells_who_is_excluded(jobs):
    (job,) = of_rule(jobs, "excluded")
    assert job["outputs"] == [
        "results/own/windows/motor_imagery/_excluded.tsv"
    ]
    assert "fell asleep" in job["params"]["excluded"]
    (report,) = of_rule(jobs, "report")
    assert job["outputs"][0] in report["inputs"]
