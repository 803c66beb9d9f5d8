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

    def sorted_values(x):
        values = _activation(model, layer, x, kwargs)
        found = (tokens or _tokens_by_electrode(model, x, layer))(values)
        if tuple(found.shape[:2]) != tuple(x.shape[:2]):
            problem = (
                f"returned {tuple(found.shape)} for a signal {tuple(x.shape)}"
            )
            raise InputError(
                "coupling",
                "tokens",
                problem,
                "return (n_samples, n_channels, ...)",
            )
        return found.reshape(*found.shape[:2], -1).double()

    with torch.no_grad():
        base = sorted_values(signal)
        changes = [
            _relative_change(base, sorted_values(_scaled(signal, j, scale)))
            for j in range(signal.shape[1])
        ]
    return torch.stack(changes, 1).cpu().numpy()


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
    found = explain(model, signal, target, rules, **options)
    if isinstance(target, str) and target == "predicted":
        # The class explained stays the one, even if another is predicted without an electrode.
        target = found.logits.argmax(1)
    relevance = found.relevance.double().sum(2).cpu().numpy()
    with torch.no_grad():
        without = [
            score_output(
                model(_scaled(signal, j, 0), **kwargs),
                target,
                score,
                len(signal),
            )
            for j in range(signal.shape[1])
        ]
    loss = (
        (found.output[:, None] - torch.stack(without, 1))
        .double()
        .cpu()
        .numpy()
    )
    return np.array(
        [
            _rank_correlation(*each)
            for each in zip(relevance, loss, strict=True)
        ]
    )


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
    found = {}

    def keep(name, value):
        value = value[0] if isinstance(value, tuple) and value else value
        if name == layer and isinstance(value, torch.Tensor):
            found[name] = value.clone()

    with followed(
        model, [], lambda name, inputs: keep(f"{name}.input", inputs), keep
    ):
        model(signal, **kwargs)
    if layer not in found:
        remedy = "choose a name of model.named_modules(), or add .input to one"
        raise InputError(
            type(model).__name__,
            layer,
            "no such module returns a tensor",
            remedy,
        )
    return found[layer]


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
    return torch.where(change == 0, 0, change / base.norm(dim=2)).mean(0)


def _rank_correlation(first, second):
    from scipy.stats import spearmanr

    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return np.nan
    return spearmanr(first, second).statistic
