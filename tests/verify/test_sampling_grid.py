"""The grid of samples that a model sees, against what is known of its convolution."""

import numpy as np
import pytest
import torch
from torch import nn

from eeglrp.attribution.smoothing import smooth
from eeglrp.errors import InputError
from eeglrp.verify.sampling_grid import sampling_grid, smooth_on_grid

N_TIMES = 240


class Strided(nn.Module):
    """A convolution over each electrode, all weights 1; it sees some samples more often."""

    def __init__(self, kernel, stride, padding):
        super().__init__()
        self.conv = nn.Conv1d(
            1, 1, kernel, stride, padding, bias=False, dtype=torch.float64
        )
        nn.init.ones_(self.conv.weight)

    def forward(self, x):
        z = self.conv(x.flatten(0, 1)[:, None])
        total = z.reshape(len(x), -1).sum(1)
        return torch.stack([total, -total], 1)


def times_seen(kernel, stride, padding):
    """How many of the convolution's windows hold each sample, counted one by one."""
    count = np.zeros(N_TIMES)
    for start in range(-padding, N_TIMES + padding - kernel + 1, stride):
        count[max(start, 0) : start + kernel] += 1
    return count


def expected(model_size):
    return times_seen(*model_size) / times_seen(*model_size).mean()


@pytest.mark.parametrize("size", [(15, 8, 7), (9, 8, 4), (7, 3, 2)])
def test_the_grid_counts_how_often_a_sample_is_seen(size):
    grid = sampling_grid(Strided(*size).eval(), 5, N_TIMES, n_draws=400)
    assert grid.mean() == pytest.approx(1)
    # |noise| has a relative deviation of 0.76, averaged over 5 x 400 values.
    np.testing.assert_allclose(grid, expected(size), rtol=5 * 0.76 / 2000**0.5)


def test_averaging_over_phases_is_less_noisy_and_periodic():
    model, size = Strided(15, 8, 7).eval(), (15, 8, 7)
    single = sampling_grid(model, 2, N_TIMES, n_draws=20)
    pooled = sampling_grid(model, 2, N_TIMES, n_draws=20, period=8)
    np.testing.assert_allclose(pooled[:8], pooled[8:16])
    inner = slice(8, -8)
    error = [
        np.std((each / expected(size))[inner]) for each in (single, pooled)
    ]
    assert error[1] < error[0] / 3
    np.testing.assert_allclose(pooled.mean(), 1)


def test_a_period_that_does_not_divide_the_window():
    grid = sampling_grid(Strided(1, 1, 0).eval(), 2, 10, n_draws=50, period=4)
    np.testing.assert_allclose(grid[:4], grid[4:8])
    np.testing.assert_allclose(grid[8:], grid[:2])


def test_the_grid_is_reproducible_and_follows_the_rules(labram, named):
    model = labram(trained=True)
    options = {"n_draws": 4, "forward_kwargs": named(3), "target": 1}
    first, again = (sampling_grid(model, 3, 400, **options) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(
        first, sampling_grid(model, 3, 400, seed=1, **options)
    )
    assert not np.allclose(
        first, sampling_grid(model, 3, 400, rules="cp_lrp", **options)
    )


def maps_of_noise(model, kwargs, n_draws=96):
    from eeglrp.lrp.explain import explain

    generator = torch.Generator().manual_seed(12345)
    noise = torch.randn(
        n_draws, 3, 400, generator=generator, dtype=torch.float64
    )
    return (
        explain(model, noise, 0, forward_kwargs=kwargs)
        .relevance.abs()
        .mean(1)
        .numpy()
    )


def squared_errors(profiles):
    """Mean squared distance of the mean profile from flat, in squared standard errors."""
    profiles = profiles / profiles.mean()
    standard_error = profiles.std(0, ddof=1) / len(profiles) ** 0.5
    return np.mean(((profiles.mean(0) - 1) / standard_error) ** 2)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1, 8, 16])
