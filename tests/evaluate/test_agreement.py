"""Agreement of methods and models, and complexity, from stores to tables."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from eeglrp.attribution.smoothing import smooth
from eeglrp.errors import InputError
from eeglrp.evaluate import agreement
from eeglrp.evaluate.agreement import EXTRA, compare_maps
from eeglrp.evaluate.complexity import window_values
from eeglrp.evaluate.map_features import COLUMNS, features, similarity
from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.store import CHUNK_SAMPLES, attribution_writer

CHANNELS, N_TIMES, N_WINDOWS = ["FP1", "C3", "C4", "O1"], 400, 20
SUBJECTS = ("a", "b")
SAMPLES = [f"{s}/x/{k:05d}" for s in SUBJECTS for k in range(N_WINDOWS)]
LABEL = np.tile(np.arange(N_WINDOWS) % 2, 2)
SETTINGS = {
    "study": "demo",
    "task": "arousal",
    "max_windows": None,
    "smoothing": 0.04,
    "statistics": {"bootstrap": 200, "confidence": 0.95},
    "seed": 3,
}


def noise(seed):
    shape = len(SAMPLES), len(CHANNELS), N_TIMES
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.fixture
def store(tmp_path):
    """Write maps in an order of their own; windows in `wrong` are predicted as the other class."""

    def write(
        maps, method="attn_lrp", regime="scratch", seed=0, wrong=(), without=()
    ):
        order = np.random.default_rng(9).permutation(len(SAMPLES))
        order = np.array([k for k in order if k not in without])
        prediction = np.where(
            np.isin(np.arange(len(SAMPLES)), wrong), 1 - LABEL, LABEL
        )[order]
        total = maps[order].sum((1, 2), dtype=np.float64)
        values = {
            "relevance": maps[order],
            "ledger": total[:, None],
            "logit": total,
        }
        values |= {
            "label": LABEL[order],
            "target": prediction,
            "prediction": prediction,
        }
        names = np.array(SAMPLES, object)[order]
        values |= {
            "subject": np.array([name[0] for name in names], object),
            "onset": order,
        }
        values |= {
            "recording": np.full(len(order), "x", object),
            "fold": np.zeros(len(order)),
        }
        path = tmp_path / f"{regime}-{seed}-{method}.zarr.zip"
        with attribution_writer(
            path,
            channels=CHANNELS,
            times=np.arange(N_TIMES) / 200,
            samples=names,
            sources=["input"],
            attrs={"regime": regime, "seed": seed, "method": method},
        ) as writer:
            for start in range(0, len(order), CHUNK_SAMPLES):
                part = slice(start, start + CHUNK_SAMPLES)
                writer.write(
                    start,
                    **{key: value[part] for key, value in values.items()},
                )
        return path

    return write


@pytest.fixture
def compare(tmp_path):
    def run(paths, **changes):
        outputs = {name: tmp_path / f"{name}.tsv" for name in EXTRA}
        compare_maps(paths, outputs, **(SETTINGS | changes))
        return {
            name: read_table(path, METRIC_COLUMNS)
            for name, path in outputs.items()
        }

    return run


def cell(table, metric, level, column="value", subject="all", **index):
    rows = table[(table["metric"] == metric) & (table["level"] == level)]
    for key, value in ({"subject": subject} | index).items():
        rows = rows[rows[key] == value]
    return rows[column].item()


@pytest.mark.slow
def test_equal_and_negated_and_unrelated_methods(store, compare):
    maps = noise(0)
    paths = [
        store(maps),
        store(maps * 2, "cp_lrp"),
        store(-maps, "gamma"),
        store(noise(1), "z"),
    ]
    table = compare(paths)["agreement"]
    assert list(table.columns) == [*METRIC_COLUMNS, *EXTRA["agreement"]]
    assert len(table) == 6 * len(COLUMNS) * 3
    for metric, level in COLUMNS:
        signed = metric == "spearman"
        found = {
            name: cell(table, metric, level, against=name, method="attn_lrp")
            for name in "z"
        }
        assert cell(table, metric, level, against="cp_lrp") == pytest.approx(1)
        negated = cell(
            table, metric, level, against="gamma", method="attn_lrp"
        )
        assert negated == pytest.approx(-1 if signed else 1)
        assert (
            abs(found["z"] - (0.053 if metric == "top_overlap" else 0)) < 0.25
        )
        chance = cell(table, metric, level, "chance", against="cp_lrp")
        assert abs(chance - (0.053 if metric == "top_overlap" else 0)) < 0.25
    assert (
        cell(table, "spearman", "map", "n", against="z", method="gamma") == 40
    )


@pytest.mark.slow
def test_values_are_scipys_of_every_window(store, compare):
    first, second = noise(0), noise(0) + noise(1)
    table = compare([store(first), store(second, "cp_lrp")])["agreement"]
    pairs = list(zip(first, second, strict=True))

    def mean(values):
        return np.mean(list(values))

    expected = {
        ("spearman", "map"): mean(
            spearmanr(smooth(a, 8).ravel(), smooth(b, 8).ravel())[0]
            for a, b in pairs
        ),
        ("spearman", "electrode"): mean(
            spearmanr(a.sum(1), b.sum(1))[0] for a, b in pairs
        ),
        ("spearman_absolute", "electrode"): mean(
            spearmanr(np.abs(a).sum(1), np.abs(b).sum(1))[0] for a, b in pairs
        ),
        ("top_overlap", "map"): mean(top_overlap(a, b) for a, b in pairs),
    }
    for (metric, level), value in expected.items():
        assert cell(table, metric, level) == pytest.approx(value, abs=1e-6)


def top_overlap(first, second):
    sets = []
    for relevance in (first, second):
        magnitude = smooth(np.abs(relevance), 8).ravel()
        sets.append(set(np.argsort(magnitude)[-160:].tolist()))
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


@pytest.mark.slow
def test_what_all_maps_share_is_chance(store, compare):
    """An electrode that always counts gives agreement, and the same at chance."""
    fixed = np.zeros((1, len(CHANNELS), N_TIMES), np.float32)
    fixed[:, 1], fixed[:, 2] = 5, 3
    table = compare(
        [store(noise(0) + fixed), store(noise(1) + fixed, "cp_lrp")]
    )["agreement"]
    value, chance = (
        cell(table, "spearman", "map", column)
        for column in ("value", "chance")
    )
    assert value > 0.6
    assert chance == pytest.approx(value, abs=0.02)


@pytest.mark.slow
def test_chance_compares_windows_of_one_class(store, compare):
    sign = np.where(LABEL, 1, -1)[:, None, None].astype(np.float32)
    maps = noise(0) + 4 * sign * np.sin(np.arange(N_TIMES) / 30).astype(
        np.float32
    )
    table = compare([store(maps), store(maps, "cp_lrp")])["agreement"]
    assert cell(table, "spearman", "map", "chance") > 0.8


@pytest.mark.slow
def test_models_are_compared_where_both_are_right(store, compare):
    maps = noise(0)
    paths = [
        store(maps, regime="finetuned", wrong=[0, 1, 2]),
        store(maps + noise(1), regime="finetuned", seed=1, wrong=[2, 25]),
        store(noise(2), regime="scratch"),
        store(noise(3), "cp_lrp", regime="scratch"),
    ]
    tables = compare(paths)
    table = tables["stability"]
    assert list(table.columns) == [*METRIC_COLUMNS, *EXTRA["stability"]]
    assert set(table["method"]) == {"attn_lrp"}
    pairs = table.drop_duplicates(
        ["regime", "seed", "against", "against_seed"]
    )
    named = (
        pairs[["regime", "seed", "against", "against_seed"]]
        .to_numpy()
        .tolist()
    )
    assert named == [
        ["finetuned", 0, "finetuned", 1],
        ["finetuned", 0, "scratch", 0],
        ["finetuned", 1, "scratch", 0],
    ]
    counts = table[(table["metric"] == "spearman") & (table["level"] == "map")]
    assert counts[counts["subject"] == "all"]["n"].tolist() == [36, 37, 38]
    assert counts[counts["subject"] == "a"]["n"].tolist() == [17, 17, 19]
    seeds = cell(table, "spearman", "map", against="finetuned")
    assert seeds == pytest.approx(0.7, abs=0.1)
    assert len(tables["agreement"]) == 3 * len(COLUMNS)


@pytest.mark.slow
def test_chance_leaves_out_windows_that_a_model_got_wrong(store, compare):
    fixed, wrong = (
        np.zeros((40, len(CHANNELS), N_TIMES), np.float32),
        np.arange(0, 40, 3),
    )
    fixed[:, 1], fixed[:, 2] = 5, 3
    other = fixed + noise(1)
    other[wrong] *= -1
    paths = [
        store(fixed + noise(0)),
        store(other, regime="frozen", wrong=wrong),
    ]
    table = compare(paths)["stability"]
    assert cell(table, "spearman", "map", "n") == 26
    value, chance = (
        cell(table, "spearman", "map", column)
        for column in ("value", "chance")
    )
    assert chance == pytest.approx(value, abs=0.02)


@pytest.mark.slow
def test_windows_explained_for_different_classes_are_not_compared(
    store, compare
):
    table = compare(
        [store(noise(0)), store(noise(0), "cp_lrp", wrong=[4, 5])]
    )["agreement"]
    assert cell(table, "spearman", "map", "n") == 38


@pytest.mark.slow
def test_only_windows_of_every_store_and_at_most_so_many(store, compare):
    paths = [store(noise(0)), store(noise(1), "cp_lrp", without=range(10))]
    tables = compare(paths)
    assert cell(tables["agreement"], "spearman", "map", "n") == 30
    found = compare(paths, max_windows=6)["agreement"]
    assert cell(found, "spearman", "map", "n") == 12
    assert cell(found, "spearman", "map", "n", subject="a") == 6


def test_stores_without_a_window_in_common_give_tables_without_rows(
    store, compare
):
    first = store(noise(0), without=range(20))
    tables = compare([first, store(noise(1), "cp_lrp", without=range(20, 40))])
    assert all(table.empty for table in tables.values())


def test_one_store_has_complexity_and_nothing_to_agree_with(store, compare):
    maps = noise(0)
    tables = compare([store(maps)])
    assert tables["agreement"].empty
    assert tables["stability"].empty
    table = tables["complexity"]
    assert cell(table, "gini", "sample") == pytest.approx(
        window_values(maps).mean(0)[0]
    )
    assert cell(table, "entropy", "electrode_patch", "n") == 40
    for metric in ("gini", "entropy"):
        chance = cell(table, metric, "sample", "chance")
        assert cell(table, metric, "sample") == pytest.approx(chance, abs=0.01)


@pytest.mark.slow
def test_block_size_changes_no_value(store, compare, monkeypatch):
    paths = [store(noise(0)), store(noise(0) + noise(1), "cp_lrp")]
    whole = compare(paths)
    monkeypatch.setattr(agreement, "_BLOCK", 7)
    blocks = compare(paths)
    for name in ("agreement", "complexity"):
        columns = ["value", "ci_low", "ci_high", "n"]
        np.testing.assert_allclose(
            blocks[name][columns], whole[name][columns], rtol=1e-6
        )


def test_a_map_without_variation_agrees_with_nothing():
    flat, maps = np.ones((2, 3, 400), np.float32), noise(0)[:2, :3]
    found = similarity(features(flat, 8), features(maps, 8))
    assert found[:, [0, 2, 3]].tolist() == [[0, 0, 0]] * 2


def test_a_broken_store_is_named_and_nothing_is_written(
    store, compare, tmp_path
):
    paths = [store(noise(0)), store(noise(1), "cp_lrp")]
    paths[1].write_bytes(paths[1].read_bytes()[:1000])
    with pytest.raises(
        InputError, match=r"scratch-0-cp_lrp\.zarr\.zip: store: is cut short"
    ):
        compare(paths)
    assert not (tmp_path / "agreement.tsv").exists()
