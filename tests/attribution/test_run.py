import json
import warnings

import numpy as np
import pandas as pd
import pytest
import torch

from eeglrp.attribution import run
from eeglrp.attribution.run import attribute, by_patch, ledger_rows
from eeglrp.attribution.selection import read_background
from eeglrp.errors import InputError
from eeglrp.files import read_table, sha256, write_table
from eeglrp.lrp.explain import explain
from eeglrp.models.labram import build as build_labram
from eeglrp.models.labram import forward_kwargs
from eeglrp.models.trained import load_model, save_model
from eeglrp.store import (
    LEDGER_SOURCES,
    check_relevance,
    open_attribution,
    open_windows,
    round_mantissa,
    window_array,
    write_windows,
)

CHANNELS = ["FP1", "CZ", "O2"]
SETTINGS = {
    "target": "predicted",
    "score": "contrast",
    "split": "test",
    "max_windows": 20,
    "batch_size": 8,
    "layers": True,
}
IDS = {"study": "demo", "task": "arousal", "regime": "scratch", "seed": 1}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Folder with windows of two subjects, and splits and untrained models of two folds.

    `model.safetensors` and `splits.tsv` are of the first fold, `other.safetensors` and
    `other.tsv` of the second.
    """
    folder = tmp_path_factory.mktemp("study")
    rng, rows = np.random.default_rng(0), []
    for subject, n in (("s1", 30), ("s2", 25)):
        samples = [f"{subject}/run/{i:05d}" for i in range(n)]
        split = np.where(np.arange(n) < 4, "train", "test")
        of_other = np.where(np.arange(n) < 4, "test", "train")
        columns = {"sample": samples, "subject": subject, "split": split}
        rows.append(pd.DataFrame(columns).assign(other=of_other))
        write_windows(
            folder / f"{subject}.zarr.zip",
            rng.normal(0, 0.3, (n, 3, 400)),
            rng.integers(0, 2, n),
            channels=CHANNELS,
            sampling_rate=200,
            samples=samples,
            subject=[subject] * n,
            recording=["run"] * n,
            onset=np.arange(n) * 2.0,
        )
    table = pd.concat(rows)
    other = table.assign(split=table["other"], fold=1)
    for name, rows in (("splits", table.assign(fold=0)), ("other", other)):
        write_table(rows.drop(columns="other"), folder / f"{name}.tsv")
    settings = {"layers": 2, "heads": 10, "drop_path": 0.1, "dropout": 0.0}
    record = {
        "model": settings,
        "channels": CHANNELS,
        "n_times": 400,
        "classes": ["low", "high"],
    }
    for seed, name in enumerate(("model", "other")):
        torch.manual_seed(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = build_labram(settings, CHANNELS, 400, 2)
        with torch.no_grad():
            model.final_layer.weight.normal_()
        save_model(model, folder / f"{name}.safetensors", record)
    return folder


def attribute_study(
    study, out, method="attn_lrp", options=None, seed=5, **changes
):
    methods = {method: options or {}}
    explain_all(study, [out], methods, seed=seed, **changes)
    return open_attribution(out)


FIRST = (("model", "splits"),)
OTHER = (("other", "other"),)


def explain_all(
    study, stores, methods, *, folds=FIRST, seed=5, costs=None, **changes
):
    """Explain the study's models, one a fold, with several methods in one job."""
    attribute(
        [study / f"{model}.safetensors" for model, _ in folds],
        [study / "s1.zarr.zip", study / "s2.zarr.zip"],
        [study / f"{splits}.tsv" for _, splits in folds],
        stores,
        methods=methods,
        attribution=SETTINGS | changes,
        ids=IDS,
        seed=seed,
        device="cpu",
        config_sha256="abc",
        costs=costs,
    )


def windows_of(study, store):
    """Signal of the stored windows."""
    found = {}
    for name in ("s1", "s2"):
        dataset = open_windows(study / f"{name}.zarr.zip")
        found |= dict(
            zip(
                map(str, dataset["sample"].values),
                window_array(dataset),
                strict=True,
            )
        )
    return torch.from_numpy(
        np.stack([found[str(s)] for s in store["sample"].values])
    )


