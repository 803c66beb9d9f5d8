"""Faults of recordings that windows used to take, or to refuse without saying why."""

import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.files import read_table
from eeglrp.recordings.registry import Recording
from eeglrp.windowing.counts import with_rows, write_excluded
from eeglrp.windowing.windows import make_windows

TRIALS = [(2.0, 4.0, "left"), (8.0, 4.0, "right"), (14.0, 4.0, "left")]
IMAGERY = {
    "dataset": "hands",
    "classes": ["left", "right"],
    "start": 0.5,
    "length": 2.0,
    "truth": [],
}
AROUSAL = {
    "dataset": "films",
    "classes": ["low", "high"],
    "rating": "arousal",
    "threshold": 5,
    "length": 2.0,
    "truth": [],
}
REST = IMAGERY | {"kind": "rest"}


def cut(raw, settings, task=IMAGERY, name="motor_imagery", **options):
    recording = Recording("run-1", raw)
    return make_windows([recording], name, task, settings, 1, "01", **options)


def rows(counts, item):
    chosen = counts[counts["item"] == item]
    return list(zip(chosen["name"], chosen["count"], strict=True))


def test_trials_given_twice_are_one_window(make_raw, settings):
    once, _ = cut(make_raw(notes=TRIALS), settings)
    arrays, counts = cut(make_raw(notes=[*TRIALS, *TRIALS]), settings)
    np.testing.assert_array_equal(arrays["signal"], once["signal"])
    np.testing.assert_array_equal(arrays["label"], [0, 1, 0])
    assert rows(counts, "trial_found") == [("left", 4), ("right", 2)]
    assert rows(counts, "window_rejected") == [("trial_repeated", 3)]


def test_a_trial_of_two_classes_is_none(make_raw, settings):
    notes = [*TRIALS, (2.0, 4.0, "right")]
    arrays, counts = cut(make_raw(notes=notes), settings)
    assert arrays["label"].tolist() == [1, 0]
    assert rows(counts, "window_rejected") == [("trial_ambiguous", 2)]


def test_segments_given_twice_count_once(make_raw, settings):
    notes = [
        (1.0, 4.0, "arousal=7"),
        (1.0, 4.0, "arousal=7"),
        (6.0, 4.0, "arousal=2"),
        (12.0, 4.0, "arousal=2"),
        (12.0, 4.0, "arousal=8"),
    ]
    arrays, counts = cut(make_raw(notes=notes), settings, AROUSAL, "arousal")
    assert arrays["rating"].tolist() == [7, 7, 2, 2]
    assert rows(counts, "segment_left_out") == [
        ("segment_repeated", 1),
        ("segment_ambiguous", 2),
    ]


def test_rest_given_twice_counts_once(make_raw, settings):
    notes = [(1.0, 8.0, "rest"), (1.0, 8.0, "rest")]
    arrays, counts = cut(make_raw(notes=notes), settings, REST, "still")
    assert arrays["onset"].tolist() == [1.5, 3.5, 5.5]
    assert rows(counts, "segment_left_out") == [("segment_repeated", 1)]


def test_small_ratings_keep_their_class(make_raw, settings):
    notes = [(1.0, 4.0, "arousal=4e-05"), (6.0, 4.0, "arousal=1234567.25")]
    task = AROUSAL | {"threshold": 0.001}
    arrays, _ = cut(make_raw(notes=notes), settings, task, "arousal")
    assert arrays["rating"].tolist() == [4e-5, 4e-5, 1234567.25, 1234567.25]
    assert arrays["label"].tolist() == [0, 0, 1, 1]


def test_the_average_of_one_electrode_is_refused(make_raw, settings):
    raw = make_raw(notes=TRIALS)
    one = {"channels": ["C3"]}
    arrays, _ = cut(raw, settings | one)
    assert np.abs(arrays["signal"]).max() > 0
    message = "windows.reference: is average, of C3 alone"
    with pytest.raises(InputError, match=message):
        cut(raw, settings | one | {"reference": "average"})


