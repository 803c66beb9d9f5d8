"""What each electrode receives of a model's relevance, and what it has of the signal.

A share is sum|R| of an electrode over sum|R| of the window. The same is taken of models that could
not learn the labels, and of what the model's spatial embedding receives. That embedding is added to
the tokens of an electrode whatever its signal, so its relevance tells which electrodes a model
favours by name (PA-LRP: Bakish et al. 2025, arXiv:2506.02138).
"""

import torch

from eeglrp.affect.shares import shares
from eeglrp.attribution.explaining import class_scores, explanations
from eeglrp.attribution.methods import method_function
from eeglrp.attribution.registry import method_of, rules_of
from eeglrp.attribution.run import by_patch
from eeglrp.lrp.composites import rule_table

#: Source in the ledger.
EMBEDDING = "spatial_embedding"


def relevance_shares(model, case, explain):
    """Share of |relevance| of every electrode, for the class that the model predicts.

    Parameters
    ----------
    model : torch.nn.Module
    case : eeglrp.attribution.explaining.Case
    explain : callable
        From `eeglrp.attribution.methods.method_function`.

    Returns
    -------
    array, shape (n_windows, n_channels)
        NaN where a window has no relevance at all.
    """
    target = class_scores(model, case).argmax(1)
    parts = [
        one.relevance for one in explanations(explain, model, case, target)
    ]
    return shares(torch.cat(parts).abs().sum(2).cpu())


def embedding_shares(model, case, explain):
    """The same of what the spatial embedding receives: |relevance| of each of its patches.

    `explain` is that of `position_aware`.
    """
    target = class_scores(model, case).argmax(1)
    parts = [
        one.position_relevance[EMBEDDING]
        for one in explanations(explain, model, case, target)
    ]
    return shares(
        by_patch(torch.cat(parts), len(case.channels)).abs().sum(2).cpu()
    )


def position_aware(name, options):
    """An LRP method that keeps what positions receive: with the method's own rules, if it is LRP.

    Parameters
    ----------
    name : str
        Of a method in the configuration.
    options : dict

    Returns
    -------
    callable
        As `method_function` gives; with the rules `pa_lrp` where the method is none of LRP.
    """
    rules = rules_of(method_of(name, options), options) or rule_table("pa_lrp")
    rules = {**rules, "addition": "position_aware", "join": "position_aware"}
    return method_function("lrp", {"rules": rules}, (), None, 0)
