"""The benchmark programs run, and the zoo keeps closing."""

import argparse
import importlib.util
import runpy
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from eeglrp.recordings.simulation.settings import check_settings

pytestmark = pytest.mark.benchmark

#: Attention, spectra, filter banks, recurrence, powers; foundation models that build in seconds.
MODELS = """
    BENDR BIOT CBraMod EEGDINO EEGPT Labram LUNA REVE SignalJEPA_Contextual
    DeepSleepNet EEGConformer EEGMiner EEGNet FBCNet SSTDPN ShallowFBCSPNet
""".split()  # noqa: SIM905


def run(root, name, *arguments):
    """Run a program in a process of its own."""
    command = [sys.executable, f"benchmarks/{name}.py", *arguments]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False
    )


@pytest.fixture
def printed(root, monkeypatch, capsys):
    """The function that runs a program in this process, and returns what it printed."""

    def run_here(name, *arguments):
        path = root / "benchmarks" / f"{name}.py"
        monkeypatch.setattr(sys, "argv", [str(path), *arguments])
        monkeypatch.syspath_prepend(path.parent)
        status = 0
        try:
            runpy.run_path(str(path), run_name="__main__")
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr().out
        assert not status, said
        return said

    return run_here


#: One of each kind for the second set of rules.
FEW = ["BIOT", "LUNA", "DeepSleepNet", "EEGMiner", "FBCNet", "ShallowFBCSPNet"]


def test_models_agree_with_finite_differences(printed):
    said = printed("zoo_check", "EEGNet", "HybridNet")
    assert said.count(" as it should be; closes to") == 2


@pytest.mark.parametrize(
    ("rules", "models"), [("attn_lrp", MODELS), ("gamma", FEW)]
)
def test_models_of_braindecode_close(printed, rules, models):
    said = printed("zoo", "--rules", rules, *models)
    number = len(models)
    assert f"{number} classes, {number} built; {number} close" in said


def test_the_ledger_of_every_rule_set_is_printed(printed):
    size = ("--channels", "3", "--seconds", "1", "--windows", "2")
    assert printed("ledger", *size).count("class token scaled") == 14


def test_the_diagnostics_are_printed(printed):
    said = printed("diagnostics", "--channels", "4", "--windows", "2")
    assert "sampling grid" in said
    assert said.count("rank correlation") == 2


def test_speed_is_printed_as_ratios(root):
    done = run(root, "lrp_speed", "--repeats", "1", "--only", "cp_lrp")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("cp_lrp") == 3


def test_the_speed_of_training_is_printed_for_every_regime(printed):
    size = {
        "windows": 12,
        "epochs": 2,
        "layers": 1,
        "channels": 2,
        "threads": 1,
        "batch-size": 6,
    }
    arguments = [
        word
        for name, value in size.items()
        for word in (f"--{name}", str(value))
    ]
    lines = printed("training_speed", *arguments).splitlines()
    rows = [line.split()[0] for line in lines[2:]]
    assert rows == ["finetuned", "finetuned,", "scratch", "frozen"]


def test_scaling_prints_a_row_a_size_and_what_is_read_back(root):
    size = ("--sizes", "4", "8", "--layers", "1", "--mantissa-bits", "10")
    done = run(root, "scaling", *size)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["4", "8"]
    assert sum("log-log slope of" in line for line in lines) == 3
    read = {
        line.split(":")[0]: float(line.split()[-2])
        for line in lines
        if "reading" in line
    }
    # One of 64 electrodes.
    assert read["reading one electrode"] < read["reading all"] / 10


@pytest.fixture
def imagery(tmp_path):
    """Two subjects whose 10-Hz rhythm is at C3 in left trials and at C4 in right ones."""
    import edfio

    names = ["C3..", "C4..", "Cz..", "Fc3.", "Fc4.", "Cp3.", "Cp4.", "Pz.."]
    rng, rate, trial = np.random.default_rng(0), 160, 8
    for subject in ("S001", "S002"):
        for run in (4, 8, 12):
            seconds = np.arange(15 * trial * rate) / rate
            kind = rng.permutation([1] * 8 + [2] * 7)
            signal = rng.normal(0, 5, (len(names), len(seconds)))
            where = np.repeat(kind, trial * rate) - 1
            signal[where, np.arange(len(where))] += 10 * np.sin(
                20 * np.pi * seconds
            )
            notes = [
                edfio.EdfAnnotation(trial * i, 4.1, f"T{k}")
                for i, k in enumerate(kind)
            ]
            channels = [
                edfio.EdfSignal(
                    values, rate, label=name, physical_dimension="uV"
                )
                for name, values in zip(names, signal, strict=True)
            ]
            path = tmp_path / "eegmmidb" / subject / f"{subject}R{run:02d}.edf"
            path.parent.mkdir(parents=True, exist_ok=True)
            edfio.Edf(channels, annotations=notes).write(path)
    return tmp_path


