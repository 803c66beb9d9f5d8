"""Whatever ends a run half-way, the next one ends like an undisturbed one, and redoes no more."""

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil
import pytest

from eeglrp.science import differences, science_hashes

from .conftest import HANGS

pytestmark = pytest.mark.snakemake

FRAIL = ("--scheduler", "greedy", "--rerun-incomplete")
FRAIL += ("--configfile", "tests/workflow/frail.yaml")
TARGET = "results/frail/figures/ledger.tsv"
STUDY = "results/frail"
STORE = f"{STUDY}/attributions/r_peak/scratch/seed-0/attn_lrp.zarr.zip"
#: Files that no failure of a later stage may touch.
EARLY = ("recordings", "windows", "splits", "models")


@pytest.fixture(scope="module")
def undisturbed(copied, snakemake, tmp_path_factory):
    """A copy of the tree in which the study ran on one core."""
    folder = copied(tmp_path_factory.mktemp("undisturbed"))
    snakemake(folder, "--cores", 1, TARGET, *FRAIL)
    return folder


@pytest.fixture(scope="module")
def science(undisturbed):
    """Hashes of the undisturbed study."""
    return science_hashes(undisturbed / STUDY)


@pytest.fixture
def whole(undisturbed, tmp_path):
    """A copy of the finished study, to be damaged."""
    return Path(
        shutil.copytree(undisturbed, tmp_path / "whole", symlinks=True)
    )


def times(folder, stages=EARLY):
    """Time of writing of every whole file of some stages."""
    files = [
        file
        for stage in stages
        for file in (folder / STUDY / stage).rglob("[!.]*")
    ]
    return {file: file.stat().st_mtime_ns for file in files if file.is_file()}


def untouched(before):
    return [
        file for file in before if file.stat().st_mtime_ns != before[file]
    ] == []


def remove_late(folder):
    """Remove what follows from the stores: else Snakemake has no reason to read these."""
    shutil.rmtree(folder / STUDY / "metrics")
    shutil.rmtree(folder / STUDY / "figures")


def litter(folder):
    """Half-written files of a study."""
    return [
        file
        for file in (folder / STUDY).rglob(".unfinished*")
        if file.is_file()
    ]


@pytest.fixture(scope="module")
def run(snakemake):
    """Run the study on two cores."""
    return lambda folder, *arguments, **options: snakemake(
        folder, "--cores", 2, *arguments, TARGET, *FRAIL, **options
    )


