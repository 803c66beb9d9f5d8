"""Faults of BIDS data sets that changed results in silence, or stopped a study without a word."""

import mne
import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings import bids

SETTINGS = {
    "folder": "set",
    "subjects": "all",
    "task": None,
    "events": {},
    "ratings": {},
    "drop": [],
    "exclude": [],
}
NAMES = ["Fp1", "C3", "C4", "O2"]
EVENTS = [(2.0, 2.0, "left"), (8.0, 2.0, "right"), (14.0, 2.0, "left")]


def table(rows):
    lines = ["onset\tduration\ttrial_type"]
    lines += ["\t".join(map(str, row)) for row in rows]
    return "\n".join(lines) + "\n"


@pytest.fixture
def write(tmp_path, write_edf):
    """Function that writes a recording of 20 s with its events, and returns its path."""

    def write(subject="01", run="1", events=EVENTS, names=NAMES, **options):
        stem = f"sub-{subject}_task-mi_run-{run}"
        folder = tmp_path / "set" / f"sub-{subject}" / "eeg"
        options = {"sampling_rate": 100, "seconds": 20} | options
        path = write_edf(folder / f"{stem}_eeg.edf", names, **options)
        if events is not None:
            (folder / f"{stem}_events.tsv").write_text(table(events))
        return path

    return write


def read(data_root, settings=SETTINGS, subject="01"):
    return list(bids.read(bids.prepare(settings, data_root, subject, 1)))


def described(recording):
    return list(map(str, recording.raw.annotations.description))


def test_inherited_events_and_channels_are_inputs(tmp_path, write):
    write(events=None)
    root = tmp_path / "set"
    (root / "task-mi_events.tsv").write_text(table(EVENTS))
    (root / "sub-01" / "sub-01_channels.tsv").write_text(
        "name\ttype\tunits\n" + "".join(f"{n}\tEEG\tuV\n" for n in NAMES)
    )
    (recording,) = read(tmp_path)
    assert described(recording) == ["left", "right", "left"]
    inputs = {path.name for path in bids.files(SETTINGS, tmp_path, "01")}
    assert {"task-mi_events.tsv", "sub-01_channels.tsv"} <= inputs
    record = bids.prepare(SETTINGS, tmp_path, "01", 1)
    (root / "task-mi_events.tsv").write_text(table(EVENTS[:2]))
    with pytest.raises(InputError, match="task-mi_events.tsv: file: has"):
        list(bids.read(record))


def test_ratings_of_inherited_events(tmp_path, write):
    write(events=None)
    (tmp_path / "set" / "task-mi_events.tsv").write_text(
        "onset\tduration\ttrial_type\tfelt\n1\t4\tfilm\t0.00004\n"
    )
    (recording,) = read(tmp_path, SETTINGS | {"ratings": {"arousal": "felt"}})
    assert described(recording)[-1] == "arousal=4e-05"


def test_joints_in_the_events_are_marked(tmp_path, write):
    write(events=[*EVENTS, (11.0, 300.0, "boundary")])
    (recording,) = read(tmp_path)
    notes = recording.raw.annotations
    marks = [note for note in notes if note["description"] == "EDGE boundary"]
    assert [(mark["onset"], mark["duration"]) for mark in marks] == [(11, 0)]
    assert ("joints_found", "", 1) in recording.counts


def brainvision(path):
    """Write 20 s of noise beside an EDF file, with a segment that begins at 9 s."""
    header = path.with_suffix(".vhdr")
    channels = "".join(
        f"Ch{k}={name},,0.1,uV\n" for k, name in enumerate(NAMES, 1)
    )
    header.write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n"
        f"[Common Infos]\nCodepage=UTF-8\nDataFile={path.stem}.eeg\n"
        f"MarkerFile={path.stem}.vmrk\nDataFormat=BINARY\n"
        "DataOrientation=MULTIPLEXED\nNumberOfChannels=4\n"
        "SamplingInterval=10000\n[Binary Infos]\nBinaryFormat=INT_16\n"
        f"[Channel Infos]\n{channels}"
    )
    path.with_suffix(".vmrk").write_text(
        "Brain Vision Data Exchange Marker File, Version 1.0\n"
        f"[Common Infos]\nCodepage=UTF-8\nDataFile={path.stem}.eeg\n"
        "[Marker Infos]\n"
        "Mk1=New Segment,,1,1,0,20200101000000000000\n"
        "Mk2=Stimulus,S  1,300,1,0\n"
        "Mk3=New Segment,,901,1,0,20200101000100000000\n"
    )
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 100, (2000, 4)).astype(np.int16)
    path.with_suffix(".eeg").write_bytes(samples.tobytes())
    path.unlink()
    return header


