"""Coupling of electrodes, on models where it is known, and LRP beside occlusion."""

import numpy as np
import pytest
import torch
from torch import nn

from eeglrp.errors import InputError
from eeglrp.verify.coupling import coupling, electrode_agreement

N_CHANNELS = 4


class Depthwise(nn.Module):
    """Each electrode by itself, then perhaps a group norm over all, then one value each."""

    def __init__(self, normalise=False):
        super().__init__()
        self.conv = nn.Conv1d(
            N_CHANNELS, N_CHANNELS, 5, groups=N_CHANNELS, bias=False
        )
        self.norm = (
            nn.GroupNorm(1, N_CHANNELS, eps=0) if normalise else nn.Identity()
        )
        self.head = nn.Linear(N_CHANNELS, 2)

    def forward(self, x, gain=1.0):
        return self.head(gain * self.norm(self.conv(x)).mean(2))


def depthwise(normalise=False):
    torch.manual_seed(0)
    return Depthwise(normalise).double().eval()


class Additive(nn.Module):
    """Logit 1 is a sum over electrodes: LRP and occlusion agree exactly."""

    def __init__(self, weights):
        super().__init__()
        self.weights = nn.Parameter(torch.tensor(weights, dtype=torch.float64))

    def forward(self, x):
        total = (x.mean(2) * self.weights).sum(1)
        return torch.stack([-total, total], 1)


def additive(weights):
    return Additive(weights).eval()


class Normalised(nn.Module):
    """First electrode over the norm of all, held constant by the rules: the others are unseen."""

    def forward(self, x):
        total = x[:, 0].mean(1) / x.flatten(1).norm(dim=1)
        return torch.stack([-total, total], 1)


@pytest.fixture
def x():
    torch.manual_seed(1)
    return torch.randn(2, N_CHANNELS, 60, dtype=torch.float64)


def off_diagonal(matrix):
    return matrix[~np.eye(len(matrix), dtype=bool)]


@pytest.mark.parametrize(
    ("scale", "own"), [(10.0, 9.0), (0.0, 1.0), (1.0, 0.0)]
)
def test_a_depthwise_model_couples_nothing(x, scale, own):
    found = coupling(
        depthwise(), x, layer="norm", scale=scale, tokens=lambda values: values
    )
    assert (off_diagonal(found) == 0).all()
    np.testing.assert_allclose(np.diag(found), own, atol=1e-12)


@pytest.mark.parametrize("scale", [10.0, 0.0])
def test_a_group_norm_couples_by_what_the_statistics_change(x, scale):
    model = depthwise(normalise=True)
    found = coupling(
        model, x, layer="norm", scale=scale, tokens=lambda values: values
    )
    with torch.no_grad():
        values = model.conv(x)
    expected = np.zeros((2, N_CHANNELS, N_CHANNELS))
    for n, window in enumerate(values.numpy()):
        before = (window - window.mean()) / window.std()
        for j in range(N_CHANNELS):
            factors = np.where(np.arange(N_CHANNELS) == j, scale, 1.0)[:, None]
            after = factors * window
            after = (after - after.mean()) / after.std()
            change = np.linalg.norm(after - before, axis=1)
            expected[n, :, j] = change / np.linalg.norm(before, axis=1)
    np.testing.assert_allclose(found, expected.mean(0), rtol=1e-9)
    assert off_diagonal(found).min() > 0.01


def test_inputs_of_a_layer_and_further_arguments(x):
    model = depthwise(normalise=True)
    options = {
        "tokens": lambda values: values,
        "forward_kwargs": {"gain": 2.0},
    }
    before_norm = coupling(model, x, layer="norm.input", **options)
    assert (off_diagonal(before_norm) == 0).all()
    after_gain = coupling(model, x, layer="head.input", **options)
    assert off_diagonal(after_gain).min() > 0


def test_values_that_the_model_changes_later_are_those_of_the_layer(x):
    class InPlace(Depthwise):
        def forward(self, x):
            return self.head(self.conv(x).sub_(x.sum()).mean(2))

    options = {"layer": "conv", "tokens": lambda values: values}
    found = coupling(InPlace().double().eval(), x, **options)
    assert (off_diagonal(found) == 0).all()


def test_an_electrode_at_zero_that_stays_there_has_not_changed(x):
    x[:, 2] = 0
    found = coupling(
        depthwise(), x, layer="norm", tokens=lambda values: values
    )
    assert (found[2] == 0).all()
    assert np.isfinite(found).all()


@pytest.mark.parametrize("mean_pooling", [True, False])
def test_labram_couples_electrodes_by_its_group_norms_alone(
    labram, named, signal, mean_pooling
):
    model = labram(trained=True, mean_pooling=mean_pooling)
    found = coupling(model, signal, forward_kwargs=named(3))
    assert found.shape == (3, 3)
    assert off_diagonal(found).min() > 0.05
    for number in (1, 2, 3):
        setattr(
            model.patch_embed.temporal_conv, f"norm{number}", nn.Identity()
        )
    apart = coupling(model, signal, forward_kwargs=named(3))
    assert off_diagonal(apart).max() < 1e-12
    assert np.diag(apart).min() > 0.1
    # Attention couples what the patch embedding left apart.
    inside = coupling(model, signal, layer="blocks.0", forward_kwargs=named(3))
    assert off_diagonal(inside).min() > 0


