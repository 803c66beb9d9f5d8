import json

import mne
import numpy as np
import pytest
from mne_bids import BIDSPath, write_raw_bids

from eeglrp.errors import InputError
from eeglrp.recordings import bids

SETTINGS = {
    "folder": "set",
    "subjects": "all",
    "task": None,
    "events": {},
    "ratings": {},
    "drop": [],
}
EVENTS = [
    (2.0, 2.0, "left_hand"),
    (5.0, 2.0, "right_hand"),
    (8.0, 1.0, "pause"),
]


@pytest.fixture
def write_bids(tmp_path):
    """Function that writes one EDF recording into a BIDS dataset and returns its path."""

    def write(
        subject="01",
        task="mi",
        run="1",
        names=("Fp1", "T3", "O2", "ECG"),
        events=EVENTS,
    ):
        rng = np.random.default_rng(0)
        kinds = ["ecg" if name == "ECG" else "eeg" for name in names]
        info = mne.create_info(list(names), 100, kinds)
        raw = mne.io.RawArray(
            rng.normal(0, 1e-5, (len(names), 2000)), info, verbose="ERROR"
        )
        raw.info["line_freq"] = 50
        raw.set_annotations(
            mne.Annotations(*map(list, zip(*events, strict=True)))
        )
        path = BIDSPath(
            subject=subject,
            task=task,
            run=run,
            datatype="eeg",
            root=tmp_path / "set",
        )
        written = write_raw_bids(
            raw, path, allow_preload=True, format="EDF", verbose="ERROR"
        )
        return written.fpath

    return write


def read_one(data_root, settings, subject="01"):
    (recording,) = bids.read(bids.prepare(settings, data_root, subject, 1))
    return recording


def test_subjects_by_label_or_number(tmp_path, write_bids):
    write_bids("01")
    write_bids("02")
    assert bids.subjects(SETTINGS, tmp_path) == ["01", "02"]
    assert bids.subjects(SETTINGS | {"subjects": [2]}, tmp_path) == ["02"]


def test_files_include_what_goes_with_a_recording(tmp_path, write_bids):
    path = write_bids()
    found = bids.files(SETTINGS, tmp_path, "01")
    assert found[0] == path
    names = {other.name.rpartition("_")[2] for other in found}
    assert names == {
        "eeg.edf",
        "eeg.json",
        "events.tsv",
        "events.json",
        "channels.tsv",
    }
    rated = bids.files(
        SETTINGS | {"ratings": {"arousal": "age"}}, tmp_path, "01"
    )
    assert rated[-1].name == "participants.tsv"


def test_events_are_translated(tmp_path, write_bids):
    write_bids()
    settings = SETTINGS | {
        "events": {"left_hand": "left", "right_hand": "right", "x": "y"}
    }
    recording = read_one(tmp_path, settings)
    assert recording.name == "task-mi_run-1"
    assert list(recording.raw.annotations.description) == [
        "left",
        "right",
        "pause",
    ]
    assert recording.raw.ch_names == ["FP1", "T7", "O2", "ECG"]
    assert recording.raw.get_channel_types() == ["eeg", "eeg", "eeg", "ecg"]


def test_one_recording_a_run_of_the_task(tmp_path, write_bids):
    for task, run in (("mi", "1"), ("mi", "2"), ("rest", "1")):
        write_bids(task=task, run=run)
    names = [
        each.name
        for each in bids.read(bids.prepare(SETTINGS, tmp_path, "01", 1))
    ]
    assert names == ["task-mi_run-1", "task-mi_run-2", "task-rest_run-1"]
    assert (
        read_one(tmp_path, SETTINGS | {"task": "rest"}).name
        == "task-rest_run-1"
    )


def test_a_task_that_is_not_there_is_named(tmp_path, write_bids):
    write_bids()
    with pytest.raises(
        InputError, match="subject 01: no EEG recording of task movie"
    ):
        bids.files(SETTINGS | {"task": "movie"}, tmp_path, "01")


