import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.attribution.smoothing import smooth


@pytest.mark.parametrize("width", [8, 16])
def test_comb_of_the_stride_vanishes(width):
    comb = np.tile(np.random.default_rng(0).normal(size=8), 25)
    inner = smooth(comb, width)[width:-width]
    np.testing.assert_allclose(inner, comb[:8].mean(), atol=1e-12)


@settings(deadline=None, max_examples=25)
@given(width=st.integers(0, 21))
def test_smoothing_keeps_constants_and_centres(width):
    np.testing.assert_allclose(smooth(np.full((2, 60), 3.0), width), 3)
    impulse = np.zeros(61)
    impulse[30] = 1
    smoothed = smooth(impulse, width)
    np.testing.assert_allclose(smoothed, smoothed[::-1], atol=1e-12)
    np.testing.assert_allclose(smoothed.sum(), 1)
    assert np.count_nonzero(smoothed) == max(1, width + 1 - width % 2)


def test_single_precision_stays():
    assert smooth(np.ones((2, 3, 40), np.float32), 8).dtype == np.float32
