import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.files import (
    atomic,
    memory_map,
    read_json,
    read_table,
    sha256,
    unwritable_named,
    write_json,
    write_table,
)

PACKAGE = str(Path(__file__).parents[1] / "workflow")


def test_atomic_leaves_the_old_file_when_the_block_fails(tmp_path):
    target = tmp_path / "a.tsv"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_atomic_leaves_nothing_on_a_full_disk(tmp_path):
    told = r"a\.json: file: cannot be written \(No space left on device\)\. Remedy: make room"
    with (
        pytest.raises(InputError, match=told),
        atomic(tmp_path / "a.json") as temporary,
    ):
        temporary.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_atomic_names_the_file_when_a_library_has_only_the_text_of_the_error(
    tmp_path,
):
    with (
        pytest.raises(InputError, match="cannot be written"),
        atomic(tmp_path / "a.json"),
    ):
        raise RuntimeError("I/O error: No space left on device (os error 28)")


def test_atomic_leaves_other_errors_as_they_are(tmp_path):
    with pytest.raises(FileNotFoundError), atomic(tmp_path / "a.json"):
        (tmp_path / "b.json").read_text()


def test_atomic_removes_what_a_killed_job_left_of_the_same_file_only(tmp_path):
    (tmp_path / ".unfinished-a.json-xyz.json").write_text("half")
    (tmp_path / ".unfinished-b.json-xyz.json").write_text("half")
    with atomic(tmp_path / "a.json") as temporary:
        temporary.write_text("whole")
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {"a.json", ".unfinished-b.json-xyz.json"}


def test_atomic_keeps_both_suffixes_and_is_readable_by_the_group(tmp_path):
    old = os.umask(0o022)
    try:
        with atomic(tmp_path / "new" / "a.zarr.zip") as temporary:
            assert temporary.name.endswith(".zarr.zip")
            temporary.write_bytes(b"x")
    finally:
        os.umask(old)
    assert (tmp_path / "new" / "a.zarr.zip").stat().st_mode & 0o777 == 0o644


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=20
    )
)
def test_tables_round_trip(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("table") / "t.tsv"
    frame = pd.DataFrame({"subject": ["01"] * len(values), "value": values})
    write_table(frame, path)
    back = read_table(path, ("subject", "value"))
    assert list(back["subject"]) == ["01"] * len(values)
    np.testing.assert_allclose(back["value"], values, rtol=1e-7, atol=1e-300)


def test_empty_names_stay_empty_text(tmp_path):
    write_table(
        pd.DataFrame({"method": ["", "cp_lrp"], "value": [np.nan, 1]}),
        tmp_path / "t.tsv",
    )
    back = read_table(tmp_path / "t.tsv")
    assert list(back["method"]) == ["", "cp_lrp"]
    assert np.isnan(back["value"][0])


def test_missing_column_is_named(tmp_path):
    write_table(pd.DataFrame({"a": [1]}), tmp_path / "t.tsv")
    with pytest.raises(InputError, match=r"t\.tsv: value: column missing"):
        read_table(tmp_path / "t.tsv", ("a", "value"))


def test_empty_table_file_is_refused(tmp_path):
    (tmp_path / "t.tsv").write_text("")
    with pytest.raises(InputError, match=r"t\.tsv: table: cannot be read"):
        read_table(tmp_path / "t.tsv")


def test_json_round_trip_and_refusal(tmp_path):
    write_json({"b": 1, "a": [2]}, tmp_path / "a.json")
    assert read_json(tmp_path / "a.json") == {"a": [2], "b": 1}
    (tmp_path / "a.json").write_text(json.dumps({"a": 1})[:-1])
    with pytest.raises(InputError, match=r"a\.json: JSON"):
        read_json(tmp_path / "a.json")


def test_sha256_of_known_text(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a").startswith("ba7816bf8f01cfea")


def test_a_memory_map_has_its_room_on_the_disk_at_once(tmp_path):
    array = memory_map(tmp_path / "a.npy", (100, 1000))
    assert array.dtype == np.float32
    assert not array.any()
    assert (tmp_path / "a.npy").stat().st_blocks * 512 >= array.nbytes


def test_a_memory_map_that_has_no_room_says_so(tmp_path):
    """In a process of its own, whose limit on file sizes stands for the full disk."""
    program = (
        "import resource; from eeglrp.files import memory_map\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        f"memory_map({str(tmp_path / 'a.npy')!r}, (100, 1000))"
    )
    environment = os.environ | {"PYTHONPATH": PACKAGE}
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr


def test_a_folder_that_must_not_be_written_to_is_named(tmp_path, monkeypatch):
    def forbid(**_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("eeglrp.files.tempfile.mkstemp", forbid)
    told = r"a\.json: file: cannot be written \(Permission denied\).*let it be written to"
    with pytest.raises(InputError, match=told), atomic(tmp_path / "a.json"):
        pass


def test_a_checkpoint_s_writer_is_told_which_file_it_was(tmp_path):
    told = r"c\.checkpoint: file: cannot be written"
    with (
        pytest.raises(InputError, match=told),
        unwritable_named(tmp_path / "c.checkpoint"),
    ):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")
