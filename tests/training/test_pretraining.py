import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from eeglrp.baselines.yardsticks import COLUMNS
from eeglrp.errors import InputError
from eeglrp.files import read_json, read_table, write_table
from eeglrp.models.data import Windows
from eeglrp.models.labram import build as build_labram
from eeglrp.models.weights import load_backbone
from eeglrp.training import masked_fit
from eeglrp.training import pretraining as package
from eeglrp.training.masked_fit import pretrain
from eeglrp.training.pretraining import pretrain_backbone

from .. import killed

pytestmark = pytest.mark.slow

CHANNELS = ("FP1", "CZ", "O2", "C3")
SETTINGS = {
    "epochs": 1,
    "batch_size": 16,
    "learning_rate": 2e-3,
    "weight_decay": 0.05,
    "mask": 0.5,
    "max_windows": None,
    "precision": "float32",
}
CPU = torch.device("cpu")
#: Both draw random numbers in every step.
MODEL = {"drop_path": 0.2, "dropout": 0.2}
EPOCHS = "eeglrp.training.masked_fit"


def bursting(n, rng):
    """Windows with loud fifths of patches that all electrodes share."""
    quiet = 0.01 * rng.standard_normal((n, len(CHANNELS), 400))
    loud = np.repeat(rng.random((n, 1, 10)) < 0.5, 40, axis=2)
    signal = quiet + loud * rng.standard_normal((n, 1, 400))
    return Windows(signal.astype(np.float32), pd.DataFrame(), CHANNELS, 200.0)


@pytest.fixture
def job(study, small_model, tmp_path):
    """Arguments of a pretraining job, by its name."""
    paths, splits, _ = study

    def arguments(
        name,
        checkpoint=False,
        model=None,
        splits=splits,
        paths=paths,
        **settings,
    ):
        out = tmp_path / name / "pretrained-x" / "fold-0.safetensors"
        options = {
            "model": small_model | (model or {}),
            "pretraining": SETTINGS | settings,
            "device": "cpu",
            "seed": 5,
            "outputs": {
                "weights": str(out),
                "record": str(out.with_suffix(".json")),
                "history": str(out.with_name("history.tsv")),
                "spectra": str(out.with_name("spectra.tsv")),
            },
            "checkpoint": str(out.with_name(".x.checkpoint"))
            if checkpoint
            else None,
        }
        return [list(map(str, paths)), str(splits)], options

    return arguments


def run(job):
    inputs, options = job
    pretrain_backbone(*inputs, **options)
    return Path(options["outputs"]["weights"])


def kill(job, folder, module, name, number):
    """Kill the job at a call of a function; its last output is not there."""
    function = "eeglrp.training.pretraining:pretrain_backbone"
    killed.kill([function, *job], folder, module, name, number)
    assert not Path(job[1]["outputs"]["spectra"]).exists()


def same(first, second):
    """Whether two jobs wrote the same: weights and spectra by bytes, the rest but for times."""
    records = [
        read_json(path.with_suffix(".json")) for path in (first, second)
    ]
    tables = [
        read_table(path.with_name("history.tsv")) for path in (first, second)
    ]
    spectra = [
        path.with_name("spectra.tsv").read_bytes() for path in (first, second)
    ]
    columns = tables[0].columns.drop("seconds")
    return (
        first.read_bytes() == second.read_bytes()
        and records[0] == records[1]
        and tables[0][columns].equals(tables[1][columns])
        and spectra[0] == spectra[1]
    )


def test_pretraining_learns_what_electrodes_share(small_model):
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    train, validation = bursting(192, rng), bursting(48, rng)
    settings = SETTINGS | {"epochs": 4}
    found = pretrain(train, validation, small_model, settings, CPU, rng)
    losses = [row["validation_loss"] for row in found.history]
    assert losses[found.epoch - 1] == min(losses)
    assert min(losses) < 0.85
    assert not found.module.patch_embed._forward_hooks
    errors = {
        name: float(values.mean()) for name, values in found.errors.items()
    }
    assert errors["network"] == min(losses)
    # Which fifth of a patch is loud, the electrode does not tell; the others do.
    assert errors["network"] < 0.9 * errors["untrained"]
    assert errors["linear"] < 0.3
    assert errors["electrode_average"] > 0.95


