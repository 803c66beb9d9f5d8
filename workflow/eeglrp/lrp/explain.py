"""Explain what a model's output is made of: `explain`."""

import warnings
from functools import partial

import torch

from eeglrp.errors import InputError
from eeglrp.lrp.composites import make_rules
from eeglrp.lrp.explanation import (
    Explanation,
    closure_error,
    detached,
    join_explanations,
)
from eeglrp.lrp.layers import in_order, layer_names, watchers
from eeglrp.lrp.mode import Propagation
from eeglrp.lrp.modules import followed
from eeglrp.lrp.nesting import undisturbed
from eeglrp.lrp.sources import SamplesMixed
from eeglrp.lrp.targets import score_output

#: Gap of the ledger that rounding may leave, in steps of the precision.
_TOLERANCE = 1e4


@undisturbed()
def explain(
    model,
    signal,
    target,
    rules="attn_lrp",
    score="logit",
    forward_kwargs=None,
    layers=False,
):
    """Explain a model's output by layer-wise relevance propagation.

    The model runs as it is, once forward and once backward; it is not changed, not even for the
    time of the call. Every operation on the signal must have a rule.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode, returning logits (n_samples, n_classes).
    signal : Tensor, shape (n_samples, n_channels, n_times)
        What the model is called with.
    target : int, sequence of int (n_samples,), `predicted`, or callable
        Class to explain, one for all samples, one each, or the one with the largest logit; or a
        function of the model's output that returns (n_samples,).
    rules : str or dict
        `attn_lrp` (Achtibat et al. 2024, arXiv:2402.05602), `cp_lrp` (Ali et al. 2022,
        arXiv:2202.07304), `epsilon`, or a table (see `eeglrp.lrp.composites`).
    score : str
        `logit` of the target, or `contrast`: that minus the mean of the other classes' logits.
    forward_kwargs : dict, optional
        Further arguments of the model, such as `{"ch_names": [...]}`.
    layers : bool or sequence of str
        Also give the relevance of these modules' outputs; True means the model's blocks.

    Returns
    -------
    Explanation

    Raises
    ------
    InputError
        If an operation on the signal has no rule, the model is in training mode, the target does
        not exist, or the output is not finite or does not depend on the signal.

    Examples
    --------
    >>> explanation = explain(model, signal, target=1, forward_kwargs={"ch_names": names})
    >>> explanation.relevance.shape == signal.shape
    True
    """
    if getattr(model, "training", False):
        problem = "is in training mode, where dropout and batch statistics change the output"
        raise InputError(type(model).__name__, "model", problem, "call model.eval() first")
    once = partial(
        _explain_batch,
        model,
        rules=make_rules(rules),
        score=score,
        forward_kwargs=forward_kwargs or {},
        layers=layer_names(model, layers),
    )
    signal = like_parameters(torch.as_tensor(signal), model)
    with torch.inference_mode(False), torch.enable_grad():
        try:
            explanation = once(signal, target)
        except SamplesMixed:
            explanation = None
        if len(signal) > 1 and not _closes(explanation):
            explanation = _one_by_one(once, signal, target)
    if not _closes(explanation):
        gap = f"{closure_error(explanation):.1e}"
        warnings.warn(f"the ledger misses the output by {gap} of its parts", stacklevel=2)
    return explanation


def _closes(explanation):
    if explanation is None:
        return False
    return closure_error(explanation) <= _TOLERANCE * torch.finfo(explanation.output.dtype).eps


def like_parameters(signal, model):
    """The signal in the precision and on the device of the model's parameters."""
    parameters = model.parameters() if isinstance(model, torch.nn.Module) else ()
    first = next((p for p in parameters if p.is_floating_point()), signal)
    return signal.detach().to(first.device, first.dtype)


def _explain_batch(model, signal, target, rules, score, forward_kwargs, layers):
    """Run one forward and one backward pass."""
    run = Propagation(model, rules, len(signal))
    captured = {}
    leaf = signal.clone().requires_grad_()
    # The model sees a copy, which it may change in place.
    start = run.mark(leaf.clone())
    with run, followed(model, run.modules, *watchers(layers, run.depends, captured)):
        logits = model(start, **forward_kwargs)
        output = score_output(logits, target, score, len(signal))
    _check_output(model, output, run)
    (gradient,) = torch.autograd.grad(output.sum(), leaf)
    relevance = signal * gradient
    run.add("input", relevance.double().flatten(1).sum(1))
    inner = in_order(model, layers, captured)
    ledger = run.ledger(signal.device)
    return Explanation(relevance, ledger, output.detach(), detached(logits), inner)


def _check_output(model, output, run):
    name = type(model).__name__
    if not output.requires_grad or not run.depends(output):
        problem = "does not depend on the signal in a way these rules can follow"
        raise InputError(name, "output", problem, "choose another rule set, or explain logits")
    if not output.isfinite().all():
        problem = "is not finite"
        raise InputError(name, "output", problem, "check the signal and the model's weights")


def _one_by_one(once, signal, target):
    """Explain each sample alone, where the ledger of a batch cannot be told apart."""
    shared = callable(target) or isinstance(target, str)
    targets = [target] * len(signal) if shared else torch.as_tensor(target).expand(len(signal))
    return join_explanations([once(signal[i : i + 1], targets[i]) for i in range(len(signal))])
