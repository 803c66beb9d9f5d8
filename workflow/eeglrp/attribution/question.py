"""What the methods other than LRP share: how they begin, and how they end."""

from collections.abc import Callable
from typing import NamedTuple

import torch

from eeglrp.errors import InputError
from eeglrp.lrp.explanation import Explanation
from eeglrp.lrp.targets import score_output
from eeglrp.lrp.tensors import like_parameters


class Question(NamedTuple):
    """A signal, and the score of it that is to be explained.

    `score(signal, **changes)` gives the score (n_samples,) of any other signal in the place of
    this one, for the same classes; `changes` replace keyword arguments of the model.
    """

    signal: torch.Tensor
    logits: torch.Tensor | None
    output: torch.Tensor
    score: Callable


def ask(method, model, signal, target, score, forward_kwargs, layers=False):
    """Run the model on the signal, and settle which classes are explained.

    Parameters
    ----------
    method : str
        Name of the method, for messages.
    model, signal, target, score, forward_kwargs, layers
        As in `eeglrp.lrp.explain.explain`. Classes that are `predicted` are those that the model
        predicts for this signal, whatever it predicts for others.

    Returns
    -------
    Question

    Raises
    ------
    InputError
        If layers are asked for, the model is in training mode, the signal has another shape, or
        the target does not exist.
    """
    name = type(model).__name__
    if layers:
        problem = f"{method} has no relevance of layers"
        remedy = "leave layers out, or choose LRP or input_x_gradient"
        raise InputError(name, "layers", problem, remedy)
    if getattr(model, "training", False):
        problem = "is in training mode, where dropout and batch statistics change the output"
        raise InputError(name, "model", problem, "call model.eval() first")
    # A copy, since the model may work in place.
    signal = like_parameters(torch.as_tensor(signal), model).clone()
    if signal.ndim != 3 or not len(signal):
        shape = tuple(signal.shape)
        problem = f"is {shape}, not (n_samples, n_channels, n_times)"
        remedy = "give at least one window in this shape"
        raise InputError(method, "signal", problem, remedy)
    arguments = forward_kwargs or {}
    with torch.no_grad():
        logits = model(signal.clone(), **arguments)
        output = score_output(logits, target, score, len(signal))
    if isinstance(target, str) and target == "predicted":
        target = logits.argmax(1)

    def score_of(other, **changes):
        changed = {**arguments, **changes}
        output = model(other.clone(), **changed)
        return score_output(output, target, score, len(signal))

    kept = logits if isinstance(logits, torch.Tensor) else None
    return Question(signal, kept, output, score_of)


def score_gradient(question, signal):
    """Gradient of the score at any signal in the place of the question's."""
    leaf = signal.clone().requires_grad_()
    with torch.enable_grad():
        total = question.score(leaf).sum()
        (gradient,) = torch.autograd.grad(total, leaf)
    return gradient


def answer(question, relevance, **sources):
    """Explanation whose ledger books the rest of the output as `unexplained`.

    Parameters
    ----------
    question : Question
    relevance : Tensor, like the signal
    **sources : Tensor, shape (n_samples,)
        Further lines of the ledger.
    """
    total = relevance.double().flatten(1).sum(1)
    ledger = {"input": total}
    for source, value in sources.items():
        ledger[source] = value.double()
    explained = sum(ledger.values())
    ledger["unexplained"] = question.output.double() - explained
    return Explanation(
        relevance=relevance,
        ledger=ledger,
        output=question.output,
        logits=question.logits,
    )
