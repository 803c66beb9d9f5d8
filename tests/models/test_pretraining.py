import numpy as np
import pandas as pd
import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.files import read_json, read_table
from eeglrp.models.data import Windows
from eeglrp.models.labram import build_labram, forward_kwargs
from eeglrp.models.pretraining import (
    FREQUENCIES,
    PARTS,
    make_network,
    make_objective,
    masked_loss,
    masked_patches,
    pretrain,
    pretrain_backbone,
    random_masks,
    spectrum,
)
from eeglrp.models.weights import load_backbone

CHANNELS = ("FP1", "CZ", "O2", "C3")
SETTINGS = {
    "epochs": 1,
    "batch_size": 16,
    "learning_rate": 2e-3,
    "weight_decay": 0.05,
    "mask": 0.5,
    "max_windows": None,
    "precision": "float32",
}
CPU = torch.device("cpu")


def bursting(n, rng):
    """Windows with loud fifths of patches that all electrodes share."""
    quiet = 0.01 * rng.standard_normal((n, len(CHANNELS), 400))
    loud = np.repeat(rng.random((n, 1, 10)) < 0.5, 40, axis=2)
    signal = quiet + loud * rng.standard_normal((n, 1, 400))
    return Windows(signal.astype(np.float32), pd.DataFrame(), CHANNELS, 200.0)


def test_spectrum_finds_a_rhythm_where_and_when_it_is():
    signal = torch.zeros(1, 2, 400)
    time = torch.arange(40) / 200
    # Electrode 1, second patch, third fifth: 25 Hz.
    signal[0, 1, 280:320] = torch.sin(2 * torch.pi * 25 * time)
    found = spectrum(signal).reshape(1, 2, 2, PARTS, FREQUENCIES)
    assert np.unravel_index(int(found.argmax()), found.shape) == (0, 1, 1, 2, 4)
    silent = torch.log(torch.tensor(0.01))
    assert torch.allclose(found[0, 0], silent.expand(2, PARTS, FREQUENCIES))


@pytest.mark.parametrize(("share", "hidden"), [(0.5, 10), (0.01, 1), (0.99, 18)])
def test_masks_hide_random_patches_of_electrodes_and_time(share, hidden):
    masks = random_masks(200, 19, share, np.random.default_rng(0))
    assert masks.shape == (200, 19)
    assert (masks.sum(1) == hidden).all()
    rates = masks.float().mean(0)
    assert (abs(rates - hidden / 19) < 0.15).all()


def test_masked_patches_are_unseen_but_for_their_power_and_the_hook_goes(small_model):
    torch.manual_seed(0)
    module = build_labram(small_model, CHANNELS, 200, 5).eval()
    token, mask = torch.ones(200), torch.tensor([[False, True, True, False]])
    signal = torch.randn(1, 4, 200)
    seen = []

    def watch(_, inputs):
        seen.append(inputs[0])

    handle = module.blocks[0].register_forward_pre_hook(watch)
    with torch.inference_mode():
        plain = module(signal, **forward_kwargs(CHANNELS))
        with masked_patches(module, token, mask):
            module(signal, **forward_kwargs(CHANNELS))
        again = module(signal, **forward_kwargs(CHANNELS))
    handle.remove()
    rows = module.position_embedding[0, 1:] + 0
    first, hidden = seen[0][0, 1:], seen[1][0, 1:]
    assert torch.equal(hidden[[0, 3]], first[[0, 3]])
    time = module.temporal_embedding[0, 0]
    from eeglrp.models.labram import braindecode_labram

    order = braindecode_labram().LABRAM_CHANNEL_ORDER
    expected = 1 + rows[[order.index("CZ"), order.index("O2")]] + time
    assert torch.allclose(hidden[[1, 2]], expected)
    assert torch.equal(plain, again)
    assert not module.patch_embed._forward_hooks


def test_the_hook_goes_when_the_block_fails(small_model):
    module = build_labram(small_model, CHANNELS, 200, 5)
    with pytest.raises(RuntimeError), masked_patches(module, torch.ones(200), torch.ones(1, 4) > 0):
        raise RuntimeError
    assert not module.patch_embed._forward_hooks


def test_an_untrained_network_knows_nothing_but_the_average(small_model):
    data = bursting(60, np.random.default_rng(0))
    network = make_network(small_model, data, CPU)
    torch.nn.init.zeros_(network.module.final_layer.weight)
    torch.nn.init.zeros_(network.module.final_layer.bias)
    objective = make_objective(data.signal, np.arange(60), 0.5, CPU)
    loss = masked_loss(network, objective, torch.from_numpy(data.signal), np.random.default_rng(1))
    # Mask and complement together weigh every patch once.
    assert float(loss.detach()) == pytest.approx(1.0, abs=1e-4)


def test_pretraining_learns_what_electrodes_share(small_model):
    rng = np.random.default_rng(0)
    train, validation = bursting(192, rng), bursting(48, rng)
    settings = SETTINGS | {"epochs": 4}
    module, epoch, history = pretrain(train, validation, small_model, settings, CPU, rng)
    losses = [row["validation_loss"] for row in history]
    assert losses[epoch - 1] == min(losses)
    assert min(losses) < 0.8
    assert not module.patch_embed._forward_hooks


def test_the_backbone_of_a_study_is_reproducible_and_loads(study, small_model, tmp_path):
    paths, splits, _ = study
    outs = []
    for run in ("first", "second"):
        out = tmp_path / run / "pretrained.safetensors"
        files = {"out_weights": out, "out_record": out.with_suffix(".json")}
        files["out_history"] = out.with_name("history.tsv")
        settings = SETTINGS | {"max_windows": 32}
        pretrain_backbone(
            paths,
            splits,
            model=small_model,
            pretraining=settings,
            device="cpu",
            seed=5,
            **files,
        )
        outs.append(files)
    assert outs[0]["out_weights"].read_bytes() == outs[1]["out_weights"].read_bytes()
    record = read_json(outs[0]["out_record"])
    assert record["subjects"] == ["b"]
    assert record["n_windows"] == {"train": 40, "validation": 20}
    columns = ("epoch", "train_loss", "validation_loss", "learning_rate", "seconds")
    assert len(read_table(outs[0]["out_history"], columns)) == 1
    model = build_labram(small_model, record["channels"], 200, 2)
    loaded = load_backbone(model, outs[0]["out_weights"], record["sha256"])
    assert loaded["new"] == ["final_layer.bias", "final_layer.weight"]
    assert loaded["origin"]["source"] == "pretrain"


def test_a_learning_rate_that_breaks_the_loss_is_named(small_model):
    data = bursting(32, np.random.default_rng(0))
    settings = SETTINGS | {"learning_rate": 1e30, "epochs": 2}
    with pytest.raises(InputError, match=r"weights\.pretraining\.learning_rate"):
        pretrain(data, data, small_model, settings, CPU, np.random.default_rng(0))