def test_ratings_from_the_events(tmp_path, write_bids):
    path = write_bids()
    events = path.with_name(path.name.replace("_eeg.edf", "_events.tsv"))
    events.write_text(
        "onset\tduration\ttrial_type\tfelt\tliked\n"
        "1.0\t4.0\tfilm\t6.5\t3\n7.0\t4.0\tfilm\t2\t8\n13.0\t4.0\tfilm\tn/a\t8\n"
    )
    settings = SETTINGS | {"ratings": {"arousal": "felt", "valence": "liked"}}
    notes = read_one(tmp_path, settings).raw.annotations
    rated = [
        (note["onset"], note["duration"], note["description"])
        for note in notes
    ]
    rated = [row for row in rated if "=" in row[2]]
    assert rated == [
        (1, 4, "arousal=6.5 valence=3"),
        (7, 4, "arousal=2 valence=8"),
    ]


def test_rated_events_need_a_duration(tmp_path, write_bids):
    path = write_bids()
    events = path.with_name(path.name.replace("_eeg.edf", "_events.tsv"))
    events.write_text(
        "onset\tduration\ttrial_type\tfelt\n1.0\tn/a\tfilm\t6.5\n"
    )
    with pytest.raises(
        InputError, match="events.tsv: duration: missing for rated events"
    ):
        read_one(tmp_path, SETTINGS | {"ratings": {"arousal": "felt"}})


def test_ratings_from_the_participants(tmp_path, write_bids):
    write_bids("01")
    write_bids("02")
    table = tmp_path / "set" / "participants.tsv"
    table.write_text("participant_id\tcalm\nsub-01\t3\nsub-02\tn/a\n")
    settings = SETTINGS | {"ratings": {"arousal": "calm"}}
    notes = read_one(tmp_path, settings).raw.annotations
    assert notes[-1]["description"] == "pause"
    (rated,) = [note for note in notes if note["description"] == "arousal=3"]
    assert (rated["onset"], rated["duration"]) == (0, 20)
    unrated = read_one(tmp_path, settings, "02")
    assert unrated.refused == "no ratings"
    assert not [
        text for text in unrated.raw.annotations.description if "=" in text
    ]


def test_a_column_that_is_nowhere_is_named(tmp_path, write_bids):
    write_bids()
    with pytest.raises(
        InputError, match="set: fear: not a column of .*events.tsv nor of part"
    ):
        read_one(tmp_path, SETTINGS | {"ratings": {"arousal": "fear"}})


def test_ratings_that_are_words_are_refused(tmp_path, write_bids):
    write_bids()
    table = tmp_path / "set" / "participants.tsv"
    table.write_text("participant_id\tcalm\nsub-01\tvery\n")
    with pytest.raises(
        InputError, match="participants.tsv: calm: not a number"
    ):
        read_one(tmp_path, SETTINGS | {"ratings": {"arousal": "calm"}})


def test_unknown_electrodes_can_be_left_out(tmp_path, write_bids):
    write_bids(names=("Cz", "GSR1"))
    with pytest.raises(InputError, match="_eeg.edf: GSR1: unknown electrode"):
        read_one(tmp_path, SETTINGS)
    recording = read_one(tmp_path, SETTINGS | {"drop": ["GSR1"]})
    assert recording.raw.ch_names == ["CZ"]
    assert recording.counts == (("channel_dropped", "GSR1", 1),)


def test_a_truncated_recording_is_found_when_prepared(tmp_path, write_bids):
    path = write_bids()
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(InputError, match="_eeg.edf: data: truncated"):
        bids.prepare(SETTINGS, tmp_path, "01", 1)


def test_what_mne_bids_cannot_read_is_named(tmp_path, write_bids):
    path = write_bids()
    header = path.with_suffix(".vhdr")
    header.write_text("no BrainVision header")
    path.unlink()
    with pytest.raises(
        InputError, match="_eeg.vhdr: BIDS recording: cannot be read"
    ):
        read_one(tmp_path, SETTINGS)


