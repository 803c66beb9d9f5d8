"""Sensitivity of maps, against models of which it is known."""

import numpy as np
import torch

from eeglrp.attribution.gradients import input_x_gradient
from eeglrp.evaluate.robustness import noisy_copies, sensitivity, unchanged


def windows(n=6):
    generator = torch.Generator().manual_seed(1)
    scale = torch.tensor([0.1, 1.0, 5.0] * (n // 3))[:, None, None]
    return torch.randn(n, 3, 400, generator=generator) * scale


def test_noise_is_a_share_of_each_windows_deviation():
    signal = windows()
    copies = noisy_copies(signal, 0.05, 3, seed=1)
    assert len(copies) == 3
    for copy in copies:
        ratio = (copy - signal).flatten(1).std(1) / signal.flatten(1).std(1)
        assert torch.allclose(ratio, torch.full((6,), 0.05), rtol=0.1)
    assert not torch.equal(copies[0], copies[1])


def test_noise_depends_on_window_and_seed_alone():
    signal = windows()
    copies = noisy_copies(signal, 0.05, 2, seed=1)
    alone = noisy_copies(signal[2:3], 0.05, 2, seed=1)
    assert all(
        torch.equal(a[2:3], b) for a, b in zip(copies, alone, strict=True)
    )
    assert not torch.equal(noisy_copies(signal, 0.05, 1, seed=2)[0], copies[0])


def test_a_linear_model_has_the_sensitivity_of_its_weights():
    signal = windows().double()
    weight = torch.randn(
        2,
        1200,
        dtype=torch.float64,
        generator=torch.Generator().manual_seed(3),
    )

    def model(batch):
        return batch.flatten(1) @ weight.T

    copies = noisy_copies(signal, 0.05, 4, seed=1)
    target = torch.zeros(6, dtype=torch.int64)
    own = input_x_gradient(model, signal, target).relevance.numpy()
    noisy = [
        input_x_gradient(model, copy, target).relevance.numpy()
        for copy in copies
    ]
    found = sensitivity(own, np.stack(noisy))
    row = weight[0].numpy().reshape(3, 400)
    for k in range(6):
        size = np.linalg.norm(signal[k].numpy() * row)
        change = [
            np.linalg.norm((copy - signal)[k].numpy() * row) / size
            for copy in copies
        ]
        np.testing.assert_allclose(
            found[k], [max(change), np.mean(change)], rtol=1e-9
        )


def test_a_map_that_stays_is_not_sensitive_and_one_of_zeros_has_no_value():
    maps = np.ones((2, 1, 4))
    maps[1] = 0
    found = sensitivity(maps, np.stack([maps, maps]))
    np.testing.assert_array_equal(found[0], 0)
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(
        sensitivity(maps, np.stack([maps, -maps]))[0], [2, 1]
    )


def test_a_window_counts_as_unchanged_if_no_copy_changes():
    prediction = torch.tensor([0, 1, 1])
    copies = [torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1])]
    assert unchanged(prediction, copies).tolist() == [True, False, True]
