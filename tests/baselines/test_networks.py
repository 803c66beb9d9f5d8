import numpy as np
import pytest
import torch

from eeglrp.baselines import networks
from eeglrp.baselines.networks import eegnet, shallow


@pytest.fixture(autouse=True)
def few_epochs(monkeypatch):
    monkeypatch.setattr(
        networks,
        "_RECIPE",
        networks._RECIPE | {"epochs": 12, "batch_size": 32},
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "kind"), [(eegnet, "waves"), (shallow, "rhythms")]
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_what_a_network_is_made_for_is_found(
    planted, network, kind, n_classes
):
    data = getattr(planted, kind)(360, n_classes, np.random.default_rng(0))
    scores = network(data, seed=3)
    assert scores.shape == (360, n_classes)
    assert planted.accuracy(scores, data) > 0.8


@pytest.mark.parametrize("network", [eegnet, shallow])
def test_the_seed_decides_and_the_process_keeps_its_random_state(
    planted, network, monkeypatch
):
    monkeypatch.setitem(networks._RECIPE, "epochs", 1)
    data = planted.waves(80, 2, np.random.default_rng(0))
    before = torch.random.get_rng_state()
    first, again, other = (network(data, seed=seed) for seed in (1, 1, 2))
    torch.testing.assert_close(torch.random.get_rng_state(), before)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_the_unit_of_the_signal_does_not_matter(planted, monkeypatch):
    """The scale is taken from the training windows alone."""
    monkeypatch.setitem(networks._RECIPE, "epochs", 1)
    data = planted.waves(80, 2, np.random.default_rng(0))
    larger = data._replace(signal=data.signal * 64)
    np.testing.assert_allclose(
        shallow(larger, seed=1), shallow(data, seed=1), atol=1e-5
    )


def test_shapes_are_those_of_the_windows(planted, monkeypatch):
    """19 electrodes for two seconds give as many rows; a network of another size would fail."""
    monkeypatch.setitem(networks._RECIPE, "epochs", 1)
    signal = np.random.default_rng(0).standard_normal((24, 19, 400)) * 0.1
    data = planted.windows(signal, np.arange(24) % 2, planted.shares(24))
    for network in (eegnet, shallow):
        scores = network(data, seed=0)
        assert scores.shape == (24, 2)
        assert scores.dtype == np.float32


@pytest.mark.slow
def test_a_subject_layer_finds_what_lies_elsewhere_in_every_subject(planted):
    parts = [
        planted.waves(240, 2, np.random.default_rng(seed)) for seed in (0, 1)
    ]
    signal = np.concatenate(
        [parts[0].signal, parts[1].signal[:, [1, 0, 2, 3, 4, 5]]]
    )
    label, split = (
        np.concatenate([p.frame[k] for p in parts]) for k in ("label", "split")
    )
    data = planted.windows(signal, label, split, np.repeat(["a", "b"], 240))
    layer = {"subject_layer": "identity", "subject_layer_rate": 30.0}
    alone, filtered = (
        planted.accuracy(eegnet(data, seed=0, **o), data) for o in ({}, layer)
    )
    # Which electrode means which class differs: one network for both can only guess.
    assert alone < 0.7
    assert filtered > 0.85
