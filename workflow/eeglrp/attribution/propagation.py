"""Layer-wise relevance propagation as attribution methods."""

from eeglrp.lrp.composites import COMPOSITES
from eeglrp.lrp.explain import explain
from eeglrp.lrp.sources import SOURCES

__all__ = ["RULES", "SOURCES", "attn_lrp", "cp_lrp"]

RULES = {name: COMPOSITES[name] for name in ("attn_lrp", "cp_lrp")}


def attn_lrp(model, signal, target, score="logit", forward_kwargs=None, layers=False):
    """AttnLRP (Achtibat et al. 2024, arXiv:2402.05602); see `eeglrp.lrp.explain.explain`."""
    return explain(model, signal, target, "attn_lrp", score, forward_kwargs, layers)


def cp_lrp(model, signal, target, score="logit", forward_kwargs=None, layers=False):
    """CP-LRP (Ali et al. 2022, arXiv:2202.07304); see `eeglrp.lrp.explain.explain`."""
    return explain(model, signal, target, "cp_lrp", score, forward_kwargs, layers)
