import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from eeglrp.errors import InputError
from eeglrp.jobs import job, logger, megabytes, progress

PACKAGE = str(Path(__file__).parents[1] / "workflow")


def test_log_holds_messages_and_warnings(tmp_path):
    with job(tmp_path / "a.log", 2):
        logger.info("found %d", 3)
        warnings.warn("odd channel", stacklevel=1)
        assert os.environ["OMP_NUM_THREADS"] == "2"
    text = (tmp_path / "a.log").read_text()
    assert "found 3" in text
    assert "odd channel" in text
    assert "done" in text


def test_megabytes_are_asked_of_files_that_are_there(tmp_path):
    class Files(list):
        size_mb = 3.5

    there, missing = tmp_path / "there", tmp_path / "missing"
    there.touch()
    assert megabytes(Files([there, missing])) == 3.5
    assert megabytes(Files()) == 3.5
    with pytest.raises(FileNotFoundError) as error:
        megabytes(Files([missing, there]))
    # By the name Snakemake tells that the size is to be determined.
    assert error.value.filename == str(missing)


@pytest.mark.slow
@pytest.mark.parametrize("cores", [1, 2])
def test_a_job_has_its_threads_whatever_the_cores(tmp_path, cores):
    """Results differ in their last bits with the number of threads; so it must not follow cores."""
    program = (
        "import os; from eeglrp.jobs import job\n"
        f"os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:{cores}])\n"
        f"with job({str(tmp_path / 'a.log')!r}, 3):\n"
        "    import torch; print(torch.get_num_threads())"
    )
    command = [sys.executable, "-c", program]
    environment = os.environ | {"PYTHONPATH": PACKAGE, "OMP_NUM_THREADS": "7"}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == 3


def test_input_errors_end_the_job_with_their_message_alone(tmp_path, capsys):
    with pytest.raises(SystemExit) as exit_, job(tmp_path / "a.log"):
        raise InputError("a.edf", "header", "is empty", "download it again")
    assert exit_.value.code == 1
    assert (
        capsys.readouterr().err
        == "Error: a.edf: header: is empty. Remedy: download it again\n"
    )
    assert "Traceback" not in (tmp_path / "a.log").read_text()


def test_other_errors_leave_a_traceback(tmp_path):
    with pytest.raises(ZeroDivisionError), job(tmp_path / "a.log"):
        1 / 0  # noqa: B018
    assert "ZeroDivisionError" in (tmp_path / "a.log").read_text()


def test_logs_of_two_jobs_stay_apart(tmp_path):
    for name in "ab":
        with job(tmp_path / name):
            logger.info("job %s", name)
    assert "job b" not in (tmp_path / "a").read_text()
    assert "job a" not in (tmp_path / "b").read_text()


def test_progress_is_quiet_without_a_terminal(capsys):
    assert list(progress(range(3), "counting")) == [0, 1, 2]
    assert capsys.readouterr().err == ""
