"""LaBraM in small, with weights as initialised and as after training."""

import warnings

import torch

#: Electrodes of the small model.
NAMES = ["FP1", "CZ", "O2"]


def build_labram(
    n_channels=3,
    n_times=400,
    layers=2,
    mean_pooling=True,
    trained=False,
    dtype=torch.float64,
):
    """Braindecode's LaBraM in evaluation mode, from a fixed seed.

    `trained` gives scales like those of a trained model: larger weights, biases and norms away
    from 0 and 1, layer scales of many sizes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from braindecode.models import Labram
    torch.manual_seed(0)
    model = Labram(
        n_chans=n_channels,
        n_times=n_times,
        n_outputs=4,
        num_layers=layers,
        use_mean_pooling=mean_pooling,
    )
    if trained:
        _train(model)
    return model.to(dtype).eval()


@torch.no_grad()
def _train(model):
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            parameter.normal_(0, 0.3)
        elif "norm" in name:
            parameter.uniform_(0.5, 1.5)
        elif "gamma" in name:
            parameter.uniform_(-0.5, 1)
        else:
            parameter.mul_(4)
    model.final_layer.weight.normal_(0, 0.3)


def electrodes(n_channels):
    """Keyword arguments that name the first electrodes of LaBraM's table."""
    from braindecode.models.labram import LABRAM_CHANNEL_ORDER

    names = (
        NAMES
        if n_channels == len(NAMES)
        else list(LABRAM_CHANNEL_ORDER[:n_channels])
    )
    return {"ch_names": names}
