import numpy as np
import torch
from scipy.stats import kstest

from eeglrp.attribution.draws import normal_like, window_generators
from eeglrp.attribution.random_maps import random


def test_absolute_values_sum_to_the_absolute_score(polynomial, short):
    found = random(polynomial(), short, "predicted", "contrast", seed=3)
    torch.testing.assert_close(
        found.relevance.abs().sum((1, 2)), found.output.abs()
    )
    torch.testing.assert_close(
        found.ledger["input"], found.relevance.sum((1, 2))
    )


def test_seed_and_window_decide_and_the_model_does_not(polynomial, short):
    first = random(polynomial(), short, 0, seed=3)
    other = random(polynomial(quadratic=False), short, 1, seed=3)
    scale = (first.output / other.output).abs()[:, None, None]
    torch.testing.assert_close(first.relevance, other.relevance * scale)
    assert not torch.equal(
        first.relevance, random(polynomial(), short, 0, seed=4).relevance
    )


def test_values_are_standard_normal_and_differ_between_windows():
    windows = torch.arange(2.0)[:, None, None].expand(2, 30, 100)
    drawn = normal_like(windows, window_generators(0, windows)).numpy()
    assert kstest(drawn.ravel(), "norm").pvalue > 0.01
    assert abs(np.corrcoef(drawn[0].ravel(), drawn[1].ravel())[0, 1]) < 0.06


def test_draws_are_the_same_in_both_precisions_and_go_on():
    windows = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    single, double = (
        window_generators(5, each) for each in (windows, windows.double())
    )
    first = normal_like(windows, single)
    assert torch.equal(first.double(), normal_like(windows.double(), double))
    assert not torch.equal(first, normal_like(windows, single))
