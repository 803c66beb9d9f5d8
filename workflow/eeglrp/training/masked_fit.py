"""The epochs of pretraining: masked patches are predicted, the best validation loss is kept."""

import copy
import time
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from eeglrp.baselines.yardsticks import make_yardsticks
from eeglrp.errors import InputError
from eeglrp.jobs import logger, progress
from eeglrp.training.checkpoint import load_checkpoint, save_checkpoint
from eeglrp.training.masking import (
    hidden_errors,
    make_network,
    make_objective,
    masked_loss,
    predict_hidden,
)
from eeglrp.training.optimisation import (
    adamw,
    batches,
    choose_precision,
    cosine_rate,
    read_batch,
    reduced_precision,
    set_rate,
)


class Pretrained(NamedTuple):
    """The module of the epoch kept (from 1), one row an epoch, and what was learned from.

    `chosen` numbers the training windows; `errors` holds the squared errors on hidden patches of
    validation windows (n_channels, FREQUENCIES) by predictor, `average` among them.
    """

    module: torch.nn.Module
    epoch: int
    history: list
    chosen: np.ndarray
    errors: dict


class _Material(NamedTuple):
    """What is learned: the objective, all training windows, and which of them are read."""

    objective: object
    signal: np.ndarray
    chosen: np.ndarray


class _Trained(NamedTuple):
    """What an epoch changes."""

    network: object
    optimiser: torch.optim.Optimizer


class _Best(NamedTuple):
    """Weights and validation errors of the best epoch so far, its number, one row an epoch."""

    state: dict
    errors: torch.Tensor
    epoch: int
    history: list


def pretrain(
    train, validation, model, pretraining, device, rng, checkpoint=None
):
    """Train on masked patches and keep the epoch with the lowest validation loss.

    Parameters
    ----------
    train, validation : Windows
    model, pretraining : dict
    device : torch.device
    rng : numpy.random.Generator
    checkpoint : Checkpoint, optional

    Returns
    -------
    Pretrained
        Its module's head predicts spectra.
    """
    limit = pretraining["max_windows"] or len(train.signal)
    chosen = np.sort(rng.permutation(len(train.signal))[:limit])
    objective = make_objective(
        train.signal, chosen, pretraining["mask"], device
    )
    network = make_network(model, train, device)
    # The same masks for every epoch and predictor, so that errors compare.
    judge = partial(
        hidden_errors,
        objective=objective,
        array=validation.signal,
        seed=int(rng.integers(2**31)),
        device=device,
    )
    yardsticks = make_yardsticks(objective, train, chosen, rng, device)
    errors = {name: judge(predict) for name, predict in yardsticks.items()}
    errors |= {
        "untrained": _judge_network(network, judge),
        "average": judge(_average),
    }
    material = _Material(objective, train.signal, chosen)
    best = _epochs(network, material, judge, pretraining, rng, checkpoint)
    network.module.load_state_dict(best.state)
    errors = {"network": best.errors, **errors}
    _log(best, errors)
    return Pretrained(network.module, best.epoch, best.history, chosen, errors)


def _epochs(network, material, judge, pretraining, rng, checkpoint):
    """All epochs that are left; the best one."""
    device = network.token.device
    named = [*network.module.named_parameters(), ("mask_token", network.token)]
    groups = [(name, parameter, 1.0) for name, parameter in named]
    optimiser = adamw(groups, pretraining["weight_decay"])
    trained = _Trained(network, optimiser)
    best = _go_on(trained, checkpoint, rng, device) or _Best(None, None, 0, [])
    first = len(best.history) + 1
    epochs = range(first, pretraining["epochs"] + 1)
    for epoch in progress(epochs, "pretraining epochs"):
        start = time.perf_counter()
        loss, rate = _train_epoch(trained, material, epoch, pretraining, rng)
        errors = _judge_network(network, judge)
        row = {
            "epoch": epoch,
            "train_loss": loss,
            "validation_loss": float(errors.mean()),
            "learning_rate": rate,
            "seconds": time.perf_counter() - start,
        }
        _check_finite(row)
        best = _keep_better(best, row, network, errors)
        if checkpoint:
            save_checkpoint(checkpoint, _state(trained, best), rng, device)
    return best


def _judge_network(network, judge):
    """Validation errors in evaluation mode, in full precision."""
    network.module.eval()

    def predict(signal, _, mask):
        return predict_hidden(network, signal, mask)

    return judge(predict)


def _average(signal, target, mask):
    """The mean of the training windows, which standardised spectra have as zero."""
    return torch.zeros_like(target)


def _state(trained, best):
    """All that the next epoch depends on, besides the random states."""
    return {
        "module": trained.network.module.state_dict(),
        "token": trained.network.token.detach(),
        "optimiser": trained.optimiser.state_dict(),
        "best": best._asdict(),
    }


def _go_on(trained, checkpoint, rng, device):
    """Set network, optimiser and random states to those of a checkpoint; the best epoch so far."""
    state = checkpoint and load_checkpoint(checkpoint, rng, device)
    if not state:
        return None
    trained.network.module.load_state_dict(state["module"])
    with torch.no_grad():
        trained.network.token.copy_(state["token"])
    trained.optimiser.load_state_dict(state["optimiser"])
    best = _Best(**state["best"])
    logger.info(
        "an interrupted pretraining goes on after epoch %d", len(best.history)
    )
    return best


def _keep_better(best, row, network, errors):
    """Add a row to the history; take the network's weights if it validates better."""
    history = [*best.history, row]
    if best.epoch:
        lowest = history[best.epoch - 1]["validation_loss"]
        if row["validation_loss"] >= lowest:
            return best._replace(history=history)
    weights = copy.deepcopy(network.module.state_dict())
    return _Best(weights, errors, row["epoch"], history)


def _log(best, errors):
    loss = best.history[best.epoch - 1]["validation_loss"]
    count = len(best.history)
    logger.info(
        "pretraining: epoch %d of %d kept, loss %.3f", best.epoch, count, loss
    )
    total = errors["average"].sum()
    words = []
    for name, error in errors.items():
        explained = float(1 - error.sum() / total)
        words.append(f"{name} {explained:.3f}")
    logger.info(
        "R squared of hidden spectra in validation windows: %s",
        ", ".join(words),
    )


def _train_epoch(trained, material, epoch, pretraining, rng):
    """One pass over the chosen windows; mean loss and last learning rate."""
    network, optimiser = trained
    objective, array, chosen = material
    network.module.train()
    device = network.token.device
    precision = choose_precision(pretraining["precision"], device)
    order = batches(len(chosen), pretraining["batch_size"], rng)
    n_steps = pretraining["epochs"] * len(order)
    peak = pretraining["learning_rate"]
    total = torch.zeros((), dtype=torch.float64, device=device)
    for step, index in enumerate(order, start=(epoch - 1) * len(order)):
        # The first epoch warms up.
        rate = cosine_rate(step, n_steps, len(order), peak, 0.0)
        set_rate(optimiser, rate)
        signal = read_batch(array, chosen[index], device)
        with reduced_precision(device, precision):
            loss = masked_loss(network, objective, signal, rng)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        # Read once an epoch: a GPU would wait for every number asked of it.
        total += loss.detach()
    return total.item() / len(order), rate


def _check_finite(row):
    losses = [row["train_loss"], row["validation_loss"]]
    if not np.isfinite(losses).all():
        problem = f"the loss is not finite in epoch {row['epoch']}"
        raise InputError(
            "config", "weights.pretraining.learning_rate", problem, "lower it"
        )
