"""The tables of shares, topography, layers and ledger, each against a slower second way."""

import numpy as np
import pytest

from eeglrp.scalp import shares, topography
from eeglrp.scalp.regions import region_of
from eeglrp.tables import estimate_rows
from eeglrp.verify import conservation, layers

CHANNELS = ["FP1", "AF8", "FZ", "C3", "CP4", "O2"]


@pytest.fixture
def relevance():
    return np.random.default_rng(0).normal(size=(5, len(CHANNELS), 40))


def test_regional_shares_add_up_and_agree_with_a_loop(relevance):
    columns = shares.columns(CHANNELS, 40)
    values = shares.window_values(relevance, CHANNELS)
    assert [column["metric"] for column in columns] == [
        "share ocular_frontal",
        "share frontal",
        "share central",
        "share occipital",
        "share early",
    ]
    np.testing.assert_allclose(values[:, :-1].sum(1), 1)
    for column, value in zip(columns[:-1], values.T, strict=False):
        own = [
            f"share {region_of(name)}" == column["metric"] for name in CHANNELS
        ]
        expected = [np.abs(w[own]).sum() / np.abs(w).sum() for w in relevance]
        np.testing.assert_allclose(value, expected)
        assert column["chance"] == pytest.approx(np.mean(own))
    early = [np.abs(w[:, :20]).sum() / np.abs(w).sum() for w in relevance]
    np.testing.assert_allclose(values[:, -1], early)


def test_even_relevance_has_chance_shares():
    values = shares.window_values(np.ones((1, len(CHANNELS), 41)), CHANNELS)
    chances = [column["chance"] for column in shares.columns(CHANNELS, 41)]
    np.testing.assert_allclose(values[0], chances)


def test_the_early_part_ends_where_it_is_told_to(relevance):
    early = [np.abs(w[:, :12]).sum() / np.abs(w).sum() for w in relevance]
    np.testing.assert_allclose(
        shares.window_values(relevance, CHANNELS, 12)[:, -1], early
    )
    assert shares.columns(CHANNELS, 40, 12)[-1]["chance"] == 0.3


def test_a_window_without_relevance_has_no_share(relevance):
    relevance[2] = 0
    assert np.isnan(shares.window_values(relevance, CHANNELS)[2]).all()
    assert np.isfinite(
        shares.window_values(relevance, CHANNELS)[[0, 1, 3, 4]]
    ).all()


def test_topography_keeps_the_sign_and_shares_add_up(relevance):
    values = topography.window_values(relevance)
    columns = topography.columns(CHANNELS)
    assert [(c["metric"], c["channel"]) for c in columns[5:7]] == [
        ("mean_relevance", "O2"),
        ("share", "FP1"),
    ]
    np.testing.assert_allclose(values[:, 3], relevance[:, 3].sum(1))
    np.testing.assert_allclose(values[:, 6:].sum(1), 1)


def test_layer_shares_add_up_within_each_layer():
    tokens = np.random.default_rng(1).normal(size=(4, 3, len(CHANNELS), 2))
    values = layers.window_values(tokens, CHANNELS).reshape(4, 3, 4)
    np.testing.assert_allclose(values.sum(2), 1)
    columns = layers.columns(CHANNELS, 3)
    assert (columns[5]["layer"], columns[5]["region"]) == (1, "frontal")
    expected = np.abs(tokens[2, 1, 2]).sum() / np.abs(tokens[2, 1]).sum()
    np.testing.assert_allclose(values[2, 1, 1], expected)


def test_ledger_shares_keep_the_sign():
    ledger = np.array([[3.0, -1.0], [0.0, 0.0]])
    values = conservation.window_values(ledger)
    np.testing.assert_allclose(values[0], [0.75, -0.25])
    assert np.isnan(values[1]).all()


def test_closure_error_is_the_largest():
    ledger = np.array([[3.0, -1.0], [1.0, 1.0]])
    assert conservation.closure_error(ledger, np.array([2.0, 2.0])) == 0
    assert conservation.closure_error(
        ledger, np.array([2.4, 2.2])
    ) == pytest.approx(0.1)


def test_rows_name_every_value():
    statistics = {"bootstrap": 100, "confidence": 0.95}
    columns = [{"metric": "a", "chance": 0.5}, {"metric": "b"}]
    values = np.array([[1.0, 10.0], [3.0, 30.0]])
    names = {"task": "r_peak", "seed": 1}
    rows = estimate_rows(
        values, columns, np.array(["x", "y"]), names, statistics, 0
    )
    found = [
        (row["subject"], row["metric"], row["value"], row["n"]) for row in rows
    ]
    assert found == [
        ("x", "a", 1, 1),
        ("x", "b", 10, 1),
        ("y", "a", 3, 1),
        ("y", "b", 30, 1),
        ("all", "a", 2, 2),
        ("all", "b", 20, 2),
    ]
    assert rows[-2]["chance"] == 0.5
    assert (rows[-1]["task"], rows[-1]["seed"]) == ("r_peak", 1)
    assert rows[-1]["ci_low"] == 10
    assert rows[-1]["ci_high"] == 30