@pytest.mark.slow
def test_rounded_relevance_on_request(study, stored, tmp_path):
    out = tmp_path / "rounded.zarr.zip"
    rounded = attribute_study(study, out, mantissa_bits=7)
    check_relevance(out)
    expected = round_mantissa(stored[1]["relevance"].values, 7)
    np.testing.assert_array_equal(rounded["relevance"].values, expected)
    np.testing.assert_array_equal(
        rounded["ledger"].values, stored[1]["ledger"].values
    )


@pytest.fixture(scope="module")
def stored(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "attn_lrp.zarr.zip"
    return out, attribute_study(study, out)


def test_the_store_holds_what_explain_says(study, stored):
    out, store = stored
    check_relevance(out)
    model, _ = load_model(study / "model.safetensors")
    signal = windows_of(study, store)
    kwargs = forward_kwargs(CHANNELS)
    found = explain(
        model, signal, "predicted", "attn_lrp", "contrast", kwargs, layers=True
    )
    close = {"rtol": 1e-4, "atol": 1e-6}
    np.testing.assert_allclose(
        store["relevance"].values, found.relevance.permute(1, 2, 0), **close
    )
    np.testing.assert_allclose(store["logit"].values, found.output, **close)
    for source, values in found.ledger.items():
        np.testing.assert_allclose(
            store["ledger"].sel(source=source).values, values, **close
        )
    assert np.array_equal(store["prediction"].values, found.logits.argmax(1))
    assert np.array_equal(store["target"].values, store["prediction"].values)


def test_layers_are_relevance_by_layer_electrode_and_patch(stored):
    _, store = stored
    layers = store["layer_relevance"]
    assert dict(layers.sizes) == {
        "layer": 3,
        "channel": 3,
        "patch": 2,
        "sample": 40,
    }
    # With mean pooling, the class token leaves the last block without relevance: what enters the
    # readout there is all of the output but the readout's own biases, which are 0 at the start.
    total = layers[-1].sum(("channel", "patch")).values
    np.testing.assert_allclose(
        total, store["logit"].values, rtol=1e-3, atol=1e-5
    )


def test_by_patch_keeps_electrodes_and_patches_apart():
    tokens = torch.arange(7.0).view(1, 7, 1).expand(2, 7, 5)
    assert by_patch(tokens, 3)[1].tolist() == [[5, 10], [15, 20], [25, 30]]


def test_windows_are_those_of_the_split_at_most_so_many_a_subject(stored):
    _, store = stored
    names = [str(name) for name in store["sample"].values]
    assert len(names) == len(set(names)) == 40
    assert all(int(name.split("/")[-1]) >= 4 for name in names)
    assert [str(s) for s in store["subject"].values] == [
        name.split("/")[0] for name in names
    ]
    assert store["onset"].values[0] == 2 * int(names[0].split("/")[-1])
    assert np.array_equal(store["time"].values, np.arange(400) / 200)


def test_attributes_say_where_the_store_comes_from(study, stored):
    attrs = stored[1].attrs
    assert {name: attrs[name] for name in IDS} == IDS
    assert attrs["method"] == attrs["algorithm"] == "attn_lrp"
    assert attrs["score"] == "contrast"
    assert attrs["classes"] == ["low", "high"]
    assert attrs["config_sha256"] == "abc"
    assert attrs["model_sha256"] == [sha256(study / "model.safetensors")]
    assert json.loads(attrs["rules"])["softmax"] == "taylor"
    assert set(attrs["versions"]) >= {"eeglrp", "torch", "braindecode"}


@pytest.mark.slow
def test_the_same_job_gives_the_same_bytes(study, stored, tmp_path):
    out, _ = stored
    attribute_study(study, tmp_path / "again.zarr.zip")
    assert (tmp_path / "again.zarr.zip").read_bytes() == out.read_bytes()


TOGETHER = {
    "attn_lrp": {},
    "stem": {"rules": {"base": "cp_lrp", "convolution": "z_plus"}},
    "input_x_gradient": {},
    "map": {"method": "random"},
    "attention_rollout": {},
}


@pytest.mark.slow
def test_methods_in_one_job_give_the_stores_that_they_give_alone(
    study, tmp_path
):
    stores, costs = (
        [tmp_path / f"{name}{ending}" for name in TOGETHER]
        for ending in (".zarr.zip", "-cost.tsv")
    )
    explain_all(study, stores, TOGETHER, costs=costs, max_windows=5)
    for (name, options), store, cost in zip(
        TOGETHER.items(), stores, costs, strict=True
    ):
        alone = tmp_path / "alone" / store.name
        alone.parent.mkdir(exist_ok=True)
        attribute_study(study, alone, name, options, max_windows=5)
        assert store.read_bytes() == alone.read_bytes(), name
        row = read_table(cost, ("windows", "seconds", "device", "threads"))
        assert row["windows"].tolist() == [10]


#: Of each window, by its name.
PER_WINDOW = (
    "relevance",
    "layer_relevance",
    "ledger",
    "logit",
    "target",
    "prediction",
    "label",
    "onset",
    "subject",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [("attn_lrp", {}), ("smoothgrad", {"draws": 2})],
)
def test_every_window_is_explained_by_the_model_of_its_fold(
    study, tmp_path, name, options
):
    out, cost = tmp_path / "both.zarr.zip", tmp_path / "cost.tsv"
    explain_all(
        study, [out], {name: options}, folds=FIRST + OTHER, costs=[cost]
    )
    check_relevance(out)
    both = open_attribution(out)
    # At most twenty windows a subject, of each fold; the second tests four.
    assert both["fold"].values.tolist() == [0] * 40 + [1] * 8
    assert read_table(cost)["windows"].tolist() == [48]
    samples = both["sample"].values
    assert len(set(samples)) == 48
    last = np.array([int(str(name)[-5:]) for name in samples])
    assert np.array_equal(last < 4, both["fold"].values == 1)
    for fold, alone in enumerate((FIRST, OTHER)):
        own = both.isel(sample=both["fold"].values == fold)
        store = attribute_study(
            study, tmp_path / f"{fold}.zarr.zip", name, options, folds=alone
        )
        assert store["fold"].values.tolist() == [0] * own.sizes["sample"]
        assert np.array_equal(own["sample"].values, store["sample"].values)
        for variable in set(PER_WINDOW) & set(store):
            if store[variable].dtype.kind == "f":
                np.testing.assert_allclose(
                    own[variable].values,
                    store[variable].values,
                    rtol=1e-3,
                    atol=1e-6,
                )
            else:
                assert np.array_equal(
                    own[variable].values, store[variable].values
                )


@pytest.mark.slow
def test_relevance_of_a_fold_is_not_that_of_another_folds_model(
    study, tmp_path
):
    """An oracle of its own: `explain` with either model on the same windows."""
    out = tmp_path / "both.zarr.zip"
    both = attribute_study(study, out, folds=FIRST + OTHER, layers=False)
    signal, kwargs = windows_of(study, both), forward_kwargs(CHANNELS)
    fold = both["fold"].values
    relevance = np.moveaxis(both["relevance"].values, -1, 0)
    for number, name in enumerate(("model", "other")):
        model, _ = load_model(study / f"{name}.safetensors")
        target = torch.from_numpy(both["target"].values)
        found = explain(
            model, signal, target, "attn_lrp", "contrast", kwargs
        ).relevance.numpy()
        own = fold == number
        np.testing.assert_allclose(
            relevance[own], found[own], rtol=1e-3, atol=1e-6
        )
        distance = np.abs(relevance[~own] - found[~own]).max((1, 2))
        assert (distance > 1e-3).all()


@pytest.mark.slow
def test_models_of_all_folds_are_named_in_their_order(study, tmp_path):
    out = tmp_path / "both.zarr.zip"
    both = attribute_study(
        study, out, "input_x_gradient", folds=OTHER + FIRST, max_windows=2
    )
    assert both.attrs["model_sha256"] == [
        sha256(study / "other.safetensors"),
        sha256(study / "model.safetensors"),
    ]
    assert both["fold"].values.tolist() == [0] * 4 + [1] * 4


def test_a_job_wants_a_model_for_every_fold(study, tmp_path):
    folder = tmp_path / "a.zarr.zip"
    with pytest.raises(ValueError, match="zip"):
        attribute(
            [study / "model.safetensors"],
            [study / "s1.zarr.zip", study / "s2.zarr.zip"],
            [study / "splits.tsv", study / "other.tsv"],
            [folder],
            methods={"attn_lrp": {}},
            attribution=SETTINGS,
            ids=IDS,
            seed=0,
        )
    assert not folder.exists()


def test_a_job_wants_a_store_for_every_method(study, tmp_path):
    with pytest.raises(ValueError, match="zip"):
        explain_all(study, [tmp_path / "a.zarr.zip"], TOGETHER, max_windows=1)


@pytest.mark.slow
def test_labels_as_targets_without_layers_or_limit(study, tmp_path):
    changes = {
        "target": "label",
        "score": "logit",
        "layers": False,
        "max_windows": None,
    }
    store = attribute_study(
        study, tmp_path / "a.zarr.zip", "cp_lrp", **changes
    )
    assert store.sizes["sample"] == 47
    assert np.array_equal(store["target"].values, store["label"].values)
    assert "layer_relevance" not in store
    assert np.all(store["ledger"].sel(source="softmax").values == 0)


@pytest.mark.slow
def test_input_x_gradient_books_what_it_leaves_unexplained(study, tmp_path):
    store = attribute_study(study, tmp_path / "a.zarr.zip", "input_x_gradient")
    assert [str(s) for s in store["source"].values] == ["input", "unexplained"]
    check_relevance(tmp_path / "a.zarr.zip")

    attrs = store.attrs
    assert json.loads(attrs["rules"]) == {}
    assert attrs["sums_to"].startswith("No known part of the score")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "sources"),
    [
        ("epsilon", {}, [*LEDGER_SOURCES, "epsilon"]),
        (
            "stem",
            {"rules": {"convolution": "z_plus"}},
            [*LEDGER_SOURCES, "epsilon"],
        ),
        (
            "other",
            {
                "method": "integrated_gradients",
                "steps": 2,
                "baseline": "other",
                "n_baselines": 3,
            },
            ["input", "baseline", "unexplained"],
        ),
        ("smoothgrad", {"draws": 2}, ["input", "unexplained"]),
        (
            "occlusion_mean",
            {"method": "occlusion", "baseline": "mean"},
            ["input", "unexplained"],
        ),
        (
            "removal",
            {"method": "occlusion", "baseline": "removal"},
            ["input", "unexplained"],
        ),
        ("attention_rollout", {}, ["input", "class_token", "unexplained"]),
        ("random_map", {"method": "random"}, ["input", "unexplained"]),
    ],
)
def test_every_method_fills_a_store(study, tmp_path, name, options, sources):
    changes = {"max_windows": 3}
    store = attribute_study(
        study, tmp_path / "a.zarr.zip", name, options, **changes
    )
    check_relevance(tmp_path / "a.zarr.zip")
    assert [str(source) for source in store["source"].values] == sources
    assert store.attrs["method"] == name
    given = {key: value for key, value in options.items() if key != "method"}
    assert json.loads(store.attrs["options"]).items() >= given.items()
    assert json.loads(store.attrs["rules"]).get("convolution") != "gradient"
    assert ("layer_relevance" in store) == (name in ("epsilon", "stem"))
    assert np.abs(store["relevance"].values).max() > 0
    # Batches change nothing: one window each.
    one = attribute_study(
        study, tmp_path / "b.zarr.zip", name, options, batch_size=1, **changes
    )
    np.testing.assert_allclose(
        one["relevance"], store["relevance"], rtol=1e-3, atol=1e-6
    )


