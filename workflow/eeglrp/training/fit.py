"""One training run: epochs over batches, judged on the validation split, the best epoch kept."""

import copy
import math
import time
from typing import NamedTuple

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from eeglrp.errors import InputError
from eeglrp.jobs import logger, progress
from eeglrp.training.augmentation import OFF, augment
from eeglrp.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from eeglrp.training.confusion import balanced_accuracy, confusion
from eeglrp.training.optimisation import (
    adamw,
    batches,
    choose_precision,
    cosine_rate,
    read_batch,
    reduced_precision,
    set_rate,
)
from eeglrp.training.predict import in_batches


class Examples(NamedTuple):
    """Inputs (n, ...), class numbers (n,) and, where the model asks for them, subjects (n,)."""

    array: np.ndarray
    label: np.ndarray
    subject: np.ndarray | None = None


class Plan(NamedTuple):
    """Settings of a run, what it runs on, how inputs are augmented, where it may go on from."""

    training: dict
    n_classes: int
    device: torch.device
    rng: np.random.Generator
    augmentation: dict = OFF
    checkpoint: Checkpoint | None = None


class Fit(NamedTuple):
    """Weights of the epoch kept, its number (from 1), and one row an epoch."""

    state: dict
    epoch: int
    history: list


class _Trained(NamedTuple):
    """What an epoch changes."""

    module: torch.nn.Module
    optimiser: torch.optim.Optimizer


def fit(module, forward, groups, peak, train, validation, plan):
    """Train a module and keep the epoch that validates best.

    Best is the highest balanced accuracy, of equal ones the lowest loss. With a checkpoint in the
    plan, every epoch is written there, and a run that was interrupted goes on after the last one.

    Parameters
    ----------
    module : torch.nn.Module
    forward : callable
        Batch to logits, by way of `module`; with the subjects too where the examples have them.
    groups : list of (name, parameter, factor)
        What is trained, and the factor on its learning rate.
    peak : float
        Learning rate after the warm-up.
    train, validation : Examples
    plan : Plan

    Returns
    -------
    Fit

    Raises
    ------
    InputError
        If the loss is not finite.
    """
    training = plan.training
    trained = _Trained(module, adamw(groups, training["weight_decay"]))
    weight = class_weights(train.label, plan.n_classes).to(plan.device)
    best = _go_on(trained, plan) or Fit(None, 0, [])
    first = len(best.history) + 1
    for epoch in progress(range(first, training["epochs"] + 1), "epochs"):
        if (
            training["patience"]
            and epoch - 1 - best.epoch >= training["patience"]
        ):
            break
        start = time.perf_counter()
        loss, rate = _train_epoch(
            trained, forward, peak, weight, train, epoch, plan
        )
        scores = in_batches(
            forward, module, validation.array, plan.device, validation.subject
        )
        row = {
            "epoch": epoch,
            "train_loss": loss,
            **judge(scores, validation.label, weight),
        }
        row |= {"learning_rate": rate, "seconds": time.perf_counter() - start}
        _check_finite(row, peak)
        best = _keep_better(best, row, module)
        if plan.checkpoint:
            state = {
                "module": module.state_dict(),
                "optimiser": trained.optimiser.state_dict(),
            }
            state |= {"best": best._asdict()}
            save_checkpoint(plan.checkpoint, state, plan.rng, plan.device)
    return best


def _go_on(trained, plan):
    """Set module, optimiser and random states to those of a checkpoint; the best epoch so far."""
    state = plan.checkpoint and load_checkpoint(
        plan.checkpoint, plan.rng, plan.device
    )
    if not state:
        return None
    trained.module.load_state_dict(state["module"])
    trained.optimiser.load_state_dict(state["optimiser"])
    found = Fit(**state["best"])
    logger.info(
        "an interrupted training goes on after epoch %d", len(found.history)
    )
    return found


def _keep_better(best, row, module):
    """Add a row to the history; take the module's weights if it validates better."""

    def score(row):
        return row["validation_balanced_accuracy"], -row["validation_loss"]

    history = [*best.history, row]
    if best.epoch and score(row) <= score(history[best.epoch - 1]):
        return best._replace(history=history)
    return Fit(copy.deepcopy(module.state_dict()), row["epoch"], history)


def _train_epoch(trained, forward, peak, weight, train, epoch, plan):
    """One pass over the training windows; mean loss and last learning rate."""
    training, optimiser = plan.training, trained.optimiser
    trained.module.train()
    order = batches(
        len(train.label),
        training["batch_size"] * training["accumulate"],
        plan.rng,
    )
    n_steps, n_warmup = (
        training["epochs"] * len(order),
        training["warmup_epochs"] * len(order),
    )
    total = torch.zeros((), dtype=torch.float64, device=plan.device)
    for step, index in enumerate(order, start=(epoch - 1) * len(order)):
        rate = cosine_rate(
            step, n_steps, n_warmup, peak, training["min_learning_rate"]
        )
        set_rate(optimiser, rate)
        optimiser.zero_grad()
        # Parts of a step share its weight, so that their gradients add up to that of the whole.
        share = weight[
            torch.from_numpy(train.label[index]).to(plan.device)
        ].sum()
        count = math.ceil(len(index) / training["batch_size"])
        # Indices are sorted: taking every so many leaves the subjects mixed in every part.
        for part in (index[first::count] for first in range(count)):
            loss = _loss_sum(forward, train, part, weight, plan) / share
            loss.backward()
            total += loss.detach() * len(index)
        optimiser.step()
    return total.item() / len(train.label), rate


def _loss_sum(forward, train, index, weight, plan):
    """Cross-entropy with class weights and label smoothing, summed over the windows of a batch."""
    batch, target = (
        read_batch(values, index, plan.device) for values in train[:2]
    )
    subject = None if train.subject is None else train.subject[index]
    batch, target = augment(
        batch, target, subject, plan.augmentation, plan.n_classes, plan.rng
    )
    precision = choose_precision(plan.training["precision"], plan.device)
    with reduced_precision(plan.device, precision):
        output = forward(batch) if subject is None else forward(batch, subject)
    smoothing = plan.training["label_smoothing"]
    return cross_entropy(
        output.float(),
        target,
        weight,
        reduction="sum",
        label_smoothing=smoothing,
    )


def judge(scores, label, weight):
    """Cross-entropy (without smoothing) and balanced accuracy of logits on the validation split."""
    loss = cross_entropy(
        torch.from_numpy(scores), torch.from_numpy(label), weight.cpu()
    ).item()
    counts = confusion(label, scores.argmax(1), scores.shape[1])
    return {
        "validation_loss": loss,
        "validation_balanced_accuracy": float(balanced_accuracy(counts)),
    }


def class_weights(label, n_classes):
    """Weights that give every class the same share of the loss; 1 where classes are equal."""
    counts = np.bincount(label, minlength=n_classes)
    return torch.from_numpy(
        (len(label) / (n_classes * counts)).astype(np.float32)
    )


def _check_finite(row, rate):
    if not np.isfinite([row["train_loss"], row["validation_loss"]]).all():
        problem = f"the loss is not finite in epoch {row['epoch']} at learning rate {rate:g}"
        raise InputError(
            "config", "training.learning_rate", problem, "lower it"
        )
