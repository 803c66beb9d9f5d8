import pytest

from eeglrp.own.naming import propose_names
from eeglrp.scalp.renaming import cap_names


def proposed(*names):
    return propose_names(dict.fromkeys(names, "eeg"))


@pytest.mark.parametrize(
    ("name", "rename"),
    [
        ("POL Fp1", {"POL *": "*"}),
        ("EEG-Fz", {"EEG-*": "*"}),
        ("C3-M2", {"*-M2": "*"}),
        ("EEG EKG-REF", {"EEG *-REF": "*"}),
        ("EEG Fp1-Ref", {}),
        ("ECG", {}),
    ],
)
def test_additions_of_vendors_become_patterns(name, rename):
    assert proposed(name) == (rename, {}, [])


def test_a_numbered_cap_is_known_by_all_its_inputs():
    inputs = list(cap_names("biosemi64"))
    assert proposed(*inputs, "EXG1") == ("biosemi64", {"EXG1": "misc"}, [])
    assert proposed("A1", "A2", "Cz") == ({}, {}, [])


def test_what_is_no_electrode_is_misc_and_what_is_one_twice_is_dropped():
    rename, types, drop = proposed("POL DC01", "C3-M2", "C3-M1")
    assert rename == {"*-M2": "*", "*-M1": "*"}
    assert (types, drop) == ({"POL DC01": "misc"}, ["C3-M1"])
