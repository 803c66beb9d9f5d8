"""Models of which parts have their first random weights again.

A unit is randomised by weights drawn anew from the distribution that an untrained model of the same
size starts from. Trained weights in another order would keep their size and their heavy tails, and
with them part of what training did.
"""

from eeglrp.errors import InputError
from eeglrp.models.trained import build_like
from eeglrp.seeds import integer_seed
from eeglrp.training.optimisation import reproducible


def units(names, adapter):
    """Units of a network from the head downwards, and the weights of each.

    Parameters
    ----------
    names : iterable of str
        Of all weights of the model.
    adapter : module
        Of the network, see `eeglrp.models.registry`.

    Returns
    -------
    dict of str to list of str
        `head`, `block <n>` from the last to the first (counted from 1), `embeddings`,
        `patch embedding`. Every weight is in one unit.

    Raises
    ------
    InputError
        If a weight belongs to no unit.
    """
    weights = {}
    for name in names:
        weights.setdefault(_unit(name, adapter), []).append(name)
    n_blocks = sum(unit.startswith("block ") for unit in weights)
    order = adapter.units(n_blocks)
    return {unit: weights[unit] for unit in order if unit in weights}


def _unit(name, adapter):
    unit = adapter.unit(name)
    if unit is None:
        remedy = "name its unit in the network's adapter"
        raise InputError("model", name, "is a weight of no unit", remedy)
    return unit


def stages(of_units):
    """Every randomisation: kind, unit, depth (from 1, the head) and names of the weights.

    `cascading` randomises a unit and all above it, `independent` one unit alone (Adebayo et al.
    2018, arXiv:1810.03292, sections 4.1 and 4.2).

    Parameters
    ----------
    of_units : dict
        From `units`.

    Returns
    -------
    list of tuple
    """
    above = []
    cascade = []
    alone = []
    for depth, (unit, names) in enumerate(of_units.items(), start=1):
        above = [*above, *names]
        cascade.append(("cascading", unit, depth, above))
        alone.append(("independent", unit, depth, names))
    return [*cascade, *alone]


def first_weights(record, seed, draw=0):
    """Weights of an untrained model of the same size.

    Parameters
    ----------
    record : dict
        Of the trained model: `model`, `channels`, `n_times`, `classes`, and what names it.
    seed : int
        The study's.
    draw : int
        Number of the draw.

    Returns
    -------
    dict of str to Tensor
    """
    names = [record.get(name) for name in ("task", "regime", "seed")]
    with reproducible(integer_seed(seed, "randomisation", *names, draw)):
        model = build_like(record)
    return model.state_dict()


def mixed(trained, fresh, names):
    """Trained weights, except those named, which are fresh."""
    randomised = {name: fresh[name] for name in names}
    return trained | randomised
