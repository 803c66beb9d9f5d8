"""Training of one model in one of three regimes, or a model left untrained.

`finetuned` starts from pretrained weights and trains all of them, the deeper the layer the less;
`frozen` keeps the pretrained backbone and trains one linear head on its features; `scratch` trains
the same network from random weights; `untrained` keeps these, a control for explanations.
LaBraM's published recipe (arXiv:2405.18765, appendix): AdamW, warm-up, cosine, layer decay, drop
path, label smoothing. The epoch with the best balanced accuracy on the validation split is kept;
the test split is never read here.

A job that was interrupted goes on from its last finished epoch to the same weights, bit for bit on
one machine.
"""

from tempfile import TemporaryDirectory

import torch

from eeglrp.codehash import code_hash
from eeglrp.errors import InputError
from eeglrp.files import sha256, write_table
from eeglrp.jobs import logger
from eeglrp.models import registry
from eeglrp.models.data import load_windows
from eeglrp.models.registry import adapter_of
from eeglrp.models.subjects import SubjectLayer, add_subject_layer, network_of
from eeglrp.models.trained import build_like, features, logits, save_model
from eeglrp.seeds import generator, integer_seed
from eeglrp.training.augmentation import OFF, complete, is_on
from eeglrp.training.checkpoint import checkpoint_for
from eeglrp.training.fit import Examples, Fit, Plan, class_weights, fit, judge
from eeglrp.training.optimisation import (
    choose_device,
    choose_precision,
    reproducible,
)
from eeglrp.training.predict import in_batches

_RUN = ("task", "regime", "fold", "seed")


def train_model(
    windows,
    splits,
    weights,
    *,
    run,
    model,
    training,
    outputs,
    checkpoint=None,
):
    """Train one model and write weights, record and history.

    Parameters
    ----------
    windows : sequence of Path
    splits : Path
    weights : Path or None
        Pretrained backbone; not read for `scratch` and `untrained`.
    run : dict
        What tells a model from others: `task`, `classes` (sequence of str), `regime` (`finetuned`,
        `frozen`, `scratch` or `untrained`), `fold`, `seed` of the model, `study_seed`.
    model, training : dict
        Settings.
    outputs : dict of str to Path
        `model` (`.safetensors`), `record` (`.json`), `history` (`.tsv`, one row an epoch).
    checkpoint : Path, optional
        File that every epoch is written to and that an interrupted run goes on from. The caller
        removes it when nothing can be interrupted any more.

    Raises
    ------
    InputError
        If windows, weights or settings cannot be used, or the loss is not finite.
    """
    if registry.start_of(run["regime"]) in registry.RANDOM_STARTS:
        weights = None
    device = choose_device(training["device"])
    record = _asked_for(run, model, training, device)
    classes = record["classes"]
    names = ("train", *(run[key] for key in _RUN))
    seed = integer_seed(run["study_seed"], *names)
    with (
        TemporaryDirectory(prefix="eeglrp-") as folder,
        reproducible(seed),
    ):
        train = load_windows(windows, splits, "train", folder)
        validation = load_windows(windows, splits, "validation", folder)
        _check_labels(splits, train, classes)
        _check_labels(splits, validation, classes)
        n_times = train.signal.shape[2]
        both = (train, validation)
        plan = Plan(
            training=training,
            n_classes=len(classes),
            device=device,
            rng=generator(run["study_seed"], *names),
            augmentation=_augmentation(run["regime"], training, n_times),
            checkpoint=_checkpoint(checkpoint, record, weights, both),
        )
        record["channels"] = list(train.channels)
        record["n_times"] = n_times
        record["sampling_rate"] = train.sampling_rate
        module, loaded = _at_start(record, weights, train)
        record["weights"] = loaded
        if isinstance(module, SubjectLayer):
            record["subjects"] = list(module.subjects)
        module = module.to(device)
        result = _learn(run["regime"], module, train, validation, plan)
    record["augmented"] = is_on(plan.augmentation)
    record["best_epoch"] = result.epoch
    record["n_windows"] = {
        "train": len(train.label),
        "validation": len(validation.label),
    }
    _write(module, record, result.history, outputs)


def _asked_for(run, model, training, device):
    """The beginning of the record: all that was asked for, and where it is computed."""
    return {
        **run,
        "classes": list(run["classes"]),
        "model": model,
        "training": training,
        "device": device.type,
        "precision": choose_precision(training["precision"], device),
    }


def _at_start(record, weights, train):
    """The network before its training, and what the record says of pretrained weights."""
    module = build_like(record)
    loaded = None
    if registry.start_of(record["regime"]) not in registry.RANDOM_STARTS:
        load_backbone = registry.adapter(record["model"]).load_backbone
        loaded = load_backbone(module, weights)
    start = record["training"]["subject_layer"]
    if start:
        module = add_subject_layer(module, start, train)
    return module, loaded


def _learn(regime, module, train, validation, plan):
    """Train as the regime says; the epoch kept."""
    start = registry.start_of(regime)
    if start == "frozen":
        return fit_head(module, train, validation, plan)
    if start == "untrained":
        return untouched(module, train, validation, plan)
    decay = plan.training["layer_decay"] if start == "finetuned" else 1.0
    return fit_all(module, train, validation, decay, plan)


