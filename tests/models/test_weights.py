import re

import numpy as np
import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.files import read_json, sha256
from eeglrp.models.labram import build as build_labram
from eeglrp.models.trained import logits
from eeglrp.models.weights import (
    braindecode_names,
    fetch_hub,
    load_backbone,
    provide_weights,
    read_tensors,
    save_tensors,
)

CHANNELS = ["FP1", "CZ", "O2"]


@pytest.fixture
def build(small_model):
    def make(seed, n_times=200, **settings):
        torch.manual_seed(seed)
        module = build_labram(small_model | settings, CHANNELS, n_times, 2)
        # braindecode starts biases and norms at constants: make every tensor tell.
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.add_(0.05 * torch.randn_like(parameter))
        return module.eval()

    return make


def to_authors(state, rows=16):
    """A state dict in the layout of the authors' `labram-base.pth`."""
    names = {
        "position_embedding": "pos_embed",
        "temporal_embedding": "time_embed",
    }
    renamed = {}
    for name, value in state.items():
        if name.startswith(("fc_norm.", "final_layer.")):
            continue
        name = names.get(name, name).replace("temporal_conv.", "")
        name = name.replace("mlp.0.", "mlp.fc1.").replace("mlp.2.", "mlp.fc2.")
        renamed[f"student.{name}"] = value
    table = torch.randn(1, rows, 200)
    used = state["temporal_embedding"].shape[1] - 1
    table[:, :used] = state["temporal_embedding"][:, :used]
    renamed["student.time_embed"] = table
    renamed |= {
        "student.mask_token": torch.ones(1, 1, 200),
        "student.norm.weight": torch.ones(200),
    }
    renamed |= {
        "student.lm_head.weight": torch.ones(8, 200),
        "lm_head.weight": torch.ones(8, 200),
    }
    renamed["projection_head.0.bias"] = torch.ones(200)
    return {"model": renamed, "epoch": 49}


def same_function(first, second, n_times=200):
    signal = torch.randn(2, 3, n_times)
    with torch.inference_mode():
        for module in (first, second):
            module.final_layer = torch.nn.Identity()
        np.testing.assert_array_equal(
            logits(first, signal, CHANNELS), logits(second, signal, CHANNELS)
        )


@pytest.mark.parametrize("ending", [".safetensors", ".pt"])
def test_braindecode_weights_load_whole(build, tmp_path, ending):
    source, target = build(0), build(1)
    path = tmp_path / f"weights{ending}"
    if ending == ".pt":
        torch.save(source.state_dict(), path)
    else:
        save_tensors(source.state_dict(), path)
    head = target.final_layer.weight.clone()
    record = load_backbone(target, path, sha256(path))
    assert torch.equal(target.final_layer.weight, head)
    assert record["layout"] == "braindecode"
    assert (
        record["new"]
        == record["ignored"]
        == ["final_layer.bias", "final_layer.weight"]
    )
    assert record["cropped"] == {}
    assert record["sha256"] == sha256(path)
    expected = {
        name
        for name in source.state_dict()
        if not name.startswith("final_layer")
    }
    assert set(record["loaded"]) == expected
    same_function(source, target)


def test_the_authors_checkpoint_loads_and_its_embedding_is_cropped_on_record(
    build, tmp_path
):
    source, target = build(0, n_times=400), build(1, n_times=400)
    path = tmp_path / "labram-base.pth"
    torch.save(to_authors(source.state_dict()), path)
    record = load_backbone(target, path)
    assert record["layout"] == "authors"
    assert record["cropped"] == {"temporal_embedding": [17, 3]}
    assert "fc_norm.weight" in record["new"]
    assert "norm.weight" in record["ignored"]
    assert "student.mask_token" in record["ignored"]
    assert "lm_head.weight" in record["ignored"]
    source.fc_norm.load_state_dict(target.fc_norm.state_dict())
    same_function(source, target, 400)


def test_a_temporal_embedding_serves_up_to_all_its_patches(build, tmp_path):
    path = tmp_path / "labram-base.pth"
    torch.save(to_authors(build(0).state_dict(), rows=2), path)
    load_backbone(build(1, n_times=400), path)
    with pytest.raises(
        InputError, match="temporal_embedding: serves 2 patches.*have 3"
    ):
        load_backbone(build(1, n_times=600), path)