def test_fresh_noise_is_flat_on_the_grid_of_labram_and_not_without(
    labram, named, width
):
    model = labram(trained=True)
    options = {
        "period": 200,
        "n_draws": 96,
        "target": 0,
        "forward_kwargs": named(3),
    }
    grid = sampling_grid(model, 3, 400, **options)
    maps = maps_of_noise(model, named(3))
    assert squared_errors(smooth(maps, width)) > 20
    # 1 from the fresh noise, and half of that from the noise of the grid.
    assert squared_errors(smooth_on_grid(maps, width, grid)) < 2


@pytest.mark.parametrize("size", [(15, 8, 7), (9, 8, 4)])
@pytest.mark.parametrize("width", [1, 3, 4, 8])
def test_a_transient_is_found_where_it_is_at_every_phase(size, width):
    from eeglrp.lrp.explain import explain

    model, times = Strided(*size).eval(), np.arange(N_TIMES)
    grid = sampling_grid(model, 1, N_TIMES, n_draws=400, period=8)
    centres = np.arange(112, 120)
    bumps = np.exp(-0.5 * ((times - centres[:, None]) / 4) ** 2)[:, None]
    maps = (
        explain(model, torch.from_numpy(bumps), 0)
        .relevance.abs()
        .numpy()[:, 0]
    )
    found = smooth_on_grid(maps, width, grid).argmax(1)
    assert np.abs(found - centres).max() <= 1
    if size == (9, 8, 4) and width < 8:
        # One sample in eight is seen twice, and draws peaks to itself.
        assert np.abs(smooth(maps, width).argmax(1) - centres).max() > 1


@pytest.mark.parametrize("width", [1, 5, 8])
def test_relevance_in_proportion_to_the_grid_is_constant(width):
    grid = np.random.default_rng(0).uniform(0.3, 2, 60)
    found = smooth_on_grid(np.stack([grid, 2 * grid]), width, grid)
    np.testing.assert_allclose(found, np.tile([[1.0], [2.0]], 60))


def test_a_flat_grid_is_plain_smoothing():
    values = np.random.default_rng(0).normal(size=(2, 3, 50))
    np.testing.assert_allclose(
        smooth_on_grid(values, 8, np.ones(50)), smooth(values, 8)
    )


def test_samples_that_are_never_seen_do_not_count():
    model = Strided(5, 8, 0).eval()
    grid = sampling_grid(model, 3, N_TIMES, n_draws=20, period=8)
    assert (grid[5:8] == 0).all()
    assert (grid[:5] > 0).all()
    np.testing.assert_allclose(smooth_on_grid(grid, 8, grid), 1)
    with pytest.raises(InputError, match="sees none of them"):
        smooth_on_grid(grid, 1, grid)


def test_single_precision_stays():
    ones = np.ones(40, np.float32)
    assert smooth_on_grid(ones, 8, np.ones(40)).dtype == np.float32


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        (np.ones(49), "windows of this length"),
        (np.ones((2, 50)), "windows of this length"),
        (np.full(50, np.nan), "not finite"),
        (-np.ones(50), "negative"),
    ],
)
def test_grids_that_do_not_fit_are_refused(grid, words):
    with pytest.raises(InputError, match=words):
        smooth_on_grid(np.ones((2, 50)), 8, grid)


@pytest.mark.parametrize(
    "sizes", [{"n_channels": 0}, {"n_times": 0}, {"n_draws": 0}, {"period": 0}]
)
def test_sizes_below_one_are_refused(sizes):
    with pytest.raises(InputError, match=f"{next(iter(sizes))}: is 0"):
        sampling_grid(
            Strided(5, 1, 2).eval(),
            **{"n_channels": 1, "n_times": 20, **sizes},
        )


def test_a_model_that_gives_noise_no_relevance_is_refused():
    model = Strided(5, 1, 2).eval()
    nn.init.zeros_(model.conv.weight)
    with pytest.raises(InputError, match="receives no relevance"):
        sampling_grid(model, 1, 20, n_draws=2)
