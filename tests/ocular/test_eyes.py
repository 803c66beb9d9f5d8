"""What the eyes did in the windows of a task: terciles and groups."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeglrp.ocular.eyes import eye_groups, eye_table, tercile
from eeglrp.ocular.heog import NoGaze
from eeglrp.store import write_windows

RATE = 200


def store(path, gaze, label, start=0.0, channels=("F7", "F8", "CZ")):
    """Windows of 2 s whose gaze turns by `gaze` microvolt (left positive) 0.5 s after the cue."""
    times = start + np.arange(2 * RATE) / RATE
    signal = np.zeros((len(gaze), len(channels), len(times)))
    signal[:, 0] = np.outer(gaze, times >= 0.5) / 100
    who = path.name.removesuffix(".zarr.zip")
    write_windows(
        path,
        signal,
        label,
        channels=channels,
        sampling_rate=RATE,
        samples=[f"{who}/r/{k}" for k in range(len(gaze))],
        subject=[who] * len(gaze),
        recording=["r"] * len(gaze),
        onset=np.arange(len(gaze)),
        attrs={"settings": {"unit": 100.0, "start": start}},
    )
    return path


def test_gaze_is_signed_by_the_label_and_steps_above_the_threshold_are_saccades(
    tmp_path,
):
    gaze, label = [50.0, 50.0, -30.0, 6.0, 0.0], [0, 1, 1, 0, 1]
    table = eye_table([store(tmp_path / "07.zarr.zip", gaze, label)])
    assert table["subject"].tolist() == ["07"] * 5
    assert table["label"].tolist() == label
    # Gaze has turned in 0.7 of the 0.9 s.
    expected = np.array([50.0, -50.0, 30.0, 6.0, 0.0]) * 0.7 / 0.9
    np.testing.assert_allclose(table["heog"], expected, rtol=1e-4, atol=1e-4)
    assert table["saccade"].tolist() == [True, True, True, False, False]
    np.testing.assert_allclose(table["step"][:3], [50, -50, 30], rtol=0.1)


def test_subjects_without_windows_are_left_out(tmp_path):
    empty = store(tmp_path / "01.zarr.zip", [], [])
    other = store(tmp_path / "02.zarr.zip", [40.0], [0])
    assert eye_table([empty, other])["sample"].tolist() == ["02/r/0"]
    assert eye_table([empty]).empty


def test_windows_without_gaze_are_refused(tmp_path):
    with pytest.raises(NoGaze, match="beside the eyes"):
        eye_table(
            [store(tmp_path / "a.zarr.zip", [1.0], [0], channels=("CZ", "C3"))]
        )
    with pytest.raises(NoGaze, match="hold no gaze"):
        eye_table([store(tmp_path / "b.zarr.zip", [1.0], [0], start=1.5)])


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (1, [1]),
        (2, [0, 2]),
        (3, [0, 1, 2]),
        (4, [0, 1, 1, 2]),
        (5, [0, 0, 1, 2, 2]),
    ],
)
def test_terciles_of_few_values(n, expected):
    assert tercile(np.arange(n), ["a"] * n).tolist() == expected


@given(
    st.lists(st.integers(-5, 5), min_size=1, max_size=40), st.integers(1, 4)
)
def test_terciles_are_ordered_and_as_large_as_each_other_in_every_unit(
    values, n_units
):
    values = np.array(values, float)
    unit = np.arange(len(values)) % n_units
    found = tercile(values, unit)
    for name in np.unique(unit):
        own, third = values[unit == name], found[unit == name]
        sizes = np.bincount(third, minlength=3)
        assert sizes[0] == sizes[2]
        assert abs(sizes[1] - sizes[0]) <= 1
        for lower, upper in ((0, 1), (1, 2), (0, 2)):
            if sizes[lower] and sizes[upper]:
                assert own[third == lower].max() <= own[third == upper].min()


def test_a_subjects_offset_does_not_move_its_trials(make_trials):
    trials = make_trials()
    moved = trials.assign(
        heog=trials["heog"] + 100 * trials["subject"].astype(int)
    )
    moved["heog"] += 30 * moved["label"]
    for name, mask in eye_groups(trials).items():
        np.testing.assert_array_equal(mask, eye_groups(moved)[name])


def test_groups_part_the_trials(make_trials):
    trials = make_trials()
    groups = eye_groups(trials)
    quiet = ~trials["saccade"].to_numpy()
    np.testing.assert_array_equal(
        groups["low"] | groups["middle"] | groups["high"], groups["all"]
    )
    np.testing.assert_array_equal(groups["saccade"], ~quiet)
    terciles = [
        groups[f"{name} no saccade"] for name in ("low", "middle", "high")
    ]
    np.testing.assert_array_equal(np.sum(terciles, axis=0), quiet)
    sizes = [
        np.bincount(trials["subject"][mask].astype(int)) for mask in terciles
    ]
    np.testing.assert_array_equal(sizes[0], sizes[2])
    assert not (groups["low"] & groups["high"]).any()
    both = pd.DataFrame({"class": trials["label"], "low": groups["low"]})
    assert both.groupby("class")["low"].mean().tolist() == pytest.approx(
        [1 / 3, 1 / 3]
    )


def test_without_a_quiet_trial_its_groups_are_empty(make_trials):
    groups = eye_groups(make_trials().assign(saccade=True))
    assert not groups["no saccade"].any()
    assert not groups["low no saccade"].any()
    assert groups["high"].any()
