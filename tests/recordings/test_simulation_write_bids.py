"""A simulated cohort, written as BIDS, is read back to the same windows."""

import copy
import json

import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.files import read_table
from eeglrp.recordings import bids, simulated
from eeglrp.recordings.simulation.settings import DEFAULTS
from eeglrp.recordings.simulation.write_bids import main, write_bids
from eeglrp.windowing.windows import make_windows

TASK = {
    "classes": ["low", "high"],
    "rating": "arousal",
    "threshold": "median",
    "length": 2.0,
    "lag": 1.0,
    "truth": [],
}
WINDOWS = {
    "high_pass": 0.1,
    "low_pass": 75.0,
    "notch": 50,
    "sampling_rate": 200,
    "unit": 100.0,
    "reference": None,
    "flat": 0.1,
    "noisy": 10.0,
    "max_bad": 0.25,
    "peak_to_peak": 1000.0,
}


def cohort(paradigm):
    dataset = copy.deepcopy(DEFAULTS)
    dataset["sources"]["background"]["dipoles"] = 20
    small = {
        "subjects": 2,
        "duration": 30,
        "trials": 4,
        "trial_length": 4.0,
        "ride_length": 10,
    }
    return (
        dataset
        | small
        | {"paradigm": paradigm, "break_length": 5, "rating_lag": 1.0}
    )


@pytest.mark.slow
@pytest.mark.parametrize("paradigm", ["naturalistic", "affect"])
def test_the_folder_holds_the_same_windows(tmp_path, paradigm):
    dataset = cohort(paradigm)
    write_bids(dataset, 7, tmp_path / "set")
    ratings = {"arousal": "arousal", "valence": "valence"}
    settings = {
        "folder": "set",
        "subjects": "all",
        "task": paradigm,
        "events": {},
        "drop": [],
    }
    settings |= {"ratings": ratings}
    assert bids.subjects(settings, tmp_path) == ["S001", "S002"]
    files = tmp_path / "a.edf", tmp_path / "a.zarr.zip"
    own = simulated.prepare(dataset, None, "S002", 7, *files)
    found = bids.prepare(settings, tmp_path, "S002", 7)
    arrays = [
        make_windows(source.read(record), "arousal", TASK, WINDOWS, 7, "S002")[
            0
        ]
        for source, record in ((simulated, own), (bids, found))
    ]
    assert len(arrays[0]["label"]) > 5
    assert set(arrays[0]["label"]) == {0, 1}
    for name in ("signal", "label", "onset", "rating"):
        np.testing.assert_array_equal(arrays[0][name], arrays[1][name])
    assert arrays[0]["channels"] == arrays[1]["channels"]


def test_the_folder_is_bids(tmp_path):
    write_bids(cohort("naturalistic") | {"subjects": 1}, 7, tmp_path)
    about = json.loads((tmp_path / "dataset_description.json").read_text())
    assert {"Name", "BIDSVersion"} <= set(about)
    assert read_table(tmp_path / "participants.tsv")[
        "participant_id"
    ].tolist() == ["sub-S001"]
    folder = tmp_path / "sub-S001" / "eeg"
    ends = {
        path.name.partition("task-naturalistic_")[2]
        for path in folder.iterdir()
    }
    wanted = {
        "eeg.edf",
        "eeg.json",
        "events.tsv",
        "channels.tsv",
        "physio.tsv.gz",
        "physio.json",
    }
    assert ends == wanted
    events = read_table(folder / "sub-S001_task-naturalistic_events.tsv")
    assert events["trial_type"].tolist() == ["break", "ride", "break", "ride"]
    assert events["duration"].sum() == 30


def test_the_command_names_what_is_not_there(tmp_path, root):
    with pytest.raises(
        InputError,
        match=r"datasets\.film: is not a simulated .* choose from ride",
    ):
        main([str(root / "config" / "affect.yaml"), "film", str(tmp_path)])
    assert not list(tmp_path.iterdir())
