"""Every adapter offers all that the study asks of a network, and its parts fit together."""

import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.models import registry

CHANNELS = ("FP1", "CZ", "O2")
SETTINGS = {"layers": 2, "heads": 10, "drop_path": 0.0, "dropout": 0.0}
N_TIMES, N_CLASSES = 400, 3


#: Networks whose tokens the study knows; the others have tests of their own: `test_networks.py`.
WITH_TOKENS = [
    name for name, adapter in registry.MODELS.items() if adapter.GIVES_LAYERS
]


@pytest.fixture(scope="module", params=WITH_TOKENS)
def built(request):
    """An adapter and a small network of its."""
    adapter = registry.adapter({"name": request.param})
    torch.manual_seed(0)
    network = adapter.build(SETTINGS, CHANNELS, N_TIMES, N_CLASSES)
    return adapter, network.eval()


@pytest.fixture(scope="module")
def signal():
    return torch.randn(2, len(CHANNELS), N_TIMES)


def run(adapter, network, signal):
    with torch.inference_mode():
        return network(signal, **adapter.forward_kwargs(CHANNELS))


def test_the_network_is_recognised_also_behind_a_filter(built):
    adapter, network = built
    behind = torch.nn.Module()
    behind.network = network
    assert registry.adapter_of(network) is adapter
    assert registry.adapter_of(behind) is adapter


def test_a_network_without_adapter_is_named():
    with pytest.raises(InputError, match="Linear: model: has no adapter"):
        registry.adapter_of(torch.nn.Linear(2, 2))


def test_an_unknown_name_is_refused():
    with pytest.raises(InputError, match=r"model.name: alexnet: unknown"):
        registry.adapter({"name": "alexnet"})


def test_without_a_name_the_study_means_the_default():
    default = registry.adapter({"name": registry.DEFAULT})
    assert registry.adapter({}) is default


def test_the_head_reads_the_features(built, signal):
    adapter, network = built
    with torch.inference_mode():
        features = adapter.features(network, signal, CHANNELS)
        from_features = adapter.head(network)(features)
    torch.testing.assert_close(from_features, run(adapter, network, signal))


def test_tokens_are_as_many_as_enter_the_blocks(built, signal):
    adapter, network = built
    shapes = []
    block = network.blocks[0]
    hook = block.register_forward_pre_hook(
        lambda _, args: shapes.append(args[0].shape)
    )
    run(adapter, network, signal)
    hook.remove()
    assert shapes[0][1] == adapter.n_tokens(len(CHANNELS), N_TIMES)


def test_tokens_are_sorted_by_electrode(built):
    adapter, _ = built
    n_tokens = adapter.n_tokens(len(CHANNELS), N_TIMES)
    tokens = torch.arange(n_tokens, dtype=torch.float32)[None, :, None]
    sorted_tokens = adapter.by_electrode(tokens, len(CHANNELS), N_TIMES)
    n_patches = adapter.n_patches(N_TIMES)
    assert sorted_tokens.shape == (1, len(CHANNELS), n_patches, 1)
    assert (sorted_tokens.flatten().diff() == 1).all()


def test_tokens_of_other_windows_are_refused(built):
    adapter, _ = built
    with pytest.raises(InputError, match="tokens"):
        adapter.by_electrode(torch.zeros(1, 5, 3), len(CHANNELS), N_TIMES)


def test_every_weight_has_a_depth_and_a_unit(built):
    adapter, network = built
    n_blocks = adapter.n_blocks(network)
    names = [name for name, _ in network.named_parameters()]
    depths = [adapter.depth(name, n_blocks) for name in names]
    assert min(depths) == 0
    assert max(depths) == n_blocks + 1
    assert {adapter.unit(name) for name in names} == set(
        adapter.units(n_blocks)
    )
    assert adapter.unit("nothing.of.the.kind") is None


def test_tokens_are_left_out_only_in_the_context(built, signal):
    adapter, network = built
    n_units = len(CHANNELS) * adapter.n_patches(N_TIMES)
    # All but the last electrode's patches stay.
    n_kept = n_units - adapter.n_patches(N_TIMES)
    kept = torch.arange(n_kept).repeat(len(signal), 1)
    whole = run(adapter, network, signal)
    with adapter.without_tokens(network, kept, n_units):
        scores = run(adapter, network, signal)
    assert not torch.allclose(scores, whole)
    torch.testing.assert_close(run(adapter, network, signal), whole)


def test_masked_patches_are_gone_after_the_context(built, signal):
    adapter, network = built
    n_units = len(CHANNELS) * adapter.n_patches(N_TIMES)
    mask = torch.ones(len(signal), n_units, dtype=torch.bool)
    whole = run(adapter, network, signal)
    token = torch.zeros(adapter.PATCH_SAMPLES)
    with adapter.masked_patches(network, token, mask):
        hidden = run(adapter, network, signal)
    # Nothing of the signal is left that could tell the windows apart.
    torch.testing.assert_close(hidden[0], hidden[1])
    torch.testing.assert_close(run(adapter, network, signal), whole)


def test_heads_that_do_not_divide_the_width_are_refused(built):
    adapter, _ = built
    with pytest.raises(InputError, match=r"model.heads"):
        adapter.check_settings(SETTINGS | {"heads": 7})
