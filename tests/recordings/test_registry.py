import subprocess
import sys

import pytest

from eeglrp.errors import InputError
from eeglrp.files import write_json
from eeglrp.recordings.registry import (
    SOURCES,
    checked_path,
    load,
    manifest,
    read_manifest,
    recordings,
)


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_the_four_functions(source):
    module = load(source)
    for name in ("subjects", "files", "prepare", "read"):
        assert callable(getattr(module, name))


def test_an_unknown_source_is_named():
    with pytest.raises(InputError, match="eegmidb is not a source.*eegmmidb"):
        load("eegmidb")


def test_the_graph_is_built_without_heavy_imports():
    sources = [name for name in SOURCES if name != "simulated"]
    code = (
        "import sys; from eeglrp.recordings.registry import load\n"
        f"for source in {sources}: load(source)\n"
        "print([m for m in ('numpy', 'pandas', 'mne', 'h5py', 'pooch') if m in sys.modules])"
    )
    path = [entry for entry in sys.path if entry.endswith("workflow")]
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout.strip() == "[]"


def test_a_manifest_notices_a_file_that_changed_or_is_gone(tmp_path):
    file = tmp_path / "a.edf"
    file.write_bytes(b"12345")
    record = manifest("eegmat", {"folder": "x"}, "Subject00", [(file, "rest")])
    (entry,) = record["files"]
    assert entry["bytes"] == 5
    assert entry["recording"] == "rest"
    assert checked_path(entry) == file
    file.write_bytes(b"1234")
    with pytest.raises(
        InputError, match="a.edf: file: has 4 bytes instead of 5"
    ):
        checked_path(entry)
    file.unlink()
    with pytest.raises(InputError, match="a.edf: file: is gone"):
        checked_path(entry)


def test_a_manifest_that_is_not_one_is_refused(tmp_path):
    write_json({"source": "eegmat"}, tmp_path / "m.json")
    with pytest.raises(
        InputError, match="dataset, subject, files: missing from the manifest"
    ):
        read_manifest(tmp_path / "m.json")
    (tmp_path / "m.json").write_text("{")
    with pytest.raises(InputError, match="m.json: JSON: cannot be read"):
        read_manifest(tmp_path / "m.json")


def test_recordings_come_from_the_manifests_source(tmp_path, write_edf):
    path = write_edf(tmp_path / "Subject00_1.edf", ["EEG Cz", "ECG ECG"], 100)
    record = manifest("eegmat", {}, "Subject00", [(path, "rest")])
    (recording,) = recordings(record)
    assert recording.name == "rest"
    assert recording.raw.ch_names == ["CZ", "ECG ECG"]
    assert recording.refused == ""