def changed(state, how):
    if how == "renamed":
        return {
            name.replace("attn.proj", "attention.out"): v
            for name, v in state.items()
        }
    if how == "layer scale":
        return {name: v for name, v in state.items() if "gamma" not in name}
    if how == "channel table":
        return state | {"position_embedding": torch.zeros(1, 137, 200)}
    if how == "width":
        return {
            n: v.repeat_interleave(2, -1) if v.ndim else v
            for n, v in state.items()
        }
    return state | {"blocks.0.mlp.0.bias": torch.full((800,), torch.nan)}


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (
            "renamed",
            r"2 missing: blocks\.0\.attn\.proj\.weight \(200, 200\).*2 not in the model: ",
        ),
        (
            "layer scale",
            r"2 missing: blocks\.0\.gamma_1 \(200,\), blocks\.0\.gamma_2",
        ),
        (
            "channel table",
            r"position_embedding \(1, 137, 200\), not \(1, 129, 200\)",
        ),
        (
            "width",
            r"of another shape: .*cls_token \(1, 1, 400\), not \(1, 1, 200\)",
        ),
        (
            "not finite",
            r"values that are not finite in blocks\.0\.mlp\.0\.bias",
        ),
    ],
)
def test_weights_that_fit_in_part_are_refused_and_nothing_is_loaded(
    build, tmp_path, how, message
):
    path = tmp_path / "weights.safetensors"
    save_tensors(changed(build(0).state_dict(), how), path)
    target = build(1)
    before = {
        name: value.clone() for name, value in target.state_dict().items()
    }
    with pytest.raises(InputError, match=message):
        load_backbone(target, path)
    assert all(
        torch.equal(value, before[name])
        for name, value in target.state_dict().items()
    )


def test_another_depth_is_refused(build, tmp_path):
    path = tmp_path / "weights.safetensors"
    save_tensors(build(0, layers=2).state_dict(), path)
    with pytest.raises(
        InputError,
        match=r"17 not in the model: blocks\.1\..*match model\.layers",
    ):
        load_backbone(build(1), path)
    save_tensors(build(0).state_dict(), path)
    with pytest.raises(InputError, match=r"17 missing: blocks\.1\."):
        load_backbone(build(1, layers=2), path)


def test_a_missing_readout_norm_is_an_error_unless_pretraining_had_another(
    build, tmp_path
):
    state = {
        k: v
        for k, v in build(0).state_dict().items()
        if not k.startswith("fc_norm")
    }
    path = tmp_path / "weights.safetensors"
    save_tensors(state, path)
    with pytest.raises(InputError, match=r"2 missing: fc_norm\.weight"):
        load_backbone(build(1), path)
    save_tensors(
        state | {"norm.weight": torch.ones(200), "norm.bias": torch.ones(200)},
        path,
    )
    assert "fc_norm.bias" in load_backbone(build(1), path)["new"]


def test_weights_of_another_network_are_refused(tmp_path):
    path = tmp_path / "other.pt"
    torch.save(torch.nn.Linear(3, 2).state_dict(), path)
    with pytest.raises(
        InputError, match="is not LaBraM: it holds bias, weight"
    ):
        braindecode_names(read_tensors(path), path)


def test_files_that_hold_no_tensors_are_refused(tmp_path):
    words, pickled = tmp_path / "words.pth", tmp_path / "pickled.pt"
    words.write_text("no weights at all")
    with pytest.raises(InputError, match="no PyTorch file of plain tensors"):
        read_tensors(words)
    # A whole module would run code when read.
    torch.save(torch.nn.Linear(2, 2), pickled)
    with pytest.raises(InputError, match="save the state dict alone"):
        read_tensors(pickled)
    torch.save({"epoch": 3}, pickled)
    with pytest.raises(InputError, match="holds no named tensors"):
        read_tensors(pickled)


def test_another_file_than_the_expected_one_is_refused(build, tmp_path):
    path = tmp_path / "weights.safetensors"
    save_tensors(build(0).state_dict(), path)
    with pytest.raises(InputError, match=f"is {sha256(path)}, not {'0' * 64}"):
        load_backbone(build(1), path, "0" * 64)


def test_published_weights_enter_the_study_with_their_origin(build, tmp_path):
    source, target = build(0), build(1)
    path, out = (
        tmp_path / "labram-base.pth",
        tmp_path / "study" / "file.safetensors",
    )
    torch.save(to_authors(source.state_dict()), path)
    settings = {"source": "file", "path": str(path), "sha256": sha256(path)}
    provide_weights(settings, out, out.with_suffix(".json"))
    record = read_json(out.with_suffix(".json"))
    assert record["file"] == "labram-base.pth"
    assert record["file_sha256"] == sha256(path)
    assert record["sha256"] == sha256(out)
    loaded = load_backbone(target, out)
    assert loaded["origin"] == record
    assert loaded["new"] == sorted(
        ["final_layer.bias", "final_layer.weight", *READOUT]
    )
    source.fc_norm.load_state_dict(target.fc_norm.state_dict())
    same_function(source, target)


READOUT = ("fc_norm.bias", "fc_norm.weight")


def test_without_network_the_message_names_the_address_and_the_way_round(
    tmp_path,
):
    url = "http://127.0.0.1:9/model.safetensors"
    with pytest.raises(
        InputError, match=rf"{re.escape(url)}.*weights\.source: file"
    ):
        fetch_hub(tmp_path / "hub.safetensors", url)
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_refused(tmp_path):
    settings = {
        "source": "file",
        "path": str(tmp_path / "none.pth"),
        "sha256": None,
    }
    with pytest.raises(
        InputError, match=r"none\.pth: weights: the file does not exist"
    ):
        provide_weights(
            settings, tmp_path / "out.safetensors", tmp_path / "out.json"
        )
    assert not list(tmp_path.iterdir())
