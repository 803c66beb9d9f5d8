"""Explain what a model's output is made of: `explain`."""

import warnings
from functools import partial

import torch

from eeglrp.errors import InputError
from eeglrp.lrp.composites import divides_by_input
from eeglrp.lrp.explanation import (
    Explanation,
    closure_error,
    join_explanations,
)
from eeglrp.lrp.layers import layer_names
from eeglrp.lrp.mode import TooMuchMemory
from eeglrp.lrp.modules import uncompiled
from eeglrp.lrp.nesting import undisturbed
from eeglrp.lrp.passes import explain_batch
from eeglrp.lrp.rulebook import make_rules
from eeglrp.lrp.signals import pack
from eeglrp.lrp.sources import SamplesMixed
from eeglrp.lrp.targets import of_rows
from eeglrp.lrp.tensors import like_parameters

__all__ = ["Explanation", "explain"]

#: Gap of the ledger that rounding may leave: in steps of the precision, and at most.
_TOLERANCE, _MOST = 1e4, 0.05
#: Growth from the signal to an activation that a first guess of the batch allows for.
_GROWTH = 64


@undisturbed()
def explain(
    model,
    signal,
    target,
    rules="attn_lrp",
    score="logit",
    forward_kwargs=None,
    layers=False,
    *,
    ledger=True,
    on_missing="error",
    memory=2e9,
    output=None,
):
    """Explain a model's output by layer-wise relevance propagation.

    The model runs as it is, once forward and once backward; it is not changed, not even for the
    time of the call. Every operation on the signal must have a rule.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode, without gradient checkpointing, returning logits
        (n_samples, n_classes).
    signal : array or Tensor, shape (n_samples, n_channels, n_times)
        What the model is called with. Several signals are explained at once as a tuple
        (positional arguments) or a dict (arguments by name); the relevance then is one, too.
    target : int, sequence of int (n_samples,), `predicted`, `all`, dict, or callable
        Class to explain: one for all samples, one each, the one with the largest logit, or all in
        turn (an axis more in the result, and one forward pass for all). `{1: 1, 0: -1}` is the
        difference of two logits. A function of the model's output returns (n_samples,).
    rules : str or dict
        `attn_lrp` (Achtibat et al. 2024, arXiv:2402.05602), `cp_lrp` (Ali et al. 2022,
        arXiv:2202.07304), `epsilon`, `gamma`, `z_plus`, `alpha_beta`, `pa_lrp` (Bakish et al.
        2025, arXiv:2506.02138), `mamba_lrp` and others of `eeglrp.lrp.composites.RULE_SETS`, or a
        table of one's own (see there).
    score : str
        `logit` of the target, or `contrast`: that minus the mean of the other classes' logits.
    forward_kwargs : dict, optional
        Further arguments of the model, the same for every sample, such as `{"ch_names": [...]}`.
    layers : bool or sequence of str
        Also give the relevance of these modules' outputs; True means the model's blocks.
        `"name.input"` is what enters a module, `"name.heads"` what its attention heads mixed,
        (n_samples, n_heads, n_tokens, width).
    ledger : bool
        Without it, the ledger is only `input` and `unexplained`, a little faster.
    on_missing : str
        What an operation without a rule is: an `error`, or given its plain `gradient`, noted in
        `missing` and booked under the source `missing`.
    memory : float
        Bytes of activations, about, that a batch may take; the samples are explained in batches
        that fit.
    output : str or int, optional
        Which of the model's outputs is meant, where it returns a dict, an object or a tuple.

    Returns
    -------
    Explanation
        On the model's device.

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
    _check_evaluation(model)
    if on_missing not in ("error", "gradient"):
        problem, remedy = f"is {on_missing!r}", "choose error or gradient"
        raise InputError("explain", "on_missing", problem, remedy)
    once = partial(
        explain_batch,
        model,
        score=score,
        forward_kwargs=forward_kwargs or {},
        layers=layer_names(model, layers),
        rules=make_rules(rules),
        booking=ledger,
        on_missing=on_missing,
        memory_bound=memory,
        nudged=divides_by_input(rules),
        output=output,
    )
    with torch.inference_mode(False), torch.enable_grad(), uncompiled(model):
        signal, layout = pack(signal)
        once = partial(once, layout=layout)
        explanation = _in_batches(once, model, signal, target, memory)
    if not _closes(explanation) and not _is_rounding(explanation):
        gap = f"{closure_error(explanation):.1e}"
        warnings.warn(
            f"the ledger misses the output by {gap} of its parts", stacklevel=3
        )
    return layout.unpacked(explanation) if layout else explanation


def _check_evaluation(model):
    """Refuse a model in training mode, and one in evaluation mode with a part that is not."""
    name = type(model).__name__
    problem = "is in training mode, where dropout and batch statistics change the output"
    remedy = "call model.eval() first"
    if getattr(model, "training", False):
        raise InputError(name, "model", problem, remedy)
    if not isinstance(model, torch.nn.Module):
        return
    for place, module in model.named_modules():
        if module.training and _acts_in_training(module):
            raise InputError(name, place, problem, remedy)


def _acts_in_training(module):
    """Whether a module does something else while it is trained: dropout, batch statistics."""
    if isinstance(module, torch.nn.modules.dropout._DropoutNd):
        return module.p > 0
    return isinstance(module, torch.nn.modules.batchnorm._NormBase)


def _in_batches(once, model, signal, target, memory):
    """Explain as many samples at once as memory allows."""
    if signal.ndim == 0 or not len(signal):
        problem = f"is {tuple(signal.shape)}"
        remedy = "give at least one sample"
        raise InputError("explain", "signal", problem, remedy)
    n_samples = len(signal)
    first = like_parameters(signal[:1], model)
    fitting = int(memory / (_GROWTH * max(first.nbytes, 1)))
    size = max(1, min(n_samples, fitting))
    explanations, start = [], 0
    while start < n_samples:
        rows = slice(start, start + size)
        try:
            batch = like_parameters(signal[rows], model)
            targets = of_rows(target, rows, n_samples)
            explanations.append(_explained(once, batch, targets))
            start += size
        except TooMuchMemory:
            size //= 2
    if len(explanations) == 1:
        return explanations[0]
    return join_explanations(explanations)


def _explained(once, signal, target):
    """Explain a batch; where the ledger cannot tell its samples apart, each alone."""
    try:
        explanation = once(signal, target)
        if len(signal) == 1 or _closes(explanation):
            return explanation
    except SamplesMixed:
        pass
    n_samples = len(signal)
    explanations = []
    for i in range(n_samples):
        row = slice(i, i + 1)
        alone = of_rows(target, row, n_samples)
        explanations.append(once(signal[row], alone))
    return join_explanations(explanations)


def _closes(explanation):
    allowed = _tolerance(explanation.output)
    return closure_error(explanation) <= allowed


def _tolerance(output):
    """Gap, relative to the parts, that rounding may leave."""
    device = output.device.type
    coarsest = output.dtype
    if torch.is_autocast_enabled(device):
        coarsest = torch.get_autocast_dtype(device)
    step = torch.finfo(coarsest).eps
    return min(_TOLERANCE * step, _MOST)


def _is_rounding(explanation):
    """Whether a gap is small beside relevance that cancels within the sources."""
    output = explanation.output
    ledger = torch.stack(list(explanation.ledger.values()))
    gap = (ledger.sum(0) - output).abs()
    relevance = explanation.relevance.abs()
    in_signal = relevance.flatten(ledger.ndim - 1).sum(-1)
    in_sources = ledger.abs().sum(0)
    allowed = _tolerance(output) * (in_signal + in_sources)
    return bool((gap <= allowed).all())
