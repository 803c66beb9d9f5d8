"""Faithfulness of a study of two subjects, from stores to tables."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.evaluate import faithfulness, window_curves
from eeglrp.evaluate.faithfulness import score_faithfulness
from eeglrp.evaluate.perturbation import METRICS
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.models.labram import build as build_labram
from eeglrp.models.subjects import SubjectLayer, for_subject
from eeglrp.models.trained import load_model, save_model
from eeglrp.store import attribution_writer, write_windows

pytestmark = pytest.mark.slow

CHANNELS, N_TIMES, N_WINDOWS, SUBJECTS = (
    ["FP1", "CZ", "O2"],
    400,
    8,
    ("s1", "s2"),
)
LABEL = np.arange(N_WINDOWS) % 2
TEST = np.arange(2, N_WINDOWS)
SETTINGS = {
    "max_windows": 4,
    "steps": [0.34, 0.5, 0.67],
    "occluders": ["zero"],
    "piece": 200,
    "random_orders": 3,
}


def signals():
    rng = np.random.default_rng(0)
    return {
        name: rng.normal(0, 0.3, (N_WINDOWS, 3, N_TIMES)).astype("f4")
        for name in SUBJECTS
    }


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Folder with windows, their splits, and models that were not trained."""
    folder, rows = tmp_path_factory.mktemp("study"), []
    for subject, signal in signals().items():
        samples = [f"{subject}/run/{i:05d}" for i in range(N_WINDOWS)]
        split = np.where(np.arange(N_WINDOWS) < 2, "train", "test")
        rows.append(
            pd.DataFrame(
                {"sample": samples, "subject": subject, "split": split}
            )
        )
        write_windows(
            folder / f"{subject}.zarr.zip",
            signal,
            LABEL,
            channels=CHANNELS,
            sampling_rate=200,
            samples=samples,
            subject=[subject] * N_WINDOWS,
            recording=["run"] * N_WINDOWS,
            onset=np.arange(N_WINDOWS) * 2.0,
        )
    write_table(pd.concat(rows).assign(fold=0), folder / "splits.tsv")
    settings = {"layers": 2, "heads": 10, "drop_path": 0.1, "dropout": 0.0}
    record = {
        "model": settings,
        "channels": CHANNELS,
        "n_times": N_TIMES,
        "classes": ["a", "b"],
    }
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = build_labram(settings, CHANNELS, N_TIMES, 2)
    with torch.no_grad():
        model.final_layer.weight.normal_()
    save_model(model, folder / "model.safetensors", record)
    with torch.no_grad():
        weight = model.final_layer.weight
        original = weight.clone()
        weight.normal_()
        save_model(model, folder / "other.safetensors", record)
        weight.copy_(original)
    filters = np.random.default_rng(4).normal(size=(2, 3, 3))
    layer = SubjectLayer(model, SUBJECTS, CHANNELS, filters)
    save_model(
        layer,
        folder / "filtered.safetensors",
        record | {"subjects": list(SUBJECTS)},
    )
    return folder


def contrast(model, signal, target, names=CHANNELS):
    """Logit of the target minus the other's; a model of the test's own arithmetic."""
    with torch.no_grad():
        logits = model(
            torch.as_tensor(np.asarray(signal, "f4")), ch_names=list(names)
        ).numpy()
    return (logits[:, 1] - logits[:, 0]) * (2 * np.asarray(target) - 1)


def maps_of(kind):
    """A map a window: random numbers of its own, or those with another sign."""
    rng = np.random.default_rng(5)
    maps = rng.normal(size=(len(SUBJECTS) * len(TEST), 3, N_TIMES)).astype(
        "f4"
    )
    return {"map": maps, "negated": -maps, "flat": np.zeros_like(maps)}[kind]


