"""Inherited metadata belong to a recording, unless an entity says that they do not."""

import pytest

from eeglrp.recordings.sidecars import sidecars

EEG = "sub-1/ses-2/eeg/sub-1_ses-2_task-mi_run-1_eeg.edf"


@pytest.mark.parametrize(
    ("file", "holds"),
    [
        ("task-mi_events.tsv", True),
        ("events.json", True),
        ("channels.tsv", True),
        ("task-mi_eeg.json", True),
        ("sub-1/sub-1_task-mi_channels.tsv", True),
        ("sub-1/ses-2/sub-1_ses-2_events.tsv", True),
        (
            "sub-1/ses-2/eeg/sub-1_ses-2_space-CapTrak_electrodes.tsv",
            True,
        ),
        (
            "sub-1/ses-2/eeg/sub-1_ses-2_space-CapTrak_coordsystem.json",
            True,
        ),
        ("task-rest_events.tsv", False),
        ("sub-1/sub-1_ses-1_channels.tsv", False),
        ("sub-1/ses-2/eeg/sub-1_ses-2_task-mi_run-2_events.tsv", False),
        ("participants.tsv", False),
        ("sub-2/sub-2_task-mi_events.tsv", False),
        ("task-mi_bold.json", False),
    ],
)
def test_a_file_without_a_conflicting_entity_holds(tmp_path, file, holds):
    for name in (EEG, file):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    expected = [tmp_path / file] if holds else []
    assert sidecars(tmp_path / EEG, tmp_path) == expected


def test_the_farthest_come_first(tmp_path):
    names = ["task-mi_events.tsv", "sub-1/sub-1_task-mi_events.tsv", EEG]
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    expected = [tmp_path / name for name in names[:2]]
    assert sidecars(tmp_path / EEG, tmp_path) == expected
