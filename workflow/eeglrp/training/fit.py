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
        n_without_gain = epoch - 1 - best.epoch
        if training["patience"] and n_without_gain >= training["patience"]:
            break
        start = time.perf_counter()
        loss, rate = _train_epoch(
            trained, forward, peak, weight, train, epoch, plan
        )
        scores = in_batches(
            forward, module, validation.array, plan.device, validation.subject
        )
        row = {"epoch": epoch, "train_loss": loss}
        row |= judge(scores, validation.label, weight)
        row["learning_rate"] = rate
        row["seconds"] = time.perf_counter() - start
        _check_finite(row, peak)
        best = _keep_better(best, row, module)
        if plan.checkpoint:
            state = _state(trained, best)
            save_checkpoint(plan.checkpoint, state, plan.rng, plan.device)
    return best


def _state(trained, best):
    """All that the next epoch depends on, besides the random states."""
    return {
        "module": trained.module.state_dict(),
        "optimiser": trained.optimiser.state_dict(),
        "best": best._asdict(),
    }


def _go_on(trained, plan):
    """Set module, optimiser and random states to those of a checkpoint; the best epoch so far."""
    state = plan.checkpoint and load_checkpoint(
        plan.checkpoint, plan.rng, plan.device
    )
    if not state:
        return None
    trained.module.load_state_dict(state["module"])
    trained.optimiser.load_state_dict(state["optimiser"])
    best = Fit(**state["best"])
    logger.info(
        "an interrupted training goes on after epoch %d", len(best.history)
    )
    return best


def _keep_better(best, row, module):
    """Add a row to the history; take the module's weights if it validates better."""
    history = [*best.history, row]
    if best.epoch:
        most = _merit(history[best.epoch - 1])
        if _merit(row) <= most:
            return best._replace(history=history)
    weights = copy.deepcopy(module.state_dict())
    return Fit(weights, row["epoch"], history)


def _merit(row):
    """What the best epoch has most of: balanced accuracy, and of equal ones the lowest loss."""
    accuracy = row["validation_balanced_accuracy"]
    return accuracy, -row["validation_loss"]


def _train_epoch(trained, forward, peak, weight, train, epoch, plan):
    """One pass over the training windows; mean loss and last learning rate."""
    training = plan.training
    optimiser = trained.optimiser
    trained.module.train()
    windows_a_step = training["batch_size"] * training["accumulate"]
    order = batches(len(train.label), windows_a_step, plan.rng)
    n_steps = training["epochs"] * len(order)
    n_warmup = training["warmup_epochs"] * len(order)
    floor = training["min_learning_rate"]
    total = torch.zeros((), dtype=torch.float64, device=plan.device)
    for step, index in enumerate(order, start=(epoch - 1) * len(order)):
        rate = cosine_rate(step, n_steps, n_warmup, peak, floor)
        set_rate(optimiser, rate)
        optimiser.zero_grad()
        # Parts of a step share its weight, so that their gradients add up to that of the whole.
        label = torch.from_numpy(train.label[index]).to(plan.device)
        share = weight[label].sum()
        count = math.ceil(len(index) / training["batch_size"])
        for first in range(count):
            # Indices are sorted: taking every so many leaves the subjects mixed in every part.
            part = index[first::count]
            loss = _loss_sum(forward, train, part, weight, plan) / share
            loss.backward()
            total += loss.detach() * len(index)
        optimiser.step()
    return total.item() / len(train.label), rate


def _loss_sum(forward, train, index, weight, plan):
    """Cross-entropy with class weights and label smoothing, summed over the windows of a batch."""
    batch = read_batch(train.array, index, plan.device)
    target = read_batch(train.label, index, plan.device)
    subject = None if train.subject is None else train.subject[index]
    batch, target = augment(
        batch, target, subject, plan.augmentation, plan.n_classes, plan.rng
    )
    precision = choose_precision(plan.training["precision"], plan.device)
    with reduced_precision(plan.device, precision):
        inputs = (batch,) if subject is None else (batch, subject)
        output = forward(*inputs)
    return cross_entropy(
        output.float(),
        target,
        weight,
        reduction="sum",
        label_smoothing=plan.training["label_smoothing"],
    )


def judge(scores, label, weight):
    """Cross-entropy (without smoothing) and balanced accuracy of logits on the validation split."""
    output = torch.from_numpy(scores)
    target = torch.from_numpy(label)
    loss = cross_entropy(output, target, weight.cpu())
    n_classes = scores.shape[1]
    counts = confusion(label, scores.argmax(1), n_classes)
    return {
        "validation_loss": loss.item(),
        "validation_balanced_accuracy": float(balanced_accuracy(counts)),
    }


def class_weights(label, n_classes):
    """Weights that give every class the same share of the loss; 1 where classes are equal."""
    counts = np.bincount(label, minlength=n_classes)
    weights = len(label) / (n_classes * counts)
    return torch.from_numpy(weights.astype(np.float32))


def _check_finite(row, rate):
    losses = [row["train_loss"], row["validation_loss"]]
    if not np.isfinite(losses).all():
        problem = f"the loss is not finite in epoch {row['epoch']} at learning rate {rate:g}"
        raise InputError(
            "config", "training.learning_rate", problem, "lower it"
        )
