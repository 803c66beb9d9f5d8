import warnings

import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.scalp.regions import REGIONS, membership, region_of

TEN_TWENTY = "Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 O2"
EMOTIV = "AF3 F7 F3 FC5 T7 P7 O1 O2 P8 T8 FC6 F4 F8 AF4"


def test_every_electrode_of_labram_has_a_region():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from braindecode.models.labram import LABRAM_CHANNEL_ORDER
    assert sorted(REGIONS) == sorted(
        name.upper() for name in LABRAM_CHANNEL_ORDER
    )


@pytest.mark.parametrize(
    ("channels", "sizes"),
    [(TEN_TWENTY, [4, 3, 3, 2, 5, 2]), (EMOTIV, [4, 2, 2, 2, 2, 2])],
)
def test_common_montages_fill_every_region(channels, sizes):
    regions, matrix = membership(channels.split())
    assert regions == [
        "ocular_frontal",
        "frontal",
        "central",
        "temporal",
        "parietal",
        "occipital",
    ]
    np.testing.assert_array_equal(matrix.sum(1), sizes)
    np.testing.assert_array_equal(matrix.sum(0), 1)


def test_regions_are_symmetric():
    """An electrode lies in the region of its mirror image: odd left, even right."""
    for name, region in REGIONS.items():
        digits = name.rstrip("HZ")[len(name.rstrip("HZ0123456789")) :]
        if not digits or "-" in name or name.endswith("H"):
            continue
        number = int(digits)
        mirror = name.replace(
            digits, str(number + 1 if number % 2 else number - 1)
        )
        assert REGIONS.get(mirror, region) == region, (name, mirror)


def test_older_names_share_the_region_of_their_place():
    pairs = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
    assert all(REGIONS[old] == REGIONS[new] for old, new in pairs.items())


def test_the_audits_ocular_and_sensorimotor_electrodes():
    ocular = ["Fp1", "Fp2", "AF7", "AF8", "F7", "F8"]
    motor = ["FC3", "FC4", "C3", "Cz", "C4", "CP3", "CP4"]
    assert set(map(region_of, ocular)) == {"ocular_frontal"}
    assert set(map(region_of, motor)) == {"central"}


def test_unknown_electrode_is_named():
    with pytest.raises(InputError, match="Q7.*not an electrode"):
        membership(["CZ", "Q7"])
