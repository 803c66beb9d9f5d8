"""A null that forgets the sampling grid finds events in what an untrained model says of noise."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from tests.small_labram import build_labram, electrodes

from eeglrp.verify.locking import lag_samples
from eeglrp.verify.wrong_null import (
    false_positives,
    grid_p,
    noise_relevance,
    uniform_p,
    wrong_null_rates,
)

LAGS = lag_samples(0.1, 200)


def courses(rng, n_draws, grid):
    """Noise whose mean has a comb of 8 samples, or none."""
    comb = np.where(np.arange(200) % 8 == 4, 1.5, 0.5) if grid else 1.0
    return [
        comb * (1 + 0.3 * rng.normal(size=(16, 200))) for _ in range(n_draws)
    ]


@pytest.mark.parametrize("grid", [True, False])
def test_only_the_null_that_keeps_the_grid_is_calibrated(grid):
    rng = np.random.default_rng(0)
    places = 100 + 8 * np.arange(-3, 4)
    rates = wrong_null_rates(courses(rng, 60, grid), places, LAGS, 99, rng)
    # Standard error of a rate of 0.05 in 60 draws: 0.028.
    assert rates["grid"].rate <= 0.05 + 3 * 0.028
    if grid:
        assert rates["uniform"].low > 0.8
    else:
        assert rates["uniform"].rate <= 0.05 + 3 * 0.028


def test_what_is_there_is_found_by_both_nulls():
    rng = np.random.default_rng(1)
    (course,) = courses(rng, 1, True)
    place = 100 + rng.integers(-20, 21, 16)
    course[np.arange(16), place] += 10
    assert grid_p(course, place, LAGS, 99, rng) == 0.01
    assert uniform_p(course, place, LAGS, 99, rng) == 0.01


def test_uniform_events_near_the_ends_count_only_inside():
    """With a constant course no place differs from another."""
    rng = np.random.default_rng(2)
    assert uniform_p(np.ones((8, 200)), np.full(8, 3), LAGS, 50, rng) == 1


def test_rates_have_exact_intervals():
    rate = false_positives([0.05, 0.01, 0.2, 0.9])
    assert (rate.rate, rate.n) == (0.5, 4)
    # Clopper & Pearson (1934) for 2 of 4.
    assert rate.low == pytest.approx(0.0676, abs=1e-4)
    assert rate.high == pytest.approx(0.9324, abs=1e-4)
    assert false_positives([0.5] * 10).low == 0


@pytest.mark.slow
def test_noise_is_explained_by_the_model_and_repeats():
    model = build_labram(dtype=torch.float32)
    size = {"n_windows": 2, "n_channels": 3, "n_times": 400}
    settings = {
        "target": 1,
        "rules": "attn_lrp",
        "forward_kwargs": electrodes(3),
    }
    maps = [
        noise_relevance(
            model,
            **size,
            generator=torch.Generator().manual_seed(0),
            **settings,
        )
        for _ in range(2)
    ]
    assert maps[0].shape == (2, 3, 400)
    assert np.abs(maps[0]).max() > 0
    np.testing.assert_array_equal(*maps)


@pytest.mark.benchmark
def test_the_program_prints_a_line_for_every_kind_of_relevance_and_events(
    root,
):
    size = {
        "draws": 2,
        "windows": 6,
        "channels": 2,
        "layers": 1,
        "surrogates": 19,
    }
    arguments = [
        word
        for name, value in size.items()
        for word in (f"--{name}", str(value))
    ]
    command = [sys.executable, "benchmarks/grid_null.py", *arguments]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2 + 2 * 2 * 2
    assert all(line.count("[") == 2 for line in lines[2:])