def test_moabbs_protocol_finds_the_side_of_a_rhythm_in_every_way(
    printed, imagery
):
    few = ["--permutations", "3", "--orders", "2", "--subjects"]
    subjects = ["S001", "S002"]
    root = ["--data-root", str(imagery)]
    said = printed("moabb_protocol", *root, *few, *subjects)
    lines = said.splitlines()
    rows = [line for line in lines if " windows, " in line]
    assert len(rows) == 3 * 2 * 4
    assert all(
        "100.0 100.0 100.0 | 100.0 100.0 100.0" in row for row in rows
    ), said
    assert sum("95 times in 100; z = " in line for line in lines) == 2
    assert (
        sum("45 trials; 2 orders 100.0 +- 0.0" in line for line in lines) == 2
    )


def test_the_false_positives_of_nulls_for_slow_ratings_are_printed(printed):
    size = ("--draws", "2", "--subjects", "4", "--windows", "40")
    said = printed("affect_null", *size)
    for kind in ("free", "shift", "blocks"):
        assert said.count(f"{kind}, evaluation") == 2
        assert said.count(f"{kind}, training") == 2
    assert said.count("accuracy within subjects, folds at random") == 2


def test_the_analysis_of_affect_is_run_on_whole_cohorts(root, tmp_path):
    size = {
        "cohorts": 1,
        "subjects": 3,
        "seconds": 200,
        "layers": 1,
        "epochs": 1,
        "permuted": 2,
    }
    size |= {
        "jobs": 1,
        "truth": "confounds",
        "regime": "finetuned",
        "tasks": "arousal",
        "out": tmp_path / "found.tsv",
    }
    arguments = [
        word
        for name, value in size.items()
        for word in (f"--{name}", str(value))
    ]
    done = run(root, "affect_cohorts", *arguments)
    assert done.returncode == 0, done.stderr
    assert "confounds, finetuned, 3 subjects, 1 cohorts" in done.stdout
    found = pd.read_csv(size["out"], sep="\t")
    assert list(found["task"]) == ["arousal"]
    shares = found[
        ["share", "share permuted", "share untrained", "share signal"]
    ]
    assert ((shares > 0) & (shares < 1)).all(axis=None)
    p = found.filter(regex="^p ").dropna(axis=1)
    assert p.size
    assert ((p > 0) & (p <= 1)).all(axis=None)


@pytest.fixture
def cohorts(root):
    """The program `dial_cohorts`, imported."""
    path = root / "benchmarks" / "dial_cohorts.py"
    spec = importlib.util.spec_from_file_location("dial_cohorts", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("confound", ["saccade", "muscle", "heart"])
def test_a_cohorts_confound_grows_as_its_mu_vanishes(cohorts, confound):
    """Every level is a configuration that the simulation accepts."""
    ends = []
    for level in (0.0, 1.0):
        config = cohorts.cohort_config(confound, level, 8, 2)
        dataset = config["datasets"]["imagery"]
        check_settings(dataset)
        assert (dataset["subjects"], dataset["first_subject"]) == (8, 201)
        assert config["tasks"]["imagery"]["split"]["folds"] == 4
        sources = dataset["sources"]
        ties = {
            "saccade": sources["saccade"]["label_probability"] - 0.5,
            "muscle": sources["muscle"]["lateralisation"],
            "heart": sources["heartbeat"]["label_probability"] - 0.5,
        }
        ends.append((sources["mu"]["desynchronisation"], ties))
    (mu, none), (no_mu, ties) = ends
    assert mu == 0.9
    assert no_mu == 0
    assert not any(none.values())
    assert [name for name, tie in ties.items() if tie] == [confound]


def test_verdicts_of_cohorts_are_counted_against_the_truth(cohorts):
    rows = [
        ("saccade", 0.0, 8, 0, "sensorimotor"),
        ("saccade", 0.0, 8, 1, "ocular"),
        ("saccade", 0.0, 8, 2, "undecided"),
        ("saccade", 0.5, 8, 0, "both"),
        ("muscle", 1.0, 8, 0, "sensorimotor"),
        ("muscle", 1.0, 8, 1, "neither"),
    ]
    table = pd.DataFrame(rows, columns=[*cohorts.NAMES, "overall"])
    found = cohorts.summary(table).set_index(["confound", "level"])
    assert found["cohorts"].to_dict() == {
        ("saccade", 0.0): 3,
        ("saccade", 0.5): 1,
        ("muscle", 1.0): 2,
    }
    assert found["wrong"]["saccade", 0.0] == pytest.approx(1 / 3)
    assert found["wrong"]["saccade", 0.5] == ""
    assert found["wrong"]["muscle", 1.0] == 0.5
    # Wilson's interval of one in two.
    assert found["interval"]["muscle", 1.0] == "[0.095, 0.905]"


def test_cohorts_that_the_table_has_are_not_run_again(cohorts, tmp_path):
    out = tmp_path / "cohorts.tsv"
    options = argparse.Namespace(
        out=out,
        cohorts=2,
        confounds=["heart"],
        subjects=[8],
        levels=[0.0, 1.0],
    )
    wanted = cohorts.missing(options)
    assert len(wanted) == 4
    row = pd.DataFrame([wanted[0]], columns=cohorts.NAMES)
    row.to_csv(out, sep="\t", index=False)
    assert cohorts.missing(options) == wanted[1:]
