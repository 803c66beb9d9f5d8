"""Self-supervised pretraining: predict the spectrum of masked patches from those left visible.

What is hidden and predicted: `eeglrp.training.masking`. The epochs:
`eeglrp.training.masked_fit`. What a network has to beat: `eeglrp.baselines.yardsticks`. Gradients
come from training windows alone; the validation windows choose the epoch and say how much of the
hidden spectra is explained.

A job that was interrupted goes on from its last finished epoch to the same weights, bit for bit on
one machine.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from eeglrp.baselines.yardsticks import explained_table
from eeglrp.codehash import code_hash
from eeglrp.files import sha256, write_json, write_table
from eeglrp.models.data import load_windows
from eeglrp.models.labram import n_patches
from eeglrp.models.trained import versions
from eeglrp.models.weights import save_tensors
from eeglrp.seeds import generator, integer_seed
from eeglrp.training.checkpoint import checkpoint_for
from eeglrp.training.masked_fit import pretrain
from eeglrp.training.optimisation import (
    choose_device,
    choose_precision,
    reproducible,
)


def pretrain_backbone(
    windows,
    splits,
    *,
    model,
    pretraining,
    device,
    seed,
    outputs,
    checkpoint=None,
):
    """Pretrain a backbone on the training windows of a task, without their labels.

    Parameters
    ----------
    windows : sequence of Path
    splits : Path
        The training split is learned from, the validation split judges every epoch.
    model, pretraining : dict
        Settings; of `pretraining`: epochs, batch_size, learning_rate, weight_decay, mask,
        max_windows, precision.
    device : str
    seed : int
        Of the study.
    outputs : dict of str to Path
        `weights`: the backbone without head (`.safetensors`); `record` (`.json`); `history`, one
        row an epoch (`.tsv`); `spectra`, how much of the hidden spectra it explains (`.tsv`).
    checkpoint : Path, optional
        File that every epoch is written to and that an interrupted run goes on from. The caller
        removes it when nothing can be interrupted any more.

    Raises
    ------
    InputError
        If the windows cannot be used or the loss is not finite.
    """
    place = choose_device(device)
    record = {
        "source": "pretrain",
        "model": model,
        "pretraining": pretraining,
        "study_seed": seed,
        "device": place.type,
        "precision": choose_precision(pretraining["precision"], place),
        "versions": versions(),
    }
    with (
        TemporaryDirectory(prefix="eeglrp-") as folder,
        reproducible(integer_seed(seed, "pretraining")),
    ):
        train = load_windows(windows, splits, "train", folder)
        validation = load_windows(windows, splits, "validation", folder)
        settings = record | {"code": code_hash(__file__, __name__)}
        resumable = checkpoint_for(
            checkpoint, settings, (train, validation), place
        )
        rng = generator(seed, "pretraining")
        result = pretrain(
            train, validation, model, pretraining, place, rng, resumable
        )
    _write(result, record, train, validation, outputs)


def _write(result, record, train, validation, outputs):
    import pandas as pd

    backbone = {}
    for name, value in result.module.state_dict().items():
        if not name.startswith("final_layer."):
            backbone[name] = value
    save_tensors(backbone, outputs["weights"])
    n_times = train.signal.shape[2]
    subject = train.frame["subject"].iloc[result.chosen]
    record |= {
        "channels": list(train.channels),
        "n_times": n_times,
        "n_windows": {
            "train": len(result.chosen),
            "validation": len(validation.signal),
        },
        "subjects": sorted(set(subject)),
        "best_epoch": result.epoch,
        "sha256": sha256(outputs["weights"]),
    }
    write_json(record, outputs["record"])
    write_table(pd.DataFrame(result.history), outputs["history"])
    errors = dict(result.errors)
    total = errors.pop("average")
    name = "/".join(Path(outputs["weights"]).with_suffix("").parts[-2:])
    n_hidden = len(validation.signal) * n_patches(n_times)
    table = explained_table(name, errors, total, train.channels, n_hidden)
    write_table(table, outputs["spectra"])