def _augmentation(regime, training, n_times):
    """Settings of augmentation; off for `frozen`, which reads every window once."""
    settings = complete(training["augmentation"], n_times)
    if regime != "frozen":
        return settings
    if is_on(settings):
        logger.info(
            "augmentation is left out: a frozen backbone's features are computed once"
        )
    return OFF


def _checkpoint(path, record, weights, windows):
    """The checkpoint at `path`, marked with all that decides about the weights, bit for bit."""
    decisive = {
        **record,
        "weights": weights and sha256(weights),
        "code": code_hash(__file__, __name__),
    }
    device = torch.device(record["device"])
    return checkpoint_for(path, decisive, windows, device)


def _write(module, record, history, outputs):
    import pandas as pd

    best = history[max(record["best_epoch"] - 1, 0)]
    logger.info(
        "%s %s seed %s: epoch %d of %d kept, balanced accuracy %.3f on the validation split",
        record["task"],
        record["regime"],
        record["seed"],
        best["epoch"],
        len(history),
        best["validation_balanced_accuracy"],
    )
    save_model(module, outputs["model"], record, outputs["record"])
    write_table(pd.DataFrame(history), outputs["history"])


def _check_labels(splits, data, classes):
    """Training and choosing a model both need every class."""
    split = data.frame["split"].iloc[0]
    present = set(data.label.tolist())
    absent = [
        name for number, name in enumerate(classes) if number not in present
    ]
    if absent or max(present) >= len(classes):
        problem = f"split {split} has no window of {', '.join(absent)}"
        if not absent:
            problem = f"split {split} has labels beyond {', '.join(classes)}"
        remedy = "rerun windows and splits, or check classes"
        raise InputError(splits, "label", problem, remedy)


def fit_all(module, train, validation, decay, plan):
    """Train every weight of the network, deeper layers at a learning rate that decays by depth.

    Parameters
    ----------
    module : braindecode.models.Labram
        Changed in place to the epoch kept.
    train, validation : Windows
    decay : float
        Factor on the learning rate from one layer to the next deeper one.
    plan : Plan

    Returns
    -------
    Fit
    """
    examples = []
    for windows in (train, validation):
        subject = windows.frame["subject"].to_numpy(str)
        examples.append(Examples(windows.signal, windows.label, subject))
    groups = layer_groups(network_of(module), decay)
    peak = plan.training["learning_rate"]
    if isinstance(module, SubjectLayer):
        factor = plan.training["subject_layer_rate"]
        groups.append(("filters", module.filters, factor))

    def forward(batch, subject):
        return logits(module, batch, train.channels, subject)

    result = fit(module, forward, groups, peak, *examples, plan)
    module.load_state_dict(result.state)
    return result


def fit_head(module, train, validation, plan):
    """Train one linear head on features that the frozen backbone gives once.

    Features are standardised by the training split, and the standardisation is folded into the
    head afterwards: the model is the network with one linear head.

    Parameters and returned value are those of `fit_all`.
    """

    def forward(batch, subject):
        return features(module, batch, train.channels, subject)

    inputs = []
    for windows in (train, validation):
        subject = windows.frame["subject"].to_numpy(str)
        inputs.append(
            in_batches(forward, module, windows.signal, plan.device, subject)
        )
    mean = inputs[0].mean(0)
    scale = inputs[0].std(0) + 1e-6
    standardised = [(values - mean) / scale for values in inputs]
    examples = [
        Examples(standardised[0], train.label),
        Examples(standardised[1], validation.label),
    ]
    head = torch.nn.Linear(len(mean), plan.n_classes).to(plan.device)
    named = head.named_parameters()
    groups = [(name, parameter, 1.0) for name, parameter in named]
    peak = plan.training["frozen_learning_rate"]
    result = fit(head, head, groups, peak, *examples, plan)
    head.load_state_dict(result.state)
    mean = torch.from_numpy(mean).to(plan.device)
    scale = torch.from_numpy(scale).to(plan.device)
    network = network_of(module)
    last = adapter_of(network).head(network)
    with torch.no_grad():
        last.weight.copy_(head.weight / scale)
        last.bias.copy_(head.bias - last.weight @ mean)
    return result


def untouched(module, train, validation, plan):
    """Leave the network as it came, and judge it: one row of history, epoch 0.

    Parameters and returned value are those of `fit_all`.
    """

    def forward(batch, subject):
        return logits(module, batch, train.channels, subject)

    subject = validation.frame["subject"].to_numpy(str)
    scores = in_batches(
        forward, module, validation.signal, plan.device, subject
    )
    weight = class_weights(train.label, plan.n_classes)
    judged = judge(scores, validation.label, weight)
    row = {
        "epoch": 0,
        "train_loss": float("nan"),
        **judged,
        "learning_rate": 0.0,
        "seconds": 0.0,
    }
    return Fit(module.state_dict(), 0, [row])


def layer_groups(module, decay):
    """Parameters with the learning-rate factor of their depth (arXiv:2106.08254, layer decay).

    Embeddings and patch embedding are depth 0, block i is i + 1, norm and head come last with 1.

    Returns
    -------
    list of (name, parameter, factor)
    """
    adapter = adapter_of(module)
    n_blocks = adapter.n_blocks(module)
    last = n_blocks + 1
    return [
        (name, parameter, decay ** (last - adapter.depth(name, n_blocks)))
        for name, parameter in module.named_parameters()
    ]