def test_the_backbone_of_a_study_is_reproducible_and_loads(job, small_model):
    outs = [run(job(name, max_windows=32)) for name in ("first", "second")]
    assert same(*outs)
    record = read_json(outs[0].with_suffix(".json"))
    assert record["subjects"] == ["b"]
    assert record["n_windows"] == {"train": 32, "validation": 20}
    assert (record["device"], record["precision"]) == ("cpu", "float32")
    columns = (
        "epoch",
        "train_loss",
        "validation_loss",
        "learning_rate",
        "seconds",
    )
    history = read_table(outs[0].with_name("history.tsv"), columns)
    assert len(history) == 1
    model = build_labram(small_model, record["channels"], 200, 2)
    loaded = load_backbone(model, outs[0], record["sha256"])
    assert loaded["new"] == ["final_layer.bias", "final_layer.weight"]
    assert loaded["origin"]["source"] == "pretrain"


def test_the_table_of_spectra_has_every_predictor_frequency_and_electrode(job):
    out = run(job("x"))
    table = read_table(out.with_name("spectra.tsv"), COLUMNS)
    assert set(table["weights"]) == {"pretrained-x/fold-0"}
    predictors = ["network", "electrode_average", "linear", "untrained"]
    assert list(dict.fromkeys(table["predictor"])) == predictors
    frequencies = ["all", *(f"{5 * i}" for i in range(1, 16))]
    for _, rows in table.groupby("predictor"):
        assert list(dict.fromkeys(rows["frequency"])) == frequencies
        assert list(dict.fromkeys(rows["channel"])) == [
            "all",
            "FP1",
            "CZ",
            "O2",
        ]
    assert set(table[table["channel"] == "all"]["n"]) == {60}
    assert set(table[table["channel"] != "all"]["n"]) == {20}
    # Noise says nothing about what is hidden.
    pooled = table[(table["channel"] == "all") & (table["frequency"] == "all")]
    assert (pooled["r_squared"] < 0.05).all()


def rewritten(study, subject_writer, folder, subject, change):
    """The study's stores with another signal in the windows of one subject."""
    paths, _, signals = study
    folder.mkdir()
    for name, path in zip(signals, paths, strict=True):
        signal = change(signals[name]) if name == subject else signals[name]
        subject_writer(folder / path.name, name, signal)
    return [folder / path.name for path in paths]


def test_gradients_come_from_training_windows_alone(
    study, subject_writer, job, tmp_path
):
    def louder(signal):
        return signal * 3 + 1

    def weights(name, paths, splits=study[1]):
        return run(job(name, paths=paths, splits=splits)).read_bytes()

    first = weights("first", study[0])
    # Subject a validates, b trains. Then half of a's windows test.
    validation = rewritten(study, subject_writer, tmp_path / "a", "a", louder)
    assert weights("validation", validation) == first
    table = read_table(study[1])
    table.loc[table.index[table["subject"] == "a"][:10], "split"] = "test"
    write_table(table, tmp_path / "test.tsv")
    assert weights("test", validation, tmp_path / "test.tsv") == first
    training = rewritten(study, subject_writer, tmp_path / "b", "b", louder)
    assert weights("training", training) != first


def test_steps_in_bfloat16_leave_weights_and_errors_in_full_precision(
    small_model,
):
    out = []
    for precision in ("bfloat16", "float32"):
        torch.manual_seed(0)
        rng = np.random.default_rng(0)
        data, settings = bursting(48, rng), SETTINGS | {"precision": precision}
        out.append(pretrain(data, data, small_model, settings, CPU, rng))
    reduced, full = out
    assert {value.dtype for value in reduced.module.state_dict().values()} == {
        torch.float32
    }
    assert reduced.errors["network"].dtype == torch.float64
    assert torch.equal(reduced.errors["untrained"], full.errors["untrained"])
    losses = [found.history[0]["train_loss"] for found in out]
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)


