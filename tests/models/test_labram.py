import json

import numpy as np
import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.models.labram import build as build_labram
from eeglrp.models.labram import check_channels, forward_kwargs
from eeglrp.models.trained import features, load_model, logits, save_model

CHANNELS = ["CZ", "T7", "FP1-F7"]


@pytest.fixture
def model(small_model):
    torch.manual_seed(0)
    module = build_labram(small_model, CHANNELS, 400, 3)
    # braindecode's new head is near zero; give the logits something to say.
    torch.nn.init.normal_(module.final_layer.weight)
    return module.eval()


@pytest.fixture
def saved(model, small_model, tmp_path):
    path = tmp_path / "seed-0.safetensors"
    record = {
        "model": small_model,
        "channels": CHANNELS,
        "n_times": 400,
        "classes": list("abc"),
    }
    save_model(model, path, record)
    return path


def test_readout_is_the_mean_over_patches_and_names_choose_embeddings(model):
    assert isinstance(model.norm, torch.nn.Identity)
    signal = torch.randn(2, 3, 400)
    with torch.inference_mode():
        first = logits(model, signal, CHANNELS)
        same = logits(model, signal, ["cz", "T7", "fp1-f7"])
        other = logits(model, signal, ["CZ", "T8", "FP1-F7"])
    assert first.shape == (2, 3)
    assert torch.equal(first, same)
    assert not torch.allclose(first, other)


def test_electrodes_may_come_in_any_order(model):
    signal = torch.randn(2, 3, 400)
    order = [2, 0, 1]
    with torch.inference_mode():
        first = logits(model, signal, CHANNELS)
        second = logits(model, signal[:, order], [CHANNELS[i] for i in order])
    np.testing.assert_allclose(first, second, atol=1e-5)


def test_features_are_what_the_head_reads(model):
    signal = torch.randn(2, 3, 400)
    with torch.inference_mode():
        read = model.final_layer(features(model, signal, CHANNELS))
        assert torch.equal(read, model(signal, **forward_kwargs(CHANNELS)))


def test_the_spatial_embedding_starts_as_wide_as_asked(small_model):
    for settings, expected in (({}, 0.02), ({"spatial_init": 0.2}, 0.2)):
        module = build_labram(small_model | settings, CHANNELS, 200, 2)
        assert module.position_embedding.std().item() == pytest.approx(
            expected, rel=0.05
        )
        assert module.temporal_embedding.std().item() == pytest.approx(
            0.02, rel=0.2
        )


def test_building_warns_of_nothing(small_model, recwarn):
    build_labram(small_model, CHANNELS, 200, 2)
    assert not recwarn.list


@pytest.mark.parametrize(
    ("channels", "message"),
    [
        (["CZ", "Q7", "ECG"], "Q7, ECG: not in LaBraM's table"),
        (["CZ", "C3", "CZ"], "CZ: repeated"),
    ],
)
def test_electrodes_without_an_embedding_are_refused(channels, message):
    with pytest.raises(InputError, match=message):
        check_channels(channels)


@pytest.mark.parametrize("n_times", [100, 300])
def test_windows_that_are_not_whole_patches_are_refused(small_model, n_times):
    with pytest.raises(
        InputError, match=f"{n_times} samples are not whole patches"
    ):
        build_labram(small_model, CHANNELS, n_times, 2)


def test_a_saved_model_comes_back_whole(model, saved):
    loaded, record = load_model(saved)
    assert not loaded.training
    assert record["channels"] == CHANNELS
    assert set(record["versions"]) == {"torch", "braindecode"}
    for name, value in model.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name])


def test_a_model_without_its_record_is_refused(saved):
    saved.with_suffix(".json").unlink()
    with pytest.raises(InputError, match="the model's record is missing"):
        load_model(saved)


def test_a_record_that_lacks_a_key_is_refused(saved):
    path = saved.with_suffix(".json")
    record = json.loads(path.read_text())
    del record["channels"]
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match="channels: missing in the record"):
        load_model(saved)


def test_weights_of_another_run_are_refused(model, saved, small_model):
    record = saved.with_suffix(".json").read_text()
    torch.nn.init.zeros_(model.final_layer.weight)
    save_model(model, saved, {"model": small_model})
    saved.with_suffix(".json").write_text(record)
    with pytest.raises(
        InputError, match="is not the file that its record describes"
    ):
        load_model(saved)


def test_a_record_of_another_architecture_is_refused(saved):
    path = saved.with_suffix(".json")
    record = json.loads(path.read_text())
    record["model"]["layers"] = 2
    path.write_text(json.dumps(record))
    with pytest.raises(
        InputError, match=r"does not fit its record .*blocks\.1"
    ):
        load_model(saved)


def test_weights_that_are_cut_short_are_refused(saved):
    saved.write_bytes(saved.read_bytes()[:1000])
    with pytest.raises(InputError, match="damaged or no safetensors file"):
        load_model(saved)


def test_missing_weights_are_refused(saved):
    saved.unlink()
    with pytest.raises(InputError, match="the file does not exist"):
        load_model(saved)
