"""Layouts after the EEG examples of BIDS (github.com/bids-standard/bids-examples), written anew.

Each ends in windows or in a message with file, field and remedy.
"""

import json

import mne
import numpy as np
import pytest
import yaml
from scipy.io import savemat

from eeglrp import config as settings
from eeglrp.errors import InputError
from eeglrp.own.write import configuration
from eeglrp.plan.planned import read_config
from eeglrp.recordings import bids
from eeglrp.scalp.renaming import cap_names
from eeglrp.windowing.windows import make_windows

RATE, SECONDS = 200, 30
PENNIES = ("FC5", "FC1", "C3", "CP5", "CP1", "FC2", "FC6", "C4", "CP2", "CP6")
NUMBERED = tuple(f"EEG{number:03}" for number in range(1, 11))
CHOICES = ("raised-left/match-true", "raised-right/match-true")
FACES = ("Famous", "Unfamiliar", "Scrambled")


def write_brainvision(stem, names, signal):
    channels = [f"Ch{k}={name},,1,uV" for k, name in enumerate(names, 1)]
    header = f"""Brain Vision Data Exchange Header File Version 1.0
[Common Infos]
Codepage=UTF-8
DataFile={stem.name}_eeg.eeg
MarkerFile={stem.name}_eeg.vmrk
DataFormat=BINARY
DataOrientation=MULTIPLEXED
NumberOfChannels={len(names)}
SamplingInterval={1e6 / RATE}
[Binary Infos]
BinaryFormat=IEEE_FLOAT_32
[Channel Infos]
"""
    markers = f"""Brain Vision Data Exchange Marker File, Version 1.0
[Common Infos]
DataFile={stem.name}_eeg.eeg
[Marker Infos]
Mk1=New Segment,,1,1,0,20200101000000000000
"""
    stem.with_name(f"{stem.name}_eeg.vhdr").write_text(
        header + "\n".join(channels) + "\n"
    )
    stem.with_name(f"{stem.name}_eeg.vmrk").write_text(markers)
    samples = signal.T.astype("<f4").tobytes()
    stem.with_name(f"{stem.name}_eeg.eeg").write_bytes(samples)


def write_edf(stem, names, signal):
    info = mne.create_info(list(names), RATE, "eeg")
    raw = mne.io.RawArray(signal * 1e-6, info, verbose="ERROR")
    path = stem.with_name(f"{stem.name}_eeg.edf")
    mne.export.export_raw(path, raw, verbose="ERROR")


def write_set(stem, names, signal):
    places = np.array([(name,) for name in names], dtype=[("labels", object)])
    fields = {
        "setname": stem.name,
        "nbchan": float(len(names)),
        "pnts": float(signal.shape[1]),
        "trials": 1.0,
        "srate": float(RATE),
        "xmin": 0.0,
        "xmax": signal.shape[1] / RATE,
        "data": signal.astype(np.float32),
        "chanlocs": places,
        "event": np.zeros(0),
        "epoch": np.zeros(0),
    }
    savemat(stem.with_name(f"{stem.name}_eeg.set"), {"EEG": fields})


def write_layout(root, entities, write, names, labels):
    """Three subjects with 14 events each, whose sidecars lie where `entities` puts them."""
    root.mkdir()
    about = {"Name": root.name, "BIDSVersion": "1.10.0"}
    (root / "dataset_description.json").write_text(json.dumps(about))
    for subject in ("01", "02", "03"):
        for entity in entities:
            session = [entity.split("_")[0]] if "ses-" in entity else []
            folder = root.joinpath(f"sub-{subject}", *session, "eeg")
            folder.mkdir(parents=True, exist_ok=True)
            stem = folder / f"sub-{subject}_{entity}"
            rng = np.random.default_rng(int(subject))
            signal = rng.normal(0, 10, (len(names), SECONDS * RATE))
            write(stem, names, signal)
            rows = ["onset\tduration\ttrial_type"]
            for number in range(14 if labels else 0):
                text = labels[number % len(labels)]
                rows.append(f"{1 + 2 * number}\tn/a\t{text}")
            table = stem.with_name(f"{stem.name}_events.tsv")
            table.write_text("\n".join(rows) + "\n")


LAYOUTS = {
    "matchingpennies": (
        ["task-matchingpennies"],
        write_brainvision,
        PENNIES,
        CHOICES,
        14,
    ),
    "several_tasks_and_acquisitions": (
        ["task-BL_acq-T2248", "task-HN_acq-T2301"],
        write_brainvision,
        PENNIES,
        ("hit", "miss"),
        14,
    ),
    "sessions_of_a_numbered_cap": (
        ["ses-01_task-meditation", "ses-02_task-meditation"],
        write_edf,
        tuple(cap_names("biosemi32")),
        ("med1breath", "med2"),
        28,
    ),
    "runs_of_faces": (
        ["task-faces_run-1", "task-faces_run-2"],
        write_set,
        PENNIES,
        FACES,
        None,
    ),
    "numbered_channels": (
        ["task-facerecognition_run-1"],
        write_set,
        NUMBERED,
        FACES,
        "channels: EEG001, .*: no electrode has such a name. Remedy: write a",
    ),
    "rest_without_events": (
        ["task-rest"],
        write_brainvision,
        PENNIES,
        (),
        "events of task rest: .*none at all. Remedy: write trial_type",
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_ends_in_windows_or_in_a_message(tmp_path, name):
    *layout, expected = LAYOUTS[name]
    root = tmp_path / name
    write_layout(root, *layout)
    if isinstance(expected, str):
        with pytest.raises(InputError, match=expected) as refused:
            configuration(root)
        assert refused.value.remedy
        return
    out = tmp_path / "mine.yaml"
    out.write_text(configuration(root))
    assert "exclude" not in yaml.safe_load(out.read_text())["datasets"]["own"]
    config = read_config([out])
    record = bids.prepare(config["datasets"]["own"], None, "02", 1)
    task = settings.task_settings(config, "cues")
    windows = settings.window_settings(config, "cues")
    recordings = bids.read(record)
    arrays, _ = make_windows(recordings, "cues", task, windows, 1, "02")
    n_windows = len(arrays["label"])
    assert set(arrays["label"]) == {0, 1}
    assert expected is None or n_windows == expected
