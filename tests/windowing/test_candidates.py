import mne
import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings.registry import Recording
from eeglrp.windowing.candidates import (
    affect_candidates,
    annotated,
    check_annotations,
    imagery_candidates,
    rated_segments,
    recording_file,
)

TRIALS = [
    (1.0, 4.1, "left"),
    (6.0, 4.1, "rest"),
    (11.0, 4.1, "right"),
    (16.0, 1.4, "left"),
]
SEGMENTS = [
    (0.0, 7.0, "arousal=8 valence=1"),
    (7.0, 7.0, "arousal=2 valence=4"),
]


def test_marks_are_told_from_events(make_raw):
    raw = make_raw(
        notes=[*TRIALS, (3.0, 1.0, "BAD_blink"), (9.0, 0.0, "EDGE boundary")]
    )
    assert annotated(raw) == TRIALS
    assert annotated(raw, marks=True) == [
        (3.0, 1.0, "BAD_blink"),
        (9.0, 0.0, "EDGE boundary"),
    ]


def test_times_count_from_the_first_sample(make_raw):
    raw = make_raw(notes=TRIALS)
    later = raw.copy().crop(2.0, 15.0)
    assert annotated(later)[1][0] == pytest.approx(4.0)
    raw.set_meas_date(0)
    assert annotated(raw.crop(2.0, 15.0))[1][0] == pytest.approx(4.0)


def test_trials_of_the_classes_at_their_time(make_raw):
    task = {"classes": ["right", "left"], "start": 0.5, "length": 3.0}
    found = imagery_candidates(make_raw(notes=TRIALS), task)
    assert found.onset.tolist() == [1.5, 11.5]
    assert found.label.tolist() == [1, 0]
    assert found.event is None
    assert found.counts == [
        ("trial_found", "right", 1),
        ("trial_found", "left", 2),
        ("window_rejected", "trial_too_short", 1),
    ]


def test_an_annotation_without_duration_is_a_cue(make_raw):
    task = {"classes": ["left", "right"], "start": 0.0, "length": 4.0}
    found = imagery_candidates(
        make_raw(notes=[(1.0, 0.0, "left"), (9.0, 0.0, "right")]), task
    )
    assert found.onset.tolist() == [1.0, 9.0]


def test_windows_tile_a_segment(make_raw):
    task = {"rating": "arousal", "length": 2.0}
    found = affect_candidates(
        make_raw(notes=SEGMENTS), task, lambda rating: int(rating > 5)
    )
    assert found.onset.tolist() == [0, 2, 4, 7, 9, 11]
    assert found.label.tolist() == [1, 1, 1, 0, 0, 0]
    assert found.extra["rating"].tolist() == [8, 8, 8, 2, 2, 2]


def test_segments_without_a_class_are_counted(make_raw):
    task = {"rating": "valence", "length": 7.0}
    rule = {1.0: None, 4.0: 1}.get
    found = affect_candidates(make_raw(notes=SEGMENTS), task, rule)
    assert found.onset.tolist() == [7]
    assert found.counts == [("segment_left_out", "rating_between_classes", 1)]


def test_only_the_rating_asked_for(make_raw):
    raw = make_raw(notes=[*SEGMENTS, (15.0, 2.0, "valence=5")])
    assert [row[2] for row in rated_segments(raw, "arousal")[0]] == [8, 2]
    assert [row[2] for row in rated_segments(raw, "valence")[0]] == [1, 4, 5]


def test_missing_annotations_name_the_recording(make_raw):
    one, none = make_raw(notes=TRIALS), make_raw(notes=[(1.0, 1.0, "BAD_x")])
    with pytest.raises(InputError, match="run-2: annotations: there are none"):
        check_annotations(
            [Recording("run-1", one), Recording("run-2", none)],
            lambda text: True,
            "classes",
        )


def test_classes_found_nowhere_are_named_with_what_there_is(make_raw):
    recordings = [Recording("run-1", make_raw(notes=TRIALS))]
    with pytest.raises(
        InputError, match="run-1: classes: feet: none found.*left, rest, right"
    ):
        check_annotations(
            recordings, lambda text: text == "feet", "classes: feet"
        )
    check_annotations(recordings, lambda text: text == "left", "classes: left")
    check_annotations([], lambda text: False, "classes")


def test_messages_name_the_file_where_there_is_one(make_raw, tmp_path):
    assert recording_file(Recording("run-1", make_raw())) == "run-1"
    path = tmp_path / "a_raw.fif"
    make_raw().save(path, verbose="ERROR")
    raw = mne.io.read_raw_fif(path, verbose="ERROR")
    assert str(recording_file(Recording("run-1", raw))) == str(path)
    assert np.isfinite(raw.get_data()).all()
