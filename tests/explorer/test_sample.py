"""The sample of windows is even, and the seed's."""

import pandas as pd
import pytest

from eeglrp.explorer.sample import shown_windows


@pytest.fixture
def windows():
    """Ten windows of one subject, thirty of another; two classes each."""
    subject = ["a"] * 10 + ["b"] * 30
    return pd.DataFrame(
        {
            "sample": [f"{name}{row}" for row, name in enumerate(subject)],
            "subject": subject,
            "label": [row % 2 for row in range(40)],
        }
    )


def test_few_windows_are_all_shown(windows):
    assert shown_windows(windows, 40, 0) is windows


def test_subjects_and_classes_share_evenly(windows):
    shown = shown_windows(windows, 12, 0)
    counts = shown.groupby(["subject", "label"]).size()
    assert counts.tolist() == [3, 3, 3, 3]


def test_a_subject_with_few_windows_leaves_its_room_to_others(windows):
    shown = shown_windows(windows, 32, 0)
    assert len(shown) == 32
    assert (shown["subject"] == "a").sum() == 10


def test_the_order_stays(windows):
    shown = shown_windows(windows, 15, 3)
    assert shown.index.is_monotonic_increasing


def test_the_seed_decides(windows):
    one, same, other = (
        shown_windows(windows, 12, seed)["sample"].tolist()
        for seed in (0, 0, 1)
    )
    assert one == same
    assert one != other
