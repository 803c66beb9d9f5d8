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
    chosen = wanted or CENTRAL_CLUSTER
    chosen = {name.upper() for name in chosen}
    members = np.array([name in chosen for name in names])
    if not members.any() and not wanted:
        regions = [region_of(name) for name in names]
        members = np.array([region == "central" for region in regions])
    if not members.any() or members.all():
        problem = f"holds {members.sum()} of the {len(names)} electrodes"
        remedy = f"name some of {', '.join(channels)} in affect.region"
        raise InputError("config", "affect.region", problem, remedy)
    return members
