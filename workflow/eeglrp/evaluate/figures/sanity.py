"""How maps change when learned weights are replaced by random ones, from the head downwards."""

from eeglrp.drawing import (
    MARKERS,
    colours,
    has_rows,
    hide_empty,
    legend_below,
    panels,
    render,
)
from eeglrp.labels import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """\
Similarity of maps to those of the trained model while its weights are replaced
by random ones, from the head downwards (Adebayo et al. 2018). Random weights
are drawn as those of a new model are. Maps that stay the same tell nothing
about what the model learned. Triangles: how alike the trained model's own maps
of different windows of one class are. Bands, where methods are few: intervals
over subjects. The class explained is that of the trained model; a random head
may take either class's side, so that signed relevance may turn over as well.

This is a check that every method has to pass, and no ranking of methods: how
fast similarity falls depends on the noise of a method too (Binder et al.
2023). Magnitudes stay alike to some degree in any network of this kind, since
the input is the same.
"""
TABLES = ("metrics/sanity.tsv",)
#: Metric -> line, and what the legend calls it.
LINES = {
    "spearman cascading": ("-", "signed relevance"),
    "spearman_absolute cascading": ("--", "|relevance|"),
}
#: Of the legend.
_COLUMNS = 5
#: More methods are drawn without intervals, which would hide them.
_MOST_BANDS = 5
MISSING = (
    "No randomisation of weights: evaluate.sanity.methods names no method, or every model of this "
    "study is untrained."
)


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Similarity of maps by depth of the randomisation and method, mean over seeds."""
    frame = metric_table(tables, extra=("unit", "depth"), numbers=("depth",))
    is_pooled = frame["subject"] == "all"
    is_shown = frame["metric"].isin(LINES)
    keys = [
        "study",
        "task",
        "regime",
        "method",
        "subject",
        "metric",
        "unit",
        "depth",
    ]
    return over_seeds(frame[is_pooled & is_shown], keys)


def plot(frame):
    """Rows tasks, columns regimes; a colour a method, signed and absolute relevance by line."""
    tasks = ordered(frame["task"], TASKS)
    regimes = ordered(frame["regime"], REGIMES)
    methods = ordered(frame["method"], METHODS)
    looks = _looks(methods)
    # Names of the units and the legend need the same room below one row as below four.
    below = 1.0 + 0.15 * len(methods) / _COLUMNS
    height = 1.45 + below / len(tasks)
    figure, axes = panels(
        len(tasks), len(regimes), height, sharex=True, sharey=True
    )
    for line, task in zip(axes, tasks, strict=True):
        for axis, regime in zip(line, regimes, strict=True):
            is_task = frame["task"] == task
            is_regime = frame["regime"] == regime
            of_panel = frame[is_task & is_regime]
            _draw_panel(axis, of_panel, looks)
            axis.set_title(f"{label(task)}, {label(regime)}")
        line[0].set_ylabel("rank correlation")
    _name_units(axes[-1], frame)
    hide_empty(axes, has_rows(frame, tasks, regimes))
    title = _title(frame)
    legend_below(figure, _legend(looks), columns=_COLUMNS, title=title)
    return figure


def _looks(methods):
    """Colour and marker of each method; where colours come again, the markers are others."""
    shades = colours(methods)
    n_markers = len(MARKERS)
    looks = {}
    for number, name in enumerate(methods):
        place = (number + number // n_markers) % n_markers
        looks[name] = {
            "color": shades[name],
            "marker": MARKERS[place],
            "ms": 2.6,
            "mew": 0,
        }
    return looks


def _draw_panel(axis, frame, looks):
    axis.axhline(0, color="0.8", linewidth=0.6)
    with_bands = len(looks) <= _MOST_BANDS
    for method, look in looks.items():
        of_method = frame[frame["method"] == method]
        for metric, (style, _) in LINES.items():
            line = of_method[of_method["metric"] == metric]
            if len(line):
                line = line.sort_values("depth")
                _draw_line(axis, line, style, look, with_bands)


def _draw_line(axis, line, style, look, with_band):
    """One method's similarity by depth, its interval, and the level of different windows."""
    colour = look["color"]
    # Before anything is random, a map is like itself.
    depth = [0, *line["depth"]]
    value = [1, *line["value"]]
    axis.plot(depth, value, style, linewidth=1, **look)
    if with_band:
        axis.fill_between(
            line["depth"],
            line["ci_low"],
            line["ci_high"],
            color=colour,
            alpha=0.12,
            linewidth=0,
        )
    edge = line["depth"].max() + 0.45
    level = line["chance"].iloc[-1]
    filled = colour if style == "-" else "white"
    axis.plot(edge, level, "<", color=colour, mfc=filled, ms=3.2, mew=0.7)


def _name_units(axes, frame):
    units = frame.drop_duplicates("depth").sort_values("depth")
    for axis in axes:
        ticks = [0, *units["depth"]]
        axis.set_xticks(ticks, ["none", *units["unit"]], rotation=90)
        axis.set_xlabel("random down to")


def _legend(looks):
    from matplotlib.lines import Line2D

    methods = [
        Line2D([], [], label=label(name), **look)
        for name, look in looks.items()
    ]
    lines = [
        Line2D([], [], color="0.35", linestyle=style, label=words)
        for style, words in LINES.values()
    ]
    level = Line2D(
        [],
        [],
        color="0.35",
        marker="<",
        linestyle="",
        markersize=3.2,
        label="maps of different windows",
    )
    return [*methods, *lines, level]


def _title(frame):
    n_seeds = frame["n_seeds"].max()
    n_windows = frame["n"].max()
    words = f"models of each regime: {n_seeds}, n ≤ {n_windows:.0f} windows"
    if frame["method"].nunique() <= _MOST_BANDS:
        words += "; bands: intervals over subjects"
    return words