def test_windows_take_the_order_of_electrodes_they_are_told(
    make_raw, settings
):
    raw = make_raw(notes=TRIALS)
    expected, _ = cut(raw, settings)
    names = list(raw.ch_names)
    shuffled = raw.copy().reorder_channels(names[::-1])
    arrays, _ = cut(shuffled, settings, order=names)
    assert arrays["channels"] == names
    np.testing.assert_array_equal(arrays["signal"], expected["signal"])


@pytest.mark.parametrize(
    ("order", "channels"),
    [
        ((), ["C4", "C3"]),
        (["C3"], ["C4", "C3"]),
        (["C3", "FZ", "C4"], ["C3", "C4"]),
    ],
)
def test_an_order_that_lacks_electrodes_is_none(
    make_raw, settings, order, channels
):
    raw = make_raw(notes=TRIALS).pick(["C4", "C3"])
    arrays, _ = cut(raw, settings, order=order)
    assert arrays["channels"] == channels


def in_unit(raw, factor, unit):
    """The recording as if its file had another unit."""
    raw = raw.copy().apply_function(lambda x: x * factor, verbose="ERROR")
    raw._orig_units = dict.fromkeys(raw.ch_names, unit)
    return raw


@pytest.mark.parametrize(
    ("unit", "said"), [("", "none"), ("n/a", "none"), ("V", "V")]
)
def test_a_signal_too_large_names_its_unit(make_raw, settings, unit, said):
    raw = in_unit(make_raw(notes=TRIALS), 1e6, unit)
    arrays, counts = cut(raw, settings)
    assert not len(arrays["label"])
    assert rows(counts, "window_rejected") == [("peak_to_peak", 3)]
    ((text, _),) = rows(counts, "unit_doubtful")
    assert text.endswith(f"is the unit right? The file says {said}")
    assert "e+07 microvolt" in text


def test_a_signal_too_small_names_its_unit(make_raw, settings):
    raw = in_unit(make_raw(notes=TRIALS), 1e-6, "V")
    _, counts = cut(raw, settings)
    ((reason, _),) = rows(counts, "recording_refused")
    assert "every channel is flat" in reason
    assert reason.endswith("is the unit right? The file says V")


def test_a_dead_recording_has_no_doubtful_unit(make_raw, settings):
    raw = make_raw(notes=TRIALS)
    raw.apply_function(lambda x: 0 * x, verbose="ERROR")
    _, counts = cut(raw, settings)
    ((reason, _),) = rows(counts, "recording_refused")
    assert "unit" not in reason


def test_artefacts_alone_cast_no_doubt(make_raw, settings):
    raw = make_raw(notes=TRIALS, scale=300.0)
    _, counts = cut(raw, settings)
    assert rows(counts, "window_rejected") == [("peak_to_peak", 3)]
    assert not rows(counts, "unit_doubtful")


def test_no_window_lies_over_a_joint(make_raw, settings):
    raw = make_raw(notes=[*TRIALS, (9.0, 0.0, "EDGE boundary")])
    arrays, counts = cut(raw, settings)
    assert arrays["onset"].tolist() == [2.5, 14.5]
    assert rows(counts, "window_rejected") == [("bad_span", 1)]


def test_what_was_excluded_stands_first_in_the_counts(make_raw, settings):
    _, counts = cut(make_raw(notes=TRIALS), settings)
    assert with_rows(counts, "01", []) is counts
    row = ["run-2", "recording_excluded", "cap slipped", 1]
    table = with_rows(counts, "01", [row])
    assert table.iloc[0].tolist() == ["01", *row]
    assert len(table) == len(counts) + 1


def test_excluded_subjects_have_a_table(tmp_path):
    path = tmp_path / "_excluded.tsv"
    write_excluded([("7", "fell asleep")], path)
    columns = ("subject", "recording", "item", "name", "count")
    row = read_table(path, columns).iloc[0]
    assert [row["item"], row["name"], row["count"]] == [
        "subject_excluded",
        "fell asleep",
        1,
    ]
