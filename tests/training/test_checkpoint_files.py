from pathlib import Path

import numpy as np
import torch

from eeglrp.models.data import Windows
from eeglrp.training.checkpoint import (
    Checkpoint,
    fingerprint,
    load_checkpoint,
    save_checkpoint,
)

CPU = torch.device("cpu")


def test_a_file_that_would_run_code_is_not_obeyed(tmp_path, caplog):
    class Touch:
        def __reduce__(self):
            return Path.touch, (tmp_path / "touched",)

    file = tmp_path / "x.checkpoint"
    torch.save({"fingerprint": "f", "state": Touch(), "random": {}}, file)
    assert (
        load_checkpoint(Checkpoint(file, "f"), np.random.default_rng(0), CPU)
        is None
    )
    assert not (tmp_path / "touched").exists()
    assert "cannot be read" in caplog.text


def test_random_states_come_back(tmp_path):
    checkpoint, rng = (
        Checkpoint(tmp_path / "x.checkpoint", "f"),
        np.random.default_rng(5),
    )
    rng.random(3)
    state = {
        "module": {"weight": torch.arange(3.0)},
        "history": [{"loss": 0.1 + 0.2}],
    }
    save_checkpoint(checkpoint, state, rng, CPU)
    expected = rng.random(4), torch.rand(4)
    other = np.random.default_rng(0)
    found = load_checkpoint(checkpoint, other, CPU)
    np.testing.assert_array_equal(other.random(4), expected[0])
    assert torch.equal(torch.rand(4), expected[1])
    assert found["history"] == state["history"]
    assert torch.equal(found["module"]["weight"], torch.arange(3.0))


def test_a_fingerprint_is_of_content_alone():
    import pandas as pd

    def windows(**changes):
        signal = np.arange(24, dtype=np.float32).reshape(4, 2, 3)
        frame = pd.DataFrame({"sample": list("abcd"), "label": [0, 1, 0, 1]})
        return Windows(signal, frame, ("CZ", "O2"), 200.0)._replace(**changes)

    first = fingerprint({"a": 1, "b": 2}, [windows()])
    assert fingerprint({"b": 2, "a": 1}, [windows()]) == first
    others = [
        fingerprint({"a": 1, "b": 3}, [windows()]),
        fingerprint({"a": 1, "b": 2}, [windows(), windows()]),
        fingerprint({"a": 1, "b": 2}, [windows(channels=("CZ", "O1"))]),
        fingerprint(
            {"a": 1, "b": 2}, [windows(frame=windows().frame.assign(label=0))]
        ),
        fingerprint({"a": 1, "b": 2}, [windows(signal=windows().signal + 1)]),
    ]
    assert len({first, *others}) == 6