@pytest.fixture
def store(study, tmp_path):
    """Write the store of a method, whose maps may be given."""

    def write(
        method="map",
        maps=None,
        name="model",
        target=None,
        fold=0,
        others=(),
        **changes,
    ):
        model, record = load_model(study / f"{name}.safetensors")
        signal = np.concatenate(
            [signal[TEST] for signal in signals().values()]
        )
        target = np.tile(LABEL[TEST], 2) if target is None else target
        subject = np.repeat(SUBJECTS, len(TEST)).astype(object)
        models = [model] + [
            load_model(study / f"{other}.safetensors")[0] for other in others
        ]
        fold = np.broadcast_to(fold, len(target)).astype(int)
        number = np.minimum(fold, len(others))
        logit = np.array(
            [
                contrast(for_subject(models[k], who), window[None], [one])[0]
                for k, who, window, one in zip(
                    number, subject, signal, target, strict=True
                )
            ]
        )
        maps = maps_of(method) if maps is None else maps
        total = maps.sum((1, 2), dtype=np.float64)
        attrs = {
            "regime": "scratch",
            "seed": 3,
            "method": method,
            "score": "contrast",
        }
        attrs |= {"model_sha256": [record["sha256"]]} | changes
        path = tmp_path / f"{name}-{method}.zarr.zip"
        with attribution_writer(
            path,
            channels=CHANNELS,
            times=np.arange(N_TIMES) / 200,
            samples=[f"{s}/run/{i:05d}" for s in SUBJECTS for i in TEST],
            sources=["input", "unexplained"],
            attrs=attrs,
        ) as writer:
            writer.write(
                0,
                relevance=maps,
                ledger=np.column_stack([total, logit - total]),
                logit=logit,
                target=target,
                label=np.tile(LABEL[TEST], 2),
                prediction=target,
                subject=subject,
                recording=np.full(len(logit), "run", object),
                onset=np.zeros(len(logit)),
                fold=fold,
            )
        return path

    return write


@pytest.fixture(scope="module")
def folds(study):
    """Tables of two folds: the first tests `s1`, the second `s2`."""
    table = read_table(study / "splits.tsv")
    paths = []
    for fold, tested in enumerate(SUBJECTS):
        split = table["split"].where(table["subject"] == tested, "train")
        paths.append(study / f"fold-{fold}.tsv")
        write_table(table.assign(split=split, fold=fold), paths[-1])
    return paths


@pytest.fixture
def store_of_folds(study, store):
    """Write a store whose windows of fold 1, those of `s2`, are explained by the model `other`."""

    def write(method="map", fold=None, **changes):
        records = [
            load_model(study / f"{name}.safetensors")[1]
            for name in ("model", "other")
        ]
        hashes = [record["sha256"] for record in records]
        fold = np.repeat([0, 1], len(TEST)) if fold is None else fold
        given = {"model_sha256": hashes} | changes
        return store(method, others=["other"], fold=fold, **given)

    return write


@pytest.fixture
def score(study, tmp_path):
    """Tables of some stores of a model: metrics and curves."""

    def run(
        stores,
        model="model",
        seed=3,
        folder="out",
        split="test",
        models=None,
        splits=None,
        **changes,
    ):
        models = models or [model]
        names = ("faithfulness", "faithfulness_curves")
        outputs = {name: tmp_path / folder / f"{name}.tsv" for name in names}
        score_faithfulness(
            [study / f"{subject}.zarr.zip" for subject in SUBJECTS],
            [([study / f"{name}.safetensors" for name in models], stores)],
            splits or [study / "splits.tsv"],
            study="demo",
            task="arousal",
            split=split,
            settings=SETTINGS | changes,
            statistics={"bootstrap": 200, "confidence": 0.95},
            seed=seed,
            device="cpu",
            outputs=outputs,
        )
        return [read_table(path, METRIC_COLUMNS) for path in outputs.values()]

    return run


def pooled(table, metric, method="map", column="value", **more):
    own = (
        (table["method"] == method)
        & (table["metric"] == metric)
        & (table["subject"] == "all")
    )
    for name, value in more.items():
        own &= table[name] == value
    return table.loc[own, column].to_numpy()


