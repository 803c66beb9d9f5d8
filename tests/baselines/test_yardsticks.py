import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import r2_score

from eeglrp.baselines.yardsticks import (
    COLUMNS,
    explained_table,
    make_yardsticks,
    visible_averages,
)
from eeglrp.models.data import Windows
from eeglrp.training.masking import (
    FREQUENCIES,
    PARTS,
    hidden_errors,
    make_objective,
    random_masks,
)

CPU = torch.device("cpu")
CHANNELS = ("FP1", "CZ", "O2", "C3", "C4", "PZ")


def windows(signal):
    return Windows(signal.astype(np.float32), pd.DataFrame(), CHANNELS, 200.0)


def judged(train, check, n_chosen):
    """R squared of both yardsticks, fitted to the first windows."""
    chosen = np.arange(n_chosen)
    objective = make_objective(train.signal, chosen, 0.5, CPU)
    found = make_yardsticks(
        objective, train, chosen, np.random.default_rng(0), CPU
    )
    found["mean"] = lambda signal, target, mask: torch.zeros_like(target)
    errors = {
        n: hidden_errors(p, objective, check.signal, 1, CPU).sum()
        for n, p in found.items()
    }
    return {
        name: float(1 - error / errors["mean"])
        for name, error in errors.items()
    }


@pytest.mark.parametrize("n_patches", [1, 3])
def test_averages_of_visible_patches_are_those_of_slow_loops(n_patches):
    rng = np.random.default_rng(0)
    n, n_channels = 5, 4
    values = rng.standard_normal((n, n_channels * n_patches, 2))
    mask = random_masks(n, n_channels * n_patches, 0.5, rng).numpy()
    found = visible_averages(
        torch.from_numpy(values), torch.from_numpy(mask), n_channels
    )
    for window in range(n):
        for token in range(n_channels * n_patches):
            seen = [
                t
                for t in range(mask.shape[1])
                if mask[window, t] != mask[window, token]
            ]
            moment = [t for t in seen if t % n_patches == token % n_patches]
            electrode = [
                t for t in seen if t // n_patches == token // n_patches
            ]
            groups = (
                [seen]
                if n_patches == 1
                else [seen, moment or seen, electrode or seen]
            )
            expected = np.concatenate(
                [values[window, group].mean(0) for group in groups]
            )
            np.testing.assert_allclose(
                found[window, token], expected, atol=1e-12
            )


@given(
    st.integers(1, 3),
    st.integers(2, 6),
    st.floats(0.05, 0.95),
    st.integers(0, 99),
    st.data(),
)
def test_a_hidden_patch_does_not_enter_what_predicts_it(
    n_patches, n_channels, share, seed, data
):
    rng = np.random.default_rng(seed)
    n_tokens = n_patches * n_channels
    values = torch.from_numpy(rng.standard_normal((1, n_tokens, 2)))
    mask = random_masks(1, n_tokens, share, rng)
    token = data.draw(st.integers(0, n_tokens - 1))
    before = visible_averages(values, mask, n_channels)
    values[0, token] += 100
    after = visible_averages(values, mask, n_channels)
    together = mask[0] == mask[0, token]
    assert torch.equal(before[0, together], after[0, together])
    assert not torch.equal(before[0, ~together], after[0, ~together])


def test_electrodes_that_differ_on_average_are_explained_by_their_average():
    rng = np.random.default_rng(0)
    loudness = np.array([0.05, 0.1, 0.2, 0.5, 1.0, 2.0])[:, None]
    train, check = (
        windows(loudness * rng.standard_normal((80, 6, 200))) for _ in range(2)
    )
    found = judged(train, check, 80)
    # The rest is the spread of a single noisy amplitude.
    assert 0.7 < found["electrode_average"] < 0.95
    assert found["linear"] == pytest.approx(
        found["electrode_average"], abs=0.05
    )


def test_windows_that_are_loud_everywhere_are_explained_by_the_patches_left_visible():
    rng = np.random.default_rng(0)
    train, check = (
        windows(
            np.exp(rng.standard_normal((300, 1, 1)))
            * rng.standard_normal((300, 6, 200))
        )
        for _ in range(2)
    )
    found = judged(train, check, 300)
    assert abs(found["electrode_average"]) < 0.05
    assert found["linear"] > 0.5


def test_yardsticks_learn_from_the_chosen_windows_alone():
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((40, 6, 400))
    other = signal.copy()
    other[20:] = 5 * rng.standard_normal((20, 6, 400))
    check = windows(rng.standard_normal((10, 6, 400)))
    assert judged(windows(signal), check, 20) == judged(
        windows(other), check, 20
    )
    assert judged(windows(signal), check, 40) != judged(
        windows(other), check, 40
    )


def test_explained_variance_is_that_of_all_values_about_the_training_mean():
    rng = np.random.default_rng(0)
    # Mean 0 over all values, as scikit-learn compares with the mean of what it is given.
    target = rng.standard_normal((50, 3, 2, PARTS, FREQUENCIES))
    target[25:] = -target[:25]
    predicted = 0.6 * target + 0.3 * rng.standard_normal(target.shape)

    def errors(of):
        return torch.from_numpy(((of - target) ** 2).mean((0, 2, 3)))

    total = errors(np.zeros_like(target))
    table = explained_table(
        "w", {"network": errors(predicted)}, total, ("A", "B", "C"), 100
    )
    assert tuple(table.columns) == COLUMNS
    assert (table["weights"] == "w").all()
    assert len(table) == 1 + FREQUENCIES + 3
    r_squared = table.set_index(["frequency", "channel"])["r_squared"]
    assert r_squared["all", "all"] == pytest.approx(
        r2_score(target.ravel(), predicted.ravel())
    )
    at_10, one = target[..., 1], target[:, 2]
    assert r_squared["10", "all"] == pytest.approx(
        r2_score(at_10.ravel(), predicted[..., 1].ravel())
    )
    assert r_squared["all", "C"] == pytest.approx(
        r2_score(one.ravel(), predicted[:, 2].ravel())
    )
    assert list(table["frequency"][1:16]) == [f"{5 * i}" for i in range(1, 16)]
    counts = table.set_index(["frequency", "channel"])["n"]
    assert (counts["all", "all"], counts["5", "all"], counts["all", "A"]) == (
        300,
        300,
        100,
    )
