"""Every network of the table: built, told its electrodes, explained, cut into units, saved."""

import sys

import numpy as np
import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.evaluate.randomisation import units
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error
from eeglrp.models.networks import NETWORKS, source_of
from eeglrp.models.registry import (
    MODELS,
    adapter,
    adapter_of,
    model_of,
    start_of,
)
from eeglrp.models.trained import load_model, logits, save_model

CHANNELS = ("FP1", "FP2", "F7", "F8", "C3", "C4", "PZ", "O1")
#: Of one block where a network has any, so that a test takes no minute.
SMALL = {
    name: {"layers": 1} if network.layers else {}
    for name, network in NETWORKS.items()
}
SMALL["bendr"]["options"] = {"encoder_h": 32, "contextualizer_hidden": 64}
SMALL["eegpt"]["options"] = {"embed_dim": 64}
SMALL["steegformer"]["options"] = {"embed_dim": 64}
SMALL["codebrain"]["options"] = {"s4_lmax": 64}


def settings(name):
    return {"name": name, **SMALL[name]}


@pytest.fixture
def build():
    """The function that builds a network for the channels, 600 samples and two classes."""

    def built(name, channels=CHANNELS, **more):
        torch.manual_seed(0)
        model = settings(name) | more
        return adapter(model).build(model, channels, 600, 2).eval()

    return built


@pytest.fixture
def signal():
    rng = np.random.default_rng(0)
    values = rng.normal(0, 0.3, (2, len(CHANNELS), 600))
    return torch.from_numpy(values.astype(np.float32))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_gives_its_own_output_and_is_explained(build, name, signal):
    model = build(name)
    with torch.no_grad():
        expected = model.inner(NETWORKS[name].scale * signal)
        returned = logits(model, signal, CHANNELS)
    assert returned.shape == (2, 2)
    assert torch.equal(returned, expected)
    names = adapter_of(model).forward_kwargs(CHANNELS)
    explanation = explain(
        model, signal, "predicted", "attn_lrp", forward_kwargs=names
    )
    chosen = returned.argmax(1)
    target = returned.gather(1, chosen[:, None])[:, 0]
    assert torch.allclose(explanation.output, target, atol=1e-5)
    assert closure_error(explanation) < 1e-3
    assert explanation.relevance.abs().sum() > 0


@pytest.mark.parametrize("name", NETWORKS)
def test_every_weight_has_a_unit_and_every_block_one_of_its_own(build, name):
    model = build(name)
    names = [parameter for parameter, _ in model.named_parameters()]
    of_units = units(names, adapter_of(model))
    assert sorted(sum(of_units.values(), [])) == sorted(names)
    assert next(iter(of_units)) == "head"
    blocks = [unit for unit in of_units if unit.startswith("block ")]
    assert len(blocks) == (1 if NETWORKS[name].blocks else 0)
    depths = [adapter_of(model).depth(name, len(blocks)) for name in names]
    assert max(depths) == len(blocks) + 1


def test_electrodes_that_a_signal_lacks_are_zero(build, signal):
    model = build("eegnet")
    without = signal.clone()
    without[:, 2] = 0
    kept = [name for name in CHANNELS if name != "F7"]
    index = [CHANNELS.index(name) for name in kept]
    with torch.no_grad():
        expected = model.inner(10 * without)
        returned = logits(model, signal[:, index], kept)
    assert torch.allclose(returned, expected, atol=1e-6)


def test_electrodes_in_another_order_are_put_in_their_places(build, signal):
    model = build("shallow")
    order = list(range(len(CHANNELS)))[::-1]
    names = [CHANNELS[place] for place in order]
    with torch.no_grad():
        expected = model.inner(10 * signal)
        returned = logits(model, signal[:, order], names)
    assert torch.allclose(returned, expected, atol=1e-6)


def test_an_electrode_that_it_was_not_built_for_is_named(build, signal):
    model = build("eegnet")
    names = [*CHANNELS[:-1], "OZ"]
    with pytest.raises(InputError, match="OZ: EEGNet was not built for them"):
        logits(model, signal, names)


