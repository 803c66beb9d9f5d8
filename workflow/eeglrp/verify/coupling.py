"""How much electrodes change each other inside a model, where relevance cannot see it.

LaBraM's group norms take their statistics over all electrodes of a window: a large electrode
shrinks the tokens of all others. Rules that hold the scale of a norm constant (AttnLRP, CP-LRP and
all others here) give no relevance to that path. Two questions tell whether it matters: `coupling`
changes one electrode and looks at the others' tokens; `electrode_agreement` compares the relevance
of electrodes with what the output loses without them.
"""

import numpy as np
import torch

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.lrp.layers import layer_names
from eeglrp.lrp.modules import followed
from eeglrp.lrp.nesting import undisturbed
from eeglrp.lrp.targets import score_output
from eeglrp.lrp.tensors import like_parameters
from eeglrp.models.registry import adapter_of


@undisturbed()
def coupling(
    model, signal, *, layer=None, scale=10.0, forward_kwargs=None, tokens=None
):
    """Relative change of each electrode's tokens when one electrode is scaled.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode; it is not changed.
    signal : array or Tensor, shape (n_samples, n_channels, n_times)
    layer : str, optional
        A module, whose output counts, or `"name.input"`; by default what enters the first block.
    scale : float
        Factor on the electrode that is changed; 0 removes it.
    forward_kwargs : dict, optional
        Further arguments of the model.
    tokens : callable, optional
        Sorts the layer's values by electrode: `tokens(activation)` is (n_samples, n_channels, ...).
        By default those of LaBraM: a class token, then each electrode's patches in order.

    Returns
    -------
    array, shape (n_channels, n_channels)
        Entry (i, j): norm of the change of electrode i's tokens, relative to their norm, when
        electrode j is scaled; the mean over samples. On the diagonal, an electrode's own change.

    Raises
    ------
    InputError
        If the model is in training mode, has no such layer, or its values cannot be sorted.
    """
    kwargs = forward_kwargs or {}
    signal = _checked(model, signal, 1)
    layer = layer or layer_names(model, True)[0]

    def by_electrode(x):
        values = _activation(model, layer, x, kwargs)
        sort = tokens or _tokens_by_electrode(model, x, layer)
        return _flat(sort(values), x)

    changes = []
    with torch.no_grad():
        base = by_electrode(signal)
        for electrode in range(signal.shape[1]):
            changed = by_electrode(_scaled(signal, electrode, scale))
            changes.append(_relative_change(base, changed))
    return torch.stack(changes, 1).cpu().numpy()


def _flat(values, signal):
    """One row of values an electrode, if there are as many as the signal has."""
    n_samples, n_channels = signal.shape[:2]
    if tuple(values.shape[:2]) != (n_samples, n_channels):
        problem = f"returned {tuple(values.shape)} for a signal {tuple(signal.shape)}"
        remedy = "return (n_samples, n_channels, ...)"
        raise InputError("coupling", "tokens", problem, remedy)
    return values.reshape(n_samples, n_channels, -1).double()


@undisturbed()
def electrode_agreement(
    model,
    signal,
    target,
    *,
    rules="attn_lrp",
    score="logit",
    forward_kwargs=None,
):
    """Rank correlation, over electrodes, of relevance with what the score loses without each.

    An electrode's relevance is its sum over time; what the score loses is measured by setting the
    electrode to zero. 1 means the same order. A small or negative number says not to trust the
    electrodes of this map: the output depends on some in ways that these rules are blind to.
    Occlusion has its own fault, since a model may never have seen an electrode at zero.

    Parameters
    ----------
    model, signal, rules, score, forward_kwargs
        As `eeglrp.lrp.explain.explain` has them.
    target
        As `explain` has it, but for `all`.

    Returns
    -------
    array, shape (n_samples,)
        Spearman's correlation; NaN where the relevance or the loss is the same for all electrodes.

    Raises
    ------
    InputError
        If the model is in training mode, there are fewer than 3 electrodes, or the target is `all`.
    """
    if isinstance(target, str) and target == "all":
        raise InputError(
            "electrode_agreement",
            "target",
            "is all",
            "explain one class at a time",
        )
    kwargs = forward_kwargs or {}
    signal = _checked(model, signal, 3)
    options = {"score": score, "forward_kwargs": kwargs, "ledger": False}
    explanation = explain(model, signal, target, rules, **options)
    if isinstance(target, str) and target == "predicted":
        # The class explained stays the one, even if another is predicted without an electrode.
        target = explanation.logits.argmax(1)
    relevance = explanation.relevance.double().sum(2).cpu().numpy()
    without = []
    with torch.no_grad():
        for electrode in range(signal.shape[1]):
            output = model(_scaled(signal, electrode, 0), **kwargs)
            left = score_output(output, target, score, len(signal))
            without.append(left)
    loss = explanation.output[:, None] - torch.stack(without, 1)
    loss = loss.double().cpu().numpy()
    of_samples = zip(relevance, loss, strict=True)
    return np.array([_rank_correlation(*pair) for pair in of_samples])


def _checked(model, signal, least):
    """The signal as the model takes it, if there is something to compare."""
    if getattr(model, "training", False):
        problem = "is in training mode, where dropout and batch statistics change the output"
        raise InputError(
            type(model).__name__, "model", problem, "call model.eval() first"
        )
    signal = torch.as_tensor(signal)
    if signal.ndim != 3 or not len(signal) or signal.shape[1] < least:
        problem = f"is {tuple(signal.shape)}"
        remedy = f"give (n_samples, n_channels, n_times) with {least} channels or more"
        raise InputError(type(model).__name__, "signal", problem, remedy)
    return like_parameters(signal, model)


def _scaled(signal, channel, factor):
    changed = signal.clone()
    changed[:, channel] *= factor
    return changed


def _activation(model, layer, signal, kwargs):
    """What a module returns, or takes; a copy, since the model may go on in place."""
    values = {}

    def keep(name, value):
        if isinstance(value, tuple) and value:
            value = value[0]
        if name == layer and isinstance(value, torch.Tensor):
            values[name] = value.clone()

    def keep_input(name, value):
        keep(f"{name}.input", value)

    with followed(model, [], keep_input, keep):
        model(signal, **kwargs)
    if layer not in values:
        problem = "no such module returns a tensor"
        remedy = "choose a name of model.named_modules(), or add .input to one"
        raise InputError(type(model).__name__, layer, problem, remedy)
    return values[layer]


def _tokens_by_electrode(model, signal, layer):
    """Sort a network's tokens (n_samples, n_tokens, width) by electrode, as its adapter says."""
    _, n_channels, n_times = signal.shape

    def tokens(values):
        try:
            by_electrode = adapter_of(model).by_electrode
            return by_electrode(values, n_channels, n_times)
        except InputError as error:
            problem = f"has no tokens of each electrode ({error})"
            remedy = "give `tokens`, a function that returns (n_samples, n_channels, ...)"
            raise InputError(
                type(model).__name__, layer, problem, remedy
            ) from error

    return tokens


def _relative_change(base, changed):
    """Mean over samples of |change| / |base| (n_channels,); 0 where nothing changes."""
    change = (changed - base).norm(dim=2)
    norm = base.norm(dim=2)
    relative = torch.where(change == 0, 0, change / norm)
    return relative.mean(0)


def _rank_correlation(first, second):
    from scipy.stats import spearmanr

    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return np.nan
    return spearmanr(first, second).statistic
