import numpy as np
import pytest
import xarray as xr

from eeglrp.affect.permuted import in_blocks


def store(label, split_at=30, subject="s1"):
    n = len(label)
    text = {"subject": [subject] * n, "recording": ["r"] * n}
    variables = {
        name: ("sample", np.array(value, object))
        for name, value in text.items()
    }
    variables["label"] = ("sample", np.array(label))
    variables["onset"] = ("sample", np.arange(n) * 2.0)
    split = np.where(np.arange(n) < split_at, "train", "test").astype(object)
    return xr.Dataset(variables), split


def runs(label):
    return int((np.diff(label) != 0).sum()) + 1


def test_stretches_of_one_label_stay_whole():
    label = np.repeat([0, 1, 0, 1, 0, 1, 0, 1, 0, 1], 6)
    dataset, split = store(label)
    found = [in_blocks(dataset, split, seed) for seed in range(5)]
    for one in found:
        for part in ("train", "test"):
            own = split == part
            assert one[own].sum() == label[own].sum()
            # Permuted freely, thirty labels make about fifteen runs.
            assert runs(one[own]) <= runs(label[own])
    assert any((one != label).mean() > 0.2 for one in found)
    assert np.array_equal(found[0], in_blocks(dataset, split, 0))
    assert not all(np.array_equal(found[0], other) for other in found[1:])


@pytest.mark.parametrize("label", [[], [1]])
def test_a_store_without_anything_to_reorder_stays(label):
    dataset, split = store(label)
    assert in_blocks(dataset, split, 0).tolist() == label