def test_tables_hold_every_metric_beside_chance(store, score):
    occluders = ["zero", "mean", "other", "removal"]
    table, curves = score([store(), store("negated")], occluders=occluders)
    assert list(table.columns) == [*METRIC_COLUMNS, "occluder"]
    assert set(table["metric"]) == {*METRICS, "naopc"}
    assert set(table["subject"]) == {"s1", "s2", "all"}
    assert set(table["occluder"]) == set(occluders) == set(curves["occluder"])
    assert set(table["method"]) == {"map", "negated"}
    first = table.iloc[0]
    assert tuple(first[["study", "task", "regime", "seed"]]) == (
        "demo",
        "arousal",
        "scratch",
        3,
    )
    assert (table.loc[table["subject"] == "all", "n"] == 8).all()
    assert table["chance"].notna().all()
    assert np.allclose(table.loc[table["metric"] == "srg", "chance"], 0)
    assert table.loc[table["metric"] == "naopc", "value"].between(0, 1).all()
    assert list(curves.columns) == [*METRIC_COLUMNS, "occluder", "fraction"]
    assert set(curves["subject"]) == {"all"}
    whole = curves[curves["fraction"] == 0]
    assert whole["value"].nunique() == 1
    for occluder in occluders:
        fractions = pooled(
            curves, "curve random", "random", "fraction", occluder=occluder
        )
        assert np.allclose(
            fractions, np.arange(6 + (occluder != "removal")) / 6
        )


def test_areas_and_chance_are_those_of_the_curves(store, score):
    table, curves = score([store()], occluders=["removal"])
    kinds = {
        "value": ("curve morf", "map"),
        "chance": ("curve random", "random"),
    }
    for column, kind in kinds.items():
        height, hidden = (
            pooled(curves, *kind, column=name)
            for name in ("value", "fraction")
        )
        drop = height[0] - np.trapezoid(height, hidden) / hidden[-1]
        assert pooled(table, "aopc_morf", column=column) == pytest.approx(
            drop, rel=1e-4
        )
        # Of six units, 1 to 20 % are one and 50 % are three.
        bins = np.searchsorted((6 * hidden).round(), [1, 1, 1, 1, 3])
        alone = height[0] - height[bins]
        found = pooled(table, "comprehensiveness", column=column)
        assert found == pytest.approx(alone.mean(), rel=1e-4)


def curve_by_hand(model, **other):
    """Mean score over windows, then subjects, with the most relevant patches set to zero.

    `other`: models of subjects whom the model does not test.
    """
    of_subject = []
    for number, (name, signal) in enumerate(signals().items()):
        module, values = for_subject(other.get(name, model), name), []
        for k, window in enumerate(signal[TEST]):
            relevance = maps_of("map")[number * len(TEST) + k].astype(float)
            order = np.argsort(-relevance.reshape(6, 200).sum(1))
            made = np.stack([window] * 7)
            for count in range(7):
                for channel, patch in (
                    divmod(unit, 2) for unit in order[:count]
                ):
                    made[count, channel, 200 * patch : 200 * (patch + 1)] = 0
            values.append(contrast(module, made, np.full(7, LABEL[TEST][k])))
        of_subject.append(np.mean(values, 0))
    return np.mean(of_subject, 0)


@pytest.mark.parametrize("name", ["model", "filtered"])
def test_curves_are_those_of_windows_made_by_hand(study, store, score, name):
    """Windows go through the filter of their subject where the model has one."""
    _, curves = score([store(name=name)], model=name, max_windows=None)
    model, _ = load_model(study / f"{name}.safetensors")
    expected = curve_by_hand(model)
    np.testing.assert_allclose(
        pooled(curves, "curve morf"), expected, rtol=1e-4, atol=1e-5
    )


def test_windows_of_a_fold_go_through_the_model_of_the_fold(
    study, folds, store_of_folds, score
):
    models, _ = zip(
        *(
            load_model(study / f"{name}.safetensors")
            for name in ("model", "other")
        ),
        strict=True,
    )
    _, curves = score(
        [store_of_folds()],
        models=["model", "other"],
        splits=folds,
        max_windows=None,
    )
    expected = curve_by_hand(models[0], s2=models[1])
    assert np.abs(expected - curve_by_hand(models[0])).max() > 1e-2
    np.testing.assert_allclose(
        pooled(curves, "curve morf"), expected, rtol=1e-4, atol=1e-5
    )


