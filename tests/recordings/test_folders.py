import pytest

from eeglrp.errors import InputError
from eeglrp.recordings.folders import (
    choose_subjects,
    dataset_folder,
    excluded_recordings,
    existing_folder,
    published_roots,
)

NAMES = ["S002", "S001", "S010"]


def test_all_subjects_come_sorted():
    assert choose_subjects("all", NAMES, "x") == ["S001", "S002", "S010"]


@pytest.mark.parametrize(
    "asked", [["S010", "S001"], [10, 1], ["10", "01"], ["sub-S010", 1, "S001"]]
)
def test_subjects_by_name_or_number_in_the_datasets_order(asked):
    assert choose_subjects(asked, NAMES, "x") == ["S001", "S010"]


@pytest.mark.parametrize("asked", ["S003", 3, "S1", "one"])
def test_an_unknown_subject_is_named(asked):
    with pytest.raises(
        InputError, match=f"data: subject {asked}: not found.*S001 ... S010, 3"
    ):
        choose_subjects([asked], NAMES, "data")


def test_a_number_that_fits_two_subjects_is_refused():
    with pytest.raises(InputError, match="subject 1: not found"):
        choose_subjects([1], ["A1", "B1"], "data")


def test_no_subjects_at_all():
    with pytest.raises(
        InputError, match="data: subjects: no recordings found"
    ):
        choose_subjects("all", [], "data")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(
        InputError, match="eegmat: folder: does not exist.*data_root"
    ) as error:
        existing_folder({"folder": "eegmat"}, tmp_path)
    assert "download" not in str(error.value)
    with pytest.raises(InputError, match="download: true"):
        existing_folder({"folder": "eegmat", "download": False}, tmp_path)


def test_downloads_without_a_data_root_go_to_the_users_cache(
    tmp_path, monkeypatch
):
    import pooch

    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / name)
    settings = {"folder": "eegmat", "download": True}
    assert dataset_folder(settings, None) == tmp_path / "eeglrp" / "eegmat"
    assert dataset_folder(settings, tmp_path) == tmp_path / "eegmat"


def test_published_layouts_are_found(tmp_path):
    inner = tmp_path / "files" / "eegmat" / "1.0.0"
    inner.mkdir(parents=True)
    assert published_roots(tmp_path, "eegmat") == [tmp_path, inner]


def test_excluded_subjects_are_not_chosen():
    exclude = [
        {"subject": 2, "reason": "asleep"},
        {"subject": "S010", "recording": "R04", "reason": "noise"},
    ]
    chosen = choose_subjects("all", NAMES, "x", exclude)
    assert chosen == ["S001", "S010"]
    assert choose_subjects([1, 2], NAMES, "x", exclude) == ["S001"]
    assert excluded_recordings({"exclude": exclude}, "S010") == {
        "R04": "noise"
    }
    assert excluded_recordings({"exclude": exclude}, "S001") == {}


def test_an_unknown_subject_cannot_be_excluded():
    exclude = [{"subject": 77, "reason": "x"}]
    with pytest.raises(InputError, match="data: subject 77: not found"):
        choose_subjects("all", NAMES, "data", exclude)


def test_somebody_must_be_left():
    exclude = [{"subject": 1, "reason": "x"}]
    with pytest.raises(InputError, match="data: subjects: all are excluded"):
        choose_subjects([1], NAMES, "data", exclude)
