import errno
import json
import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.files import atomic, read_json, read_table, sha256, write_json, write_table


def test_atomic_leaves_the_old_file_when_the_block_fails(tmp_path):
    target = tmp_path / "a.tsv"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_atomic_leaves_nothing_on_a_full_disk(tmp_path):
    with pytest.raises(OSError, match="No space"), atomic(tmp_path / "a.json") as temporary:
        temporary.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


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
@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=20))
def test_tables_round_trip(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("table") / "t.tsv"
    frame = pd.DataFrame({"subject": ["01"] * len(values), "value": values})
    write_table(frame, path)
    back = read_table(path, ("subject", "value"))
    assert list(back["subject"]) == ["01"] * len(values)
    np.testing.assert_allclose(back["value"], values, rtol=1e-7, atol=1e-300)


def test_empty_names_stay_empty_text(tmp_path):
    write_table(pd.DataFrame({"method": ["", "cp_lrp"], "value": [np.nan, 1]}), tmp_path / "t.tsv")
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
