"""In processes of their own: what is imported cannot be unimported."""

import subprocess
import sys

import pytest


def run(code):
    path = next(part for part in sys.path if part.endswith("workflow"))
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_network_comes_without_braindecodes_other_models():
    done = run("""
import sys
from eeglrp.models.braindecode_module import braindecode_module
labram = braindecode_module("labram")
assert labram.Labram.__name__ == "Labram"
assert not {"skorch", "sklearn"} & set(sys.modules)
assert not [name for name in sys.modules if name.startswith("braindecode")]
assert braindecode_module("labram") is labram
""")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_braindecode_can_be_imported_afterwards_and_gives_the_same_network():
    done = run("""
import torch
from eeglrp.models.labram import build
settings = {"layers": 1, "heads": 10, "drop_path": 0.0, "dropout": 0.0}
torch.manual_seed(0)
alone = build(settings, ["FP1", "CZ"], 200, 2)
from braindecode.models import EEGNet, Labram
torch.manual_seed(0)
whole = Labram(
    n_chans=2, n_times=200, n_outputs=2, num_layers=1, num_heads=10,
    drop_path_prob=0.0, drop_prob=0.0, use_mean_pooling=True,
)
states = alone.state_dict(), whole.state_dict()
assert list(states[0]) == list(states[1])
assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
assert EEGNet(n_chans=2, n_times=200, n_outputs=2)
""")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_scikit_learn_is_imported_when_it_is_called():
    done = run("""
import numpy as np
from eeglrp.models import braindecode_module as module
module.braindecode_module("labram")
assert module._check_random_state(3).randint(99) == np.random.RandomState(3).randint(99)
from sklearn.linear_model import LogisticRegression
from sklearn.utils import check_random_state, shuffle
assert check_random_state(3).randint(99) == np.random.RandomState(3).randint(99)
""")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_where_braindecode_is_there_its_own_module_is_taken():
    done = run("""
import braindecode.models
from eeglrp.models.braindecode_module import braindecode_module
assert braindecode_module("labram").Labram is braindecode.models.Labram
""")
    assert done.returncode == 0, done.stderr
