"""Electrodes on a drawn head: names, places, the circle around them."""

from eeglrp.scalp.montage import montage_names as montage_names
from eeglrp.scalp.montage import positions


def thin_lines(axis):
    """Outlines and electrodes fine enough for a map of an inch."""
    for line in axis.lines:
        line.set_linewidth(0.7)
        line.set_markersize(1.0)


def head(info):
    """Centre (m) and radius (m) of the circle drawn as head, around the lowest electrode.

    The centre is that of Fpz, Oz, T7 and T8, which lie on the head's widest circle; MNE draws an
    electrode at a distance from the centre that grows with its angle from the vertex.
    """
    import numpy as np

    front, back, left, right = places(positions(("FPZ", "OZ", "T7", "T8")))
    widest = np.array([left, right, front, back])
    x = left[0] + right[0]
    y = front[1] + back[1]
    z = widest[:, 2].mean() * 2
    centre = np.array([x, y, z]) / 2
    radius = np.linalg.norm(widest - centre, axis=1).mean()
    arrows = places(info) - centre
    lengths = np.linalg.norm(arrows, axis=1)
    from_vertex = np.arccos(arrows[:, 2] / lengths)
    drawn_at = lengths * from_vertex / (np.pi / 2)
    outermost = max(radius, drawn_at.max())
    return (*centre, 1.06 * outermost)


def draw_scalp(axis, values, channels, colours, limits):
    """Draw a map of the scalp.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    values : array, shape (n_channels,)
    channels : tuple of str
        Names that the montage knows.
    colours : matplotlib.colors.Colormap
    limits : (float, float)
        Values of the first and the last colour.
    """
    from mne.viz import plot_topomap

    info = positions(channels)
    look = {
        "cmap": colours,
        "vlim": limits,
        "contours": 0,
        "sensors": "k.",
        "show": False,
    }
    plot_topomap(values, info, axes=axis, sphere=head(info), **look)
    thin_lines(axis)


def places(info):
    """Places (m) of the electrodes, shape (n_channels, 3)."""
    import numpy as np

    return np.array([channel["loc"][:3] for channel in info["chs"]])
