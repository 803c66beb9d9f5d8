import mne
import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings import folder

SETTINGS = {
    "folder": "raw",
    "files": "{subject}_run*.fif",
    "subjects": "all",
    "events": {},
    "trigger": None,
    "table": None,
    "rename": {},
    "types": {},
    "drop": [],
}
TRIGGERS = [(100, 1), (300, 2), (500, 1)]


@pytest.fixture
def write_raw(tmp_path):
    """Function that writes a FIF recording with annotations and a trigger channel."""

    def write(name="A01_run1_raw.fif", first_sample=0, date=None):
        info = mne.create_info(
            ["POL Cz", "Pz", "STI"], 100, ["eeg"] * 2 + ["stim"]
        )
        signal = np.random.default_rng(0).normal(0, 1e-5, (3, 1000))
        signal[2] = 0
        for sample, value in TRIGGERS:
            signal[2, sample : sample + 5] = value
        raw = mne.io.RawArray(signal, info, first_sample, verbose="ERROR")
        raw.set_meas_date(date)
        raw.set_annotations(
            mne.Annotations([2.0, 4.0], [1.0, 1.0], ["cue/a", "cue/b"])
        )
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw.save(path, verbose="ERROR")
        return path

    return write


def read_events(data_root, **changes):
    settings = SETTINGS | {"rename": {"POL *": "*"}} | changes
    record = folder.prepare(settings, data_root, "A01", 1)
    (recording,) = folder.read(record)
    raw = recording.raw
    assert raw.ch_names[:2] == ["CZ", "PZ"]
    notes = raw.annotations
    onsets = notes.onset - raw.first_time
    return list(
        zip(onsets.round(6).tolist(), notes.description.tolist(), strict=True)
    )


def test_names_of_files_say_the_subjects(tmp_path, write_raw):
    for name in ("A01_run1_raw.fif", "A01_run2_raw.fif", "B02_run1_raw.fif"):
        write_raw(name)
    write_raw("sub/C03_run1_raw.fif")
    assert folder.subjects(SETTINGS, tmp_path) == ["A01", "B02"]
    deep = SETTINGS | {"files": "**/{subject}_run*.fif"}
    assert folder.subjects(deep, tmp_path) == ["A01", "B02", "C03"]
    record = folder.prepare(
        SETTINGS | {"rename": {"POL *": "*"}}, tmp_path, "A01", 1
    )
    assert [entry["recording"] for entry in record["files"]] == [
        "A01_run1_raw",
        "A01_run2_raw",
    ]
    assert record["channels"] == ["CZ", "PZ"]


@pytest.mark.parametrize("date", [None, 1_000_000])
def test_annotations_are_named_by_patterns(tmp_path, write_raw, date):
    write_raw(first_sample=250, date=date)
    events = read_events(tmp_path, events={"cue/*": "*"})
    assert events == [(2.0, "a"), (4.0, "b")]


@pytest.mark.parametrize("date", [None, 1_000_000])
def test_steps_of_a_trigger_channel_are_events(tmp_path, write_raw, date):
    write_raw(first_sample=250, date=date)
    events = read_events(tmp_path, trigger="STI", events={"1": "left"})
    assert events == [(1.0, "left"), (3.0, "2"), (5.0, "left")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_has_the_events(tmp_path, write_raw, separator):
    write_raw(first_sample=250, date=1_000_000)
    rows = [
        "file,onset,duration,label",
        "A01_run1_raw.fif,1.5,2,left",
        "other.fif,1,1,right",
    ]
    table = tmp_path / "raw" / "events.csv"
    table.write_text("\n".join(rows).replace(",", separator) + "\n")
    assert read_events(tmp_path, table="events.csv") == [(1.5, "left")]
    settings = SETTINGS | {"table": "events.csv"}
    assert table in folder.files(settings, tmp_path, "A01")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("file,onset,label\na,1,b", "duration: no such column"),
        ("file,onset,duration,label\nx.fif,1,1,b", "file: has no row for A01"),
        (
            "file,onset,duration,label\nx.fif,one,1,b",
            "onset: 'one' in row 1 is no time",
        ),
        (
            "file,onset,duration,label\nx.fif,1,-1,b",
            "duration: '-1' in row 1 is no time",
        ),
    ],
)
def test_a_wrong_table_is_named(tmp_path, write_raw, rows, words):
    write_raw()
    (tmp_path / "raw" / "events.csv").write_text(rows + "\n")
    with pytest.raises(InputError, match=f"events.csv: {words}"):
        read_events(tmp_path, table="events.csv")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trigger": "TRIG"}, "trigger: TRIG: no such channel. .* STI"),
        ({"trigger": "STI", "table": "a.csv"}, "trigger: cannot stand beside"),
        ({"table": "a.csv"}, "a.csv: table: does not exist"),
        ({"files": "*.fif"}, "files: .* does not say .* the subject"),
        ({"files": "{subject}.gdf"}, "subject A01: no file fits"),
        ({"events": {"*/*": "*"}}, "config: events: .* what \\* stands for"),
    ],
)
def test_wrong_settings_are_named(tmp_path, write_raw, changes, words):
    write_raw()
    with pytest.raises(InputError, match=words):
        read_events(tmp_path, **changes)


def test_no_file_and_no_recording_are_named(tmp_path, write_raw):
    write_raw("A01_run1_raw.txt.fif").rename(tmp_path / "raw" / "A01_run1.gdf")
    with pytest.raises(InputError, match="files: .*: no file fits"):
        folder.subjects(SETTINGS, tmp_path)
    settings = SETTINGS | {"files": "{subject}_run*.gdf"}
    with pytest.raises(
        InputError, match="run1.gdf: recording: cannot be read"
    ):
        folder.prepare(settings, tmp_path, "A01", 1)


def test_a_truncated_edf_is_found_when_prepared(tmp_path):
    info = mne.create_info(["Cz"], 100, "eeg")
    raw = mne.io.RawArray(np.zeros((1, 500)), info, verbose="ERROR")
    path = tmp_path / "raw" / "A01.edf"
    path.parent.mkdir()
    mne.export.export_raw(path, raw, verbose="ERROR")
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(InputError, match="A01.edf: data: truncated"):
        folder.prepare(
            SETTINGS | {"files": "{subject}.edf"}, tmp_path, "A01", 1
        )


def test_recordings_are_excluded_by_name(tmp_path, write_raw):
    for name in ("A01_run1_raw.fif", "A01_run2_raw.fif"):
        write_raw(name)
    exclude = [
        {"subject": "A01", "recording": "A01_run2_raw", "reason": "asleep"}
    ]
    assert read_events(tmp_path, exclude=exclude) == [
        (2.0, "cue/a"),
        (4.0, "cue/b"),
    ]
    everyone = SETTINGS | {"exclude": [{"subject": "A01", "reason": "ill"}]}
    with pytest.raises(InputError, match="subjects: all are excluded"):
        folder.subjects(everyone, tmp_path)


def test_joints_stay_where_a_table_has_the_events(tmp_path, write_raw):
    path = write_raw()
    raw = mne.io.read_raw(path, preload=True, verbose="ERROR")
    raw.set_annotations(mne.Annotations([3.0], [0.0], ["boundary"]))
    raw.save(path, overwrite=True, verbose="ERROR")
    table = tmp_path / "raw" / "events.csv"
    table.write_text("file,onset,duration,label\nA01_run1_raw.fif,1,2,left\n")
    assert read_events(tmp_path, table="events.csv") == [
        (1.0, "left"),
        (3.0, "EDGE boundary"),
    ]
