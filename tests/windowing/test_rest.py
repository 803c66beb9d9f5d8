"""Windows at rest: where they lie, and that their labels mean nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.recordings.registry import Recording, load, recordings
from eeglrp.windowing.rest import balanced_labels, rest_candidates
from eeglrp.windowing.windows import make_windows

REST = {
    "kind": "rest",
    "classes": ["left", "right"],
    "start": 0.0,
    "length": 2.0,
    "truth": [],
}
NOTES = [
    (0.0, 4.1, "rest"),
    (4.1, 4.1, "left"),
    (8.2, 6.0, "rest"),
    (15.0, 1.9, "rest"),
]


def candidates(raw, seed=0, **changes):
    return rest_candidates(raw, REST | changes, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("changes", "onset"),
    [
        ({}, [0, 2, 8.2, 10.2, 12.2]),
        ({"start": 0.5}, [0.5, 8.7, 10.7]),
        ({"start": 5.0}, []),
        ({"length": 1.0}, [0, 1, 2, 3, 8.2, 9.2, 10.2, 11.2, 12.2, 13.2, 15]),
    ],
)
def test_windows_tile_rest_segments_alone(make_raw, changes, onset):
    found = candidates(make_raw(notes=NOTES), **changes)
    assert found.onset.tolist() == pytest.approx(onset)
    assert len(found.label) == len(onset)
    assert found.event is None
    assert found.cue is None
    assert found.counts == [("segment_found", "rest", 3)]


def test_a_recording_without_rest_offers_nothing(make_raw):
    found = candidates(make_raw(notes=[(0.0, 15.0, "eyes_closed")]))
    assert len(found.onset) == len(found.label) == len(found.counts) == 0


@given(st.integers(0, 40), st.integers(2, 4), st.integers(0, 99))
def test_labels_are_balanced(number, n_classes, seed):
    label = balanced_labels(number, n_classes, np.random.default_rng(seed))
    counts = np.bincount(label, minlength=n_classes)
    assert counts.sum() == number
    assert len(counts) == n_classes
    assert np.ptp(counts) <= 1


def test_no_class_is_always_ahead_and_no_window_always_of_one_class():
    drawn = [
        balanced_labels(5, 2, np.random.default_rng(seed))
        for seed in range(200)
    ]
    assert np.mean(np.sum(drawn, axis=1) == 3) == pytest.approx(0.5, abs=0.12)
    np.testing.assert_allclose(np.mean(drawn, axis=0), 0.5, atol=0.12)


def windows_of(
    make_raw,
    settings,
    name="a",
    seed=3,
    subject="S1",
    recording="R01",
    **plant,
):
    raw = make_raw(40, notes=[(0.0, 40.0, "rest")])
    task = REST | {"plant": plant}
    return make_windows(
        [Recording(recording, raw)], name, task, settings, seed, subject
    )[0]


@pytest.mark.slow
def test_tasks_that_differ_in_what_is_planted_share_windows_and_labels(
    make_raw, settings
):
    alpha = {"amplitude": 3.0, "frequency": 10.0, "label_probability": 1.0}
    first = windows_of(make_raw, settings)
    second = windows_of(make_raw, settings, "b", alpha=alpha)
    assert first["samples"] == second["samples"]
    assert len(first["label"]) == 20
    assert first["label"].sum() == 10
    for name in ("label", "onset"):
        np.testing.assert_array_equal(first[name], second[name])


@pytest.mark.parametrize(
    "changes", [{"seed": 4}, {"subject": "S2"}, {"recording": "R02"}]
)
def test_seed_subject_and_recording_draw_labels_of_their_own(
    make_raw, settings, changes
):
    drawn = [
        windows_of(make_raw, settings, **part)["label"]
        for part in ({}, changes)
    ]
    assert not np.array_equal(*drawn)


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ((), "a: annotations: there are none"),
        (
            [(1.0, 4.0, "left")],
            "tasks.calm.kind: rest: none found in the recordings.*left",
        ),
    ],
)
def test_recordings_without_rest_are_an_error(
    make_raw, settings, notes, message
):
    with pytest.raises(InputError, match=message):
        make_windows(
            [Recording("a", make_raw(20, notes=notes))],
            "calm",
            REST,
            settings,
            1,
            "S1",
        )


@pytest.mark.slow
def test_real_recordings(shared_data, settings):
    dataset = {
        "source": "eegmmidb",
        "runs": "all",
        "folder": "eegmmidb",
        "download": False,
    }
    record = load("eegmmidb").prepare(
        dataset | {"subjects": "all"}, shared_data, "S004", 1
    )
    three = [
        recording
        for recording in recordings(record)
        if recording.name <= "R03"
    ]
    arrays, counts = make_windows(
        three, "rest", REST, settings | {"notch": 60.0}, 1, "S004"
    )
    assert set(arrays["recording"]) == {"R01", "R03"}
    unused = counts[counts["item"] == "recording_unused"]
    assert unused["recording"].tolist() == ["R02"]
    for name in ("R01", "R03"):
        label = arrays["label"][np.array(arrays["recording"]) == name]
        assert len(label) >= 28
        assert label.mean() == pytest.approx(0.5, abs=0.05)