def test_windows_to_start_from_are_of_the_training_split(study):
    paths = [study / "s1.zarr.zip", study / "s2.zarr.zip"]
    found = read_background(paths, study / "splits.tsv", 5, seed=1)
    training = np.concatenate(
        [window_array(open_windows(path))[:4] for path in paths]
    )
    equal = (found[:, None] == training[None]).all((2, 3))
    assert equal.sum(1).tolist() == [1] * 5
    assert equal.sum(0).max() == 1
    again = read_background(paths[::-1], study / "splits.tsv", 5, seed=1)
    assert np.array_equal(found, again)
    assert not np.array_equal(
        found, read_background(paths, study / "splits.tsv", 5, seed=2)
    )
    assert len(read_background(paths, study / "splits.tsv", 99, seed=1)) == 8


def test_windows_to_start_from_that_are_missing_are_named(study):
    with pytest.raises(
        InputError, match="train: .* of 8 windows to start from"
    ):
        read_background(
            [study / "s1.zarr.zip"], study / "splits.tsv", 99, seed=1
        )


def test_a_source_without_a_row_is_an_error_and_one_without_relevance_is_zero():
    ledger = {"input": torch.ones(2), "baseline": torch.tensor([3.0, 4.0])}
    rows = ledger_rows(ledger, ["baseline", "softmax", "input"])
    assert rows.tolist() == [[3, 0, 1], [4, 0, 1]]
    with pytest.raises(
        InputError,
        match="ledger baseline: is a source that the store has no row",
    ):
        ledger_rows(ledger, ["input", "unexplained"])


