import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from eeglrp.errors import InputError
from eeglrp.files import read_json, read_table, sha256, write_table
from eeglrp.models.data import load_windows
from eeglrp.models.labram import build as build_labram
from eeglrp.models.subjects import alignment
from eeglrp.models.trained import load_model, logits
from eeglrp.store import write_windows
from eeglrp.training.augmentation import augment
from eeglrp.training.fit import Examples, Plan, fit
from eeglrp.training.loop import layer_groups, train_model
from eeglrp.training.predict import in_batches, predict_model
from eeglrp.training.splits import split_task

from .conftest import planted

MODEL = {"layers": 1, "heads": 10, "drop_path": 0.1, "dropout": 0.1}
TRAINING = {
    "epochs": 3,
    "batch_size": 16,
    "accumulate": 1,
    "learning_rate": 2e-3,
    "frozen_learning_rate": 1e-2,
    "min_learning_rate": 1e-6,
    "warmup_epochs": 1,
    "layer_decay": 0.65,
    "weight_decay": 0.05,
    "label_smoothing": 0.1,
    "patience": None,
    "device": "cpu",
    "precision": "float32",
    "augmentation": {},
    "subject_layer": None,
    "subject_layer_rate": 10.0,
}
CLASSES = ("between", "r_peak")


def options(out, regime, seed=0, fold=0, **training):
    return {
        "run": {
            "task": "r_peak",
            "classes": CLASSES,
            "regime": regime,
            "fold": fold,
            "seed": seed,
            "study_seed": 1,
        },
        "model": MODEL,
        "training": TRAINING | training,
        "outputs": {
            "model": out,
            "record": out.with_suffix(".json"),
            "history": out.with_name(f"{out.stem}-history.tsv"),
        },
    }


@pytest.fixture
def train(cohort, tmp_path):
    def run(
        regime,
        name="model",
        seed=0,
        fold=0,
        windows=None,
        splits=None,
        **training,
    ):
        out = tmp_path / f"{name}.safetensors"
        train_model(
            windows or cohort.windows,
            splits or cohort.splits,
            None if regime in ("scratch", "untrained") else cohort.weights,
            **options(out, regime, seed, fold, **training),
        )
        return out

    return run


def history_of(out):
    return read_table(out.with_name(f"{out.stem}-history.tsv"))


