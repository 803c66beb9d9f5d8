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
    batches = explanations(explain, model, case, target)
    relevance = [batch.relevance for batch in batches]
    by_channel = torch.cat(relevance).abs().sum(2)
    return shares(by_channel.cpu())


def embedding_shares(model, case, explain):
    """The same of what the spatial embedding receives: |relevance| of each of its patches.

    `explain` is that of `position_aware`.
    """
    target = class_scores(model, case).argmax(1)
    batches = explanations(explain, model, case, target)
    received = [batch.position_relevance[EMBEDDING] for batch in batches]
    n_channels = len(case.channels)
    patches = by_patch(torch.cat(received), n_channels)
    by_channel = patches.abs().sum(2)
    return shares(by_channel.cpu())


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
    rules = rules_of(method_of(name, options), options)
    if not rules:
        rules = rule_table("pa_lrp")
    rules = {
        **rules,
        "addition": "position_aware",
        "join": "position_aware",
    }
    return method_function("lrp", {"rules": rules}, (), None, 0)
