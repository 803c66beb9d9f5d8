"""The region that relevance is asked about: fixed before any map is seen."""

import numpy as np

from eeglrp.errors import InputError
from eeglrp.scalp.regions import CENTRAL_CLUSTER, region_of


def central(channels, wanted=None):
    """Which electrodes are the central cluster.

    Parameters
    ----------
    channels : sequence of str
    wanted : sequence of str, optional
        Names from the configuration, in place of `CENTRAL_CLUSTER`.

    Returns
    -------
    array of bool, shape (n_channels,)
        Those of the names that the montage has; if it has none of `CENTRAL_CLUSTER`, what it has
        of the region `central` (DASPS: FC5 and FC6, which are not over the motor strip).

    Raises
    ------
    InputError
        If that leaves no electrode, or all of them.
    """
    names = [channel.upper() for channel in channels]
    chosen = {name.upper() for name in wanted or CENTRAL_CLUSTER}
    found = np.array([name in chosen for name in names])
    if not found.any() and not wanted:
        found = np.array([region_of(name) == "central" for name in names])
    if not found.any() or found.all():
        problem = f"holds {found.sum()} of the {len(names)} electrodes"
        remedy = f"name some of {', '.join(channels)} in affect.region"
        raise InputError("config", "affect.region", problem, remedy)
    return found
