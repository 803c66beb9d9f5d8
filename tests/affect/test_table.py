"""The region's test and the clusters, from tables to table, on shares whose answer is known."""

import numpy as np
import pytest

from eeglrp.affect.maps_table import read_maps
from eeglrp.affect.references import single_case_p
from eeglrp.affect.table import (
    EXTRA,
    corrected,
    regimes_rows,
    region_rows,
    write_clusters,
)
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.statistics import holm

from .made_up import CENTRAL, CHANNELS, made_up, write_tables

pytestmark = pytest.mark.slow

AFFECT = {"region": None, "permutations": 600}
STATISTICS = {"bootstrap": 100, "confidence": 0.95}
SETTINGS = {"affect": AFFECT, "statistics": STATISTICS, "seed": 1}


def write(tables, out, **changes):
    options = {
        "study": "x",
        "method": "gamma",
        "affect": AFFECT,
        "statistics": STATISTICS,
    }
    write_clusters(tables, out, seed=1, **options | changes)
    frame = read_table(out, (*METRIC_COLUMNS, *EXTRA))
    return frame[frame["subject"] == "all"]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Arousal has a planted cluster, valence has none."""
    folder, rng = tmp_path_factory.mktemp("affect"), np.random.default_rng(4)
    return {
        "arousal": write_tables(made_up(rng, 2.0), folder, "arousal"),
        "valence": write_tables(made_up(rng, 0.0), folder, "valence"),
    }


@pytest.fixture(scope="module")
def found(tables, tmp_path_factory):
    return write(
        tables, tmp_path_factory.mktemp("table") / "affect_cluster.tsv"
    )


def rows(found, metric, null, task="arousal"):
    own = (
        (found["metric"] == metric)
        & (found["task"] == task)
        & (found["null"] == null)
    )
    return found[own]


def test_shares_are_read_as_they_were_written(tables):
    maps, again = (
        made_up(np.random.default_rng(4), 2.0),
        read_maps(*tables["arousal"], "gamma"),
    )
    assert again.channels == CHANNELS
    for name in ("models", "embedding", "permuted"):
        assert getattr(again, name).keys() == getattr(maps, name).keys()
        for key, array in getattr(maps, name).items():
            np.testing.assert_allclose(
                getattr(again, name)[key], array, rtol=1e-6
            )
    np.testing.assert_allclose(again.untrained, maps.untrained, rtol=1e-6)
    np.testing.assert_allclose(again.signal, maps.signal, rtol=1e-6)
    with pytest.raises(InputError, match="cp_lrp is not in the table"):
        read_maps(*tables["arousal"], "cp_lrp")


def test_a_planted_cluster_is_above_every_reference(found):
    whole = rows(found, "share central", "all")
    assert len(whole) == 4
    assert (whole["p"] < 0.05).all()
    assert (whole["channels"] == "C3 CZ C4").all()
    for null in ("chance", "signal", "embedding", "untrained", "permuted"):
        own = rows(found, "share central", null)
        assert (own["enrichment"] > 1).all()
        assert (own["p"] < 0.05).all()
        np.testing.assert_allclose(
            own["enrichment"], own["value"] / own["chance"], rtol=1e-5
        )
    np.testing.assert_allclose(
        rows(found, "share central", "chance")["chance"], 3 / 19, rtol=1e-5
    )


def test_labels_without_meaning_make_no_finding(found):
    assert (rows(found, "share central", "all", "valence")["p"] > 0.05).all()
    # Though every subject has more relevance there than electrodes: the signal is larger.
    assert (
        rows(found, "share central", "chance", "valence")["p"] < 0.05
    ).all()


def test_the_correction_counts_the_models_of_both_tasks(
    tables, found, tmp_path
):
    alone = write({"arousal": tables["arousal"]}, tmp_path / "alone.tsv")
    one = rows(alone, "share central", "signal")["p"].to_numpy()
    both = rows(found, "share central", "signal")["p"].to_numpy()
    # Ten subjects: the smallest p is 2 / 1024, times the number of models.
    np.testing.assert_allclose(one, 4 * 2 / 1024, rtol=1e-6)
    np.testing.assert_allclose(both, 8 * 2 / 1024, rtol=1e-6)


def test_the_mean_over_seeds_is_one_case_for_each_regime(tables, found):
    maps = read_maps(*tables["arousal"], "gamma")
    own = rows(found, "share central of seeds", "permuted").set_index("regime")
    assert own["seed"].isna().all()
    for regime in ("finetuned", "scratch"):
        mean = np.mean(
            [maps.models[regime, seed][:, CENTRAL].sum(1) for seed in (0, 1)],
            0,
        )
        assert own["value"][regime] == pytest.approx(mean.mean(), rel=1e-6)
        controls = maps.permuted[regime][:, :, CENTRAL].sum(2).mean(1)
        expected = single_case_p(mean.mean(), controls)
        assert expected <= own["p_models"][regime] <= 4 * expected * (1 + 1e-6)
    whole = rows(found, "share central of seeds", "all")
    assert (whole["p"] < 0.05).all()
    # Ten subjects; two tasks of two regimes.
    smallest = rows(found, "share central of seeds", "signal")["p"]
    np.testing.assert_allclose(smallest, 4 * 2 / 1024, rtol=1e-6)


def test_holm_is_taken_within_a_reference():
    raw = [
        ("signal", 0.01),
        ("chance", 0.01),
        ("signal", 0.04),
        ("signal", float("nan")),
    ]
    given = [
        {"metric": "share central", "null": name, "p": p} for name, p in raw
    ]
    seeds = [row | {"seed": seed} for seed, row in enumerate(given)]
    seeds += [
        {"metric": "cluster", "null": "signal", "p": p} for p in (0.001, 0.4)
    ]
    rows = corrected(seeds)
    found = [row["p"] for row in rows]
    assert found[:3] == [*holm([0.01, 0.04])[:1], 0.01, holm([0.01, 0.04])[1]]
    assert np.isnan(found[3])
    # Clusters: times the four models, beside what holds for one.
    assert found[4:] == [0.001, 0.4]
    assert [row["p_corrected"] for row in rows[4:]] == [0.004, 1.0]


def test_the_cluster_test_finds_the_planted_electrodes(found):
    own = rows(found, "cluster", "permuted")
    first = own[own["value"] > 0].groupby(["regime", "seed"]).first()
    assert len(first) == 4
    assert (first["p"] < 0.05).all()
    for names in first["channels"]:
        assert {"C3", "CZ", "C4"} <= set(names.split())
    # More massive than the largest of five models of permuted labels.
    np.testing.assert_allclose(first["p_models"], 1 / 6, rtol=1e-5)


def test_single_electrodes_are_tested_by_themselves(found):
    planted = rows(found, "electrodes", "permuted")
    assert len(planted) == 4
    for row in planted.itertuples():
        names = row.channels.split()
        assert len(names) == row.value
        assert set(names) <= {"C3", "CZ", "C4"}
    assert planted["value"].max() == 3


def test_the_cluster_recurs_with_the_labels_and_not_without(found):
    planted, none = (
        found[found["task"] == task] for task in ("arousal", "valence")
    )
    for frame, low, high in ((planted, 0.99, 1.0), (none, 0.0, 0.76)):
        own = frame[frame["metric"] == "recurrence"].iloc[0]
        assert low <= own["value"] <= high
        assert own["chance"] <= 0.6
        assert own["ci_low"] <= own["value"] <= own["ci_high"]
        assert (own["n"], own["null"], own["regime"]) == (4, "permuted", "all")
    gains = planted[planted["metric"] == "overlap"].iloc[0]
    assert gains["value"] > 0.9
    assert gains["chance"] == pytest.approx(3 / 19)
    assert (
        planted[planted["metric"] == "overlap permuted"].iloc[0]["value"] < 0.5
    )
    electrode = planted[planted["metric"] == "recurrence electrode"].set_index(
        "channels"
    )["value"]
    assert electrode["CZ"] == 1.0
    assert electrode["O1"] < 0.6


def test_a_map_like_its_embedding_is_told_from_one_like_its_signal(tmp_path):
    maps = made_up(
        np.random.default_rng(0),
        n_subjects=4,
        seeds=1,
        regimes=("scratch", "frozen"),
    )
    maps.models["scratch", 0] = maps.embedding["scratch", 0]
    maps.models["frozen", 0] = maps.signal
    found = write(
        {"arousal": write_tables(maps, tmp_path)}, tmp_path / "out.tsv"
    )
    value = found[found["metric"] == "correlation"].set_index(
        ["regime", "null"]
    )["value"]
    assert value["scratch", "embedding"] == pytest.approx(1)
    assert value["frozen", "signal"] == pytest.approx(1)
    assert value["scratch", "signal"] < 0.8


def test_few_subjects_have_no_recurrence(tmp_path):
    maps = made_up(np.random.default_rng(0), 2.0, n_subjects=3)
    found = write(
        {"arousal": write_tables(maps, tmp_path)}, tmp_path / "out.tsv"
    )
    assert "recurrence" not in set(found["metric"])
    assert found.loc[found["metric"] == "overlap", "value"].iloc[0] > 0.9


def test_without_models_of_permuted_labels_untrained_ones_are_the_reference(
    tmp_path,
):
    maps = made_up(np.random.default_rng(0), 2.0, permuted=0)
    found = write(
        {"arousal": write_tables(maps, tmp_path)}, tmp_path / "out.tsv"
    )
    assert "permuted" not in set(found["null"])
    assert found.loc[found["metric"] == "recurrence", "null"].tolist() == [
        "untrained"
    ]
    assert found.loc[found["metric"] == "recurrence", "chance"].isna().all()


def test_a_subject_without_relevance_is_left_out(tmp_path):
    maps = made_up(
        np.random.default_rng(0),
        1.0,
        n_subjects=6,
        seeds=1,
        regimes=("scratch",),
    )
    maps.models["scratch", 0][2] = np.nan
    found = write(
        {"arousal": write_tables(maps, tmp_path)}, tmp_path / "out.tsv"
    )
    assert (found.loc[found["metric"] == "share central", "n"] == 5).all()


def decisions(rng, planted, nulls, metric="share central of seeds"):
    """Whether two tasks are found above each of the references, and raw p of single models."""
    found = []
    for task in ("arousal", "valence"):
        maps, names = made_up(rng, planted), {"study": "x", "task": task}
        found += regimes_rows(maps, CENTRAL, names, SETTINGS)
        for regime, seed in maps.models:
            own = names | {"regime": regime, "seed": seed}
            found += region_rows(
                maps, [(regime, seed)], CENTRAL, own, SETTINGS
            )
    found = [row for row in found if row["subject"] == "all"]
    single = [row for row in found if row["metric"] == "share central"]
    p_models = [row["p_models"] for row in single if row["null"] == "permuted"]
    found = [row for row in corrected(found) if row["metric"] == metric]
    decided = [
        any(
            r["null"] == null and r["p"] < 0.05 and r["value"] > r["chance"]
            for r in found
        )
        for null in nulls
    ]
    return decided, p_models


@pytest.mark.parametrize("metric", ["share central", "share central of seeds"])
def test_the_whole_procedure_is_wrong_in_at_most_five_of_a_hundred_cohorts_without_labels(
    metric,
):
    rng = np.random.default_rng(0)
    found = [
        decisions(rng, 0.0, ("all", "permuted"), metric) for _ in range(300)
    ]
    whole, subjects_alone = np.mean([decided for decided, _ in found], axis=0)
    assert whole <= 0.05
    # Subjects share their model's map, so that a test over them alone finds it nearly always.
    assert subjects_alone > 0.7
    p = np.concatenate([raw for _, raw in found])
    for level in (0.05, 0.25, 0.5, 0.75):
        assert np.mean(p < level) == pytest.approx(level, abs=0.03)


def test_a_large_effect_is_found_nearly_always():
    rng = np.random.default_rng(1)
    found = [decisions(rng, 1.0, ("all",))[0][0] for _ in range(20)]
    assert np.mean(found) > 0.9
