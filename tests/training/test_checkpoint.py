import logging
from pathlib import Path

import pytest
import torch

from eeglrp.files import read_json, read_table
from eeglrp.training import loop

from .. import killed

pytestmark = pytest.mark.slow

MODEL = {"layers": 1, "heads": 10, "drop_path": 0.2, "dropout": 0.2}
TRAINING = {
    "epochs": 4,
    "batch_size": 16,
    "accumulate": 2,
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
    "augmentation": {
        "time_shift": 3,
        "amplitude": [0.9, 1.1],
        "channel_dropout": 0.1,
        "mixup": 1,
    },
    "subject_layer": None,
    "subject_layer_rate": 10.0,
}
FIT = "eeglrp.training.fit"


@pytest.fixture
def job(cohort, tmp_path):
    """Arguments of a training job, by its name and regime."""

    def arguments(
        name, regime="finetuned", checkpoint=True, weights=None, **training
    ):
        out = tmp_path / name / "seed-0.safetensors"
        inputs = [
            list(map(str, cohort.windows)),
            str(cohort.splits),
            str(weights or cohort.weights),
        ]
        options = {
            "run": {
                "task": "r_peak",
                "classes": ["between", "r_peak"],
                "regime": regime,
                "fold": 0,
                "seed": 0,
                "study_seed": 1,
            },
            "model": MODEL,
            "training": TRAINING | training,
            "outputs": {
                "model": str(out),
                "record": str(out.with_suffix(".json")),
                "history": str(out.with_name("history.tsv")),
            },
            "checkpoint": str(out.with_name(".seed-0.checkpoint"))
            if checkpoint
            else None,
        }
        return inputs, options

    return arguments


def train(job):
    inputs, options = job
    loop.train_model(*inputs, **options)
    return Path(options["outputs"]["model"])


def kill(job, folder, module, name, number):
    """Kill the job at a call of a function; its last output is not there."""
    killed.kill(
        ["eeglrp.training.loop:train_model", *job],
        folder,
        module,
        name,
        number,
    )
    assert not Path(job[1]["outputs"]["history"]).exists()


def same(first, second):
    """Whether two jobs wrote the same: weights by bytes, the rest but for times."""
    records = [
        read_json(path.with_suffix(".json")) for path in (first, second)
    ]
    tables = [
        read_table(path.with_name("history.tsv")) for path in (first, second)
    ]
    columns = tables[0].columns.drop("seconds")
    return (
        first.read_bytes() == second.read_bytes()
        and records[0] == records[1]
        and tables[0][columns].equals(tables[1][columns])
    )


def test_killed_again_and_again_the_weights_are_those_of_a_run_that_never_stopped(
    job, tmp_path, caplog
):
    whole, broken = train(job("whole", checkpoint=False)), job("broken")
    checkpoint = Path(broken[1]["checkpoint"])
    # Two steps in the second epoch; as the file of the next one should appear; while writing the
    # outputs after the last epoch.
    kill(broken, tmp_path, FIT, "set_rate", 7)
    assert checkpoint.is_file()
    kill(broken, tmp_path, "pathlib", "Path.replace", 2)
    unfinished = checkpoint.with_name(f"{checkpoint.name}.unfinished")
    assert unfinished.is_file()
    kill(broken, tmp_path, "eeglrp.training.loop", "write_table", 1)
    model = Path(broken[1]["outputs"]["model"])
    assert whole.stat().st_size == model.stat().st_size
    caplog.set_level(logging.INFO, "eeglrp")
    assert same(whole, train(broken))
    assert "goes on after epoch 4" in caplog.text
    assert not unfinished.exists()


def test_a_head_on_frozen_features_goes_on_too(job, tmp_path, caplog):
    whole, broken = (
        train(job("whole", "frozen", checkpoint=False)),
        job("broken", "frozen"),
    )
    kill(broken, tmp_path, FIT, "_train_epoch", 3)
    caplog.set_level(logging.INFO, "eeglrp")
    assert same(whole, train(broken))
    assert "goes on after epoch 2" in caplog.text


def test_killed_before_the_first_checkpoint_a_job_begins_again(job, tmp_path):
    whole, broken = train(job("whole", checkpoint=False)), job("broken")
    kill(broken, tmp_path, FIT, "save_checkpoint", 1)
    assert not Path(broken[1]["checkpoint"]).exists()
    assert same(whole, train(broken))


@pytest.mark.parametrize(
    "other",
    [
        "settings",
        "weights",
        "code",
        "splits",
        "threads",
        "regime",
        "fold",
        "signal",
    ],
)
def test_a_checkpoint_of_another_job_is_left_aside(
    job, monkeypatch, caplog, tmp_path, other
):
    inputs, options = first = job("x", epochs=1)
    train(first)
    if other == "settings":
        options["training"] = options["training"] | {"weight_decay": 0.01}
    elif other == "regime":
        options["run"]["regime"] = "frozen"
    elif other == "fold":
        options["run"]["fold"] = 1
    elif other == "weights":
        from safetensors.torch import load_file, save_file

        state = load_file(inputs[2])
        state["cls_token"] = state["cls_token"] + 1
        inputs[2] = str(tmp_path / "other.safetensors")
        save_file(state, inputs[2])
    elif other == "code":
        monkeypatch.setattr(loop, "code_hash", lambda *_: "another")
    elif other == "threads":
        monkeypatch.setattr(torch, "get_num_threads", lambda: 99)
    elif other == "splits":
        lines = Path(inputs[1]).read_text().splitlines(keepends=True)
        (number, *_) = (
            i for i, line in enumerate(lines) if "\ttrain\t" in line
        )
        inputs[1] = str(tmp_path / "splits.tsv")
        Path(inputs[1]).write_text(
            "".join(lines[:number] + lines[number + 1 :])
        )
    else:
        load = loop.load_windows

        def changed(*arguments):
            data = load(*arguments)
            data.signal[-1, -1, -1] += 1e-6
            return data

        monkeypatch.setattr(loop, "load_windows", changed)
    caplog.set_level(logging.INFO, "eeglrp")
    train((inputs, options))
    assert "is of other settings, data or code and is ignored" in caplog.text
    assert "goes on" not in caplog.text


@pytest.mark.parametrize(
    "damage", ["cut", "flipped", "empty", "text", "pickle"]
)
def test_a_damaged_checkpoint_is_left_aside(job, caplog, damage):
    whole = train(job("whole", checkpoint=False, epochs=2))
    broken = job("broken", epochs=2)
    train(broken)
    file = Path(broken[1]["checkpoint"])
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    contents = {
        "cut": data[: len(data) // 3],
        "flipped": data,
        "empty": b"",
        "text": b"not a checkpoint",
        "pickle": b"\x80\x04N.",
    }
    file.write_bytes(contents[damage])
    assert same(whole, train(broken))
    assert f"{file}: cannot be read and is ignored" in caplog.text
    assert "goes on" not in caplog.text
