"""Methods made of plain gradients.

Their values sum to no known part of the output (in a network of normalisations, input x gradient
sums to about zero whatever the output), so the ledger has one line for the rest: `unexplained`.
"""

import torch

from eeglrp.lrp.explain import like_parameters
from eeglrp.lrp.explanation import Explanation, detached
from eeglrp.lrp.layers import in_order, layer_names, watchers
from eeglrp.lrp.modules import followed
from eeglrp.lrp.nesting import undisturbed
from eeglrp.lrp.targets import score_output

#: Sources of the ledger.
SOURCES = ("input", "unexplained")
RULES = {"input_x_gradient": {"every operation": "gradient"}}


@undisturbed()
def input_x_gradient(model, signal, target, score="logit", forward_kwargs=None, layers=False):
    """Input times gradient (Shrikumar et al. 2016, arXiv:1605.01713).

    Parameters and return value are those of `eeglrp.lrp.explain.explain`; the ledger's sources are
    `input`, the sum of the relevance, and `unexplained`, the rest of the output.
    """
    names, captured = layer_names(model, layers), {}
    signal = like_parameters(torch.as_tensor(signal), model)
    leaf = signal.clone().requires_grad_()
    watching = watchers(names, lambda tensor: tensor.requires_grad, captured)
    with torch.inference_mode(False), torch.enable_grad():
        with followed(model, [], *watching):
            logits = model(leaf.clone(), **(forward_kwargs or {}))
        output = score_output(logits, target, score, len(signal))
        (gradient,) = torch.autograd.grad(output.sum(), leaf)
    relevance = signal * gradient
    total = relevance.double().flatten(1).sum(1)
    ledger = {"input": total, "unexplained": output.detach().double() - total}
    inner = in_order(model, names, captured)
    return Explanation(relevance, ledger, output.detach(), detached(logits), inner)
