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

CAPTION = """\
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
    shown = select(tables)
    render(plot, shown, MISSING, pdf, png, tsv)


def select(tables):
    """Mean relevance by class, and share over all classes, per electrode; mean over seeds."""
    frame = metric_table(tables, extra=("class", "channel"))
    of_all_classes = frame["class"] == "all"
    signed = (frame["metric"] == SIGNED) & ~of_all_classes
    share = (frame["metric"] == SHARE) & of_all_classes
    of_all = frame["subject"] == "all"
    of_method = frame["method"] == default_method(frame["method"])
    shown = frame[of_all & of_method & (signed | share)]
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
    return _with_scale(over_seeds(shown, keys))


def _with_scale(frame):
    """Add `scale`, the largest |relevance| of a task's regime; a share is drawn as it is."""
    size = frame["value"].abs()
    keys = [frame["task"], frame["regime"], frame["metric"]]
    largest = size.groupby(keys).transform("max")
    is_signed = frame["metric"] == SIGNED
    scale = largest.where(is_signed, 1.0)
    scale = scale.where(scale > 0, 1.0)
    return frame.assign(scale=scale)


def plot(frame):
    """One block a task, two blocks a line."""
    from matplotlib.figure import Figure

    tasks = ordered(frame["task"], TASKS)
    n_regimes = frame["regime"].nunique()
    columns = min(2, len(tasks))
    starts = range(0, len(tasks), columns)
    lines = [tasks[start : start + columns] for start in starts]
    heights = [_n_rows(frame, line) * _MAP + 0.55 for line in lines]
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


def _n_rows(frame, tasks):
    """Rows of maps of the task that has most."""
    n_classes = []
    for task in tasks:
        of_task = frame[frame["task"] == task]
        n_classes.append(of_task["class"].nunique())
    return max(n_classes)


def _draw_task(block, frame, task):
    regimes = ordered(frame["regime"], REGIMES)
    classes = ordered([name for name in frame["class"] if name != "all"])
    rows = [*classes, "all"]
    axes = block.subplots(len(rows), len(regimes), squeeze=False)
    block.suptitle(label(task), weight="bold", size=SMALL + 1.5)
    signed = _scale(frame, signed=True)
    share = _scale(frame, signed=False)
    for line, name in zip(axes, rows, strict=True):
        of_class = frame[frame["class"] == name]
        scale = share if name == "all" else signed
        for axis, regime in zip(line, regimes, strict=True):
            of_map = of_class[of_class["regime"] == regime]
            _draw_map(axis, of_map, scale)
            if name == rows[0]:
                axis.set_title(_heading(of_map, regime), size=SMALL + 0.5)
        words = "all classes" if name == "all" else label(name)
        line[0].set_ylabel(words, size=SMALL)
    if classes:
        _colour_bar(block, axes[:-1], signed, "mean relevance / scale", "%.1f")
    bar = _colour_bar(
        block, axes[-1:], share, "share of |relevance|", "{x:.1%}"
    )
    even = frame.loc[frame["metric"] == SHARE, "chance"].mean()
    bar.ax.axhline(even, color="0.1", linewidth=1)


def _heading(frame, regime):
    """Name of the regime and, over signed maps, what 1 on their colour bar means."""
    signed = frame.loc[frame["metric"] == SIGNED, "scale"]
    if signed.empty:
        return label(regime)
    return f"{label(regime)}\n(1 = {signed.iloc[0]:.2g} logit)"


def _scale(frame, signed):
    """Colours in steps, so that a reader can find one in the bar, and their limits."""
    import seaborn
    from matplotlib.colors import Normalize

    if signed:
        palette, low, high = "RdBu_r", -1.0, 1.0
    else:
        largest = frame.loc[frame["metric"] == SHARE, "value"].max()
        palette, low = "rocket_r", 0.0
        high = largest if largest > 0 else 1.0
    colours = seaborn.color_palette(palette, as_cmap=True)
    return Normalize(low, high), colours.resampled(_LEVELS)


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
    values = (placed["value"] / placed["scale"]).to_numpy()
    channels = tuple(placed["channel"])
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
    method = label(frame["method"].iloc[0])
    n_seeds = frame["n_seeds"].max()
    n = frame["n"].max()
    words = (
        f"{method}; seeds averaged: {n_seeds}, "
        f"n ≤ {n:.0f} windows a map; line in the lower bar: equal shares"
    )
    names = montage_names()
    channels = ordered(frame["channel"])
    left_out = [name for name in channels if name.upper() not in names]
    if left_out:
        words += f"; no known place: {', '.join(left_out)}"
    return words
