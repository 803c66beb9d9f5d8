"""Shares of electrodes of small models, beside the same made by hand."""

import numpy as np
import pytest
import torch

from eeglrp.affect.electrodes import (
    embedding_shares,
    position_aware,
    relevance_shares,
)
from eeglrp.affect.shares import absolute_shares, shares
from eeglrp.attribution.explaining import Case
from eeglrp.attribution.methods import method_function
from eeglrp.lrp.explain import explain
from eeglrp.models.labram import forward_kwargs

from ..small_labram import NAMES


@pytest.fixture
def case(signal):
    return Case(signal, np.array(["a", "b"]), tuple(NAMES), "contrast", 1)


def test_shares_sum_to_one_and_nothing_has_none():
    found = shares(np.array([[1.0, 3.0], [0.0, 0.0]]))
    np.testing.assert_allclose(found[0], [0.25, 0.75])
    assert np.isnan(found[1]).all()
    signal = np.array([[[1.0, -1.0], [3.0, 3.0]]], np.float32)
    np.testing.assert_allclose(absolute_shares(signal), [[0.25, 0.75]])


@pytest.mark.parametrize("method", ["gamma", "input_x_gradient"])
def test_relevance_is_that_of_the_method_for_the_predicted_class(
    labram, signal, case, method
):
    model = labram(trained=True)
    found = relevance_shares(
        model, case, method_function(method, {}, (), None, 0)
    )
    with torch.no_grad():
        target = model(signal, **forward_kwargs(NAMES)).argmax(1)
    one = method_function(method, {}, (), None, 0)(
        model, signal, target, "contrast", forward_kwargs(NAMES), False
    )
    size = one.relevance.abs().sum(2).numpy()
    np.testing.assert_allclose(found, size / size.sum(1, keepdims=True))


@pytest.mark.parametrize("method", ["gamma", "attn_lrp"])
def test_the_embedding_s_places_sum_to_its_line_of_the_ledger(
    labram, signal, case, method
):
    model = labram(trained=True)
    aware = position_aware(method, {})
    found = aware(model, signal, 1, "contrast", forward_kwargs(NAMES), False)
    plain = explain(
        model, signal, 1, method, "contrast", forward_kwargs(NAMES)
    )
    torch.testing.assert_close(found.relevance, plain.relevance)
    places = found.position_relevance["spatial_embedding"]
    torch.testing.assert_close(
        places.sum((1, 2)), plain.ledger["spatial_embedding"]
    )


def test_the_embedding_is_told_apart_by_electrode(labram, signal, case):
    model = labram(trained=True)
    found = embedding_shares(model, case, position_aware("gamma", {}))
    assert found.shape == (2, 3)
    np.testing.assert_allclose(found.sum(1), 1)
    # Row 0 is the class token's; the rows of the model's table stand for electrodes by name.
    names = [name.upper() for name in _table()]
    with torch.no_grad():
        model.position_embedding[:, 1 + names.index("CZ")] = 0
    without = embedding_shares(model, case, position_aware("gamma", {}))
    assert without[:, 1].max() == 0
    assert found[:, 1].min() > 0


def _table():
    from braindecode.models.labram import LABRAM_CHANNEL_ORDER

    return list(LABRAM_CHANNEL_ORDER)


def test_another_method_than_lrp_has_the_embedding_of_pa_lrp(labram, case):
    model = labram(trained=True)
    one, two = (
        embedding_shares(model, case, position_aware(name, {}))
        for name in ("input_x_gradient", "pa_lrp")
    )
    np.testing.assert_allclose(one, two)
