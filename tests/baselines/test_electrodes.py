import numpy as np
import pytest

from eeglrp.baselines import electrodes as baseline_electrodes
from eeglrp.baselines import networks
from eeglrp.baselines.electrodes import (
    channel_shares,
    empty_shares,
    pattern_weights,
    scores_and_electrodes,
    share_table,
)
from eeglrp.baselines.registry import load
from eeglrp.models.data import Windows

OPTIONS = {
    "csp_lda": {},
    "mdm": {},
    "eegnet": {"seed": 1},
    "shallow": {"seed": 1},
}


def planted(n=80, rhythm=True, subjects=("a", "b")):
    """The label is in E1 alone: its 12 Hz power (rhythm), or the sign of a wave."""
    import pandas as pd

    rng, label = np.random.default_rng(0), np.arange(n) % 2
    signal, time = 0.1 * rng.standard_normal((n, 4, 400)), np.arange(400) / 200
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    wave = (
        np.sin(2 * np.pi * 12 * time + phase)
        * np.where(label, 1.0, 0.2)[:, None]
    )
    signal[:, 1] += 0.4 * (
        wave if rhythm else np.where(label, 1, -1)[:, None] * (time > 1)
    )
    split = np.repeat(
        ["train", "validation", "test"], [n // 2, n // 4, n // 4]
    )
    frame = pd.DataFrame(
        {"sample": [f"w{k}" for k in range(n)], "label": label, "split": split}
    )
    frame = frame.assign(
        subject=np.resize(subjects, n), recording="r", onset=0.0
    )
    return Windows(
        signal.astype(np.float32), frame, ("E0", "E1", "E2", "E3"), 200.0
    )


def test_pattern_is_where_a_source_is_seen_not_what_the_filter_weighs():
    """Haufe et al., figure 1: the second electrode sees noise only, the filter subtracts it."""
    rng = np.random.default_rng(1)
    mixing = np.array([[1.0, 1.0], [0.0, 1.0]])
    data = mixing @ rng.standard_normal((2, 100_000))
    weights = pattern_weights(
        np.linalg.inv(mixing)[:1], np.cov(data), np.ones(1)
    )
    np.testing.assert_allclose(weights, [1, 0], atol=0.02)


def test_pattern_is_the_regression_of_the_electrodes_on_the_sources():
    rng = np.random.default_rng(2)
    data = rng.standard_normal((5, 5)) @ rng.standard_normal((5, 3000))
    filters, importance = rng.standard_normal((2, 5)), np.array([0.7, 0.1])
    data -= data.mean(1, keepdims=True)
    sources = filters @ data
    patterns = np.linalg.lstsq(sources.T, data.T, rcond=None)[0].T
    expected = np.abs(patterns) @ (importance * sources.std(1))
    covariance = data @ data.T / data.shape[1]
    np.testing.assert_allclose(
        pattern_weights(filters, covariance, importance), expected
    )
    longer = filters * np.array([[-3.0], [0.2]])
    np.testing.assert_allclose(
        pattern_weights(longer, covariance, importance), expected
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIONS)
def test_electrode_that_holds_the_label_gets_the_most(name, monkeypatch):
    monkeypatch.setattr(
        networks, "_RECIPE", networks._RECIPE | {"epochs": 8, "batch_size": 16}
    )
    data = planted(rhythm=name != "eegnet")
    rows = np.flatnonzero(data.frame["split"] == "test")
    scores, weights = scores_and_electrodes(
        name, data, rows, "contrast", OPTIONS[name]
    )
    np.testing.assert_array_equal(scores, load(name)(data, **OPTIONS[name]))
    if name == "mdm":
        assert weights is None
        return
    assert weights.shape == (20, 4)
    assert (weights >= 0).all()
    shares = channel_shares(weights).mean(0)
    assert shares.argmax() == 1
    assert shares[1] > 0.35


def test_relevance_is_that_of_each_window_alone(monkeypatch):
    """With a filter a subject, and in batches, as one window after another."""
    monkeypatch.setattr(networks, "_RECIPE", networks._RECIPE | {"epochs": 1})
    monkeypatch.setattr(baseline_electrodes, "_BATCH", 4)
    data = planted(48)
    trained = networks.train_network(
        "eegnet", data, 0, "cpu", "identity", 30.0
    )
    rows = np.array([3, 40, 41, 42, 43, 44, 45, 46])
    found = baseline_electrodes.network_relevance(trained, data, rows, "logit")
    alone = [
        baseline_electrodes.network_relevance(
            trained, data, rows[k : k + 1], "logit"
        )[0]
        for k in range(len(rows))
    ]
    np.testing.assert_allclose(found, alone, rtol=1e-4)


def test_shares_sum_to_one_in_every_subject():
    weights = np.array([[1.0, 3], [2, 2], [0, 0], [0, 5]])
    table = share_table(weights, np.array(["b", "b", "b", "a"]), ("C3", "C4"))
    assert table.to_dict("list") == {
        "subject": ["a", "a", "b", "b"],
        "channel": ["C3", "C4"] * 2,
        "share": [0.0, 1.0, 0.375, 0.625],
        "n": [1, 1, 2, 2],
    }


def test_weights_of_zero_give_an_empty_table():
    table = share_table(np.zeros((3, 2)), np.array(["a"] * 3), ("C3", "C4"))
    assert table.empty
    assert (
        list(table)
        == list(empty_shares())
        == ["subject", "channel", "share", "n"]
    )