def test_electrodes_of_labram_are_told_apart(labram, named, signal):
    model = labram(trained=True)
    tokens = []
    model.blocks[0].register_forward_pre_hook(
        lambda module, inputs: tokens.append(inputs[0])
    )
    found = coupling(model, signal, scale=0, forward_kwargs=named(3))
    base, *changed = (
        each[:, 1:].reshape(2, 3, 2, 200).detach().numpy() for each in tokens
    )
    for j, after in enumerate(changed):
        change = np.linalg.norm((after - base).reshape(2, 3, -1), axis=2)
        norm = np.linalg.norm(base.reshape(2, 3, -1), axis=2)
        np.testing.assert_allclose(found[:, j], (change / norm).mean(0))


def test_the_model_is_left_as_it_was(labram, named, signal):
    model = labram(trained=True)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    kept = signal.clone()
    coupling(model, signal, forward_kwargs=named(3))
    electrode_agreement(model, signal, 1, forward_kwargs=named(3))
    assert torch.equal(signal, kept)
    for name, value in model.state_dict().items():
        assert torch.equal(value, state[name])
    assert all(p.requires_grad and p.grad is None for p in model.parameters())
    for module in model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
    assert not torch.nn.modules.module._global_forward_hooks
    assert not torch.nn.modules.module._global_forward_pre_hooks


def test_layers_that_do_not_fit_are_refused(labram, named, signal, x):
    model, kwargs = labram(), named(3)
    with pytest.raises(InputError, match="no such module returns a tensor"):
        coupling(model, signal, layer="nothing", forward_kwargs=kwargs)
    with pytest.raises(InputError, match="give `tokens`"):
        coupling(
            model,
            signal,
            layer="patch_embed.temporal_conv",
            forward_kwargs=kwargs,
        )
    with pytest.raises(InputError, match="give `tokens`"):
        coupling(depthwise(), x, layer="norm")
    with pytest.raises(InputError, match="return \\(n_samples, n_channels"):
        coupling(
            depthwise(), x, layer="norm", tokens=lambda values: values[:, :2]
        )
    with pytest.raises(InputError, match="no list of blocks"):
        coupling(depthwise(), x, tokens=lambda values: values)


@pytest.mark.parametrize("shape", [(3, 400), (0, 3, 400), (2, 0, 400)])
def test_signals_without_samples_or_electrodes_are_refused(labram, shape):
    with pytest.raises(InputError, match="signal: is"):
        coupling(labram(), torch.zeros(shape))


def test_training_mode_is_refused(labram, signal):
    for diagnose in (coupling, lambda *args: electrode_agreement(*args, 0)):
        with pytest.raises(InputError, match=r"model\.eval"):
            diagnose(labram().train(), signal)


@pytest.mark.parametrize(
    "target", [1, "predicted", {1: 1.0}, [1, 0], lambda logits: logits[:, 1]]
)
def test_relevance_and_occlusion_agree_on_a_sum_over_electrodes(x, target):
    found = electrode_agreement(additive([3.0, -1.0, 0.5, -2.0]), x, target)
    np.testing.assert_allclose(found, [1, 1])


def test_the_predicted_class_stays_that_of_the_whole_signal():
    x = torch.ones(1, 3, 10, dtype=torch.float64)
    # Without the first electrode, the other class is predicted.
    model = additive([5.0, -1.0, -2.0])
    np.testing.assert_allclose(electrode_agreement(model, x, "predicted"), [1])
    assert electrode_agreement(model, x, "predicted") == electrode_agreement(
        model, x, 1
    )


def test_what_a_norm_does_is_not_in_the_relevance():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)[
        None, :, None
    ].expand(1, 4, 8)
    x = torch.cat([x, -x])
    found = electrode_agreement(Normalised().eval(), x, 1)
    # Relevance is that of the first electrode alone. For a positive first window, larger other
    # electrodes cost the score more: ranks of relevance (4, 2, 2, 2), of loss (4, 3, 2, 1).
    expected = np.corrcoef([4, 2, 2, 2], [4, 3, 2, 1])[0, 1]
    np.testing.assert_allclose(found, [expected, expected])


def test_electrodes_that_do_not_matter_have_no_ranks(x):
    x[0] = 0
    found = electrode_agreement(additive([3.0, -1.0, 0.5, -2.0]), x, 1)
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(1)


def test_labram_with_rules_and_scores(labram, named, signal):
    model = labram(trained=True)
    found = electrode_agreement(
        model,
        signal,
        [0, 2],
        rules="cp_lrp",
        score="contrast",
        forward_kwargs=named(3),
    )
    assert found.shape == (2,)
    assert (np.abs(found) <= 1).all()


def test_targets_and_signals_that_leave_nothing_to_rank_are_refused(x):
    with pytest.raises(InputError, match="one class at a time"):
        electrode_agreement(additive([1.0] * 4), x, "all")
    with pytest.raises(InputError, match="3 channels or more"):
        electrode_agreement(additive([1.0] * 2), x[:, :2], 1)
