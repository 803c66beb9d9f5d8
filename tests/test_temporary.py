"""Temporary folders of jobs that end in any way."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from eeglrp.jobs import job
from eeglrp.temporary import YOUNG, job_folder

PACKAGE = str(Path(__file__).parents[1] / "workflow")
#: A job that holds a temporary folder and a half-written file until it is ended.
AT_WORK = """
import sys, tempfile, time
from eeglrp.files import atomic
from eeglrp.jobs import job
with job("a.log"), tempfile.TemporaryDirectory(prefix="eeglrp-") as folder:
    with atomic("result.tsv") as temporary:
        temporary.write_text("half")
        print("at work", flush=True)
        time.sleep(6 * 3600)
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder in which `tempfile` works."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def end(number, folder):
    """Start a job, end it by a signal half-way and return it."""
    process = subprocess.Popen(
        [sys.executable, "-c", AT_WORK],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": PACKAGE},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs, such as these tests may be, start deaf to it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout.readline() == "at work\n"
    process.send_signal(number)
    process.communicate()
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_job_that_is_asked_to_end_leaves_nothing_but_its_log(
    place, tmp_path, number
):
    process = end(number, tmp_path)
    assert process.returncode != 0
    assert list(place.iterdir()) == []
    assert {file.name for file in tmp_path.iterdir()} == {"tmp", "a.log"}
    assert " ERROR " in (tmp_path / "a.log").read_text()


def test_what_a_killed_job_left_the_next_one_removes(place, tmp_path):
    end(signal.SIGKILL, tmp_path)
    (left,) = place.iterdir()
    os.utime(left / "in-use", (time.time() - 2 * YOUNG,) * 2)
    with job_folder() as folder:
        assert list(place.iterdir()) == [folder]
    assert list(place.iterdir()) == []


def test_folders_of_jobs_at_work_and_of_others_stay(place):
    (place / "eeglrp-elsewhere").mkdir()
    with job_folder() as first:
        os.utime(first / "in-use", (0, 0))
        with job_folder() as second:
            assert first.is_dir()
            assert second.parent.parent == place
    assert [file.name for file in place.iterdir()] == ["eeglrp-elsewhere"]


def test_a_folder_whose_job_has_just_begun_stays(place):
    with job_folder() as folder:
        name = folder.name[: folder.name.rindex("-") + 1]
    young = place / f"{name}young"
    young.mkdir()
    (young / "in-use").touch()
    with job_folder():
        assert young.is_dir()


def test_temporary_files_lie_in_the_job_s_folder_and_only_there(place):
    with job_folder() as folder, tempfile.TemporaryDirectory() as inner:
        assert Path(inner).parent == folder
    assert tempfile.gettempdir() == str(place)


def test_a_tmpdir_that_does_not_exist_is_told(place, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with job(tmp_path / "a.log"):
        pass
    assert f"TMPDIR is {tmp_path}/nowhere" in (tmp_path / "a.log").read_text()


def test_a_full_tmpdir_is_named_with_the_remedy(place, tmp_path, capsys):
    with pytest.raises(SystemExit) as exit_, job(tmp_path / "a.log"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert exit_.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith(
        f"Error: {place}: temporary folder: cannot be written to (No space"
    )
    assert "set TMPDIR" in said
    assert (
        said.strip()
        in f"Error: {(tmp_path / 'a.log').read_text().split('ERROR ')[1].strip()}"
    )
