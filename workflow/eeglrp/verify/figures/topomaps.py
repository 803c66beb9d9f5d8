"""Where on the scalp the relevance lies: one map a class and regime.

Above, the mean relevance with its sign: positive speaks for the class that the model was asked
about. Regimes differ in size by orders of magnitude, so each has its own scale, named in its
heading; classes of a regime share it. Below, each electrode's share of the total |relevance|,
which compares across models.
"""

import textwrap

from eeglrp.drawing import SMALL, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.scalp.draw import draw_scalp, montage_names
from eeglrp.tables import default_method, metric_table, over_seeds

CAPTION = """
Relevance on the scalp, by the class of the window and regime, mean over seeds.
Upper rows: relevance of an electrode, summed over the window and averaged over
windows, in logit units; red speaks for the class that was explained, blue
against it; each regime has its own scale, written above its maps. Lowest row:
share of an electrode in the total of absolute relevance, over all classes; the
line in the colour bar is the share that all electrodes would have if they were
equal. Electrodes stand at idealised places; values between them are
interpolated.
"""
TABLES = ("metrics/topography.tsv",)
SIGNED, SHARE = "mean_relevance", "share"
MISSING = "No relevance maps: no attribution of this study has been summarised by electrode."
#: Edge of one map, in inches.
_MAP = 0.9
_LEVELS = 17


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Mean relevance by class, and share over all classes, per electrode; mean over seeds."""
    frame = metric_table(tables, extra=("class", "channel"))
    method = default_method(frame["method"])
    signed = (frame["metric"] == SIGNED) & (frame["class"] != "all")
    share = (frame["metric"] == SHARE) & (frame["class"] == "all")
    chosen = (
        (frame["subject"] == "all")
        & (frame["method"] == method)
        & (signed | share)
    )
    keys = [
        "study",
        "task",
        "regime",
        "method",
        "subject",
        "metric",
        "class",
        "channel",
    ]
    return _with_scale(over_seeds(frame[chosen], keys))


def _with_scale(frame):
    """Add `scale`, the largest |relevance| of a task's regime; a share is drawn as it is."""
    largest = (
        frame["value"]
        .abs()
        .groupby([frame["task"], frame["regime"], frame["metric"]])
    )
    scale = largest.transform("max").where(frame["metric"] == SIGNED, 1.0)
    return frame.assign(scale=scale.where(scale > 0, 1.0))


def plot(frame):
    """One block a task, two blocks a line."""
    from matplotlib.figure import Figure

    tasks = ordered(frame["task"], TASKS)
    n_regimes = frame["regime"].nunique()
    columns = min(2, len(tasks))
    lines = [
        tasks[start : start + columns]
        for start in range(0, len(tasks), columns)
    ]
    heights = [
        max(_n_rows(frame, task) for task in line) * _MAP + 0.55
        for line in lines
    ]
    width = columns * (n_regimes * _MAP + 1.1)
    figure = Figure(figsize=(width, sum(heights) + 0.25), layout="constrained")
    blocks = figure.subfigures(
        len(lines), columns, squeeze=False, height_ratios=heights
    )
    for block, task in zip(blocks.flat, tasks, strict=False):
        _draw_task(block, frame[frame["task"] == task], task)
    footnote = textwrap.fill(_footnote(frame), int(width * 15))
    figure.supxlabel(footnote, size=SMALL)
    return figure


def _n_rows(frame, task):
    return frame.loc[frame["task"] == task, "class"].nunique()


def _draw_task(block, frame, task):
    regimes = ordered(frame["regime"], REGIMES)
    classes = ordered([name for name in frame["class"] if name != "all"]) + [
        "all"
    ]
    axes = block.subplots(len(classes), len(regimes), squeeze=False)
    block.suptitle(label(task), weight="bold", size=SMALL + 1.5)
    for row, name in enumerate(classes):
        for axis, regime in zip(axes[row], regimes, strict=True):
            of_map = frame[
                (frame["class"] == name) & (frame["regime"] == regime)
            ]
            _draw_map(axis, of_map, _scale(frame, signed=name != "all"))
            if row == 0:
                axis.set_title(_heading(of_map, regime), size=SMALL + 0.5)
        axes[row, 0].set_ylabel(
            "all classes" if name == "all" else label(name), size=SMALL
        )
    if len(classes) > 1:
        _colour_bar(
            block,
            axes[:-1],
            _scale(frame, signed=True),
            "mean relevance / scale",
            "%.1f",
        )
    bar = _colour_bar(
        block,
        axes[-1:],
        _scale(frame, signed=False),
        "share of |relevance|",
        "{x:.1%}",
    )
    bar.ax.axhline(
        frame.loc[frame["metric"] == SHARE, "chance"].mean(),
        color="0.1",
        linewidth=1,
    )


def _heading(frame, regime):
    """Name of the regime and, over signed maps, what 1 on their colour bar means."""
    signed = frame.loc[frame["metric"] == SIGNED, "scale"]
    return (
        f"{label(regime)}\n(1 = {signed.iloc[0]:.2g} logit)"
        if len(signed)
        else label(regime)
    )


def _scale(frame, signed):
    """Colours in steps, so that a reader can find one in the bar, and their limits."""
    import seaborn
    from matplotlib.colors import Normalize

    values = frame.loc[frame["metric"] == SHARE, "value"]
    largest = (
        values.max()
        if not signed and len(values) and values.max() > 0
        else 1.0
    )
    colours = seaborn.color_palette(
        "RdBu_r" if signed else "rocket_r", as_cmap=True
    )
    return Normalize(-largest if signed else 0.0, largest), colours.resampled(
        _LEVELS
    )


def _draw_map(axis, frame, scale):
    norm, colours = scale
    placed = frame[frame["channel"].str.upper().isin(montage_names())]
    if placed.empty:
        axis.set_axis_off()
        axis.text(
            0.5,
            0.5,
            "no data",
            ha="center",
            va="center",
            transform=axis.transAxes,
        )
        return
    values, channels = (
        (placed["value"] / placed["scale"]).to_numpy(),
        tuple(placed["channel"]),
    )
    draw_scalp(axis, values, channels, colours, (norm.vmin, norm.vmax))


def _colour_bar(block, axes, scale, words, form):
    from matplotlib.cm import ScalarMappable

    bar = block.colorbar(
        ScalarMappable(*scale), ax=axes, shrink=0.8, aspect=18, format=form
    )
    bar.set_label(words, size=SMALL)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=SMALL, width=0.6, length=2)
    bar.locator.set_params(nbins=5)
    bar.update_ticks()
    return bar


def _footnote(frame):
    """Method, number of seeds and windows, and electrodes without a place in the montage."""
    seeds, windows = frame["n_seeds"].max(), frame["n"].max()
    words = (
        f"{label(frame['method'].iloc[0])}; seeds averaged: {seeds}, "
        f"n ≤ {windows:.0f} windows a map; line in the lower bar: equal shares"
    )
    names = montage_names()
    left_out = [
        name for name in ordered(frame["channel"]) if name.upper() not in names
    ]
    return (
        f"{words}; no known place: {', '.join(left_out)}"
        if left_out
        else words
    )
