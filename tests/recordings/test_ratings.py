"""Continuous ratings are found, aligned, and refused by name where their description is faulty."""

import gzip
import json

import mne
import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings.ratings import (
    channel_ratings,
    rating_text,
    read_continuous,
    undescribed,
)
from eeglrp.windowing.labels import parse_ratings

STEM = "sub-01_task-film"
HEADER = {
    "SamplingFrequency": 2.0,
    "StartTime": -1.0,
    "Columns": ["pulse", "felt"],
}
ROWS = "60\t5\n61\tn/a\n62\t7.5\n63\t2\n"
FELT = {"arousal": "felt"}


@pytest.fixture
def write(tmp_path):
    """Function that writes a series and perhaps its JSON, and returns the recording's path."""

    def write(
        header=HEADER, rows=ROWS, name=f"{STEM}_physio.tsv.gz", folder="eeg"
    ):
        place = tmp_path / "sub-01" / folder
        place.mkdir(parents=True, exist_ok=True)
        data = rows if isinstance(rows, bytes) else rows.encode()
        packed = name.endswith(".gz") and not isinstance(rows, bytes)
        (place / name).write_bytes(gzip.compress(data) if packed else data)
        if header is not None:
            (place / f"{name.partition('.')[0]}.json").write_text(
                header if isinstance(header, str) else json.dumps(header)
            )
        return tmp_path / "sub-01" / "eeg" / f"{STEM}_eeg.edf"

    return write


def read(eeg, columns=FELT, duration=10.0):
    return read_continuous(eeg, eeg.parents[2], columns, duration)


@pytest.mark.parametrize(
    ("name", "folder", "rows"),
    [
        (f"{STEM}_physio.tsv.gz", "eeg", ROWS),
        (f"{STEM}_stim.tsv.gz", "eeg", ROWS),
        (f"{STEM}_recording-slider_physio.tsv.gz", "eeg", ROWS),
        (f"{STEM}_beh.tsv", "beh", ROWS),
        (f"{STEM}_beh.tsv", "beh", f"pulse\tfelt\n{ROWS}"),
    ],
)
def test_a_series_is_aligned_by_its_start_and_rate(write, name, folder, rows):
    times, values = read(write(name=name, folder=folder, rows=rows))["arousal"]
    assert times.tolist() == [-1.0, -0.5, 0.0, 0.5]
    np.testing.assert_array_equal(values, [5, np.nan, 7.5, 2])


def test_the_header_of_a_table_may_name_its_columns(write):
    header = {key: HEADER[key] for key in ("SamplingFrequency", "StartTime")}
    eeg = write(header, f"pulse\tfelt\n{ROWS}", f"{STEM}_beh.tsv", "beh")
    assert read(eeg)["arousal"][1][2] == 7.5


def test_what_is_not_finite_is_unknown(write):
    values = read(write(rows="1\tinf\n1\tnan\n1\t3\n"))["arousal"][1]
    np.testing.assert_array_equal(values, [np.nan, np.nan, 3])


