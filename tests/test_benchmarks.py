"""The benchmark programs run, and the zoo keeps closing."""

import subprocess
import sys

import pytest

#: Attention, spectra, filter banks, recurrence, powers; foundation models that build in seconds.
MODELS = """
    BENDR BIOT CBraMod EEGDINO EEGPT Labram LUNA REVE SignalJEPA_Contextual
    DeepSleepNet EEGConformer EEGMiner EEGNet FBCNet SSTDPN ShallowFBCSPNet
""".split()  # noqa: SIM905


def run(root, name, *arguments):
    command = [sys.executable, f"benchmarks/{name}.py", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("rules", ["attn_lrp", "gamma"])
def test_models_of_braindecode_close(root, rules):
    done = run(root, "zoo", "--rules", rules, *MODELS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(MODELS)} classes, {len(MODELS)} built; {len(MODELS)} close" in done.stdout


def test_the_ledger_of_every_rule_set_is_printed(root):
    done = run(root, "ledger", "--channels", "3", "--seconds", "1", "--windows", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("class token scaled") == 14


def test_the_diagnostics_are_printed(root):
    done = run(root, "diagnostics", "--channels", "4", "--windows", "2")
    assert done.returncode == 0, done.stderr
    assert "sampling grid" in done.stdout
    assert done.stdout.count("rank correlation") == 2


def test_speed_is_printed_as_ratios(root):
    done = run(root, "lrp_speed", "--repeats", "1", "--only", "cp_lrp")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("cp_lrp") == 3


def test_the_speed_of_training_is_printed_for_every_regime(root):
    size = {"windows": 12, "epochs": 2, "layers": 1, "channels": 2, "threads": 1, "batch-size": 6}
    arguments = [word for name, value in size.items() for word in (f"--{name}", str(value))]
    done = run(root, "training_speed", *arguments)
    assert done.returncode == 0, done.stderr
    rows = [line.split()[0] for line in done.stdout.splitlines()[2:]]
    assert rows == ["finetuned", "finetuned,", "scratch", "frozen"]
