import numpy as np
import torch

from eeglrp.attribution.draws import normal_like, window_generators
from eeglrp.attribution.gradients import input_x_gradient
from eeglrp.attribution.smoothgrad import smoothgrad


def test_a_quadratic_function_by_hand(polynomial, short):
    model = polynomial()
    found = smoothgrad(model, short, [0, 2, 1], draws=4, noise=0.2, seed=7)
    generators = window_generators(7, short)
    drawn = torch.stack(
        [normal_like(short, generators) for _ in range(4)]
    ).numpy()
    values = short.numpy()
    for k, number in enumerate([0, 2, 1]):
        a, b = (each[number].detach().numpy() for each in (model.a, model.b))
        noisy = values[k] + 0.2 * values[k].std() * drawn[:, k]
        gradient = np.mean([a + b @ each.ravel() for each in noisy], axis=0)
        np.testing.assert_allclose(
            found.relevance[k], values[k] * gradient.reshape(3, 4)
        )
    assert list(found.ledger) == ["input", "unexplained"]


def test_of_a_linear_function_noise_changes_nothing(polynomial, short):
    model = polynomial(quadratic=False)
    found = smoothgrad(model, short, 1, noise=3.0)
    torch.testing.assert_close(
        found.relevance, input_x_gradient(model, short, 1).relevance
    )


def test_more_draws_come_nearer_to_the_gradient_of_a_quadratic(
    polynomial, short
):
    model = polynomial()
    exact = input_x_gradient(model, short, 1).relevance
    errors = [
        (smoothgrad(model, short, 1, draws=draws).relevance - exact).norm()
        for draws in (2, 512)
    ]
    assert errors[1] < errors[0] / 4


def test_noise_scales_with_each_window(polynomial, short):
    model = polynomial(quadratic=True)
    with torch.no_grad():
        model.a.zero_()
    # Of degree 2: a window 1000 times as large has relevance a million times as large.
    large = short.clone()
    large[0] *= 1000
    scale = 0.1 * large.flatten(1).std(1, correction=0)
    plain = input_x_gradient(model, large, 1).relevance
    spread = (
        (smoothgrad(model, large, 1, draws=1).relevance - plain)
        .flatten(1)
        .norm(dim=1)
    )
    assert (spread < 40 * scale * large.flatten(1).norm(dim=1)).all()
    assert spread[0] > 1e4 * spread[1:].max()


def test_the_seed_decides(polynomial, short):
    first, second, again = (
        smoothgrad(polynomial(), short, 0, seed=seed).relevance
        for seed in (1, 2, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, second)
