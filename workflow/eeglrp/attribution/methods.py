"""A method of the configuration as a function, with its options and what follows from the seed."""

from functools import partial

import torch

from eeglrp.attribution.registry import load, method_of, options_of
from eeglrp.attribution.selection import read_background
from eeglrp.seeds import integer_seed


def method_function(name, options, windows, splits, seed):
    """The function of a method under its name in the configuration, with its options.

    Parameters
    ----------
    name : str
    options : dict
        The method's in the configuration.
    windows : sequence of Path
        Windows stores, for methods that start from windows of the training split.
    splits : Path
    seed : int
        The study's; equal seeds draw equally.

    Returns
    -------
    callable
        Signature as `eeglrp.lrp.explain.explain`, without rules.

    Raises
    ------
    InputError
        If the method does not exist, or no window of the training split is in the stores.
    """
    algorithm = method_of(name, options)
    arguments = options_of(algorithm, options)
    if "seed" in arguments:
        arguments["seed"] = integer_seed(seed, "attribution")
    if arguments.get("baseline") == "other":
        count = arguments["n_baselines"]
        background = read_background(windows, splits, count, seed)
        arguments["background"] = torch.from_numpy(background)
    return partial(load(algorithm), **arguments)
