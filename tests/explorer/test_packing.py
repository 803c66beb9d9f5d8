"""Rounding stays within its bound, and what is not rounded comes back as it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eeglrp.explorer.packing import (
    ROUNDING,
    packed,
    packed_windows,
    rounded,
)

from .reading import array


def test_the_bound_is_what_the_documentation_says():
    assert ROUNDING < 0.004


@given(seed=st.integers(0, 999), power=st.integers(-30, 30))
def test_no_value_is_missed_by_more_than_the_bound(seed, power):
    rng = np.random.default_rng(seed)
    windows = rng.laplace(0, 10.0**power, (3, 4, 50))
    largest = np.abs(windows).max(axis=(1, 2), keepdims=True)
    error = np.abs(array(packed_windows(windows)) - windows)
    # The size of a step is a float32.
    assert (error <= largest * (ROUNDING + 1e-6)).all()


def test_a_window_of_zeros_stays_one():
    steps, size = rounded(np.zeros((2, 3, 4)))
    assert not steps.any()
    assert not size.any()


def test_no_window_at_all_is_an_empty_array():
    steps, size = rounded(np.zeros((0, 3, 4)))
    assert steps.shape == (0, 3, 4)
    assert size.shape == (0,)


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_what_is_packed_comes_back(kind):
    values = np.arange(-6, 6).reshape(3, 4).astype(kind)
    assert np.array_equal(array(packed(values.T)), values.T)


def test_the_same_array_gives_the_same_text():
    assert packed(np.ones(9, "f4")) == packed(np.ones(9, "f4"))