@pytest.mark.slow
@pytest.mark.parametrize("regime", ["scratch", "frozen"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    train, regime
):
    first, second, third = (
        train(regime, name, seed, epochs=1)
        for name, seed in (("x", 0), ("y", 0), ("z", 1))
    )
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes() != third.read_bytes()


@pytest.mark.slow
def test_models_of_two_folds_do_not_start_alike(train):
    """Even on the same windows: their seeds differ as those of two models of a fold do."""
    first, second = (
        load_file(train("untrained", f"fold-{fold}", fold=fold))
        for fold in (0, 1)
    )
    name = "blocks.0.attn.qkv.weight"
    assert not torch.equal(first[name], second[name])


@pytest.mark.slow
def test_the_model_of_a_fold_never_reads_whom_it_tests(train, cohort):
    """For every fold: the model is the same when its test subject's file is gone."""
    tested = []
    for fold, splits in enumerate(cohort.folds):
        table = read_table(splits)
        own = set(table.loc[table["split"] == "test", "subject"])
        rest = [
            path
            for path in cohort.windows
            if path.name.split(".")[0] not in own
        ]
        assert len(rest) == 4
        settings = {"fold": fold, "splits": splits, "epochs": 1}
        whole = train("scratch", f"whole-{fold}", **settings)
        without = train("scratch", f"without-{fold}", windows=rest, **settings)
        assert whole.read_bytes() == without.read_bytes()
        assert read_json(whole.with_suffix(".json"))["fold"] == fold
        tested += own
    assert sorted(tested) == ["a", "b", "c", "d", "e"]


@pytest.mark.slow
def test_scratch_learns_the_pulse_and_predicts_unseen_subjects(
    train, cohort, tmp_path
):
    out = train("scratch")
    history = history_of(out)
    columns = [
        "epoch",
        "train_loss",
        "validation_loss",
        "validation_balanced_accuracy",
    ]
    assert list(history) == [*columns, "learning_rate", "seconds"]
    assert list(history["epoch"]) == [1, 2, 3]
    predict_model(
        out, cohort.windows, cohort.splits, tmp_path / "predictions.tsv", "cpu"
    )
    table = read_table(tmp_path / "predictions.tsv")
    names = [
        "sample",
        "subject",
        "split",
        "label",
        "prediction",
        "logit_between",
        "logit_r_peak",
    ]
    assert list(table) == names
    test = table[table["split"] == "test"]
    assert (test["label"] == test["prediction"]).mean() > 0.9
    assert (
        table["prediction"] == (table["logit_r_peak"] > table["logit_between"])
    ).all()


@pytest.mark.slow
def test_the_record_says_what_the_model_is_made_of(train, cohort):
    record = read_json(train("finetuned", epochs=1).with_suffix(".json"))
    assert record["weights"]["sha256"] == sha256(cohort.weights)
    assert record["weights"]["new"] == [
        "final_layer.bias",
        "final_layer.weight",
    ]
    assert record["n_windows"] == {"train": 120, "validation": 40}
    expected = {
        "task": "r_peak",
        "regime": "finetuned",
        "fold": 0,
        "seed": 0,
        "study_seed": 1,
    }
    assert expected.items() <= record.items()
    assert record["training"] == TRAINING | {"epochs": 1}
    assert (record["device"], record["precision"]) == ("cpu", "float32")
    assert (
        read_json(train("scratch", epochs=1).with_suffix(".json"))["weights"]
        is None
    )


@pytest.mark.slow
def test_frozen_trains_the_head_alone_and_what_is_saved_is_what_was_judged(
    train, cohort, tmp_path
):
    out = train("frozen", epochs=6)
    state, backbone = load_file(out), load_file(cohort.weights)
    assert all(
        torch.equal(state[name], value) for name, value in backbone.items()
    )
    predict_model(
        out, cohort.windows, cohort.splits, tmp_path / "predictions.tsv", "cpu"
    )
    table = read_table(tmp_path / "predictions.tsv")
    rows = table[table["split"] == "validation"]
    recall = [
        (rows["prediction"] == rows["label"])[rows["label"] == k].mean()
        for k in (0, 1)
    ]
    best = history_of(out)["validation_balanced_accuracy"].max()
    assert np.mean(recall) == pytest.approx(best)
    assert best > 0.8


@pytest.mark.slow
def test_the_epoch_that_validates_best_is_kept(train):
    out = train("finetuned", epochs=3)
    history = history_of(out)
    ranked = history.sort_values(
        ["validation_balanced_accuracy", "validation_loss"],
        ascending=[False, True],
    )
    assert load_model(out)[1]["best_epoch"] == ranked["epoch"].iloc[0]


@pytest.mark.slow
def test_a_split_without_a_class_is_refused_by_name(train, cohort, tmp_path):
    table = read_table(cohort.splits)
    number = table["sample"].str[-5:].astype(int)
    lacking = table[(table["split"] != "validation") | (number % 2 == 0)]
    write_table(lacking, tmp_path / "lacking.tsv")
    with pytest.raises(
        InputError, match=r"lacking\.tsv.*validation has no window of r_peak"
    ):
        train("scratch", splits=tmp_path / "lacking.tsv")


@pytest.mark.slow
def test_a_loss_that_is_not_finite_ends_the_job_without_outputs(
    train, tmp_path
):
    with pytest.raises(
        InputError, match=r"learning_rate: the loss is not finite in epoch 1"
    ):
        train("scratch", learning_rate=1e30, warmup_epochs=0)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_augmentation_changes_training_but_what_judges_only_through_the_weights(
    train, cohort, monkeypatch
):
    from eeglrp.training import fit as module

    judged, seen = [], []

    def spy(forward, module, array, *rest):
        judged.append(np.array(array))
        return in_batches(forward, module, array, *rest)

    def note(batch, label, subject, *rest):
        seen.append(subject)
        return augment(batch, label, subject, *rest)

    monkeypatch.setattr(module, "in_batches", spy)
    monkeypatch.setattr(module, "augment", note)
    settings = {
        "time_shift": 4,
        "amplitude": [0.9, 1.1],
        "channel_dropout": 0.2,
        "mixup": 0.4,
    }
    on, off = (
        train("scratch", name, epochs=1, augmentation=value)
        for name, value in (("on", settings), ("off", {}))
    )
    np.testing.assert_array_equal(*judged)
    assert on.read_bytes() != off.read_bytes()
    assert read_json(on.with_suffix(".json"))["augmented"] is True
    table = read_table(cohort.splits)
    trained = set(table.loc[table["split"] == "train", "subject"])
    assert set(np.concatenate(seen)) == trained


@pytest.mark.slow
def test_augmentation_that_is_switched_off_or_frozen_changes_no_byte(train):
    off = {
        "time_shift": 0,
        "amplitude": None,
        "channel_dropout": 0,
        "mixup": 0,
    }
    for regime, settings in (("scratch", off), ("frozen", {"mixup": 0.4})):
        first, second = (
            train(regime, f"{regime}-{i}", epochs=1, augmentation=value)
            for i, value in enumerate(({}, settings))
        )
        assert first.read_bytes() == second.read_bytes()
        assert read_json(second.with_suffix(".json"))["augmented"] is False


@pytest.mark.slow
def test_without_dropout_accumulated_batches_train_labram_as_one_large_batch():
    rng, channels = np.random.default_rng(0), ("FP1", "CZ", "O2")
    signal, label = planted(50, rng)
    examples = Examples(signal.astype(np.float32), label)
    states = []
    for batch_size, accumulate in ((8, 4), (32, 1)):
        torch.manual_seed(0)
        module = build_labram(
            MODEL | {"drop_path": 0.0, "dropout": 0.0}, channels, 200, 2
        )
        sizes = {
            "batch_size": batch_size,
            "accumulate": accumulate,
            "epochs": 2,
        }
        plan = Plan(
            TRAINING | sizes, 2, torch.device("cpu"), np.random.default_rng(0)
        )

        def forward(batch, module=module):
            return logits(module, batch, channels)

        fit(
            module,
            forward,
            layer_groups(module, 1.0),
            2e-3,
            examples,
            examples,
            plan,
        )
        states.append(module.state_dict())
    for name, value in states[1].items():
        # Adam divides by the gradient's own size, which enlarges the rounding of small ones.
        torch.testing.assert_close(
            states[0][name], value, rtol=1e-4, atol=1e-5
        )


def test_learning_rates_decay_with_depth():
    module = build_labram(MODEL | {"layers": 2}, ("CZ",), 200, 2)
    factors = {name: factor for name, _, factor in layer_groups(module, 0.5)}
    assert len(factors) == len(list(module.parameters()))
    expected = {
        "cls_token": 0.125,
        "patch_embed.temporal_conv.conv1.weight": 0.125,
        "blocks.0.gamma_1": 0.25,
        "blocks.1.mlp.0.weight": 0.5,
        "fc_norm.weight": 1.0,
        "final_layer.bias": 1.0,
    }
    assert expected.items() <= factors.items()


BLOCKS = {
    "by": "block",
    "folds": 5,
    "validation_folds": 1,
    "gap": 1.0,
}


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory):
    """Two subjects in whom the two classes have changed places."""
    folder, rng, n = (
        tmp_path_factory.mktemp("mirrored"),
        np.random.default_rng(5),
        120,
    )
    paths = [folder / f"{subject}.zarr.zip" for subject in ("a", "b")]
    pulse = 4 * np.exp(-(((np.arange(200) - 100) / 6) ** 2))
    for place, path in zip((0, 1), paths, strict=True):
        signal, label = rng.standard_normal((n, 3, 200)), np.arange(n) % 2
        for number in (0, 1):
            signal[label == number, (place + number) % 2] += pulse
        subject = path.name.removesuffix(".zarr.zip")
        write_windows(
            path,
            signal,
            label,
            channels=("FP1", "CZ", "O2"),
            sampling_rate=200.0,
            samples=[f"{subject}/rest/{i:05d}" for i in range(n)],
            subject=[subject] * n,
            recording=["rest"] * n,
            onset=np.arange(n) * 3.0,
        )
    folds = [folder / f"fold-{fold}.tsv" for fold in range(5)]
    joined = folder / "splits.tsv"
    split_task(paths, "r_peak", BLOCKS, CLASSES, 1, folds, joined)
    return paths, folds[0]