def test_a_subject_that_every_fold_tests_goes_through_both_models(
    study, store_of_folds, score, tmp_path
):
    """Blocks: the first half of each subject's windows, and the second."""
    half = np.tile(np.arange(len(TEST)) >= len(TEST) // 2, 2).astype(int)
    table = read_table(study / "splits.tsv")
    tested = table["split"] == "test"
    splits = []
    for fold in range(2):
        split = table["split"].copy()
        split[tested] = np.where(half == fold, "test", "train")
        splits.append(tmp_path / f"block-{fold}.tsv")
        write_table(table.assign(split=split, fold=fold), splits[-1])
    table, curves = score(
        [store_of_folds(fold=half)],
        models=["model", "other"],
        splits=splits,
        max_windows=None,
    )
    models = [
        load_model(study / f"{name}.safetensors")[0]
        for name in ("model", "other")
    ]
    # The score of whole windows, subjects with the same number of windows.
    whole = [
        contrast(models[fold], signal[TEST][own], LABEL[TEST][own])
        for signal in signals().values()
        for fold in range(2)
        for own in [half[: len(TEST)] == fold]
    ]
    assert pooled(curves, "curve morf")[0] == pytest.approx(
        np.concatenate(whole).mean(), rel=1e-4
    )
    assert (table.loc[table["subject"] == "s1", "n"] == len(TEST)).all()


def test_a_store_that_mixes_up_folds_is_named(
    study, folds, store_of_folds, score, tmp_path
):
    settings = {"models": ["model", "other"], "splits": folds}
    hashes = [
        load_model(study / f"{name}.safetensors")[1]["sha256"]
        for name in settings["models"]
    ]
    told = (
        r"model-map\.zarr\.zip: model_sha256: explains another model in fold 1"
    )
    for wrong in (hashes[:1], hashes[:1] * 2):
        with pytest.raises(InputError, match=f"{told}.*Remedy: delete"):
            score([store_of_folds(model_sha256=wrong)], **settings)
    told = "sample: has no windows, or windows of another split"
    for fold in (1 - np.repeat([0, 1], len(TEST)), np.zeros(2 * len(TEST))):
        with pytest.raises(InputError, match=told):
            score([store_of_folds(fold=fold)], **settings)
    assert not (tmp_path / "out").exists()


def test_the_negated_map_has_the_negated_area(store, score):
    table, curves = score([store(), store("negated")])
    srg = [pooled(table, "srg", method) for method in ("map", "negated")]
    np.testing.assert_allclose(srg[0], -srg[1], rtol=1e-5)
    assert abs(srg[0]) > 1e-3
    np.testing.assert_allclose(
        pooled(curves, "curve morf"),
        pooled(curves, "curve lerf", "negated"),
        rtol=1e-6,
    )


def test_the_order_that_was_tried_out_beats_random_ones(study, store, score):
    """Its map is the drop of the score without each unit alone."""
    model, _ = load_model(study / "model.safetensors")
    maps = []
    for signal in signals().values():
        for window, target in zip(signal[TEST], LABEL[TEST], strict=True):
            drops = np.zeros((3, N_TIMES), "f4")
            for channel in range(3):
                for patch in (slice(200), slice(200, 400)):
                    made = np.stack([window, window])
                    made[1, channel, patch] = 0
                    whole, without = contrast(model, made, [target, target])
                    drops[channel, patch] = whole - without
            maps.append(drops)
    table, _ = score([store(maps=np.stack(maps)), store("flat")])
    assert pooled(table, "srg", column="ci_low") > 0
    assert pooled(table, "aopc_morf") > pooled(
        table, "aopc_morf", column="chance"
    )
    assert pooled(table, "comprehensiveness") > pooled(
        table, "comprehensiveness", column="chance"
    )
    assert pooled(table, "sufficiency") < pooled(
        table, "sufficiency", column="chance"
    )
    assert pooled(table, "naopc") > 0.8
    # A map without information is a random order.
    assert abs(pooled(table, "srg", "flat")) < pooled(table, "srg")


def test_the_bounds_know_what_hiding_each_electrode_does(study, store, score):
    """The map of these drops adds no order that was not tried, so the bounds stay."""
    model, _ = load_model(study / "model.safetensors")
    maps = []
    for signal in signals().values():
        for window, target in zip(signal[TEST], LABEL[TEST], strict=True):
            made = np.stack([window] * 4)
            for channel in range(3):
                made[channel + 1, channel] = 0
            whole, *without = contrast(model, made, np.full(4, target))
            maps.append(
                np.repeat((whole - np.array(without))[:, None], N_TIMES, 1)
            )
    dropped = store("drops", np.stack(maps).astype("f4"))
    alone, both = score([store()])[0], score([store(), dropped])[0]
    other = score([store(), store("other", maps=maps_of("map") ** 2)])[0]
    found = [pooled(table, "naopc") for table in (alone, both, other)]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    assert abs(found[0] - found[2]) > 1e-4


def test_small_memory_and_the_company_of_other_methods_do_not_matter(
    store, score, monkeypatch
):
    paths, occluders = [store(), store("negated")], ["other", "removal"]
    table, curves = score(paths, occluders=occluders)
    alone, _ = score(paths[:1], occluders=occluders)
    own = (table["method"] == "map") & (table["metric"] != "naopc")
    alone = alone[alone["metric"] != "naopc"]
    numbers = ["value", "ci_low", "ci_high", "chance", "n"]
    np.testing.assert_allclose(
        alone[numbers], table.loc[own, numbers], rtol=1e-4, atol=1e-6
    )
    monkeypatch.setattr(window_curves, "_BATCH", {"cpu": 2})
    monkeypatch.setattr(faithfulness, "CHUNK_SAMPLES", 3)
    found = score(paths, occluders=occluders)
    for one, other in zip(found, (table, curves), strict=True):
        np.testing.assert_allclose(
            one[numbers], other[numbers], rtol=1e-4, atol=1e-6
        )


def test_the_same_job_gives_the_same_bytes_and_the_seed_other_draws(
    store, score, tmp_path
):
    paths = [store()]
    score(paths, occluders=["other"], folder="a")
    score(paths, occluders=["other"], folder="b")
    for name in ("faithfulness.tsv", "faithfulness_curves.tsv"):
        assert (tmp_path / "a" / name).read_bytes() == (
            tmp_path / "b" / name
        ).read_bytes()
    first, other = (
        score(paths, max_windows=None, seed=seed)[1] for seed in (3, 4)
    )
    last = slice(1, -1)
    assert np.allclose(
        pooled(first, "curve morf"), pooled(other, "curve morf"), atol=1e-6
    )
    random = [
        pooled(one, "curve random", "random")[last] for one in (first, other)
    ]
    assert not np.allclose(*random, atol=1e-4)


def test_units_may_be_shorter_than_a_patch(store, score):
    _, curves = score([store()], piece=40, occluders=["mean", "removal"])
    found = (
        pooled(curves, "curve morf", column="fraction", occluder="mean") * 30
    )
    assert np.allclose(found, found.round())
    assert 1 in found.round()
    assert pooled(curves, "curve morf", column="fraction", occluder="removal")[
        1
    ] == pytest.approx(1 / 6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"model_sha256": ["0" * 64]},
            "model_sha256: explains another model in fold 0",
        ),
        ({"model_sha256": []}, "model_sha256: explains another model"),
        ({"score": "logit"}, "target: explains other windows or classes"),
        (
            {"target": 1 - np.tile(LABEL[TEST], 2)},
            "target: explains other windows or classes",
        ),
    ],
)
def test_stores_that_do_not_belong_are_named(
    store, score, tmp_path, changes, words
):
    paths = [store(), store("negated", **changes)]
    with pytest.raises(InputError, match=f"model-negated.zarr.zip: {words}"):
        score(paths)
    assert not (tmp_path / "out").exists()


def test_windows_of_another_split_are_named(store, score):
    with pytest.raises(
        InputError, match="sample: has no windows, or windows of another split"
    ):
        score([store()], split="train")
