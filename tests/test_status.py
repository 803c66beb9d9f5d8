import os

import pytest

from eeglrp.closing import words_of_failure, words_of_success
from eeglrp.status import Status, in_words, stage_of, study_of, unfinished_jobs


def write(file, text=""):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def log(folder, name, *lines):
    return write(
        folder / "logs" / name,
        "".join(f"2026-01-01 10:00:00,0 {x}\n" for x in lines),
    )


@pytest.fixture
def folder(tmp_path):
    log(tmp_path, "models/a.log", "INFO runs on: box", "INFO done")
    log(
        tmp_path,
        "models/b.log",
        "INFO runs on: box",
        "ERROR a.edf: header: is empty",
    )
    log(tmp_path, "models/c.log", "INFO runs on: box", "INFO epoch 3")
    return tmp_path


def left(folder, *names):
    return {
        str(folder / "benchmarks" / f"models/{name}.tsv") for name in names
    }


def test_failed_and_running_jobs_are_told_apart(folder):
    failed, running = unfinished_jobs([folder], left(folder, "b", "c"))
    assert failed == [f"{folder}/logs/models/b.log: a.edf: header: is empty"]
    assert running == [f"{folder}/logs/models/c.log"]


def test_a_job_that_nothing_needs_any_more_did_not_fail(folder):
    assert unfinished_jobs([folder], set()) == ([], [])


def test_a_log_that_is_silent_for_hours_is_of_no_running_job(folder):
    os.utime(folder / "logs/models/c.log", (1e9, 1e9))
    failed, running = unfinished_jobs([folder], left(folder, "c"))
    assert len(failed) == 1
    assert running == []


@pytest.mark.parametrize(
    ("path", "study", "stage"),
    [
        (
            "results/demo/benchmarks/models/r_peak/seed-0.tsv",
            "results/demo",
            "models",
        ),
        ("results/demo/benchmarks/report.tsv", "results/demo", "report"),
        (
            "of/other/results/demo/benchmarks/windows/S1.tsv",
            "of/other/results/demo",
            "windows",
        ),
    ],
)
def test_stage_and_study_of_a_job(path, study, stage):
    assert str(study_of(path)) == study
    assert stage_of(path) == stage


def status(**changes):
    plain = {
        "done": {"windows": 4, "models": 1},
        "total": {"windows": 4, "models": 3},
    }
    plain |= {"failed": [], "running": [], "locked": False, "size": 2**30}
    return Status(**plain | changes)


def test_the_table_counts_by_stage_and_in_all():
    lines = [line.split() for line in in_words(status()).splitlines()]
    assert ["windows", "4", "4"] in lines
    assert ["models", "1", "3"] in lines
    assert ["all", "5", "7"] in lines
    assert "1.00 GB on disk." in in_words(status())
    assert "Everything is done" not in in_words(status())


def test_a_finished_study_is_called_so():
    assert "Everything is done." in in_words(
        status(done={"windows": 4, "models": 3})
    )


def test_without_a_lock_nothing_runs():
    assert "Running" in in_words(status(locked=True, running=["a.log"]))
    words = in_words(status(running=["a.log"]))
    assert "Running" not in words
    assert "Interrupted: 1" in words


def test_long_lists_are_cut():
    words = in_words(status(failed=[f"{n}.log: bad" for n in range(30)]))
    assert "Failed: 30" in words
    assert "and 20 more" in words
    assert words.count("bad") == 10


def test_success_claims_only_what_this_run_made(tmp_path):
    write(tmp_path / "figures/a.png")
    write(tmp_path / "report.html")
    now = (tmp_path / "report.html").stat().st_mtime
    assert words_of_success(tmp_path, now - 1).endswith(
        f"Report: {tmp_path}/report.html"
    )
    assert "1 new figure in" in words_of_success(tmp_path, now - 1)
    later = words_of_success(tmp_path, now + 1)
    assert later == f"All that was asked for is in {tmp_path}."


def test_success_does_without_a_finding_where_a_table_is_broken(tmp_path):
    write(tmp_path / "report.html")
    write(tmp_path / "metrics/decoding.tsv", "no\ttable\n")
    assert words_of_success(tmp_path, 0) == f"Report: {tmp_path}/report.html"


def test_failure_tells_jobs_logs_and_the_next_command(folder):
    command = ["/x/bin/snakemake", "--cores", "2", "--config", "a=b c"]
    words = words_of_failure(folder, 0, command)
    assert words.startswith("2 jobs failed; logs:")
    assert f"{folder}/logs/models/b.log: a.edf: header: is empty" in words
    assert words.endswith("  snakemake --cores 2 --config 'a=b c'")


def test_failures_of_earlier_runs_are_not_told(folder):
    words = words_of_failure(folder, 1e12, ["snakemake"])
    assert words.startswith("The run failed, see above.")
    assert "b.log" not in words