def test_windows_beyond_the_limit_are_not_learned_from(small_model):
    data = bursting(48, np.random.default_rng(0))
    settings = SETTINGS | {"max_windows": 20}
    out = []
    for change in (0, 1):
        torch.manual_seed(0)
        signal = data.signal.copy()
        if change:
            signal[np.setdiff1d(np.arange(48), out[0].chosen)] *= 5
        train = data._replace(signal=signal)
        rng = np.random.default_rng(3)
        out.append(pretrain(train, data, small_model, settings, CPU, rng))
    assert len(set(out[0].chosen)) == 20
    states = [found.module.state_dict() for found in out]
    assert all(
        torch.equal(states[0][name], states[1][name]) for name in states[0]
    )
    assert torch.equal(out[0].errors["linear"], out[1].errors["linear"])


def test_killed_again_and_again_the_weights_are_those_of_a_run_that_never_stopped(
    job, tmp_path, caplog
):
    whole = run(job("whole", model=MODEL, epochs=4))
    broken = job("broken", checkpoint=True, model=MODEL, epochs=4)
    checkpoint = Path(broken[1]["checkpoint"])
    # Before the first checkpoint; two steps into the second epoch; while writing the outputs.
    kill(broken, tmp_path, EPOCHS, "save_checkpoint", 1)
    assert not checkpoint.exists()
    kill(broken, tmp_path, EPOCHS, "set_rate", 3 + 2)
    assert checkpoint.is_file()
    kill(broken, tmp_path, "eeglrp.training.pretraining", "write_json", 1)
    caplog.set_level(logging.INFO, "eeglrp")
    assert same(whole, run(broken))
    assert "an interrupted pretraining goes on after epoch 4" in caplog.text


def test_the_epoch_kept_may_lie_before_the_interruption(
    job, monkeypatch, caplog
):
    # Three steps an epoch: from the third epoch on, the loss grows.
    monkeypatch.setattr(
        masked_fit, "cosine_rate", lambda step, *_: 1e-3 if step < 6 else 1.0
    )
    whole = run(job("whole", epochs=4))
    assert read_json(whole.with_suffix(".json"))["best_epoch"] < 3
    broken = job("broken", checkpoint=True, epochs=4)
    train_epoch = masked_fit._train_epoch

    def interrupted(*arguments):
        if arguments[2] == 4:
            raise KeyboardInterrupt
        return train_epoch(*arguments)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(masked_fit, "_train_epoch", interrupted)
        run(broken)
    caplog.set_level(logging.INFO, "eeglrp")
    assert same(whole, run(broken))
    assert "goes on after epoch 3" in caplog.text


@pytest.mark.parametrize(
    "other", ["settings", "seed", "model", "code", "threads", "signal"]
)
def test_a_checkpoint_of_another_job_is_left_aside(
    job, monkeypatch, caplog, other
):
    run(job("x", checkpoint=True))
    inputs, options = second = job("x", checkpoint=True)
    if other == "settings":
        options["pretraining"] |= {"mask": 0.4}
    elif other == "seed":
        options["seed"] = 6
    elif other == "model":
        options["model"] |= {"dropout": 0.1}
    elif other == "code":
        monkeypatch.setattr(package, "code_hash", lambda *_: "another")
    elif other == "threads":
        monkeypatch.setattr(torch, "get_num_threads", lambda: 99)
    else:
        load = package.load_windows

        def changed(*arguments):
            data = load(*arguments)
            data.signal[-1, -1, -1] += 1e-6
            return data

        monkeypatch.setattr(package, "load_windows", changed)
    caplog.set_level(logging.INFO, "eeglrp")
    run(second)
    assert "is of other settings, data or code and is ignored" in caplog.text
    assert "goes on" not in caplog.text


def test_a_damaged_checkpoint_is_left_aside(job, caplog):
    whole, broken = run(job("whole")), job("broken", checkpoint=True)
    run(broken)
    file = Path(broken[1]["checkpoint"])
    file.write_bytes(file.read_bytes()[:1000])
    assert same(whole, run(broken))
    assert f"{file}: cannot be read and is ignored" in caplog.text


def test_a_learning_rate_that_breaks_the_loss_is_named(small_model):
    data = bursting(32, np.random.default_rng(0))
    settings = SETTINGS | {"learning_rate": 1e30, "epochs": 2}
    with pytest.raises(
        InputError, match=r"weights\.pretraining\.learning_rate"
    ):
        pretrain(
            data, data, small_model, settings, CPU, np.random.default_rng(0)
        )
