import subprocess

import pytest

import eeglrp
from eeglrp.files import read_json, sha256
from eeglrp.machine import RUNS_ON, in_words, machine
from eeglrp.provenance import (
    git_state,
    hash_settings,
    jobs_by_machine,
    package_versions,
    write_provenance,
)


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    subprocess.run(
        ["git", "-C", folder, *identity, *arguments],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tmp_path):
    package = tmp_path / "workflow" / "eeglrp"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return package


def write_log(folder, name, text):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_the_record_tells_code_packages_settings_and_machine(tmp_path):
    lock = tmp_path / "requirements.txt"
    lock.write_text("torch==2\n")
    out = tmp_path / "provenance.json"
    write_provenance(
        "demo", {"b": 1, "a": {"c": 2}}, lock, tmp_path / "logs", out
    )
    record = read_json(out)
    assert record["study"] == "demo"
    assert record["eeglrp"]["version"] == eeglrp.__version__
    assert record["lock_sha256"] == sha256(lock)
    assert record["config_sha256"] == hash_settings({"a": {"c": 2}, "b": 1})
    assert record["versions"] == package_versions()
    assert record["machine"] == machine()
    assert record["jobs"] == {}


def test_settings_have_one_hash_whatever_their_order_and_another_when_they_change():
    assert hash_settings({"a": 1, "b": [1, 2]}) == hash_settings(
        {"b": [1, 2], "a": 1}
    )
    assert hash_settings({"a": 1}) != hash_settings({"a": 2})


def test_versions_of_what_decides_on_results_are_there():
    assert {
        "python",
        "snakemake",
        "torch",
        "mne",
        "braindecode",
        "numpy",
    } < set(package_versions())


def test_a_commit_is_named_and_changes_are_told(repository):
    state = git_state(repository)
    assert len(state["commit"]) == 40
    assert state["changed"] is False
    (repository / "__init__.py").write_text("changed")
    assert git_state(repository) == {**state, "changed": True}


def test_files_that_no_study_reads_are_no_change(repository):
    (repository.parents[1] / "notes.txt").write_text("mine")
    assert git_state(repository)["changed"] is False


def test_an_installed_copy_has_no_commit(repository, tmp_path):
    copy = repository.parents[1] / "venv" / "eeglrp"
    copy.mkdir(parents=True)
    (copy / "__init__.py").write_text("")
    assert git_state(copy) == {"commit": None, "changed": None}


def test_no_git_no_commit(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert git_state(repository) == {"commit": None, "changed": None}


def test_jobs_are_counted_by_stage_and_machine(tmp_path):
    write_log(
        tmp_path,
        "models/a/seed-0.log",
        f"1 INFO {RUNS_ON}old box\n2 INFO done\n",
    )
    write_log(
        tmp_path,
        "models/a/seed-1.log",
        f"1 INFO {RUNS_ON}new box\n2 INFO done\n",
    )
    write_log(
        tmp_path,
        "models/a/seed-2.log",
        f"1 INFO {RUNS_ON}new box\n2 ERROR x\n",
    )
    write_log(tmp_path, "report.log", f"1 INFO {RUNS_ON}old box\n")
    write_log(tmp_path, "splits/killed.log", "")
    assert jobs_by_machine(tmp_path) == {
        "models": {"new box": 2, "old box": 1},
        "report": {"old box": 1},
    }


def test_a_machine_is_described_alike_and_not_named():
    import platform

    words = in_words(machine())
    assert words == in_words(machine())
    assert f"{machine()['cores']} cores" in words
    assert platform.node() not in words


def test_a_graphics_card_and_its_driver_are_told():
    found = machine() | {"gpu": "H100", "driver": "550.1"}
    assert "H100 (driver 550.1)" in in_words(found)