def test_json_files_above_hold_too_and_nearer_ones_win(write, tmp_path):
    eeg = write(header={"StartTime": 4.0})
    shared = {
        "SamplingFrequency": 1.0,
        "StartTime": 0.0,
        "Columns": ["pulse", "felt"],
    }
    (tmp_path / "task-film_physio.json").write_text(json.dumps(shared))
    (tmp_path / "task-rest_physio.json").write_text("not read")
    (tmp_path / "task-film_eeg.json").write_text("not read")
    assert read(eeg)["arousal"][0].tolist() == [4.0, 5.0, 6.0, 7.0]


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        (
            {"Columns": ["a", "felt"], "StartTime": 0},
            ROWS,
            "json: SamplingFrequency: missing for",
        ),
        (
            {"Columns": ["a", "felt"]},
            ROWS,
            "json: SamplingFrequency, StartTime: missing",
        ),
        (
            HEADER | {"SamplingFrequency": 0},
            ROWS,
            "SamplingFrequency: 0 is not a number above 0",
        ),
        (
            HEADER | {"SamplingFrequency": -2},
            ROWS,
            "SamplingFrequency: -2 is not a number above",
        ),
        (
            HEADER | {"SamplingFrequency": "2 Hz"},
            ROWS,
            "SamplingFrequency: '2 Hz' is not",
        ),
        (
            HEADER | {"SamplingFrequency": True},
            ROWS,
            "SamplingFrequency: True is not",
        ),
        (
            HEADER | {"StartTime": "n/a"},
            ROWS,
            "StartTime: 'n/a' is not a number",
        ),
        (
            HEADER | {"Columns": "felt"},
            ROWS,
            "Columns: 'felt' is no list of columns",
        ),
        (
            HEADER | {"Columns": ["felt", "felt"]},
            ROWS,
            "Columns: .* is no list of columns",
        ),
        (
            HEADER | {"Columns": ["felt"]},
            ROWS,
            "gz: table: has 2 columns, .*json names 1",
        ),
        ("{", ROWS, "json: JSON: cannot be read"),
        ("[1]", ROWS, "json: JSON: is not a table of keys"),
        (HEADER, "", "gz: table: holds no samples"),
        (HEADER, "pulse\tfelt\n", "gz: table: holds no samples"),
        (HEADER, "1\tvery\n", "gz: felt: not a number"),
        (HEADER, "1\t2\n1\t2\t3\n", "gz: table: cannot be read"),
        (HEADER, b"no gzip", "gz: table: cannot be read"),
        (
            HEADER,
            gzip.compress(ROWS.encode() * 9, mtime=0)[:-9],
            "gz: table: cannot be read",
        ),
        (
            HEADER | {"StartTime": 10.0},
            ROWS,
            "felt: runs from 10 to 11.5 s, the recording from 0",
        ),
        (HEADER | {"StartTime": -9.0}, ROWS, "felt: runs from -9 to -7.5 s"),
    ],
)
def test_faulty_series_are_named(write, header, rows, message):
    with pytest.raises(InputError, match=message):
        read(write(header, rows))


def test_a_column_in_two_series_is_refused(write):
    write()
    eeg = write(name=f"{STEM}_stim.tsv.gz")
    with pytest.raises(
        InputError,
        match=r"stim.tsv.gz: felt: is a column of .*physio.tsv.gz too",
    ):
        read(eeg)


def test_series_without_the_column_are_left_alone(write):
    eeg = write({"Columns": ["pulse", "other"]})
    write(None, "onset\tfelt\n1\t2\n", f"{STEM}_beh.tsv", "beh")
    write(None, name=f"{STEM}_stim.tsv.gz")
    assert read(eeg) == {}
    assert undescribed(eeg, eeg.parents[2]) == [
        f"{STEM}_beh.tsv",
        f"{STEM}_stim.tsv.gz",
    ]


def test_a_series_shorter_than_the_recording_is_said(write, caplog):
    eeg = write(HEADER | {"StartTime": 0.0})
    read(eeg, duration=2.0)
    assert not caplog.records
    read(eeg, duration=2.5)
    assert "the recording outlasts its ratings" in caplog.text


def test_a_channel_can_be_a_rating_and_is_no_electrode():
    info = mne.create_info(["Cz", "Slider"], 4, ["eeg", "misc"])
    raw = mne.io.RawArray(np.arange(16.0).reshape(2, 8), info, verbose="ERROR")
    ratings = channel_ratings(raw, {"arousal": "Slider", "valence": "liked"})
    assert list(ratings) == ["arousal"]
    assert ratings["arousal"][0].tolist() == [
        0,
        0.25,
        0.5,
        0.75,
        1,
        1.25,
        1.5,
        1.75,
    ]
    assert ratings["arousal"][1].tolist() == list(range(8, 16))
    assert raw.ch_names == ["Cz"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4e-5, "4e-05"),
        (6.5, "6.5"),
        (3.0, "3"),
        (-1.25, "-1.25"),
        (1 / 3, "0.3333333333333333"),
        (1234567.25, "1234567.25"),
        (1e22, "1e+22"),
        (np.float64(0.1), "0.1"),
    ],
)
def test_ratings_keep_all_their_digits_as_text(value, text):
    assert rating_text({"arousal": value}) == f"arousal={text}"
    assert parse_ratings(f"arousal={text}") == {"arousal": value}
