"""Filters stop at joints, no window lies over one, and elsewhere nothing changes."""

import numpy as np

from eeglrp.recordings.joints import mark_joints
from eeglrp.windowing.chain import filter_signal, finish_signal
from eeglrp.windowing.cut import rejections

RATE = 200
STEP = 3000.0


def stepped(make_raw):
    """20 s of noise, and 20 s more on an offset, as an amplifier starts again."""
    raw = make_raw(seconds=40, sampling_rate=RATE, notes=[(20.0, 9, "x")])
    step = np.where(raw.times < 20, 0.0, STEP * 1e-6)
    raw.apply_function(lambda x: x + step, verbose="ERROR")
    return raw


def offset(raw, settings):
    """Mean over the 2 s before the joint, in microvolt, largest of any channel."""
    signal = finish_signal(filter_signal(raw, settings), [], settings)
    before = slice(18 * RATE, 20 * RATE)
    return np.abs(signal[:, before].mean(axis=1)).max()


def test_filters_do_not_ring_over_a_joint(make_raw, settings):
    # Pieces of 20 s are longer than a filter from 0.5 Hz.
    settings = settings | {"sampling_rate": RATE, "high_pass": 0.5}
    ringing = offset(stepped(make_raw), settings)
    raw = stepped(make_raw)
    raw.annotations.append(20.0, 0.0, "boundary")
    mark_joints(raw)
    quiet = offset(raw, settings)
    assert ringing > 100
    assert quiet < ringing / 20


def test_pieces_are_filtered_as_if_they_were_alone(make_raw, settings):
    raw = stepped(make_raw)
    first = filter_signal(raw.copy().crop(0, 20, include_tmax=False), settings)
    raw.annotations.append(20.0, 0.0, "New Segment/")
    mark_joints(raw)
    whole = filter_signal(raw, settings).get_data()
    np.testing.assert_allclose(
        whole[:, : 20 * RATE], first.get_data(), atol=1e-12
    )


def test_a_piece_of_a_few_samples_does_no_harm(make_raw, settings):
    raw = make_raw(seconds=20, sampling_rate=RATE)
    for onset in (10.0, 10.01, 10.015):
        raw.annotations.append(onset, 0.0, "boundary")
    assert mark_joints(raw) == 3
    assert np.isfinite(filter_signal(raw, settings).get_data()).all()


def test_windows_over_a_joint_are_rejected(settings):
    over = rejections(
        np.array([400, 401, 599, 600]),
        200,
        np.zeros((2, 2000)),
        [(3.0, 0.0)],
        settings,
    )
    assert over.tolist() == ["", "bad_span", "bad_span", ""]


def test_the_first_segment_changes_no_bit(make_raw, settings):
    plain = make_raw(notes=[(5.0, 1.0, "left")])
    segmented = make_raw(notes=[(5.0, 1.0, "left")])
    segmented.annotations.append(0.0, 0.01, "New Segment/")
    mark_joints(segmented)
    expected = filter_signal(plain, settings).get_data()
    assert np.array_equal(
        filter_signal(segmented, settings).get_data(), expected
    )
