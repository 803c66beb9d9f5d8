"""Where the relevance lies in every arm, by model, and whether it moves with the input.

Arms differ in their number of electrodes, so a map shows each electrode's share of |relevance|
times that number: 1 is what relevance spread evenly over the arm's electrodes would give.
"""

import textwrap

import numpy as np

from eeglrp.arms.figures.arms import arm_label, arm_order
from eeglrp.drawing import SMALL, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.scalp.draw import (
    head,
    montage_names,
    places,
    positions,
    thin_lines,
)
from eeglrp.tables import metric_table, over_seeds

CAPTION = """\
Relevance on the scalp by arm and model, each trained and tested on the arm's
input, mean over seeds: an electrode's share of absolute relevance over the
share that all the arm's electrodes would have if they were equal. Red: more
than even; blue: less. Electrodes that an arm leaves out are not interpolated;
fewer than eight are drawn as points. The column CSP+LDA shows activation
patterns, not relevance.
"""
TABLES = ("metrics/arm_topography.tsv",)
MISSING = "No maps of arms: no model of an arm has been explained."
_KEYS = [
    "study",
    "task",
    "regime",
    "method",
    "subject",
    "metric",
    "arm",
    "tested",
    "channel",
]
#: Edge of one map, in inches; steps of colour; fewest electrodes that a surface is drawn through.
_MAP, _LEVELS, _FEWEST = 0.74, 15, 8


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Share of every electrode in models trained on the arm, mean over seeds, over an even one."""
    frame = metric_table(tables, extra=("arm", "tested", "channel"))
    is_pooled = frame["subject"] == "all"
    is_own = frame["tested"] == "own"
    is_share = frame["metric"] == "share"
    frame = over_seeds(frame[is_pooled & is_own & is_share], _KEYS)
    relative = frame["value"] / frame["chance"]
    return frame.assign(relative=relative)


def plot(frame):
    """One block a task: rows arms, columns models."""
    from matplotlib.figure import Figure

    tasks = ordered(frame["task"], TASKS)
    regimes = ordered(frame["regime"], REGIMES)
    heights = []
    for task in tasks:
        n_arms = frame.loc[frame["task"] == task, "arm"].nunique()
        heights.append(0.45 + _MAP * n_arms)
    width = max(3.6, 1.9 + _MAP * len(regimes))
    figure = Figure(figsize=(width, sum(heights) + 0.5), layout="constrained")
    blocks = figure.subfigures(
        len(tasks), 1, squeeze=False, height_ratios=heights
    )
    for block, task in zip(blocks.flat, tasks, strict=True):
        _draw_task(block, frame[frame["task"] == task], len(regimes))
        block.suptitle(label(task), weight="bold", size=SMALL + 1.5)
    words = textwrap.fill(_footnote(frame), int(width * 15))
    figure.supxlabel(words, size=SMALL)
    return figure


def _draw_task(block, frame, n_columns):
    """Maps of the regimes that the task has; those of all tasks are of one size."""
    arms = arm_order(frame)
    regimes = ordered(frame["regime"], REGIMES)
    scale = _scale(frame)
    known = montage_names()
    channels = ordered(frame["channel"])
    cap = tuple(name for name in channels if name.upper() in known)
    axes = block.subplots(len(arms), n_columns, squeeze=False)
    for axis in axes[:, len(regimes) :].flat:
        axis.set_visible(False)
    axes = axes[:, : len(regimes)]
    for line, arm in zip(axes, arms, strict=True):
        for axis, regime in zip(line, regimes, strict=True):
            is_arm = frame["arm"] == arm
            is_regime = frame["regime"] == regime
            _draw_map(axis, frame[is_arm & is_regime], cap, scale)
        line[0].set_ylabel(
            textwrap.fill(arm_label(arm), 14),
            rotation=0,
            ha="right",
            va="center",
            size=SMALL,
            visible=True,
        )
    for axis, regime in zip(axes[0], regimes, strict=True):
        axis.set_title(label(regime), size=SMALL + 0.5)
    _colour_bar(block, axes, scale)


def _scale(frame):
    """White where a share is even, red above, blue below, in steps."""
    import seaborn
    from matplotlib.colors import TwoSlopeNorm

    largest = max(frame["relative"].max(), 1.5)
    colours = seaborn.color_palette("RdBu_r", as_cmap=True).resampled(_LEVELS)
    return TwoSlopeNorm(1.0, 0.0, largest), colours


def _draw_map(axis, frame, cap, scale):
    """One map; `cap` names the electrodes of all arms, which give the head its size."""
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    is_placed = frame["channel"].str.upper().isin(montage_names())
    placed = frame[is_placed]
    # Few electrodes may lie on a line or circle, and a surface through them would invent values.
    if placed.empty:
        axis.text(
            0.5,
            0.5,
            "no data",
            ha="center",
            va="center",
            transform=axis.transAxes,
        )
    elif len(placed) < min(_FEWEST, len(cap)):
        _draw_points(axis, placed, cap, scale)
    else:
        _draw_surface(axis, placed, cap, scale)


def _draw_surface(axis, placed, cap, scale):
    names = tuple(placed["channel"])
    values = placed["relative"].to_numpy()
    # No colour where an arm has no electrode.
    reach = "local" if len(placed) < len(cap) else "head"
    look = {"sensors": "k.", "extrapolate": reach}
    _draw_head(axis, values, names, cap, scale, look)


def _draw_points(axis, placed, cap, scale):
    values = np.ones(len(cap))
    look = {"sensors": False, "extrapolate": "head"}
    _draw_head(axis, values, cap, cap, scale, look)
    axis.images[0].remove()
    norm, colours = scale
    centre = head(positions(cap))[:3]
    x, y = _flat(tuple(placed["channel"]), centre)
    axis.scatter(
        x,
        y,
        16,
        placed["relative"],
        cmap=colours,
        norm=norm,
        edgecolors="0.3",
    )


def _draw_head(axis, values, channels, cap, scale, look):
    from mne.viz import plot_topomap

    norm, colours = scale
    plot_topomap(
        values,
        positions(channels),
        axes=axis,
        cmap=colours,
        cnorm=norm,
        contours=0,
        sphere=head(positions(cap)),
        show=False,
        **look,
    )
    thin_lines(axis)


def _flat(channels, centre):
    """Where MNE draws electrodes (m): from the centre as far as they lie from the vertex."""
    arrows = places(positions(channels)) - centre
    lengths = np.linalg.norm(arrows, axis=1)
    right, front, up = arrows.T
    bearing = np.arctan2(front, right)
    inclination = np.arccos(up / lengths)
    distance = lengths * inclination / (np.pi / 2)
    x = centre[0] + distance * np.cos(bearing)
    y = centre[1] + distance * np.sin(bearing)
    return x, y


def _colour_bar(block, axes, scale):
    from matplotlib.cm import ScalarMappable

    norm, colours = scale
    bar = block.colorbar(
        ScalarMappable(norm, colours),
        ax=axes,
        shrink=0.5,
        aspect=24,
        format="{x:.2g}",
    )
    bar.set_label("share of |relevance| / even share", size=SMALL)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=SMALL, width=0.6, length=2)
    top = norm.vmax
    bar.set_ticks([0, 0.5, 1, (1 + top) / 2, top])


def _footnote(frame):
    methods = []
    for regime, of_model in frame.groupby("regime", sort=False)["method"]:
        methods.append(f"{label(regime)}: {label(of_model.iloc[0])}")
    words = f"{', '.join(methods)}; seeds averaged: {frame['n_seeds'].max()}, "
    words += f"n ≤ {frame['n'].max():.0f} windows"
    known = montage_names()
    channels = ordered(frame["channel"])
    left_out = [name for name in channels if name.upper() not in known]
    if left_out:
        words += f"; no known place: {', '.join(left_out)}"
    return words
