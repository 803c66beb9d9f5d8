import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.models.data import Windows
from eeglrp.models.labram import build as build_labram
from eeglrp.models.labram import forward_kwargs
from eeglrp.models.subjects import (
    OneSubject,
    SubjectLayer,
    add_subject_layer,
    alignment,
    for_subject,
    network_of,
)
from eeglrp.models.trained import features, logits

CHANNELS = ("FP1", "CZ", "O2")
SUBJECTS = ("a", "b")
MODEL = {
    "layers": 1,
    "heads": 10,
    "drop_path": 0.0,
    "dropout": 0.0,
    "spatial_init": 0.2,
}


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = build_labram(MODEL, CHANNELS, 200, 2)
    # A new head is scaled down; here its logits are to be seen.
    torch.nn.init.normal_(network.final_layer.weight)
    return network.eval()


@pytest.fixture
def filters():
    return np.random.default_rng(1).standard_normal((2, 3, 3))


def signal(n=4, seed=2):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(
        rng.standard_normal((n, 3, 200)).astype(np.float32)
    )


def test_each_window_goes_through_its_own_subjects_filter(network, filters):
    layer = SubjectLayer(network, SUBJECTS, CHANNELS, filters)
    learned = np.random.default_rng(4).standard_normal((2, 3, 3))
    with torch.no_grad():
        layer.filters.copy_(torch.from_numpy(learned))
    x, subject = signal(), np.array(["b", "a", "a", "b"])
    matrices = learned @ filters
    by_hand = np.stack(
        [
            matrices[SUBJECTS.index(s)] @ w
            for s, w in zip(subject, x.double().numpy(), strict=True)
        ]
    )
    assert np.allclose(layer.filtered(x, subject).detach(), by_hand, atol=1e-5)
    expected = network(
        torch.from_numpy(by_hand).float(), ch_names=list(CHANNELS)
    )
    assert torch.allclose(
        logits(layer, x, CHANNELS, subject), expected, atol=1e-5
    )


def test_filters_keep_their_precision_where_the_network_computes_with_less(
    network, filters
):
    layer = SubjectLayer(network, SUBJECTS, CHANNELS, filters)
    x, subject = signal(), ["a", "b", "a", "b"]
    with torch.autocast("cpu", torch.bfloat16):
        found = layer.filtered(x, subject)
    assert torch.equal(found, layer.filtered(x, subject))
    assert found.dtype == torch.float32


def test_without_filters_given_the_layer_changes_nothing(network):
    layer = SubjectLayer(network, SUBJECTS, CHANNELS)
    x, subject = signal(), ["a", "a", "b", "b"]
    assert torch.equal(
        logits(layer, x, CHANNELS, subject), logits(network, x, CHANNELS)
    )
    assert torch.equal(
        features(layer, x, CHANNELS, subject), features(network, x, CHANNELS)
    )
    assert network_of(layer) is network
    assert network_of(network) is network


def test_one_subjects_module_is_called_as_the_network_is(network, filters):
    layer = SubjectLayer(network, SUBJECTS, CHANNELS, filters)
    one = for_subject(layer, "b")
    x = signal()
    expected = logits(layer, x, CHANNELS, ["b"] * 4)
    assert torch.allclose(
        one(x, **forward_kwargs(CHANNELS)), expected, atol=1e-6
    )
    assert not one.training
    assert for_subject(network, "anyone") is network


def test_an_electrode_left_out_is_left_out_before_and_behind_the_filter(
    network, filters
):
    one = OneSubject(SubjectLayer(network, SUBJECTS, CHANNELS, filters), "a")
    x, kept = signal(), [0, 2]
    names = [CHANNELS[k] for k in kept]
    found = one(x[:, kept], ch_names=names)
    matrix = torch.from_numpy(filters[0][np.ix_(kept, kept)]).float()
    assert torch.allclose(
        found, network(matrix @ x[:, kept], ch_names=names), atol=1e-6
    )


