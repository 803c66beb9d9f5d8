"""Events outside a recording are counted, and misspelt names noticed."""

from pathlib import Path

import mne
import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings.event_table import absent_events, events_outside

HEAD = "onset\tduration\ttrial_type\n"


def make_raw(notes=()):
    info = mne.create_info(["Cz"], 100, "eeg")
    raw = mne.io.RawArray(np.zeros((1, 2000)), info, verbose="ERROR")
    for note in notes:
        raw.annotations.append(*note)
    return raw


def outside(tmp_path, rows, raw=None):
    path = tmp_path / "events.tsv"
    path.write_text(HEAD + rows)
    return events_outside(raw or make_raw(), path)


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ("0\t1\ta\n19.99\t1\ta\n", 0),
        ("1\t1\ta\n2\t1\ta\n20\t1\ta\n", 1),
        ("1\t1\ta\n2\tn/a\ta\n-3\tn/a\ta\n", 1),
        ("n/a\t1\ta\n2\t1\ta\n", 0),
        ("", 0),
    ],
)
def test_events_outside_are_counted(tmp_path, rows, number):
    assert outside(tmp_path, rows) == number


def test_onsets_in_milliseconds_are_named(tmp_path):
    rows = "".join(f"{k * 2500}\t2000\ta\n" for k in range(8))
    message = r"events.tsv: onset: 7 of 8 events lie outside .* 20 s.*not ms"
    with pytest.raises(InputError, match=message):
        outside(tmp_path, rows)


def test_an_event_that_began_before_the_recording_is_no_event_at_its_start(
    tmp_path,
):
    raw = make_raw([(0.0, 3.0, "a"), (0.0, 2.0, "b"), (5.0, 1.0, "a")])
    rows = "-1\t4\ta\n0\t2\tb\n5\t1\ta\n"
    assert outside(tmp_path, rows, raw) == 1
    assert list(raw.annotations.description) == ["b", "a"]


PLACE = Path("set/sub-1")


@pytest.mark.parametrize(
    ("key", "there"),
    [
        ("left_hnd", "left_hand"),
        ("Left_Hand", "left_hand"),
        ("left hand", "left_hand"),
    ],
)
def test_a_misspelt_key_is_named(key, there):
    message = f"sub-1: events: {key}: is no event .*did you mean {there}?"
    with pytest.raises(InputError, match=message):
        absent_events({key: "left"}, {there, "right_hand"}, PLACE)


@pytest.mark.parametrize(
    ("events", "descriptions"),
    [
        ({"left": "a", "pause": "b"}, {"left", "right"}),
        ({"left": "a", "Stimulus/S  1": "b"}, {"left", "Stimulus/S  2"}),
        ({"cue_a": "a", "cue_b": "b", "x": "c"}, {"cue_a", "cue_b"}),
    ],
)
def test_a_key_that_is_merely_absent_is_counted(events, descriptions):
    absent = absent_events(events, descriptions, PLACE)
    assert absent == [key for key in events if key not in descriptions]
