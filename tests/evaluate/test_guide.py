import itertools

import numpy as np
import pandas as pd
import pytest

from eeglrp.errors import InputError
from eeglrp.evaluate import guide
from eeglrp.files import METRIC_COLUMNS, read_table, write_table

STATISTICS = {"bootstrap": 200, "confidence": 0.95}
MODEL = {"study": "x", "task": "r_peak", "regime": "scratch", "seed": 0}


def rows(metric, values, chance=np.nan, **fields):
    """Rows of one metric: method -> values of subjects S1, S2 ..."""
    made = []
    for method, own in values.items():
        for number, value in enumerate(own, 1):
            row = (
                dict.fromkeys(METRIC_COLUMNS, np.nan)
                | MODEL
                | {"method": method}
                | fields
            )
            row |= {
                "subject": f"S{number}",
                "metric": metric,
                "value": value,
                "chance": chance,
            }
            made.append(row)
    return pd.DataFrame(made)


def decoding(low=0.6, **fields):
    row = (
        dict.fromkeys(METRIC_COLUMNS, np.nan)
        | MODEL
        | {"subject": "all", "ci_low": low}
    )
    return pd.DataFrame(
        [row | {"metric": "balanced_accuracy", "chance": 0.5} | fields]
    )


AUC = {"good": [0.9, 0.8], "middle": [0.7, 0.7], "poor": [0.6, 0.75]}


def frames(**more):
    return {
        "decoding": decoding(),
        "localisation": rows("auc", AUC, 0.5),
    } | more


def value(found, method, metric):
    own = [
        row
        for row in found
        if (row["method"], row["metric"]) == (method, metric)
    ]
    assert len(own) == 1
    return own[0]["value"]


def test_wins_are_the_share_of_other_methods_beaten():
    found = guide.guide_rows(frames(), ["poor"], STATISTICS, 0)
    # Subject 1: good > middle > poor; subject 2: good > poor > middle.
    assert value(found, "good", "wins auc") == 1
    assert value(found, "middle", "wins auc") == pytest.approx(
        np.mean([0.5, 0])
    )
    assert value(found, "poor", "wins auc") == pytest.approx(np.mean([0, 0.5]))


def test_wins_count_every_pair_against_an_oracle():
    rng = np.random.default_rng(0)
    values = pd.DataFrame(rng.integers(0, 4, (20, 5)).astype(float))
    expected = np.zeros(values.shape)
    for unit, a, b in itertools.product(range(20), range(5), range(5)):
        first, second = values.loc[unit, a], values.loc[unit, b]
        expected[unit, a] += (
            (a != b) * ((first > second) + 0.5 * (first == second)) / 4
        )
    np.testing.assert_allclose(guide.share_beaten(values), expected)


def test_models_that_guess_do_not_count():
    guess = decoding(low=0.45)
    assert (
        guide.guide_rows(frames(decoding=guess), ["good"], STATISTICS, 0) == []
    )


def test_faithfulness_and_truth_weigh_the_same():
    faithful = pd.concat(
        [
            rows(
                "srg",
                {"good": [0.0, 0], "middle": [1, 1], "poor": [2, 2]},
                occluder=name,
            )
            for name in ("zero", "mean", "removal")
        ]
    )
    found = guide.guide_rows(
        frames(faithfulness=faithful), ["good"], STATISTICS, 0
    )
    assert value(found, "good", "wins truth") == 1
    assert value(found, "good", "wins faithfulness") == 0
    assert value(found, "good", "wins") == pytest.approx(0.5)
    assert value(found, "poor", "srg above random zero") == 1
    assert value(found, "good", "srg above random zero") == 0


def test_differences_are_held_against_the_best_rule_set_not_the_best_method():
    found = guide.guide_rows(frames(), ["middle", "poor"], STATISTICS, 0)
    differences = [row for row in found if row["metric"] == "wins difference"]
    assert {row["against"] for row in differences} == {"middle"}
    assert {row["method"] for row in differences} == {"good", "poor"}
    assert value(found, "good", "wins difference") == pytest.approx(1 - 0.25)


def test_yardsticks_are_told_but_do_not_compete():
    auc = rows(
        "auc", AUC | {"signal": [0.65, 0.65], "random": [0.5, 0.5]}, 0.5
    )
    found = guide.guide_rows(frames(localisation=auc), ["good"], STATISTICS, 0)
    assert value(found, "good", "wins auc") == 1
    assert not [
        row
        for row in found
        if row["method"] == "signal" and "wins" in row["metric"]
    ]
    assert value(found, "good", "auc over signal") == pytest.approx(0.2)
    assert value(found, "random", "auc over signal") == pytest.approx(-0.15)


def test_seeds_are_averaged_before_methods_compete():
    other = rows(
        "auc",
        {"good": [0.1, 0.1], "middle": [0.7, 0.7], "poor": [0.6, 0.6]},
        seed=1,
    )
    both = pd.concat([rows("auc", AUC), other])
    models = pd.concat([decoding(), decoding(seed=1)])
    found = guide.guide_rows(
        frames(localisation=both, decoding=models), ["good"], STATISTICS, 0
    )
    # Means of both seeds: good 0.5 and 0.45, the lowest in both subjects.
    assert value(found, "good", "wins auc") == 0


def test_subjects_that_lack_a_method_are_left_out():
    auc = rows("auc", AUC).query("not (method == 'good' and subject == 'S2')")
    found = guide.guide_rows(frames(localisation=auc), ["good"], STATISTICS, 0)
    assert value(found, "poor", "wins auc") == 0
    assert {row["n"] for row in found if row["metric"] == "wins auc"} == {1}


def test_only_maps_of_wholly_random_networks_tell_of_randomisation():
    metric = "spearman_absolute cascading"
    sanity = pd.concat(
        [
            rows(metric, {"good": [0.9, 0.9]}, depth=1, unit="head"),
            rows(
                metric, {"good": [0.2, 0.4]}, depth=7, unit="patch embedding"
            ),
        ]
    )
    found = guide.guide_rows(frames(sanity=sanity), ["good"], STATISTICS, 0)
    assert value(found, "good", "similarity randomised") == pytest.approx(0.3)


def test_cost_is_known_by_task_alone():
    cost = rows(
        "gradients", {"good": [2.0], "poor": [50.0]}, subject="all"
    ).assign(subject="all")
    found = guide.guide_rows(frames(cost=cost), ["good"], STATISTICS, 0)
    assert value(found, "poor", "gradients") == 50


def test_written_table_has_the_contracts_columns(tmp_path):
    paths = {}
    for name, frame in frames().items():
        paths[name] = tmp_path / f"{name}.tsv"
        write_table(frame, paths[name])
    out = tmp_path / "guide.tsv"
    settings = {"statistics": STATISTICS, "seed": 0, "study": "x", "out": out}
    guide.write_guide(paths, rule_sets=["good"], **settings)
    table = read_table(out, [*METRIC_COLUMNS, "against"])
    assert set(table["study"]) == {"x"}
    assert set(table["method"]) == {"good", "middle", "poor"}


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "decoding.tsv"
    write_table(decoding().drop(columns="ci_low"), path)
    settings = {
        "statistics": STATISTICS,
        "seed": 0,
        "study": "x",
        "out": tmp_path / "guide.tsv",
    }
    with pytest.raises(InputError, match=r"decoding.tsv.*ci_low"):
        guide.write_guide({"decoding": path}, rule_sets=[], **settings)
    assert not settings["out"].exists()