@pytest.mark.parametrize("rules", ["attn_lrp", "cp_lrp", "gamma"])
def test_relevance_goes_through_the_filter_as_through_any_linear_map(
    network, filters, rules
):
    network = network.double()
    layer = SubjectLayer(network, SUBJECTS, CHANNELS, filters).double()
    x, kwargs = signal().double(), forward_kwargs(CHANNELS)
    found = explain(
        for_subject(layer, "a"), x, 1, rules, forward_kwargs=kwargs
    )
    matrix = layer.matrices().detach()[0]
    behind = explain(network, matrix @ x, 1, rules, forward_kwargs=kwargs)
    # Behind the filter relevance is y * c; in front of it x * (filter transposed @ c).
    coefficient = behind.relevance / (matrix @ x)
    assert torch.allclose(
        found.relevance, x * (matrix.T @ coefficient), atol=1e-8
    )
    total = sum(found.ledger.values())
    assert torch.allclose(total, found.output, atol=1e-9)


def test_layers_are_found_behind_the_filter(network, filters):
    one = for_subject(SubjectLayer(network, SUBJECTS, CHANNELS, filters), "a")
    found = explain(
        one, signal(), 1, forward_kwargs=forward_kwargs(CHANNELS), layers=True
    )
    assert len(found.layer_relevance) == 1 + MODEL["layers"]


def test_a_subject_without_a_filter_is_refused(network):
    layer = SubjectLayer(network, SUBJECTS, CHANNELS)
    with pytest.raises(InputError, match="subject c.*split by: block"):
        for_subject(layer, "c")
    with pytest.raises(InputError, match="subject c, d"):
        layer.filtered(signal(), ["a", "c", "d", "a"])


def covariance_of(x):
    x = x - x.mean(-1, keepdims=True)
    return np.einsum("nct,ndt->cd", x, x) / x.shape[0] / x.shape[2]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 1e3))
def test_alignment_evens_out_the_covariance_and_keeps_the_variance(
    seed, scale
):
    rng = np.random.default_rng(seed)
    mixing = np.eye(4) + 0.3 * rng.standard_normal((4, 4))
    x = scale * (mixing @ rng.standard_normal((20, 4, 200))) + 5 * scale
    filters = alignment(x, np.ones(20, bool))
    assert np.allclose(filters, filters.T)
    before, after = covariance_of(x), covariance_of(filters @ x)
    variance = np.trace(before) / 4
    spread = np.linalg.eigvalsh(before) / variance
    # Eigenvalue e becomes e / (0.95 e + 0.05), by the shrinkage.
    expected = variance * spread / (0.95 * spread + 0.05)
    assert np.allclose(np.linalg.eigvalsh(after), np.sort(expected), rtol=1e-6)


def test_alignment_reads_the_chosen_windows_only():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((600, 2, 50))
    chosen = np.arange(600) % 2 == 0
    other = x.copy()
    other[~chosen] = 100 * rng.standard_normal((300, 2, 50))
    assert np.array_equal(alignment(x, chosen), alignment(other, chosen))
    assert not np.allclose(alignment(other, ~chosen), alignment(x, ~chosen))


def test_a_flat_subject_is_refused():
    with pytest.raises(InputError, match="flat"):
        alignment(np.full((3, 2, 50), 7.0), np.ones(3, bool))


@pytest.mark.parametrize("start", ["identity", "euclidean"])
def test_a_layer_has_a_filter_for_each_subject_of_the_windows(network, start):
    x = signal(6).numpy()
    frame = pd.DataFrame({"subject": ["b", "b", "a", "a", "c", "c"]})
    layer = add_subject_layer(
        network, start, Windows(x, frame, CHANNELS, 200.0)
    )
    assert layer.subjects == ("b", "a", "c")
    assert layer.filters.shape == (3, 3, 3)
    assert layer.filters.requires_grad
    own = (
        np.eye(3)
        if start == "identity"
        else alignment(x, np.arange(6) // 2 == 1)
    )
    assert np.allclose(layer.matrices()[1].detach(), own, atol=1e-6)
    # The alignment stays; what is learned starts from nothing.
    assert [
        name for name, _ in layer.named_parameters() if "network" not in name
    ] == ["filters"]
    assert torch.equal(layer.filters.detach(), torch.eye(3).repeat(3, 1, 1))
