"""Which regions, bands and times hold the relevance, against what they would hold anyhow.

Ocular-frontal shares far above the region's part of the electrodes, and of the signal, in a task
that the brain should solve point to a shortcut.
"""

from eeglrp.drawing import (
    MARKERS,
    legend_below,
    panels,
    regime_colours,
    render,
)
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import default_method, metric_table, over_seeds

CAPTION = """\
Shares of relevance, mean over seeds, with the bootstrap interval over
subjects. Left: absolute relevance by region of electrodes. Right: net
relevance by frequency band (relevance summed over time, its magnitude summed
over electrodes; only for methods whose relevance is the signal times a
coefficient), and absolute relevance early in the window: up to
``verify.early`` after the cue of motor imagery, else in the first half.

Black marks, chance: the region's part of the electrodes, the early part of the
window; for bands the share that white noise times the signal would have. Grey
marks: the share of the absolute signal. Relevance that is the signal times a
coefficient is large where the signal is, so that a share above chance but not
above the signal's says little of the model.

Filled markers: a test of the share against chance over subjects, which knows
that those of a fold share its models, gives p < 0.05 in every seed, corrected
(Holm) over the regions, or over the bands, of a model. Fewer than six subjects
are not tested.
"""
TABLES = ("metrics/shares.tsv",)
PREFIX = "share "
#: Shares that are not of regions, and their names.
NAMES = {
    "share delta": "delta (below 4 Hz)",
    "share theta": "theta (4 to 8 Hz)",
    "share alpha": "alpha (8 to 13 Hz)",
    "share beta": "beta (13 to 30 Hz)",
    "share gamma": "gamma (from 30 Hz)",
    "share early": "early in the window",
}
#: What values are compared with, and its marks.
YARDSTICKS = {
    "signal": {"color": "0.65", "zorder": 1.0},
    "chance": {"color": "0.2", "zorder": 1.5},
}
MISSING = "No shares of relevance: no attribution of this study has been summarised by region."
#: Columns of numbers besides those of every table.
NUMBERS = ("signal", "p")
#: Level below which a corrected p fills a marker.
ALPHA = 0.05


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    shown = select(tables)
    render(plot, shown, MISSING, pdf, png, tsv)


def select(tables):
    """Shares of the default method over all classes, mean over seeds; `p` is their largest."""
    frame = metric_table(tables, extra=("class", *NUMBERS), numbers=NUMBERS)
    method = default_method(frame["method"])
    chosen = (frame["subject"] == "all") & (frame["class"] == "all")
    chosen &= frame["metric"].str.fullmatch(PREFIX + r"\S+")
    chosen &= frame["method"] == method
    keys = [
        "study",
        "task",
        "regime",
        "method",
        "subject",
        "metric",
    ]
    return with_p(frame[chosen], keys)


def with_p(frame, keys):
    """Mean over seeds for each combination of keys, and the largest `p`."""
    p = frame.groupby(keys, sort=False)["p"]
    largest = p.max().rename("p")
    means = over_seeds(frame, keys, more=("signal",))
    return means.merge(largest, on=keys)


def plot(frame):
    """One row a task: regions on the left, bands and time on the right; one marker a regime."""
    tasks = ordered(frame["task"], TASKS)
    regimes = ordered(frame["regime"], REGIMES)
    metrics = ordered(frame["metric"])
    regions = [name for name in metrics if name not in NAMES]
    others = [name for name in NAMES if name in metrics]
    n_lines = max(len(regions), len(others))
    height = n_lines * (0.1 + 0.034 * len(regimes)) + 0.35
    figure, axes = panels(
        n_rows=len(tasks),
        n_columns=2,
        row_height=height,
        sharex="col",
        sharey="col",
    )
    looks = looks_of(regimes)
    for (left, right), task in zip(axes, tasks, strict=True):
        of_task = frame[frame["task"] == task]
        of_regions = of_task["metric"].isin(regions)
        draw_values(left, of_task[of_regions], regions, looks)
        draw_values(right, of_task[~of_regions], others, looks)
        n = of_task["n"].max()
        left.set_title(f"{label(task)}: regions (n = {n:.0f})")
        right.set_title(f"{label(task)}: bands and time")
    _label_lines(axes[0, 0], regions, n_lines)
    _label_lines(axes[0, 1], others, n_lines)
    for axis in axes[-1]:
        axis.set_xlabel("share of relevance")
    method = label(frame["method"].iloc[0])
    words = f"{method}; filled: p < {ALPHA} in every seed"
    legend_below(figure, _legend(looks), columns=5, title=words)
    return figure


def _label_lines(axis, names, n_lines):
    shown = [
        NAMES.get(name, label(name.removeprefix(PREFIX))) for name in names
    ]
    axis.set_yticks(range(len(names)), shown)
    axis.set_ylim(n_lines - 0.5, -0.5)
    axis.set_xlim(left=0)
    axis.xaxis.set_major_formatter("{x:.0%}")


def looks_of(regimes):
    """Colour and marker of each regime."""
    shades = regime_colours(regimes)
    looks = {}
    for regime, marker in zip(regimes, MARKERS * 2, strict=False):
        looks[regime] = {
            "color": shades[regime],
            "marker": marker,
            "markersize": 3.5,
        }
    return looks


def draw_values(axis, frame, names, looks, by="regime"):
    """Values with their intervals beside chance, a line of the panel for each of `names`.

    Parameters
    ----------
    axis : matplotlib Axes
    frame : DataFrame
        Columns metric, value, ci_low, ci_high, chance, signal, p.
    names : list of str
        Metrics, from top to bottom.
    looks : dict
        Value of the column `by` -> keywords of a marker.
    by : str
        What the markers of a line tell apart.
    """
    line_of = {name: line for line, name in enumerate(names)}
    line = frame["metric"].map(line_of)
    even = frame["chance"].groupby(line).mean()
    axis.vlines(
        even, even.index - 0.45, even.index + 0.45, **YARDSTICKS["chance"]
    )
    step = 0.75 / len(looks)
    middle = (len(looks) - 1) / 2
    for number, (name, look) in enumerate(looks.items()):
        rows = frame[frame[by] == name]
        y = line[rows.index] + (number - middle) * step
        _draw_marks(axis, rows, y, step, look)
    for edge in range(1, len(names)):
        axis.axhline(edge - 0.5, color="0.9", linewidth=0.6)


def _draw_marks(axis, frame, y, step, look):
    """Values of one look at heights `y`: signal, interval, and a marker filled where p is low."""
    axis.vlines(
        frame["signal"], y - step / 2, y + step / 2, **YARDSTICKS["signal"]
    )
    axis.hlines(
        y, frame["ci_low"], frame["ci_high"], color=look["color"], linewidth=1
    )
    for clear in (True, False):
        chosen = (frame["p"] < ALPHA) == clear
        marks = {
            **look,
            "markerfacecolor": look["color"] if clear else "white",
            "markeredgewidth": 0.8,
            "linestyle": "",
        }
        axis.plot(frame.loc[chosen, "value"], y[chosen], **marks)


def _legend(looks):
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], label=label(name), **look)
        for name, look in looks.items()
    ]
    return handles + yardstick_handles("share of |signal|", "chance")


def yardstick_handles(*names):
    """Legend of the marks that values are compared with, in the order of `YARDSTICKS`."""
    from matplotlib.lines import Line2D

    handles = []
    for look, name in zip(YARDSTICKS.values(), names, strict=True):
        mark = {"linestyle": "", "marker": "|", "markersize": 7}
        handles.append(Line2D([], [], **look, **mark, label=name))
    return handles
