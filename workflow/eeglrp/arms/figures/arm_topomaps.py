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

CAPTION = """
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
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Share of every electrode in models trained on the arm, mean over seeds, over an even one."""
    frame = metric_table(tables, extra=("arm", "tested", "channel"))
    chosen = (
        (frame["subject"] == "all")
        & (frame["tested"] == "own")
        & (frame["metric"] == "share")
    )
    frame = over_seeds(frame[chosen], _KEYS)
    return frame.assign(relative=frame["value"] / frame["chance"])


def plot(frame):
    """One block a task: rows arms, columns models."""
    from matplotlib.figure import Figure

    tasks, regimes = (
        ordered(frame["task"], TASKS),
        ordered(frame["regime"], REGIMES),
    )
    heights = [
        0.45 + _MAP * frame.loc[frame["task"] == task, "arm"].nunique()
        for task in tasks
    ]
    width = max(3.6, 1.9 + _MAP * len(regimes))
    figure = Figure(figsize=(width, sum(heights) + 0.5), layout="constrained")
    blocks = figure.subfigures(
        len(tasks), 1, squeeze=False, height_ratios=heights
    )
    for block, task in zip(blocks.flat, tasks, strict=True):
        _draw_task(block, frame[frame["task"] == task], regimes)
        block.suptitle(label(task), weight="bold", size=SMALL + 1.5)
    figure.supxlabel(
        textwrap.fill(_footnote(frame), int(width * 15)), size=SMALL
    )
    return figure


def _draw_task(block, frame, regimes):
    arms, scale = arm_order(frame), _scale(frame)
    cap = tuple(
        name
        for name in ordered(frame["channel"])
        if name.upper() in montage_names()
    )
    axes = block.subplots(len(arms), len(regimes), squeeze=False)
    for line, arm in zip(axes, arms, strict=True):
        for axis, regime in zip(line, regimes, strict=True):
            _draw_map(
                axis,
                frame[(frame["arm"] == arm) & (frame["regime"] == regime)],
                cap,
                scale,
            )
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
    from mne.viz import plot_topomap

    placed = frame[frame["channel"].str.upper().isin(montage_names())]
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    if placed.empty:
        axis.text(
            0.5,
            0.5,
            "no data",
            ha="center",
            va="center",
            transform=axis.transAxes,
        )
        return
    # Few electrodes may lie on a line or circle, and a surface through them would invent values.
    names, dots = (
        tuple(placed["channel"]),
        len(placed) < min(_FEWEST, len(cap)),
    )
    values = np.ones(len(cap)) if dots else placed["relative"].to_numpy()
    look = {
        "cmap": scale[1],
        "cnorm": scale[0],
        "contours": 0,
        "sphere": head(positions(cap)),
    }
    look |= {"sensors": not dots and "k.", "show": False}
    # No colour where an arm has no electrode.
    look |= {
        "extrapolate": "local"
        if len(placed) < len(cap) and not dots
        else "head"
    }
    plot_topomap(values, positions(cap if dots else names), axes=axis, **look)
    thin_lines(axis)
    if dots:
        axis.images[0].remove()
        x, y = _flat(names, head(positions(cap))[:3])
        axis.scatter(
            x,
            y,
            16,
            placed["relative"],
            cmap=scale[1],
            norm=scale[0],
            edgecolors="0.3",
        )


def _flat(channels, centre):
    """Where MNE draws electrodes (m): from the centre as far as they lie from the vertex."""
    arrows = places(positions(channels)) - centre
    lengths = np.linalg.norm(arrows, axis=1)
    angle = np.arctan2(arrows[:, 1], arrows[:, 0])
    distance = lengths * np.arccos(arrows[:, 2] / lengths) / (np.pi / 2)
    return centre[0] + distance * np.cos(angle), centre[1] + distance * np.sin(
        angle
    )


def _colour_bar(block, axes, scale):
    from matplotlib.cm import ScalarMappable

    bar = block.colorbar(
        ScalarMappable(*scale),
        ax=axes,
        shrink=0.5,
        aspect=24,
        format="{x:.2g}",
    )
    bar.set_label("share of |relevance| / even share", size=SMALL)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=SMALL, width=0.6, length=2)
    top = scale[0].vmax
    bar.set_ticks([0, 0.5, 1, (1 + top) / 2, top])


def _footnote(frame):
    method = ", ".join(
        f"{label(regime)}: {label(own.iloc[0])}"
        for regime, own in frame.groupby("regime", sort=False)["method"]
    )
    words = f"{method}; seeds averaged: {frame['n_seeds'].max()}, "
    words += f"n ≤ {frame['n'].max():.0f} windows"
    names = montage_names()
    left_out = [
        name for name in ordered(frame["channel"]) if name.upper() not in names
    ]
    return (
        f"{words}; no known place: {', '.join(left_out)}"
        if left_out
        else words
    )
