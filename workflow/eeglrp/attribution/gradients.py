"""The plain gradient, times the input."""

import torch

from eeglrp.lrp.explanation import Explanation, detached
from eeglrp.lrp.layers import in_order, layer_names, watchers
from eeglrp.lrp.modules import followed
from eeglrp.lrp.nesting import undisturbed
from eeglrp.lrp.targets import score_output
from eeglrp.lrp.tensors import like_parameters

#: Sources of the ledger.
SOURCES = ("input", "unexplained")
SUMS_TO = {
    "input_x_gradient": "No known part of the score; about zero in a model that normalises its "
    "input, whatever the score."
}


@undisturbed()
@torch.inference_mode(False)
def input_x_gradient(
    model, signal, target, score="logit", forward_kwargs=None, layers=False
):
    """Input times gradient (Shrikumar et al. 2016, arXiv:1605.01713).

    The values sum to no known part of the score: in a model of normalisations, to about zero
    whatever the score. The ledger's sources are `input`, the sum of the relevance, and
    `unexplained`, the rest of the output. Parameters and return value are those of
    `eeglrp.lrp.explain.explain`.
    """
    names = layer_names(model, layers)
    captured = {}
    signal = like_parameters(torch.as_tensor(signal), model).clone()
    leaf = signal.clone().requires_grad_()
    watching = watchers(names, lambda tensor: tensor.requires_grad, captured)
    with torch.enable_grad():
        with followed(model, [], *watching):
            logits = model(leaf.clone(), **(forward_kwargs or {}))
        output = score_output(logits, target, score, len(signal))
        (gradient,) = torch.autograd.grad(output.sum(), leaf)
    relevance = signal * gradient
    output = output.detach()
    total = relevance.double().flatten(1).sum(1)
    ledger = {
        "input": total,
        "unexplained": output.double() - total,
    }
    return Explanation(
        relevance=relevance,
        ledger=ledger,
        output=output,
        logits=detached(logits),
        layer_relevance=in_order(model, names, captured),
    )