def test_what_is_saved_is_what_is_loaded(build, signal, tmp_path):
    model = build("cbramod")
    record = {
        "model": settings("cbramod"),
        "channels": list(CHANNELS),
        "n_times": 600,
        "classes": ["left", "right"],
    }
    path = tmp_path / "model.safetensors"
    save_model(model, path, record)
    loaded, _ = load_model(path)
    with torch.no_grad():
        expected = logits(model, signal, CHANNELS)
        assert torch.equal(logits(loaded, signal, CHANNELS), expected)


def test_layers_and_heads_are_those_of_the_settings(build):
    model = build("cbramod", layers=3, heads=4)
    assert len(model.inner.encoder.layers) == 3


@pytest.mark.parametrize(
    ("name", "sizes", "words"),
    [
        ("eegnet", {"layers": 2}, "models.eegnet.layers"),
        ("shallow", {"heads": 2}, "models.shallow.heads"),
        ("codebrain", {"heads": 2}, "models.codebrain.heads"),
    ],
)
def test_sizes_that_a_network_does_not_have_are_refused(name, sizes, words):
    with pytest.raises(InputError) as error:
        adapter({"name": name}).check_settings(sizes)
    assert words in str(error.value)
    assert "options" in str(error.value)


@pytest.mark.parametrize(
    ("channels", "n_times", "more", "words"),
    [
        (("C3", "c3"), 400, {}, "C3: repeated"),
        (("C3", "C4"), 100, {}, "100 samples are fewer than eegnet takes"),
        (
            ("C3", "C4"),
            400,
            {"options": {"colour": 1}},
            "eegnet cannot be built",
        ),
    ],
)
def test_what_a_network_cannot_be_built_for_is_refused(
    channels, n_times, more, words
):
    model = {"name": "eegnet", **more}
    with pytest.raises(InputError) as error:
        adapter(model).build(model, channels, n_times, 2)
    assert words in str(error.value)


def test_a_regime_names_its_network_and_how_it_starts():
    assert model_of("signal_jepa_untrained") == "signal_jepa"
    assert start_of("signal_jepa_untrained") == "untrained"
    assert (model_of("scratch"), start_of("scratch")) == ("labram", "scratch")
    assert {"labram", *NETWORKS} == set(MODELS)


OWN = """
import torch


class Mean(torch.nn.Module):
    def __init__(self, n_chans, n_times, n_outputs, sfreq, scale=1.0):
        super().__init__()
        self.scale = scale
        self.final_layer = torch.nn.Linear(n_chans, n_outputs)

    def forward(self, signal):
        return self.final_layer(self.scale * signal.mean(2))
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Settings of a network of the user's, written in the working directory."""
    (tmp_path / "own_network_of_a_test.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    yield {"name": "mine", "class": "own_network_of_a_test:Mean"}
    sys.modules.pop("own_network_of_a_test", None)


def test_a_network_of_the_users_is_built_with_its_options(own, signal):
    model = own | {"options": {"scale": 3.0}}
    network = adapter(model).build(model, CHANNELS, 600, 2)
    with torch.no_grad():
        returned = logits(network, signal, CHANNELS)
        expected = network.inner.final_layer(3.0 * signal.mean(2))
    assert torch.allclose(returned, expected)
    assert adapter_of(network).unit("inner.final_layer.weight") == "head"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("own_network_of_a_test", "is no class"),
        ("own_network_of_a_test:", "is no class"),
        ("no_such_module_at_all:Mean", "there is no module"),
    ],
)
def test_a_class_that_is_not_there_is_named(own, path, words):
    with pytest.raises(InputError) as error:
        source_of("mine", path)
    assert words in str(error.value)
    assert "models.mine.class" in str(error.value)


def test_a_module_without_the_class_is_named(own):
    model = own | {"class": "own_network_of_a_test:Median"}
    with pytest.raises(InputError, match="has no Median"):
        adapter(model).build(model, CHANNELS, 600, 2)


def test_the_source_of_a_class_is_its_file(own, tmp_path):
    assert source_of("mine", own["class"]).parent == tmp_path


def test_tokens_of_an_electrode_are_refused_by_name(build):
    network = adapter_of(build("biot"))
    tokens = torch.zeros(2, 9, 4)
    with pytest.raises(InputError, match="biot has no adapter that knows"):
        network.by_electrode(tokens, 8, 600)
