import mne
import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.scalp.channels import standardise
from eeglrp.scalp.renaming import cap_names, new_names


def made_raw(*names, kind="eeg"):
    info = mne.create_info(list(names), 100, kind)
    return mne.io.RawArray(np.zeros((len(names), 10)), info, verbose="ERROR")


@pytest.mark.parametrize(
    ("name", "rename", "expected"),
    [
        ("POL Fp1", {"POL *": "*"}, "Fp1"),
        ("EEG-Fz", {"EEG-*": "*"}, "Fz"),
        ("C3-M2", {"*-M2": "*"}, "C3"),
        ("EEG EKG-REF", {"EEG EKG-REF": "ECG"}, "ECG"),
        ("C3-M2", {"*": "x*", "C3-M2": "C3"}, "C3"),
        ("a.b", {"a?b": "x", "a.*": "*"}, "b"),
        ("B16", "biosemi64", "Cz"),
        ("A32", "biosemi32", "Cz"),
    ],
)
def test_a_name_or_a_pattern_renames(name, rename, expected):
    # Wiring of BioSemi's caps: https://www.biosemi.com/headcap.htm
    assert new_names([name], rename)[name] == expected


def test_a_cap_has_as_many_inputs_as_electrodes():
    assert len(cap_names("biosemi64")) == 64
    assert list(cap_names("biosemi32"))[-1] == "A32"


@pytest.mark.parametrize("rename", [{"*-*": "*"}, {"Fp1": "*"}])
def test_a_star_that_stands_for_nothing_is_named(rename):
    with pytest.raises(InputError, match="config: rename: .* what \\* stands"):
        new_names(["Fp1"], rename)


def test_renamed_channels_are_counted_and_typed():
    raw = made_raw("POL Fp1", "POL T3", "EEG EKG-REF", "EXG1")
    rename = {"POL *": "*", "EEG EKG-REF": "ECG"}
    raw, counts = standardise(raw, "a.edf", (), rename, {"EXG*": "eog"})
    assert raw.ch_names == ["FP1", "T7", "ECG", "EXG1"]
    assert raw.get_channel_types() == ["eeg", "eeg", "ecg", "eog"]
    assert counts[0] == ("channel_renamed", "POL Fp1 to Fp1", 1)


def test_two_channels_of_one_new_name_are_named():
    raw = made_raw("C3-M2", "C3-M1")
    with pytest.raises(InputError, match="a.edf: C3-M2: becomes C3"):
        standardise(raw, "a.edf", (), {"*-M2": "*", "*-M1": "*"})


def test_a_misc_channel_can_be_said_to_be_eeg():
    raw = made_raw("Cz", "Pz", kind="misc")
    raw, _ = standardise(raw, "a.edf", types={"*": "eeg"})
    assert raw.get_channel_types() == ["eeg", "eeg"]
