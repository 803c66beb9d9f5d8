"""A trained model's maps, and those of the same model with random weights beside them."""

from typing import NamedTuple

import numpy as np
import torch

from eeglrp.attribution.explaining import Case, class_scores, maps
from eeglrp.attribution.selection import windows_at_once
from eeglrp.attribution.smoothing import smooth
from eeglrp.evaluate.randomisation import first_weights, mixed, stages, units
from eeglrp.evaluate.similarity import dots, rank_vectors
from eeglrp.models.registry import adapter_of
from eeglrp.models.subjects import network_of
from eeglrp.models.trained import load_model
from eeglrp.training.predict import check_fit

#: Of the smoothed map, and of its smoothed magnitude.
SIMILARITIES = ("spearman", "spearman_absolute")


class Job(NamedTuple):
    """What all models of a task share."""

    names: dict
    methods: dict
    attribution: dict
    sanity: dict
    width: int
    statistics: dict
    seed: int
    device: torch.device


class Reference(NamedTuple):
    """A trained model, what it is asked, and its own maps by method."""

    model: torch.nn.Module
    record: dict
    case: Case
    target: torch.Tensor
    prediction: torch.Tensor
    maps: dict


def explain_reference(path, data, chosen, job):
    """Load a model and explain the chosen windows with every method."""
    model, record = load_model(path)
    check_fit(path, record, data)
    model = model.to(job.device).requires_grad_(False)
    _, n_channels, n_times = data.signal.shape
    n_tokens = adapter_of(model).n_tokens(n_channels, n_times)
    limit = job.attribution["batch_size"]
    case = Case(
        signal=torch.from_numpy(data.signal[chosen]).to(job.device),
        subject=data.frame["subject"].to_numpy(str)[chosen],
        channels=data.channels,
        score=job.attribution["score"],
        batch_size=windows_at_once(
            record["model"], n_tokens, limit, job.device.type
        ),
    )
    prediction = class_scores(model, case).argmax(1)
    labels = torch.from_numpy(data.label[chosen]).to(job.device)
    target = labels if job.attribution["target"] == "label" else prediction
    of_methods = {}
    for name, explain in job.methods.items():
        of_methods[name] = maps(explain, model, case, target)
    return Reference(model, record, case, target, prediction, of_methods)


def randomised(reference, seed, draw=0):
    """Put the model into every state of `stages`, and back into its own at the end.

    Filters of subjects in front of the network, which have no random start, stay as they are.

    Parameters
    ----------
    reference : Reference
    seed : int
        The study's.
    draw : int
        Number of the random weights.

    Yields
    ------
    kind, unit : str
    depth : int
    names : list of str
        Weights that are random.
    model : torch.nn.Module
        The reference's, changed in place.
    """
    network = network_of(reference.model)
    state = network.state_dict()
    trained = {name: value.clone() for name, value in state.items()}
    fresh = first_weights(reference.record, seed, draw)
    of_units = units(trained, adapter_of(network))
    try:
        for kind, unit, depth, names in stages(of_units):
            network.load_state_dict(mixed(trained, fresh, names))
            yield kind, unit, depth, names, reference.model
    finally:
        network.load_state_dict(trained)


def ranked(relevance, width):
    """What maps are compared by: rank vectors of each map and of its magnitude, smoothed.

    Parameters
    ----------
    relevance : array, shape (n_windows, n_channels, n_times)
    width : int
        In samples.

    Returns
    -------
    list of array, shape (n_windows, n_channels * n_times)
        One for each of `SIMILARITIES`.
    """
    n_windows = len(relevance)
    ranks = []
    for values in (relevance, np.abs(relevance)):
        smoothed = smooth(values, width)
        ranks.append(rank_vectors(smoothed.reshape(n_windows, -1)))
    return ranks


def similarities(model, reference, ranks, job):
    """Similarity of a model's maps to the reference's, by method: (n_windows, 2).

    `ranks` holds what `ranked` gives of the reference's maps, by method.
    """
    result = {}
    for name, explain in job.methods.items():
        relevance = maps(explain, model, reference.case, reference.target)
        pairs = zip(ranked(relevance, job.width), ranks[name], strict=True)
        columns = [dots(other, ours) for other, ours in pairs]
        result[name] = np.column_stack(columns)
    return result