@pytest.mark.slow
@pytest.mark.parametrize("start", ["identity", "euclidean"])
def test_a_subject_layer_learns_what_differs_between_subjects(
    train, mirrored, tmp_path, start
):
    windows, splits = mirrored

    def accuracy(name, **layer):
        out = train(
            "scratch", name, windows=windows, splits=splits, epochs=12, **layer
        )
        predict_model(out, windows, splits, tmp_path / f"{name}.tsv", "cpu")
        table = read_table(tmp_path / f"{name}.tsv")
        return (table["label"] == table["prediction"])[
            table["split"] == "test"
        ].mean()

    layer = {"subject_layer": start, "subject_layer_rate": 100.0}
    assert accuracy("with", **layer) > 0.9 > 0.75 > accuracy("without")
    record = read_json(tmp_path / "with.json")
    assert record["subjects"] == ["a", "b"]
    filters = load_model(tmp_path / "with.safetensors")[0].matrices().detach()
    assert filters.shape == (2, 3, 3)
    assert not torch.allclose(filters[0], filters[1], atol=0.1)


@pytest.mark.slow
def test_a_frozen_model_keeps_the_filters_that_it_started_from(
    train, mirrored, cohort, tmp_path
):
    windows, splits = mirrored
    layer = {"subject_layer": "euclidean", "epochs": 1}
    out = train("frozen", windows=windows, splits=splits, **layer)
    filters = load_model(out)[0].matrices().detach().numpy()
    data = load_windows(windows, splits, "train", tmp_path)
    subject = data.frame["subject"].to_numpy(str)
    expected = np.stack(
        [alignment(data.signal, subject == name) for name in ("a", "b")]
    )
    np.testing.assert_allclose(filters, expected, atol=1e-6)


