import json

import pytest

from eeglrp.recordings.series import find_series, series_files

STEM = "sub-01_ses-2_task-film"


@pytest.fixture
def touch(tmp_path):
    """Function that makes empty files below the dataset's folder."""

    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path / "sub-01" / "ses-2" / "eeg" / f"{STEM}_eeg.edf"

    return make


def test_series_of_the_recording_and_of_no_other(touch, tmp_path):
    folder = "sub-01/ses-2"
    own = [
        f"{folder}/beh/{STEM}_beh.tsv",
        f"{folder}/eeg/{STEM}_physio.tsv.gz",
        f"{folder}/eeg/{STEM}_recording-slider_stim.tsv.gz",
    ]
    others = [
        f"{STEM}_events.tsv",
        f"{STEM}_run-2_physio.tsv.gz",
        "sub-01_ses-2_task-x_beh.tsv",
    ]
    eeg = touch(*own, *[f"{folder}/eeg/{name}" for name in others])
    assert list(series_files(eeg, tmp_path)) == [
        tmp_path / name for name in own
    ]


def test_descriptions_hold_for_what_lies_below_and_has_their_parts(
    touch, tmp_path
):
    holding = [
        "physio.json",
        "task-film_physio.json",
        "sub-01/sub-01_task-film_physio.json",
        f"sub-01/ses-2/eeg/{STEM}_physio.json",
    ]
    foreign = [
        "task-rest_physio.json",
        "task-film_eeg.json",
        "sub-02/physio.json",
        "a/beh.json",
    ]
    eeg = touch(f"sub-01/ses-2/eeg/{STEM}_physio.tsv.gz", *holding, *foreign)
    (descriptions,) = series_files(eeg, tmp_path).values()
    assert descriptions == [tmp_path / name for name in holding]


def test_behaviour_that_was_not_sampled_is_no_series(touch, tmp_path):
    eeg = touch(f"sub-01/ses-2/eeg/{STEM}_beh.tsv")
    table = eeg.with_name(f"{STEM}_beh.tsv")
    table.write_text("felt\tpulse\n3\t60\n")
    (series,) = find_series(eeg, tmp_path)
    assert (series.path, series.names) == (table, [])
    table.with_suffix(".json").write_text(json.dumps({"SamplingFrequency": 1}))
    (series,) = find_series(eeg, tmp_path)
    assert series.names == ["felt", "pulse"]
