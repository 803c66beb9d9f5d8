"""Attention rollout: where the readout's tokens attend to, through all layers."""

import inspect

import torch
from torch.nn.functional import (
    multi_head_attention_forward,
    scaled_dot_product_attention,
)
from torch.overrides import TorchFunctionMode

from eeglrp.attribution.question import answer, ask
from eeglrp.errors import InputError
from eeglrp.lrp.nesting import undisturbed

#: Sources of the ledger.
SOURCES = ("input", "class_token", "unexplained")
SUMS_TO = {
    "attention_rollout": "1 minus the class token's share, whatever the score: shares of attention."
}
_MULTI_HEAD = inspect.signature(multi_head_attention_forward)


@undisturbed()
@torch.inference_mode(False)
@torch.no_grad()
def attention_rollout(
    model,
    signal,
    target,
    score="logit",
    forward_kwargs=None,
    layers=False,
    readout=None,
):
    """Attention rollout (Abnar & Zuidema 2020, arXiv:2005.00928, section 3).

    Attention weights, averaged over heads, half and half with the identity for the residual, are
    multiplied through the layers; a patch's share is spread evenly over its samples. The shares
    are positive, know no class, and sum to 1 with that of the class token, whatever the score.
    The ledger has the class token's share as `class_token`, and `unexplained` is the score minus 1.

    Parameters
    ----------
    model, signal, target, score, forward_kwargs
        As in `eeglrp.lrp.explain.explain`. Tokens are the class token, then the patches of each
        electrode.
    layers : bool
        Must be off.
    readout : str, optional
        Whose attention counts: `class_token`'s or the mean of the `patches`'; by default what
        braindecode's LaBraM reads out.

    Returns
    -------
    Explanation

    Raises
    ------
    InputError
        If the model has no attention, other tokens, or an unknown readout.
    """
    readout = readout or _readout(model)
    with _AttentionWeights(len(signal)) as watch:
        question = ask(
            "attention_rollout",
            model,
            signal,
            target,
            score,
            forward_kwargs,
            layers,
        )
    shape = question.signal.shape
    n_patches = _check_tokens(type(model).__name__, watch.weights, shape)
    n_samples, n_channels, n_times = shape
    rolled = rollout(watch.weights)
    by_class_token = rolled[:, 0]
    by_patches = rolled[:, 1:].mean(1)
    attended = by_class_token if readout == "class_token" else by_patches
    patches = attended[:, 1:].reshape(n_samples, n_channels, n_patches)
    length = n_times // n_patches
    relevance = (patches / length).repeat_interleave(length, 2)
    return answer(question, relevance, class_token=attended[:, 0])


def rollout(weights):
    """Product over the layers of attention that is half identity.

    Parameters
    ----------
    weights : list of Tensor, shape (n_samples, n_tokens, n_tokens)
        Attention of each layer, mean over heads; a row is what one token attends to.

    Returns
    -------
    Tensor, shape (n_samples, n_tokens, n_tokens)
    """
    n_tokens = weights[0].shape[-1]
    identity = torch.eye(n_tokens).to(weights[0])
    rolled = identity
    for of_layer in weights:
        rolled = (0.5 * of_layer + 0.5 * identity) @ rolled
    return rolled


class _AttentionWeights(TorchFunctionMode):
    """Keeps the attention weights, mean over heads, that a model computes; changes nothing."""

    def __init__(self, n_samples):
        super().__init__()
        self.n_samples = n_samples
        self.weights = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function is multi_head_attention_forward:
            return self._multi_head(*args, **kwargs)
        output = function(*args, **kwargs)
        if function is scaled_dot_product_attention:
            self._keep(_fused_weights(*args, **kwargs))
        elif getattr(function, "__name__", "") == "softmax":
            self._keep(output)
        return output

    def _multi_head(self, *args, **kwargs):
        """Have the layer return its weights, and return what was asked for."""
        call = _MULTI_HEAD.bind(*args, **kwargs)
        call.apply_defaults()
        needs_weights = call.arguments["need_weights"]
        needs_average = call.arguments["average_attn_weights"]
        call.arguments["need_weights"] = True
        call.arguments["average_attn_weights"] = False
        output, weights = multi_head_attention_forward(
            *call.args, **call.kwargs
        )
        self._keep(weights)
        if not needs_weights:
            return output, None
        if needs_average:
            weights = weights.mean(-3)
        return output, weights

    def _keep(self, weights):
        """Keep (..., n_tokens, n_tokens), where leading axes are samples and heads."""
        if weights.ndim < 3:
            return
        n_rows, n_columns = weights.shape[-2:]
        if n_rows == n_columns and len(weights) % self.n_samples == 0:
            shape = (self.n_samples, -1, n_rows, n_columns)
            by_head = weights.reshape(shape)
            self.weights.append(by_head.mean(1))


def _fused_weights(query, key, value, *args, **kwargs):
    """Weights of the fused attention: what it returns for the identity as values."""
    n_keys = key.shape[-2]
    leading = value.shape[:-2]
    identity = torch.eye(n_keys, dtype=value.dtype, device=value.device)
    # The same for every sample and head.
    identity = identity.expand(*leading, n_keys, n_keys)
    return scaled_dot_product_attention(query, key, identity, *args, **kwargs)


def _readout(model):
    """What braindecode's LaBraM reads out: it has a norm of its own for the mean of patches."""
    if not hasattr(model, "fc_norm"):
        name = type(model).__name__
        problem = "does not say which token it reads out"
        remedy = "name class_token or patches"
        raise InputError(name, "readout", problem, remedy)
    return "class_token" if model.fc_norm is None else "patches"


def _check_tokens(name, weights, shape):
    """Number of patches of each electrode."""
    remedy = "choose another method for this model"
    if not weights:
        problem = "computes no attention weights"
        raise InputError(name, "attention", problem, remedy)
    n_tokens = {of_layer.shape[-1] for of_layer in weights}
    _, n_channels, n_times = shape
    n_patches, rest = divmod(min(n_tokens) - 1, n_channels)
    is_whole = len(n_tokens) == 1 and not rest and n_patches
    if not is_whole or n_times % n_patches:
        problem = f"attends to {sorted(n_tokens)} tokens, not 1 + {n_channels} electrodes x patches"
        raise InputError(name, "attention", problem, remedy)
    return n_patches
