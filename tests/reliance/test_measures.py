import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from eeglrp.errors import InputError
from eeglrp.reliance.measures import (
    chance_levels,
    confound_electrodes,
    field_size,
    magnitudes,
    subject_measures,
)

CHANNELS = ["FP1", "F7", "FZ", "C3", "PZ", "O1"]
TARGET = np.array([True, True, False, False, False, False])


def test_electrodes_of_the_confounds():
    assert confound_electrodes("saccade", CHANNELS).tolist() == TARGET.tolist()
    assert (
        confound_electrodes("alpha", CHANNELS).tolist()
        == [False] * 4 + [True] * 2
    )


@pytest.mark.parametrize("channels", [["C3", "C4"], ["FP1", "FP2"]])
def test_electrodes_that_leave_no_question_are_refused(channels):
    with pytest.raises(InputError, match="lie where saccade is largest"):
        confound_electrodes("saccade", channels)


def test_measures_of_known_maps():
    maps = np.zeros((2, 6, 3))
    maps[0, 0, :2] = [1, -2]
    maps[0, 3, 1] = 1
    maps[1, 1, 0] = -4
    size = magnitudes(maps)
    assert size[0].tolist() == [3, 0, 0, 1, 0, 0]
    found = subject_measures(size, TARGET, np.array([3.0, 2, 0, 1, 0, 0]))
    assert found["share"] == pytest.approx((0.75 + 1) / 2)
    assert found["absolute"] == pytest.approx((3 + 4) / 2)
    expected = spearmanr([0.375, 0.5, 0, 0.125, 0, 0], [3, 2, 0, 1, 0, 0])[0]
    assert found["topography"] == pytest.approx(expected)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 1e3), st.integers(0, 2**31))
def test_shares_and_likeness_do_not_depend_on_the_size_of_relevance(
    factor, seed
):
    rng = np.random.default_rng(seed)
    size, planted = rng.random((5, 6)), rng.random(6)
    one = subject_measures(size, TARGET, planted)
    other = subject_measures(factor * size, TARGET, 3 * planted)
    assert other["share"] == pytest.approx(one["share"])
    assert other["topography"] == pytest.approx(one["topography"])
    assert other["absolute"] == pytest.approx(factor * one["absolute"])
    assert 0 <= one["share"] <= 1


def test_windows_without_relevance_are_left_out_of_shares():
    size = np.array([[0.0] * 6, [1, 0, 0, 0, 0, 1]])
    assert subject_measures(size, TARGET, np.arange(6.0))["share"] == 0.5
    nothing = subject_measures(np.zeros((3, 6)), TARGET, np.arange(6.0))
    assert np.isnan(nothing["share"])
    assert nothing["absolute"] == 0


def test_a_map_that_is_flat_has_no_likeness():
    found = subject_measures(np.ones((2, 6)), TARGET, np.arange(6.0))
    assert np.isnan(found["topography"])
    assert found["share"] == pytest.approx(chance_levels(TARGET)["share"])


def test_the_field_is_what_moving_the_event_changes():
    rng = np.random.default_rng(0)
    noise, field = (
        rng.standard_normal((40, 6, 50)),
        np.array([4.0, -3, 1, 0, 0, 0]),
    )
    side = np.where(np.arange(40) % 2, 1, -1)
    matched = noise + field[:, None]
    neutral = noise + side[:, None, None] * field[:, None]
    found = field_size(matched, neutral)
    np.testing.assert_allclose(
        found, 2 * np.abs(field) * np.sqrt(0.5), atol=1e-12
    )
