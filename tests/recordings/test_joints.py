"""Joints become marks at the first sample after them; everything else stays."""

import mne
import numpy as np
import pytest

from eeglrp.recordings.joints import JOINT, is_joint, mark_joints


def make_raw(notes, rate=100, n_times=1000):
    info = mne.create_info(["Cz"], rate, "eeg")
    raw = mne.io.RawArray(np.zeros((1, n_times)), info, verbose="ERROR")
    if notes:
        columns = map(list, zip(*notes, strict=True))
        raw.set_annotations(mne.Annotations(*columns))
    return raw


def rows(raw):
    notes = raw.annotations
    columns = notes.onset, notes.duration, map(str, notes.description)
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize(
    ("text", "joint"),
    [
        ("boundary", True),
        ("Boundary", True),
        ("boundary/-1", True),
        ("New Segment/", True),
        ("New Segment", True),
        ("new segment/LostSamples", True),
        ("boundary_trial", False),
        ("left", False),
        ("BAD boundary", False),
    ],
)
def test_what_counts_as_a_joint(text, joint):
    assert is_joint(text) == joint


def test_a_joint_loses_the_duration_of_what_was_cut_out():
    raw = make_raw([(2.0, 1.0, "left"), (3.0, 60.0, "boundary")])
    assert mark_joints(raw) == 1
    assert rows(raw) == [(2.0, 1.0, "left"), (3.0, 0.0, JOINT)]


def test_the_first_segment_and_the_end_join_nothing():
    notes = [(0.0, 0.01, "New Segment/"), (9.999, 0.0, "boundary")]
    raw = make_raw([*notes, (4.0, 0.0, "T1")])
    assert mark_joints(raw) == 0
    assert rows(raw) == [(4.0, 0.0, "T1")]


@pytest.mark.parametrize("sample", [500, 501])
def test_a_joint_between_two_samples_is_the_second(sample):
    raw = make_raw([((sample - 0.5) / 100, 0.0, "boundary")])
    mark_joints(raw)
    assert rows(raw) == [(sample / 100, 0.0, JOINT)]


def test_a_joint_told_twice_is_one():
    raw = make_raw([(3.0, 0.0, "boundary"), (3.0, 0.0, "boundary")])
    assert mark_joints(raw, [3.0, 5.0]) == 2
    assert [onset for onset, _, _ in rows(raw)] == [3.0, 5.0]


def test_without_joints_nothing_changes():
    notes = [(1.0, 2.0, "left"), (4.0, 2.0, "right")]
    raw = make_raw(notes)
    assert mark_joints(raw) == 0
    assert rows(raw) == notes
