import numpy as np
import pandas as pd
import pytest
import torch

from eeglrp.models.data import Windows
from eeglrp.models.labram import build as build_labram
from eeglrp.models.labram import forward_kwargs, masked_patches
from eeglrp.training.masking import (
    FREQUENCIES,
    PARTS,
    hidden_errors,
    make_network,
    make_objective,
    masked_loss,
    predict_hidden,
    random_masks,
    spectrum,
)

CHANNELS = ("FP1", "CZ", "O2", "C3")
CPU = torch.device("cpu")


@pytest.fixture
def noise():
    """Windows of two patches, every electrode louder than the one before."""
    rng = np.random.default_rng(0)
    loudness = np.array([0.1, 0.2, 0.4, 0.8])[:, None]
    signal = loudness * rng.standard_normal((60, len(CHANNELS), 400))
    return Windows(signal.astype(np.float32), pd.DataFrame(), CHANNELS, 200.0)


def test_spectrum_finds_a_rhythm_where_and_when_it_is():
    signal = torch.zeros(1, 2, 400)
    time = torch.arange(40) / 200
    # Electrode 1, second patch, third fifth: 25 Hz.
    signal[0, 1, 280:320] = torch.sin(2 * torch.pi * 25 * time)
    found = spectrum(signal).reshape(1, 2, 2, PARTS, FREQUENCIES)
    assert np.unravel_index(int(found.argmax()), found.shape) == (
        0,
        1,
        1,
        2,
        4,
    )
    silent = torch.log(torch.tensor(0.01))
    assert torch.allclose(found[0, 0], silent.expand(2, PARTS, FREQUENCIES))


@pytest.mark.parametrize(
    ("share", "hidden"), [(0.5, 10), (0.01, 1), (0.99, 18)]
)
def test_masks_hide_random_patches_of_electrodes_and_time(share, hidden):
    masks = random_masks(200, 19, share, np.random.default_rng(0))
    assert masks.shape == (200, 19)
    assert (masks.sum(1) == hidden).all()
    rates = masks.float().mean(0)
    assert (abs(rates - hidden / 19) < 0.15).all()


def test_masked_patches_are_unseen_but_for_their_power_and_the_hook_goes(
    small_model,
):
    torch.manual_seed(0)
    module = build_labram(small_model, CHANNELS, 200, 5).eval()
    token, mask = torch.ones(200), torch.tensor([[False, True, True, False]])
    signal = torch.randn(1, 4, 200)
    seen = []

    def watch(_, inputs):
        seen.append(inputs[0])

    handle = module.blocks[0].register_forward_pre_hook(watch)
    with torch.inference_mode():
        plain = module(signal, **forward_kwargs(CHANNELS))
        with masked_patches(module, token, mask):
            module(signal, **forward_kwargs(CHANNELS))
        again = module(signal, **forward_kwargs(CHANNELS))
    handle.remove()
    rows = module.position_embedding[0, 1:] + 0
    first, hidden = seen[0][0, 1:], seen[1][0, 1:]
    assert torch.equal(hidden[[0, 3]], first[[0, 3]])
    time = module.temporal_embedding[0, 0]
    from eeglrp.models.labram import braindecode_labram

    order = braindecode_labram().LABRAM_CHANNEL_ORDER
    expected = 1 + rows[[order.index("CZ"), order.index("O2")]] + time
    assert torch.allclose(hidden[[1, 2]], expected)
    assert torch.equal(plain, again)
    assert not module.patch_embed._forward_hooks


def test_the_hook_goes_when_the_block_fails(small_model):
    module = build_labram(small_model, CHANNELS, 200, 5)
    with (
        pytest.raises(RuntimeError),
        masked_patches(module, torch.ones(200), torch.ones(1, 4) > 0),
    ):
        raise RuntimeError
    assert not module.patch_embed._forward_hooks


def test_an_untrained_network_knows_nothing_but_the_average(
    small_model, noise
):
    network = make_network(small_model, noise, CPU)
    torch.nn.init.zeros_(network.module.final_layer.weight)
    torch.nn.init.zeros_(network.module.final_layer.bias)
    objective = make_objective(noise.signal, np.arange(60), 0.5, CPU)
    loss = masked_loss(
        network,
        objective,
        torch.from_numpy(noise.signal),
        np.random.default_rng(1),
    )
    # Mask and complement together weigh every patch once.
    assert float(loss.detach()) == pytest.approx(1.0, abs=1e-4)


def test_a_patch_is_predicted_by_the_pass_that_hides_it(
    small_model, noise, monkeypatch
):
    network = make_network(small_model, noise, CPU)
    signal, passes = torch.from_numpy(noise.signal[:3]), []
    mask = random_masks(3, 8, 0.4, np.random.default_rng(2))

    def forward(both, return_patch_tokens, ch_names):
        """Every pass marks its patches with its own number."""
        assert return_patch_tokens
        assert ch_names == list(CHANNELS)
        assert torch.equal(both[:3], both[3:])
        embedded = network.module.patch_embed(both)
        passes.append((embedded == network.token).all(-1))
        return torch.arange(6.0)[:, None, None].expand(
            6, 8, PARTS * FREQUENCIES
        )

    monkeypatch.setattr(network.module, "forward", forward)
    torch.nn.init.constant_(network.token, 7.0)
    found = predict_hidden(network, signal, mask)
    (hidden,) = passes
    assert torch.equal(hidden, torch.cat([mask, ~mask]))
    for window in range(3):
        for patch in range(8):
            number = int(found[window, patch, 0])
            assert number % 3 == window
            assert hidden[number, patch]


def test_errors_by_electrode_and_frequency_are_those_of_slow_sums(noise):
    objective = make_objective(noise.signal, np.arange(20), 0.3, CPU)
    masks = []

    def predict(signal, target, mask):
        masks.append(mask)
        return torch.zeros_like(target)

    found = hidden_errors(predict, objective, noise.signal, 11, CPU)
    parts = noise.signal.astype(float).reshape(60, 4, 2, PARTS, 40)
    values = np.log(
        np.abs(np.fft.rfft(parts))[..., 1 : FREQUENCIES + 1] + 0.01
    )
    of_first = values[:20].reshape(-1, PARTS, FREQUENCIES)
    standard = (values - of_first.mean(0)) / of_first.std(0)
    np.testing.assert_allclose(found, (standard**2).mean((0, 2, 3)), rtol=1e-4)
    hidden_errors(predict, objective, noise.signal, 11, CPU)
    assert torch.equal(masks[0], masks[1])
    assert (masks[0].sum(1) == 2).all()


def test_errors_do_not_depend_on_the_blocks_that_windows_are_read_in(
    noise, monkeypatch
):
    objective = make_objective(noise.signal, np.arange(60), 0.3, CPU)

    def halve(signal, target, mask):
        return target / 2

    whole = hidden_errors(halve, objective, noise.signal, 0, CPU)
    monkeypatch.setattr("eeglrp.training.masking.BLOCK", 7)
    torch.testing.assert_close(
        hidden_errors(halve, objective, noise.signal, 0, CPU), whole
    )
