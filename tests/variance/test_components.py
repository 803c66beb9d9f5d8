import numpy as np
import pandas as pd
import pytest

from eeglrp.seeds import generator
from eeglrp.variance.components import (
    components,
    reliability,
    seeds_needed,
    stepped_up,
)


def drawn(n_folds, per_fold, n_seeds, sd, rng):
    """A table of values with known standard deviations."""
    rows = []
    for fold in range(n_folds):
        of_fold = sd["fold"] * rng.standard_normal()
        models = sd["model"] * rng.standard_normal(n_seeds)
        for number in range(per_fold):
            of_subject = sd["subject"] * rng.standard_normal()
            for seed in range(n_seeds):
                rest = sd["rest"] * rng.standard_normal()
                rows.append(
                    {
                        "subject": f"{fold}-{number}",
                        "fold": str(fold),
                        "seed": seed,
                        "value": of_fold + models[seed] + of_subject + rest,
                    }
                )
    return pd.DataFrame(rows)


def test_known_components_come_back():
    rng = generator(3, "test")
    sd = {"subject": 0.3, "fold": 0.4, "model": 0.2, "rest": 0.1}
    table = drawn(400, 5, 4, sd, rng)
    found = components(table)._asdict()
    for name, value in sd.items():
        assert found[name] == pytest.approx(value, rel=0.08), name


def test_one_seed_tells_subjects_and_folds_only():
    rng = generator(3, "test")
    sd = {"subject": 0.3, "fold": 0.4, "model": 0.3, "rest": 0.4}
    found = components(drawn(600, 5, 1, sd, rng))
    assert found.subject == pytest.approx(0.5, rel=0.08)
    assert found.fold == pytest.approx(0.5, rel=0.08)
    assert np.isnan([found.model, found.rest]).all()


def test_what_does_not_vary_is_zero():
    rng = generator(3, "test")
    sd = {"subject": 0.3, "fold": 0.0, "model": 0.0, "rest": 0.0}
    found = components(drawn(3, 4, 2, sd, rng))
    assert found.rest == pytest.approx(0, abs=1e-9)
    assert found.model == pytest.approx(0, abs=1e-9)


def test_without_folds_nothing_is_said_of_them():
    rng = generator(3, "test")
    sd = {"subject": 0.3, "fold": 0.0, "model": 0.1, "rest": 0.1}
    found = components(drawn(1, 9, 3, sd, rng))
    assert np.isnan([found.fold, found.model]).all()
    assert found.subject > 0


def test_reliability_is_that_of_another_draw_of_seeds():
    """The mean of 4 noisy maps correlates with that of 4 others as the formula says."""
    rng = generator(5, "test")
    truth = rng.standard_normal(4000)
    maps = truth + 0.7 * rng.standard_normal((8, 4000))
    single, mean = reliability(maps[:4])
    other = np.corrcoef(maps[:4].mean(0), maps[4:].mean(0))[0, 1]
    assert mean == pytest.approx(other, abs=0.02)
    assert single == pytest.approx(1 / 1.49, abs=0.03)


@pytest.mark.parametrize("single", [0.2, 0.5, 0.8, 0.9, 0.95])
def test_so_many_seeds_are_enough_and_one_fewer_is_not(single):
    n = seeds_needed(single, 0.9)
    assert stepped_up(single, n) >= 0.9 - 1e-9
    assert n == 1 or stepped_up(single, n - 1) < 0.9


def test_maps_that_do_not_agree_need_no_number_of_seeds():
    assert seeds_needed(0.0) == np.inf
    assert seeds_needed(float("nan")) == np.inf
    assert np.isnan(reliability(np.ones((1, 5)))).all()
