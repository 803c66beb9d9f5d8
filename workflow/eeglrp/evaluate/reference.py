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
    n_tokens = adapter_of(model).n_tokens(*data.signal.shape[1:])
    limit = job.attribution["batch_size"]
    case = Case(
        torch.from_numpy(data.signal[chosen]).to(job.device),
        data.frame["subject"].to_numpy(str)[chosen],
        data.channels,
        job.attribution["score"],
        windows_at_once(record["model"], n_tokens, limit, job.device.type),
    )
    prediction = class_scores(model, case).argmax(1)
    labels = torch.from_numpy(data.label[chosen]).to(job.device)
    target = labels if job.attribution["target"] == "label" else prediction
    found = {
        name: maps(explain, model, case, target)
        for name, explain in job.methods.items()
    }
    return Reference(model, record, case, target, prediction, found)


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
    trained = {
        name: value.clone() for name, value in network.state_dict().items()
    }
    fresh = first_weights(reference.record, seed, draw)
    try:
        for kind, unit, depth, names in stages(
            units(trained, adapter_of(network))
        ):
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
    smoothed = (
        smooth(values, width) for values in (relevance, np.abs(relevance))
    )
    return [
        rank_vectors(values.reshape(len(values), -1)) for values in smoothed
    ]


def similarities(model, reference, own, job):
    """Similarity of a model's maps to the reference's, by method: (n_windows, 2)."""
    result = {}
    for name, explain in job.methods.items():
        found = ranked(
            maps(explain, model, reference.case, reference.target), job.width
        )
        pairs = zip(found, own[name], strict=True)
        result[name] = np.column_stack([dots(*pair) for pair in pairs])
    return result
