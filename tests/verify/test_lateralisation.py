import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.scalp.regions import REGIONS
from eeglrp.verify.lateralisation import columns, side_of, window_values

CHANNELS = ["FP1", "FP2", "FZ", "C3", "CZ", "C4", "CP4", "O2"]


@pytest.mark.parametrize(
    ("channel", "side"),
    [
        ("C3", -1),
        ("c4", 1),
        ("CZ", 0),
        ("AF10", 1),
        ("FT9", -1),
        ("FTT9H", -1),
        ("TPP10h", 1),
    ]
    + [
        ("IZ", 0),
        ("CB1", -1),
        ("M1", 0),
        ("A2", 0),
        ("FP1-F7", 0),
        ("CFC8", 1),
    ],
)
def test_the_name_says_the_side(channel, side):
    assert side_of(channel) == side


def test_every_electrode_off_the_midline_has_a_side():
    plain = [name for name, region in REGIONS.items() if region != "other"]
    assert {name for name in plain if not side_of(name)} == {
        n for n in plain if n.endswith("Z")
    }


def test_agrees_with_a_loop_and_leaves_out_the_midline():
    relevance = np.random.default_rng(0).normal(size=(5, len(CHANNELS), 30))
    assert [one["metric"] for one in columns(CHANNELS)] == [
        "lateralisation ocular_frontal",
        "lateralisation central",
    ]
    for window, (frontal, central) in zip(
        relevance, window_values(relevance, CHANNELS), strict=True
    ):
        size = dict(zip(CHANNELS, np.abs(window).sum(1), strict=True))
        assert frontal == pytest.approx(
            (size["FP2"] - size["FP1"]) / (size["FP2"] + size["FP1"])
        )
        right = (size["C4"] + size["CP4"]) / 2
        assert central == pytest.approx(
            (right - size["C3"]) / (right + size["C3"])
        )


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), scale=st.floats(1e-3, 1e3))
def test_mirrored_relevance_has_the_other_sign_whatever_its_size(seed, scale):
    names, mirrored = (
        ["C3", "C4", "FC5", "FC6", "CZ"],
        ["C4", "C3", "FC6", "FC5", "CZ"],
    )
    relevance = np.random.default_rng(seed).normal(size=(3, 5, 8))
    values = window_values(relevance, names)
    np.testing.assert_allclose(
        window_values(-scale * relevance, mirrored), -values, atol=1e-12
    )
    assert (np.abs(values) <= 1).all()


def test_equal_relevance_has_no_side_however_many_electrodes():
    assert window_values(
        np.ones((1, len(CHANNELS), 4)), CHANNELS
    ).tolist() == [[0, 0]]


def test_a_region_without_relevance_has_no_side():
    relevance = np.ones((1, len(CHANNELS), 4))
    relevance[:, 3:7] = 0
    assert window_values(relevance, CHANNELS)[0, 1] == 0


def test_electrodes_of_one_side_only_have_no_column():
    assert columns(["C3", "CZ", "O1"]) == []
    assert window_values(np.ones((2, 3, 4)), ["C3", "CZ", "O1"]).shape == (
        2,
        0,
    )
