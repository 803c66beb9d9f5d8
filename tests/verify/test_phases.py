"""Mean |relevance| by place on the sampling grid."""

from types import SimpleNamespace

import numpy as np
import pytest

from eeglrp.verify.phases import table, window_values

JOB = SimpleNamespace(
    seed=1, statistics={"bootstrap": 200, "confidence": 0.95}
)
NAMES = {
    "study": "demo",
    "task": "r_peak",
    "regime": "scratch",
    "seed": 0,
    "method": "cp_lrp",
}


def test_a_planted_comb_is_found_in_every_patch():
    rng = np.random.default_rng(0)
    comb = np.where(np.arange(600) % 8 == 3, 3.0, 1.0)
    relevance = (
        comb
        * rng.choice([-1, 1], (40, 5, 600))
        * np.arange(1, 41)[:, None, None]
    )
    values = window_values(relevance)
    assert values.shape == (40, 200)
    np.testing.assert_allclose(
        values, np.tile(comb[:200] / comb.mean(), (40, 1))
    )
    found = table(values, np.repeat(["a", "b"], 20), NAMES, JOB)
    step = found[found["metric"] == "step"].set_index("place")["value"]
    assert step[3] == pytest.approx(3 / 1.25)
    np.testing.assert_allclose(step.drop(3), 1 / 1.25)
    assert (found["metric"] == "patch").sum() == 200
    assert set(found["subject"]) == {"all"}
    assert set(found["n"]) == {40}


def test_subjects_count_alike_and_windows_without_relevance_not_at_all():
    values = np.ones((4, 16))
    values[0, 0], values[3] = 5, np.nan
    found = table(values, np.array(["a", "b", "b", "b"]), NAMES, JOB)
    patch = found[found["metric"] == "patch"].set_index("place")
    assert patch["value"][0] == pytest.approx(3)
    assert patch["ci_low"][0] < 3 < patch["ci_high"][0]
    assert set(found["n"]) == {3}
    assert table(values[3:], np.array(["b"]), NAMES, JOB).empty


def test_windows_shorter_than_a_patch_and_empty_ones():
    relevance = np.zeros((2, 3, 50))
    relevance[0] = -2
    values = window_values(relevance)
    np.testing.assert_allclose(values[0], np.ones(50))
    assert np.isnan(values[1]).all()
