import numpy as np
import pytest

from eeglrp.affect.region import central
from eeglrp.errors import InputError

EPOC = [
    "AF3",
    "F7",
    "F3",
    "FC5",
    "T7",
    "P7",
    "O1",
    "O2",
    "P8",
    "T8",
    "FC6",
    "F4",
    "F8",
    "AF4",
]


def names(channels, wanted=None):
    return list(np.array(channels)[central(channels, wanted)])


def test_the_region_is_what_the_montage_has_of_it():
    assert names(["Fz", "C3", "Cz", "C4", "CP1", "O1"]) == [
        "C3",
        "Cz",
        "C4",
        "CP1",
    ]
    assert names(["F3", "FC1", "CPZ", "CP5"]) == ["FC1"]


def test_a_montage_without_it_falls_back_to_the_region_central():
    assert names(EPOC) == ["FC5", "FC6"]


def test_the_configuration_names_another():
    assert names(EPOC, ["t7", "T8", "C3"]) == ["T7", "T8"]


@pytest.mark.parametrize(
    ("channels", "wanted"),
    [(EPOC, ["C3"]), (["O1", "O2"], None), (["C3", "CZ"], None)],
)
def test_no_electrode_or_all_of_them_make_no_region(channels, wanted):
    with pytest.raises(InputError, match=r"affect\.region"):
        central(channels, wanted)
