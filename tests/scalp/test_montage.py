import numpy as np

from eeglrp.scalp.montage import montage_names, neighbours
from eeglrp.scalp.regions import CENTRAL_CLUSTER, REGIONS

NAMES = (
    "FP1",
    "FP2",
    "F7",
    "F3",
    "FZ",
    "F4",
    "F8",
    "T3",
    "C3",
    "CZ",
    "C4",
    "T4",
    "PZ",
    "O1",
    "O2",
)


def test_neighbours_are_near_and_mutual():
    found = neighbours(NAMES).toarray().astype(bool)
    assert np.array_equal(found, found.T)
    of = {
        name: {NAMES[k] for k in np.flatnonzero(row)}
        for name, row in zip(NAMES, found, strict=True)
    }
    assert {"C3", "C4", "FZ", "PZ"} <= of["CZ"]
    assert not {"O1", "O2", "C4", "T4"} & of["F3"]
    # Older names stand where the newer ones do.
    newer = tuple({"T3": "T7", "T4": "T8"}.get(name, name) for name in NAMES)
    assert np.array_equal(
        neighbours(newer).toarray(), neighbours(NAMES).toarray()
    )


def test_the_central_cluster_lies_in_the_region_central_of_the_montage():
    assert {REGIONS[name] for name in CENTRAL_CLUSTER} == {"central"}
    assert set(CENTRAL_CLUSTER) <= set(montage_names())