@pytest.mark.parametrize("events", [EVENTS, None])
def test_joints_of_the_file_itself_are_marked(tmp_path, write, events):
    brainvision(write(events=events))
    (recording,) = read(tmp_path)
    notes = recording.raw.annotations
    marks = [note for note in notes if note["description"] == "EDGE boundary"]
    assert [mark["onset"] for mark in marks] == [9.0]
    assert not [text for text in described(recording) if "Segment" in text]


def test_a_brainvision_recording_cut_short_is_found(tmp_path, write):
    header = brainvision(write())
    data = header.with_suffix(".eeg")
    data.write_bytes(data.read_bytes()[:-3])
    with pytest.raises(InputError, match="_eeg.eeg: data: truncated"):
        bids.prepare(SETTINGS, tmp_path, "01", 1)


def test_one_recording_in_two_formats_is_read_once(tmp_path, write):
    path = write()
    copy = path.read_bytes()
    brainvision(path)
    path.write_bytes(copy)
    record = bids.prepare(SETTINGS, tmp_path, "01", 1)
    (recording,) = bids.read(record)
    assert recording.raw.filenames[0].suffix == ".edf"
    row = ["task-mi_run-1", "format_unused", "sub-01_task-mi_run-1_eeg.vhdr"]
    assert record["counts"] == [[*row, 1]]


def test_a_participant_listed_twice_counts_once(tmp_path, write):
    write()
    people = tmp_path / "set" / "participants.tsv"
    people.write_text("participant_id\tcalm\nsub-01\t3\nsub-01\t3\n")
    settings = SETTINGS | {"ratings": {"arousal": "calm"}}
    (recording,) = read(tmp_path, settings)
    assert described(recording).count("arousal=3") == 1
    people.write_text("participant_id\tcalm\nsub-01\t3\nsub-01\t4\n")
    message = "participants.tsv: sub-01: is listed 2 times, with different"
    with pytest.raises(InputError, match=message):
        read(tmp_path, settings)


@pytest.mark.parametrize("text", ["inf", "-inf", "n/a"])
def test_a_rating_that_is_not_finite_is_unknown(tmp_path, write, text):
    write()
    people = tmp_path / "set" / "participants.tsv"
    people.write_text(f"participant_id\tcalm\nsub-01\t{text}\n")
    (recording,) = read(tmp_path, SETTINGS | {"ratings": {"arousal": "calm"}})
    assert recording.refused == "no ratings"


def test_events_outside_are_counted_and_milliseconds_named(tmp_path, write):
    path = write(events=[*EVENTS, (25.0, 2.0, "left")])
    (recording,) = read(tmp_path)
    assert ("event_outside", "", 1) in recording.counts
    events = path.with_name(path.name.replace("_eeg.edf", "_events.tsv"))
    in_ms = [(onset * 1000, 2000, text) for onset, _, text in EVENTS]
    events.write_text(table(in_ms))
    with pytest.raises(InputError, match="onset: 3 of 3 events lie outside"):
        read(tmp_path)


def test_a_misspelt_event_is_named_and_an_absent_one_counted(tmp_path, write):
    write(run="1")
    write(run="2", events=[(3.0, 2.0, "rest")])
    events = {"left": "fists", "rest": "rest", "feet": "feet"}
    recordings = read(tmp_path, SETTINGS | {"events": events})
    rows = [row for each in recordings for row in each.counts]
    assert rows == [("event_absent", "feet", 1)]
    with pytest.raises(InputError, match="events: rihgt: .*mean right"):
        read(tmp_path, SETTINGS | {"events": {"rihgt": "right"}})


def test_a_subject_can_be_excluded_without_its_files_being_read(
    tmp_path, write
):
    write("01")
    write("02").write_bytes(b"no EDF")
    reason = {"subject": 2, "reason": "fell asleep"}
    assert bids.subjects(SETTINGS | {"exclude": [reason]}, tmp_path) == ["01"]


