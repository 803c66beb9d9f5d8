import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeglrp.windowing.scale import in_own_unit


@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.01, 100),
    st.sampled_from([1.0, 100.0]),
)
def test_half_is_the_median_deviation_and_microvolt_stay(seed, size, unit):
    rng = np.random.default_rng(seed)
    of_electrodes = rng.uniform(0.5, 2, (1, 5, 1))
    signal = size * of_electrodes * rng.standard_normal((3, 5, 40))
    arrays = {"signal": signal.astype(np.float32), "truth": None, "label": 3}
    scaled, own = in_own_unit(arrays, unit)
    deviation = scaled["signal"].std((0, 2), dtype=float)
    assert np.median(deviation) == pytest.approx(0.5, rel=1e-4)
    np.testing.assert_allclose(
        own * scaled["signal"], unit * arrays["signal"], rtol=1e-5
    )
    assert scaled["truth"] is None
    assert scaled["label"] == 3


def test_planted_truth_keeps_its_part_of_the_signal():
    signal = np.random.default_rng(1).standard_normal((2, 3, 50))
    arrays = {"signal": signal, "truth": signal / 4}
    scaled, _ = in_own_unit(arrays, 100.0)
    np.testing.assert_allclose(
        scaled["truth"], scaled["signal"] / 4, rtol=1e-5
    )


@pytest.mark.parametrize("shape", [(0, 3, 50), (2, 3, 50)])
def test_without_windows_or_signal_the_unit_stays(shape):
    arrays = {"signal": np.zeros(shape, np.float32)}
    scaled, unit = in_own_unit(arrays, 100.0)
    assert unit == 100.0
    assert scaled["signal"] is arrays["signal"]
