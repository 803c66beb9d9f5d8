from collections import Counter

import pytest
import yaml

from eeglrp.errors import InputError
from eeglrp.own.__main__ import check, main, write
from eeglrp.own.events import propose_classes
from eeglrp.own.write import configuration


def test_from_a_folder_to_a_configuration_that_nothing_stops(
    tmp_path, write_subject, capsys
):
    for subject in ("01", "02", "03"):
        write_subject(subject)
    out = tmp_path / "mine.yaml"
    assert main([str(tmp_path / "set"), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "3 of 3 subjects can be read: 3 recordings, 1.8 min" in said
    assert "eeg: 4: FP1 T7 C3 CZ" in said
    assert "POL Fp1 to Fp1" in said
    assert "class S_1: 18 events" in said
    config = yaml.safe_load(out.read_text())
    dataset, task = config["datasets"]["own"], config["tasks"]["cues"]
    assert dataset["events"] == {"S  1": "S_1", "S  2": "S_2"}
    assert dataset["drop"] == ["C3-M1"]
    assert (task["length"], task["split"]["folds"]) == (2.0, 3)
    assert task["windows"]["notch"] == 60
    before = out.read_text()
    with pytest.raises(InputError, match="mine.yaml: --out: exists"):
        write(tmp_path / "set", out)
    assert out.read_text() == before


def test_windows_come_of_stimuli_shorter_than_they(tmp_path, write_subject):
    from eeglrp import config as settings
    from eeglrp.plan.planned import read_config
    from eeglrp.recordings import bids
    from eeglrp.windowing.windows import make_windows

    for subject in ("01", "02", "03"):
        write_subject(subject)
    out = tmp_path / "mine.yaml"
    write(tmp_path / "set", out)
    config = read_config([out])
    record = bids.prepare(config["datasets"]["own"], None, "01", 1)
    task = settings.task_settings(config, "cues")
    windows = settings.window_settings(config, "cues")
    arrays, _ = make_windows(bids.read(record), "cues", task, windows, 1, "01")
    assert arrays["signal"].shape == (12, 4, 400)
    assert list(arrays["label"]) == [0, 1] * 6


def test_a_broken_subject_is_excluded_with_its_reason(tmp_path, write_subject):
    for subject in ("01", "02", "03", "04"):
        path = write_subject(subject)
    path.write_bytes(path.read_bytes()[:-100])
    text = configuration(tmp_path / "set")
    (excluded,) = yaml.safe_load(text)["datasets"]["own"]["exclude"]
    assert excluded["subject"] == "04"
    assert "truncated" in excluded["reason"]
    assert "recording" not in excluded
    assert "#   excluded: 04, all recordings: data: truncated" in text
    assert "#   3 of 3 subjects can be read" in text
    out = tmp_path / "mine.yaml"
    out.write_text(text)
    assert check([out])[1] == 0


def test_of_a_broken_recording_the_others_of_the_subject_stay(
    tmp_path, write_subject
):
    for subject in ("01", "02", "03"):
        write_subject(subject)
    path = write_subject("03", task="odd_run-2")
    path.write_bytes(path.read_bytes()[:-100])
    config = yaml.safe_load(configuration(tmp_path / "set"))
    (excluded,) = config["datasets"]["own"]["exclude"]
    assert excluded["subject"] == "03"
    assert excluded["recording"] == "task-odd_run-2"
    assert config["tasks"]["cues"]["split"] == {"by": "subject", "folds": 3}


def test_where_all_are_broken_the_first_is_named(tmp_path, write_subject):
    path = write_subject("01")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="set: .*: truncated|truncated"):
        configuration(tmp_path / "set")


def test_joints_are_no_classes(tmp_path, write_subject):
    write_subject("01", labels=("boundary", "New Segment/"))
    task = yaml.safe_load(configuration(tmp_path / "set"))["tasks"]
    assert list(task) == ["r_peak"]


def test_electrodes_that_some_lack_are_left_out(tmp_path, write_subject):
    write_subject("01", names=("Cz", "Pz", "Oz"))
    write_subject("02", names=("Oz", "Cz"))
    text = configuration(tmp_path / "set")
    task = yaml.safe_load(text)["tasks"]["cues"]
    assert task["windows"]["channels"] == ["CZ", "OZ"]
    assert task["split"]["by"] == "block"
    assert "eeg PZ: in 1 of 2 subjects only" in text


def test_without_events_an_ecg_gives_r_peaks(tmp_path, write_subject):
    write_subject("01", labels=("pause",))
    task = yaml.safe_load(configuration(tmp_path / "set"))["tasks"]["r_peak"]
    assert task["classes"] == ["between", "r_peak"]


def test_nothing_to_decode_is_named(tmp_path, write_subject):
    write_subject("01", names=("Cz", "Pz"), labels=("pause",))
    with pytest.raises(InputError, match="events of task odd: .*: pause. Rem"):
        configuration(tmp_path / "set")


def test_left_and_right_come_before_what_is_more_frequent():
    events = {"go left": 6, "go right": 6, "rest": 40, "stop": 40}
    counts = {"1": Counter(events)}
    assert propose_classes(counts) == {"go left": "left", "go right": "right"}


def test_of_other_events_two_of_equal_number_are_classes():
    counts = {"1": Counter(T0=30, T1=15, T2=14, rare=2)}
    assert propose_classes(counts) == {"T1": "T1", "T2": "T2"}


def test_the_check_counts_what_stops_a_study(tmp_path, write_subject):
    for subject in ("01", "02", "03"):
        write_subject(subject)
    out = tmp_path / "mine.yaml"
    write(tmp_path / "set", out)
    config = yaml.safe_load(out.read_text())
    config["tasks"]["cues"]["classes"] = ["S_1", "S_3"]
    config["tasks"]["cues"]["split"]["folds"] = 4
    out.write_text(yaml.safe_dump(config))
    lines, n_faults = check([out])
    assert n_faults == 2
    assert "  class S_3: 0 events" in lines
    assert any("fewer subjects than folds" in line for line in lines)


def test_a_misspelt_key_and_a_missing_folder_are_named(tmp_path):
    out = tmp_path / "mine.yaml"
    out.write_text("study: a\nsead: 1\n")
    with pytest.raises(InputError, match="mine.yaml: configuration: .*sead"):
        check([out])
    with pytest.raises(InputError, match="nowhere: folder: does not exist"):
        configuration(tmp_path / "nowhere")