def test_a_recording_can_be_excluded_and_its_reason_is_kept(tmp_path, write):
    write(run="1")
    damaged = write(run="2")
    damaged.write_bytes(b"no EDF")
    entry = {"subject": 1, "recording": "task-mi_run-2", "reason": "cap"}
    settings = SETTINGS | {"exclude": [entry]}
    assert damaged not in bids.files(settings, tmp_path, "01")
    record = bids.prepare(settings, tmp_path, "01", 1)
    assert record["counts"] == [
        ["task-mi_run-2", "recording_excluded", "cap", 1]
    ]
    names = [recording.name for recording in bids.read(record)]
    assert names == ["task-mi_run-1"]


@pytest.mark.parametrize(
    ("recordings", "message"),
    [
        (["run-3"], "exclude: 01, run-3: no such recording.*task-mi_run-1"),
        (["task-mi_run-1"], "exclude: 01: all recordings are excluded"),
    ],
)
def test_what_cannot_be_excluded_is_named(
    tmp_path, write, recordings, message
):
    write()
    entries = [
        {"subject": "01", "recording": name, "reason": "x"}
        for name in recordings
    ]
    with pytest.raises(InputError, match=message):
        bids.files(SETTINGS | {"exclude": entries}, tmp_path, "01")


def test_references_of_git_annex_are_named(tmp_path, write):
    path = write()
    path.unlink()
    path.symlink_to("../../.git/annex/objects/XX/MD5E-s1.edf")
    with pytest.raises(InputError, match="edf: file: .*git-annex.*datalad"):
        bids.files(SETTINGS, tmp_path, "01")
    path.unlink()
    path.write_text("/annex/objects/MD5E-s1--x.edf\n")
    with pytest.raises(InputError, match="edf: file: .*git-annex"):
        bids.files(SETTINGS, tmp_path, "01")


def test_annotations_in_latin_1_are_read(tmp_path, write):
    path = write(events=None, annotations=[(2.0, 1.0, "grXn")])
    path.write_bytes(path.read_bytes().replace(b"grXn", b"gr\xfcn"))
    (recording,) = read(tmp_path)
    assert described(recording) == ["grün"]


def test_metadata_that_are_not_utf_8_are_named(tmp_path, write):
    path = write()
    about = path.with_suffix(".json")
    about.write_bytes('{"TaskName": "grün"}'.encode("latin-1"))
    with pytest.raises(InputError, match="eeg.json: text: is not UTF-8"):
        read(tmp_path)
    about.unlink()
    people = tmp_path / "set" / "participants.tsv"
    people.write_bytes("participant_id\tmüde\nsub-01\t3\n".encode("latin-1"))
    with pytest.raises(InputError, match="participants.tsv: .*is not UTF-8"):
        read(tmp_path, SETTINGS | {"ratings": {"arousal": "müde"}})


@pytest.mark.parametrize("rows", ["", "onset\tduration\n1\t2\t3\t4\n"])
def test_a_table_of_events_that_is_none_is_named(tmp_path, write, rows):
    path = write()
    events = path.with_name(path.name.replace("_eeg.edf", "_events.tsv"))
    events.write_text(rows)
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path)


def test_the_order_of_electrodes_is_in_the_manifest(tmp_path, write):
    write(names=["C4", "Fp1", "T3", "ECG"])
    record = bids.prepare(SETTINGS, tmp_path, "01", 1)
    assert record["channels"] == ["C4", "FP1", "T7"]


def test_eeglab_joints_are_marked(tmp_path, write):
    from scipy.io import savemat

    path = write(events=None)
    path.unlink()
    types = np.array(["left", "boundary"], object)
    events = {"type": types, "latency": [301.0, 900.5], "duration": [0, 80]}
    rows = np.array(
        [tuple(row) for row in zip(*events.values(), strict=True)],
        dtype=[(name, object) for name in events],
    )
    labels = np.array([(name,) for name in NAMES], dtype=[("labels", object)])
    rng = np.random.default_rng(0)
    eeg = {
        "setname": "x",
        "nbchan": 4.0,
        "pnts": 2000.0,
        "trials": 1.0,
        "srate": 100.0,
        "xmin": 0.0,
        "xmax": 19.99,
        "data": rng.normal(0, 10, (4, 2000)),
        "chanlocs": labels,
        "event": rows,
        "epoch": [],
    }
    savemat(path.with_suffix(".set"), {"EEG": eeg})
    (recording,) = read(tmp_path)
    notes = recording.raw.annotations
    assert [(n["onset"], n["description"]) for n in notes] == [
        (3.0, "left"),
        (9.0, "EDGE boundary"),
    ]
    assert isinstance(recording.raw, mne.io.BaseRaw)