def start(folder, *targets, cores=2):
    """Start Snakemake in a process group of its own."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--cores",
        str(cores),
        *targets,
        *FRAIL,
    ]
    # Other names in sets and dictionaries come first.
    own = {"PYTHONPATH": str(folder / "workflow"), "PYTHONHASHSEED": "3"}
    own |= {"TMPDIR": str(folder / "tmp")}
    return subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | own,
        start_new_session=True,
        stdout=(folder / "said.txt").open("w"),
        stderr=subprocess.STDOUT,
        # A shell's background jobs, such as these tests may be, start deaf to it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def job_of(process, script):
    """The process that runs a script for Snakemake, as soon as its log begins."""
    while True:
        assert process.poll() is None, "the run ended before the job began"
        for child in psutil.Process(process.pid).children(recursive=True):
            if any(part.endswith(f".{script}") for part in _command(child)):
                at_work = [Path(file.path).suffix for file in _files(child)]
                if ".log" in at_work:
                    return child
        time.sleep(0.05)


def _command(child):
    try:
        command = child.cmdline()
    except psutil.Error:
        return []
    return command if command and "python" in command[0] else []


def _files(child):
    try:
        return child.open_files()
    except psutil.Error:
        return []


def test_a_study_that_was_ended_in_every_way_is_like_an_undisturbed_one(
    tree, run, science
):
    """On other cores, in another order, and ended five times."""
    folder = tree
    (folder / "tmp").mkdir()

    # Snakemake itself is killed; its only job goes on alone and ends.
    target = f"{STUDY}/windows/r_peak/S003.zarr.zip"
    process = start(folder, target, TARGET, cores=1)
    orphan = job_of(process, "windows.py")
    process.kill()
    process.wait()
    orphan.wait(timeout=HANGS)
    done = run(folder, check=False)
    assert done.returncode != 0
    assert "--unlock" in done.stdout + done.stderr
    run(folder, "--unlock")

    # A job is asked to end, as schedulers do it.
    before = times(folder, ["recordings"])
    process = start(folder, TARGET)
    job_of(process, "train.py").terminate()
    assert process.wait() == 1
    said = (folder / "said.txt").read_text()
    assert (
        f"1 job failed; logs:\n  {STUDY}/logs/models/r_peak/scratch/fold-0/seed-0.log"
        in said
    )
    assert list((folder / "tmp").glob("eeglrp-*")) == []
    assert litter(folder) == []
    assert untouched(before)

    # A job is killed.
    before = times(folder, ["recordings", "windows", "splits"])
    process = start(folder, TARGET)
    job_of(process, "attribute.py").kill()
    assert process.wait() == 1
    assert not (folder / STORE).exists()
    assert untouched(before)

    # Control-C reaches Snakemake and its jobs.
    before = times(folder)
    process = start(folder, TARGET)
    job_of(process, "attribute.py")
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait() != 0
    assert litter(folder) == []

    run(folder)
    assert untouched(before)
    assert differences(science, science_hashes(folder / STUDY)) == []


def test_code_that_crashes_half_way_costs_its_own_job_only(
    whole, run, science
):
    before = times(whole)
    module = whole / "workflow" / "eeglrp" / "attribution" / "run.py"
    text = module.read_text()
    written = "store.write(start, **block)"
    assert text.count(written) == 1
    module.write_text(
        text.replace(written, f"{written}; raise ZeroDivisionError")
    )
    done = run(whole, check=False)
    assert done.returncode == 1
    assert (
        "ZeroDivisionError"
        in (whole / f"{STUDY}/logs").joinpath(*_log_of_store()).read_text()
    )
    assert not (whole / STORE).exists()
    assert litter(whole) == []
    module.write_text(text)
    done = run(whole)
    assert (done.stdout + done.stderr).count(
        f"1 new figure in {STUDY}/figures."
    ) == 1
    # Not asked for, so not claimed.
    assert "report.html" not in done.stdout + done.stderr
    assert untouched(before)
    assert differences(science, science_hashes(whole / STUDY)) == []


def _log_of_store():
    """Of the job that explains a model with all quick methods."""
    folder = Path(STORE).relative_to(STUDY).parent
    return folder.with_suffix(".log").parts


def test_a_full_disk_is_named_and_nothing_stays_half_written(
    whole, run, science
):
    """A limit on the size of files stands for the full disk."""
    before = times(whole)
    (whole / STORE).unlink()
    remove_late(whole)
    # More than the windows, less than the store.
    size = 800_000

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    done = run(whole, check=False, preexec_fn=limit)
    assert done.returncode == 1
    # The store grows in the temporary folder first.
    told = r"Error: \S+: .*cannot be written( to)? \(File too large\)\. Remedy: make room "
    assert re.search(told, done.stdout + done.stderr)
    assert not (whole / STORE).exists()
    assert litter(whole) == []
    run(whole)
    assert untouched(before)
    assert differences(science, science_hashes(whole / STUDY)) == []


def flip(file, name):
    """Flip a bit of a piece of a store."""
    with zipfile.ZipFile(file) as archive:
        piece = next(
            info
            for info in archive.infolist()
            if info.filename.startswith(name)
        )
    content = bytearray(file.read_bytes())
    content[piece.header_offset + 200] ^= 1
    file.write_bytes(content)


def test_a_store_that_went_bad_is_named_and_only_what_needs_it_is_redone(
    whole, run, science
):
    before = times(whole)
    store = whole / STORE
    stamp = store.stat()
    flip(store, "relevance/c/")
    # Unnoticed by Snakemake, as on a disk that decays.
    os.utime(store, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    remove_late(whole)
    done = run(whole, check=False)
    assert done.returncode == 1
    told = f"{STORE}: relevance: is damaged"
    assert told in done.stdout + done.stderr
    assert (
        "Remedy: delete the store and rerun the job that writes it"
        in done.stdout + done.stderr
    )
    store.unlink()
    run(whole)
    assert untouched(before)
    assert differences(science, science_hashes(whole / STUDY)) == []


def test_the_status_tells_what_is_done_and_what_remains(whole):
    def status():
        options = ("--configfile", "tests/workflow/frail.yaml", "--", TARGET)
        command = [sys.executable, "-m", "eeglrp.status", *options]
        environment = os.environ | {"PYTHONPATH": str(whole / "workflow")}
        done = subprocess.run(
            command,
            cwd=whole,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    said = status()
    assert "Everything is done." in said
    assert "Failed" not in said
    remove_late(whole)
    rows = [line.split() for line in status().splitlines()]
    assert ["attributions", "1", "1"] in rows
    assert ["metrics", "0", "1"] in rows
    assert ["figures", "0", "1"] in rows
