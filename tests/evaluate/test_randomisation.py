"""Units of LaBraM and their random weights."""

import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.evaluate.randomisation import first_weights, mixed, stages, units
from eeglrp.models import labram
from eeglrp.models.labram import build as build_labram

SETTINGS = {
    "layers": 3,
    "heads": 10,
    "drop_path": 0.1,
    "dropout": 0.0,
    "spatial_init": 0.2,
}
RECORD = {
    "model": SETTINGS,
    "channels": ["FP1", "CZ", "O2"],
    "n_times": 400,
    "classes": ["low", "high"],
    "task": "arousal",
    "regime": "scratch",
    "seed": 0,
}
ORDER = [
    "head",
    "block 3",
    "block 2",
    "block 1",
    "embeddings",
    "patch embedding",
]


@pytest.fixture(scope="module")
def state():
    return first_weights(RECORD, 1)


def test_every_weight_is_in_one_unit_from_the_head_downwards(state):
    found = units(state, labram)
    assert list(found) == ORDER
    assert sorted(
        name for names in found.values() for name in names
    ) == sorted(state)
    assert "final_layer.weight" in found["head"]
    assert "blocks.2.attn.qkv.weight" in found["block 3"]
    assert set(found["embeddings"]) == {
        "cls_token",
        "position_embedding",
        "temporal_embedding",
    }


def test_ten_blocks_are_ordered_by_number():
    names = [f"blocks.{k}.norm1.weight" for k in range(12)]
    assert list(units(names, labram)) == [
        f"block {k}" for k in range(12, 0, -1)
    ]


def test_an_unknown_weight_is_named():
    with pytest.raises(
        InputError, match="model: adapter.weight: is a weight of no unit"
    ):
        units(["final_layer.weight", "adapter.weight"], labram)


def test_stages_grow_in_a_cascade_and_stand_alone():
    plan = stages({"head": ["h"], "block 1": ["b", "c"], "embeddings": ["e"]})
    assert plan == [
        ("cascading", "head", 1, ["h"]),
        ("cascading", "block 1", 2, ["h", "b", "c"]),
        ("cascading", "embeddings", 3, ["h", "b", "c", "e"]),
        ("independent", "head", 1, ["h"]),
        ("independent", "block 1", 2, ["b", "c"]),
        ("independent", "embeddings", 3, ["e"]),
    ]


def test_first_weights_are_those_of_a_new_model(state):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    again = first_weights(RECORD, 1)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(
        torch.equal(again[name], value) for name, value in state.items()
    )
    weight = "blocks.0.attn.qkv.weight"
    for other in (
        first_weights(RECORD, 2),
        first_weights(RECORD, 1, draw=1),
        first_weights(RECORD | {"seed": 1}, 1),
    ):
        assert not torch.equal(other[weight], state[weight])
    new = build_labram(SETTINGS, RECORD["channels"], 400, 2).state_dict()
    assert new.keys() == state.keys()
    for name, value in new.items():
        if value.std() == 0:
            assert torch.equal(state[name], value), name
        elif value.numel() > 300:
            assert torch.allclose(state[name].std(), value.std(), rtol=0.2), (
                name
            )


def test_mixing_changes_what_is_named_alone(state):
    trained = {name: value + 1 for name, value in state.items()}
    names = units(state, labram)["block 2"]
    found = mixed(trained, state, names)
    assert found.keys() == trained.keys()
    for name, value in found.items():
        assert value is (state if name in names else trained)[name]