@pytest.mark.slow
def test_the_studys_seed_decides_what_is_drawn(study, tmp_path):
    first = attribute_study(
        study, tmp_path / "a.zarr.zip", "map", {"method": "random"}
    )
    again = attribute_study(
        study, tmp_path / "b.zarr.zip", "map", {"method": "random"}
    )
    assert np.array_equal(first["relevance"], again["relevance"])
    other = attribute_study(
        study, tmp_path / "c.zarr.zip", "map", {"method": "random"}, seed=6
    )
    shared = sorted(set(first["sample"].values) & set(other["sample"].values))
    assert shared
    maps = (
        store["relevance"].sel(sample=shared[0]).values
        for store in (first, other)
    )
    assert not np.allclose(*maps)
    assert "seed" not in json.loads(first.attrs["options"])
    names = [str(name) for name in first["sample"].values]
    flat = np.moveaxis(first["relevance"].values, 2, 0).reshape(len(names), -1)
    assert (
        np.abs(np.corrcoef(flat)[np.triu_indices(len(names), 1)]).max() < 0.15
    )


@pytest.mark.slow
def test_small_memory_gives_small_batches_and_the_same_result(
    study, stored, tmp_path, monkeypatch
):
    seen = []
    batch = run.read_batch
    monkeypatch.setattr(run, "windows_at_once", lambda *args: 3)
    monkeypatch.setattr(
        run,
        "read_batch",
        lambda *args: (seen.append(len(args[1])), batch(*args))[1],
    )
    store = attribute_study(study, tmp_path / "a.zarr.zip")
    assert max(seen) == 3
    expected = stored[1]["relevance"].values
    np.testing.assert_allclose(
        store["relevance"].values, expected, rtol=1e-3, atol=1e-6
    )


def test_windows_of_other_electrodes_are_refused(study, tmp_path):
    rng = np.random.default_rng(0)
    samples = [f"s1/run/{i:05d}" for i in range(4, 30)]
    write_windows(
        tmp_path / "s1.zarr.zip",
        rng.normal(0, 1, (26, 2, 400)),
        np.zeros(26, int),
        channels=["CZ", "PZ"],
        sampling_rate=200,
        samples=samples,
        subject=["s1"] * 26,
        recording=["run"] * 26,
        onset=np.arange(26.0),
    )
    frame = pd.DataFrame(
        {"sample": samples, "subject": "s1", "split": "test", "fold": 0}
    )
    write_table(frame, tmp_path / "splits.tsv")
    with pytest.raises(InputError, match="electrodes"):
        attribute(
            [study / "model.safetensors"],
            [tmp_path / "s1.zarr.zip"],
            [tmp_path / "splits.tsv"],
            [tmp_path / "a.zarr.zip"],
            methods={"attn_lrp": {}},
            attribution=SETTINGS,
            ids=IDS,
            seed=0,
        )
    assert not (tmp_path / "a.zarr.zip").exists()