@pytest.mark.slow
def test_a_model_with_a_subject_layer_refuses_other_subjects(
    train, mirrored, cohort, tmp_path
):
    windows, splits = mirrored
    out = train(
        "scratch",
        windows=windows,
        splits=splits,
        subject_layer="identity",
        epochs=1,
    )
    with pytest.raises(
        InputError,
        match=r"no filter was learned for subject c.*split by: block",
    ):
        predict_model(
            out,
            cohort.windows,
            cohort.splits,
            tmp_path / "predictions.tsv",
            "cpu",
        )
    assert not (tmp_path / "predictions.tsv").exists()


@pytest.mark.slow
def test_an_untrained_model_keeps_the_weights_it_was_built_with(train):
    """Training settings change nothing, and all weights differ from those of another seed."""
    paths = [
        train("untrained", "a"),
        train("untrained", "b", epochs=1, learning_rate=1.0),
        train("untrained", "c", seed=1),
    ]
    first, same, other = map(load_file, paths)
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not torch.equal(
        first["blocks.0.attn.qkv.weight"], other["blocks.0.attn.qkv.weight"]
    )
    record = read_json(paths[0].with_suffix(".json"))
    assert (record["best_epoch"], record["weights"]) == (0, None)
    history = read_table(paths[0].with_name("a-history.tsv"))
    assert history["epoch"].tolist() == [0]
    assert np.isfinite(history["validation_loss"]).all()
