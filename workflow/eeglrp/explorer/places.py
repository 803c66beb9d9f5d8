"""Where electrodes lie on a flat head."""

import numpy as np

from eeglrp.scalp.montage import montage_names, positions


def places(channels):
    """Places seen from above, nose up: x to the right, y to the front, the equator at 1.

    The azimuthal equidistant projection about the vertex, as usual for topographies.

    Parameters
    ----------
    channels : sequence of str

    Returns
    -------
    list of ([x, y] or None)
        None for what has no place on the scalp, such as a bipolar lead.
    """
    spelling = montage_names()
    known = tuple(name for name in channels if name.upper() in spelling)
    if not known:
        return [None] * len(channels)
    flat = {}
    for name, channel in zip(known, positions(known)["chs"], strict=True):
        flat[name] = _flat(channel["loc"][:3])
    return [flat.get(name) for name in channels]


def _flat(point):
    x, y, z = point
    angle = np.arctan2(np.hypot(x, y), z)
    azimuth = np.arctan2(y, x)
    radius = angle / (np.pi / 2)
    return [
        round(float(radius * np.cos(azimuth)), 4),
        round(float(radius * np.sin(azimuth)), 4),
    ]