def test_an_event_table_that_changed_is_noticed(tmp_path, write_bids):
    path = write_bids()
    record = bids.prepare(SETTINGS, tmp_path, "01", 1)
    events = path.with_name(path.name.replace("_eeg.edf", "_events.tsv"))
    events.write_text("onset\tduration\n")
    with pytest.raises(InputError, match="events.tsv: file: has"):
        list(bids.read(record))


def write_series(path, column="felt"):
    """Twice a second from 0 to 39."""
    series = path.with_name(path.name.replace("_eeg.edf", "_physio.tsv"))
    header = {"SamplingFrequency": 2, "StartTime": 0, "Columns": [column]}
    series.with_suffix(".json").write_text(json.dumps(header))
    series.write_text("".join(f"{value}\n" for value in range(40)))
    return series


def test_ratings_that_run_through_a_recording(tmp_path, write_bids):
    series = write_series(write_bids())
    recording = read_one(tmp_path, SETTINGS | {"ratings": {"arousal": "felt"}})
    times, values = recording.ratings["arousal"]
    assert (times[2], values[2], len(values)) == (1.0, 2.0, 40)
    assert not recording.refused
    assert not [
        text for text in recording.raw.annotations.description if "=" in text
    ]
    assert series in bids.files(
        SETTINGS | {"ratings": {"arousal": "felt"}}, tmp_path, "01"
    )
    assert not read_one(tmp_path, SETTINGS).ratings


def test_a_series_elsewhere_is_an_input_too(tmp_path, write_bids):
    series = write_series(write_bids())
    folder = tmp_path / "set" / "sub-01" / "beh"
    folder.mkdir()
    moved = series.replace(folder / series.name)
    header = series.with_suffix(".json")
    header.replace(tmp_path / "set" / "physio.json")
    settings = SETTINGS | {"ratings": {"arousal": "felt"}}
    record = bids.prepare(settings, tmp_path, "01", 1)
    assert {moved, tmp_path / "set" / "physio.json"} <= set(
        bids.files(settings, tmp_path, "01")
    )
    moved.write_text("1\n")
    with pytest.raises(InputError, match="physio.tsv: file: has 2 bytes"):
        list(bids.read(record))


def test_a_channel_that_is_a_rating(tmp_path, write_bids):
    write_bids(names=("Cz", "Slider"))
    recording = read_one(
        tmp_path, SETTINGS | {"ratings": {"arousal": "Slider"}}
    )
    assert recording.raw.ch_names == ["CZ"]
    assert len(recording.ratings["arousal"][1]) == 2000
    path = next((tmp_path / "set").rglob("*_eeg.edf"))
    write_series(path, "Slider")
    with pytest.raises(
        InputError, match="Slider: is a channel and a column of a series"
    ):
        read_one(tmp_path, SETTINGS | {"ratings": {"arousal": "Slider"}})


def test_one_rating_throughout_and_one_of_segments(tmp_path, write_bids):
    path = write_bids()
    write_series(path)
    events = path.with_name(path.name.replace("_eeg.edf", "_events.tsv"))
    events.write_text(
        "onset\tduration\ttrial_type\tliked\tfelt\n1.0\t4.0\tfilm\t3\t7\n"
    )
    both = SETTINGS | {"ratings": {"arousal": "felt", "valence": "liked"}}
    recording = read_one(tmp_path, both)
    assert list(recording.ratings) == ["arousal"]
    assert recording.raw.annotations.description[-1] == "arousal=7 valence=3"
    events.write_text(
        "onset\tduration\ttrial_type\tliked\n1.0\t4.0\tfilm\t3\n"
    )
    assert (
        read_one(tmp_path, both).raw.annotations.description[-1] == "valence=3"
    )


def test_a_series_without_description_is_named(tmp_path, write_bids):
    series = write_series(write_bids())
    series.with_suffix(".json").unlink()
    message = (
        "felt: not a column .*; not described as time series: .*physio.tsv"
    )
    with pytest.raises(InputError, match=message):
        read_one(tmp_path, SETTINGS | {"ratings": {"arousal": "felt"}})
