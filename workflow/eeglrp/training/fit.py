"""One training run: epochs over batches, judged on the validation split, the best epoch kept."""

import copy
import time
from typing import NamedTuple

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from eeglrp.errors import InputError
from eeglrp.jobs import progress
from eeglrp.models.optimisation import (
    adamw,
    batches,
    choose_precision,
    cosine_rate,
    read_batch,
    reduced_precision,
    set_rate,
)
from eeglrp.training.confusion import balanced_accuracy, confusion
from eeglrp.training.predict import in_batches


class Examples(NamedTuple):
    """Inputs (n, ...) and class numbers (n,)."""

    array: np.ndarray
    label: np.ndarray


class Plan(NamedTuple):
    """Settings of a run, and what it runs on."""

    training: dict
    n_classes: int
    device: torch.device
    rng: np.random.Generator


class Fit(NamedTuple):
    """Weights of the epoch kept, its number (from 1), and one row an epoch."""

    state: dict
    epoch: int
    history: list


def fit(module, forward, groups, peak, train, validation, plan):
    """Train a module and keep the epoch that validates best.

    Best is the highest balanced accuracy, of equal ones the lowest loss.

    Parameters
    ----------
    module : torch.nn.Module
    forward : callable
        Batch to logits, by way of `module`.
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
    optimiser = adamw(groups, training["weight_decay"])
    weight = class_weights(train.label, plan.n_classes).to(plan.device)
    best, kept, history = (-np.inf, -np.inf), None, []
    for epoch in progress(range(1, training["epochs"] + 1), "epochs"):
        start = time.perf_counter()
        loss, rate = _train_epoch(module, forward, optimiser, peak, weight, train, epoch, plan)
        scores = in_batches(forward, module, validation.array, plan.device)
        row = {"epoch": epoch, "train_loss": loss, **judge(scores, validation.label, weight)}
        history.append({**row, "learning_rate": rate, "seconds": time.perf_counter() - start})
        _check_finite(row, peak)
        score = (row["validation_balanced_accuracy"], -row["validation_loss"])
        if score > best:
            best, kept = score, (copy.deepcopy(module.state_dict()), epoch)
        if training["patience"] and epoch - kept[1] >= training["patience"]:
            break
    return Fit(*kept, history)


def _train_epoch(module, forward, optimiser, peak, weight, train, epoch, plan):
    """One pass over the training windows; mean loss and last learning rate."""
    training = plan.training
    precision = choose_precision(training["precision"], plan.device)
    module.train()
    order = batches(len(train.label), training["batch_size"], plan.rng)
    n_steps, n_warmup = training["epochs"] * len(order), training["warmup_epochs"] * len(order)
    total = 0.0
    for step, index in enumerate(order, start=(epoch - 1) * len(order)):
        rate = cosine_rate(step, n_steps, n_warmup, peak, training["min_learning_rate"])
        set_rate(optimiser, rate)
        target = read_batch(train.label, index, plan.device)
        with reduced_precision(plan.device, precision):
            output = forward(read_batch(train.array, index, plan.device))
        loss = cross_entropy(
            output.float(), target, weight, label_smoothing=training["label_smoothing"]
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += loss.item() * len(index)
    return total / len(train.label), rate


def judge(scores, label, weight):
    """Cross-entropy (without smoothing) and balanced accuracy of logits on the validation split."""
    loss = cross_entropy(torch.from_numpy(scores), torch.from_numpy(label), weight.cpu()).item()
    counts = confusion(label, scores.argmax(1), scores.shape[1])
    return {
        "validation_loss": loss,
        "validation_balanced_accuracy": float(balanced_accuracy(counts)),
    }


def class_weights(label, n_classes):
    """Weights that give every class the same share of the loss; 1 where classes are equal."""
    counts = np.bincount(label, minlength=n_classes)
    return torch.from_numpy((len(label) / (n_classes * counts)).astype(np.float32))


def _check_finite(row, rate):
    if not np.isfinite([row["train_loss"], row["validation_loss"]]).all():
        problem = f"the loss is not finite in epoch {row['epoch']} at learning rate {rate:g}"
        raise InputError("config", "training.learning_rate", problem, "lower it")
