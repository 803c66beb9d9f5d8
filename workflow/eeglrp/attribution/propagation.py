"""Layer-wise relevance propagation as attribution methods: one for each rule set, and `lrp`."""

from functools import partial

from eeglrp.lrp.composites import COMPOSITES
from eeglrp.lrp.explain import explain
from eeglrp.lrp.sources import SOURCES

__all__ = ["METHODS", "SOURCES", "SUMS_TO", "lrp"]


def lrp(
    model,
    signal,
    target,
    score="logit",
    forward_kwargs=None,
    layers=False,
    rules="attn_lrp",
):
    """LRP with any rule set; see `eeglrp.lrp.explain.explain` and `eeglrp.lrp.composites`.

    The values sum to the score minus what the ledger's other sources hold.
    """
    return explain(model, signal, target, rules, score, forward_kwargs, layers)


#: Name of a method -> function.
METHODS = {"lrp": lrp} | {
    name: partial(lrp, rules=name) for name in COMPOSITES
}
SUMS_TO = dict.fromkeys(
    METHODS,
    "The score minus what the model's own constants and the softmax receive, which are the "
    "ledger's other sources.",
)
