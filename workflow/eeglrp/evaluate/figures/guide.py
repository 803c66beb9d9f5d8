"""Which attribution method to use: wins over the other methods, trust and cost, side by side."""

from eeglrp.drawing import panels, render
from eeglrp.labels import METHODS, YARDSTICKS, label, ordered
from eeglrp.tables import metric_table

CAPTION = r"""
Which attribution method to use, over all tasks of the study, in models that
decode above chance. A win is another method beaten in the same model and
subject: 1 is always the best, the dotted line at 0.5 is what equals would
share. Planted truth: signed AUC and mass accuracy, where recordings have a
planted source. Faithfulness: SRG, over the occluders named in the sixth
column, which tells in how many models and subjects a map does better than a
random order. An AUC below that of \|signal\| says that the source is easier to
see in the signal than in the map. Time and the change under 5 % noise win
nothing.

Intervals (95 %) are over pairs of task and subject; tasks on the same
recordings share their subjects.
"""
TABLES = ("metrics/guide.tsv",)
#: Metric -> heading; a metric of several occluders has one column each.
TITLES = {
    "wins": "wins, overall",
    "wins truth": "wins: planted truth",
    "wins faithfulness": "wins: faithfulness",
    "auc over signal": "AUC above that of |signal|",
    "mass over chance": "mass on the truth / chance",
    "srg above random": "share with SRG > random",
    "max_sensitivity": "noise changes the map by",
    "gradients": "time / input × gradient",
}
#: Columns beside each other.
_ACROSS = 4
_LOGARITHMIC = ("mass over chance", "gradients")
_SHARES = ("wins", "wins truth", "wins faithfulness", "srg above random")
MISSING = "No guide to methods: no model of this study decodes above chance, or none was scored."


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Every metric of the guide that has a column, occluders told apart."""
    frame = metric_table(tables, extra=("against",))
    kind = frame["metric"].map(_kind)
    return frame[kind.isin(TITLES)].assign(column=kind[kind.isin(TITLES)])


def _kind(metric):
    return (
        "srg above random"
        if metric.startswith("srg above random ")
        else metric
    )


def plot(frame):
    """Methods from top to bottom, most wins first; one column a question."""
    columns = ordered(frame["column"], TITLES)
    methods = _by_wins(frame)
    height = 0.16 * len(methods) + 0.55
    n_rows = -(-len(columns) // _ACROSS)
    figure, axes = panels(
        n_rows, min(_ACROSS, len(columns)), height, sharey=True
    )
    for axis in axes.flat[len(columns) :]:
        axis.remove()
    for axis, column in zip(axes.flat, columns, strict=False):
        _draw_column(axis, frame[frame["column"] == column], methods)
        axis.set_title(TITLES[column])
        _scale(axis, column)
    axes[0, 0].set_yticks(
        range(len(methods)), [label(method) for method in methods]
    )
    axes[0, 0].set_ylim(len(methods) - 0.4, -0.6)
    return figure


def _by_wins(frame):
    """Methods by their wins, then those without, then the yardsticks."""
    wins = frame[frame["metric"] == "wins"].sort_values(
        "value", ascending=False
    )["method"]
    known = list(dict.fromkeys([*wins, *ordered(frame["method"], METHODS)]))
    return [m for m in known if m not in YARDSTICKS] + [
        m for m in known if m in YARDSTICKS
    ]


def _draw_column(axis, frame, methods):
    import seaborn

    parts = list(frame.groupby("metric", sort=False))
    step = 0.6 / len(parts)
    for number, (metric, part) in enumerate(parts):
        y = (
            part["method"].map(methods.index)
            + (number - (len(parts) - 1) / 2) * step
        )
        colour = (
            seaborn.color_palette("colorblind")[number]
            if len(parts) > 1
            else "0.2"
        )
        axis.hlines(
            y, part["ci_low"], part["ci_high"], color=colour, linewidth=1
        )
        name = metric.rsplit(" ", 1)[-1]
        axis.plot(
            part["value"], y, "o", color=colour, markersize=3.2, label=name
        )
    if frame["chance"].notna().any():
        axis.axvline(
            frame["chance"].mean(), color="0.2", linewidth=0.8, linestyle=":"
        )
    if len(parts) > 1:
        axis.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.12),
            ncols=2,
            handlelength=0.6,
        )
    axis.grid(axis="both", color="0.92", linewidth=0.6)
    axis.set_axisbelow(True)


def _scale(axis, column):
    if column in _SHARES:
        axis.set_xlim(-0.04, 1.04)
        axis.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    elif column in _LOGARITHMIC:
        axis.set_xscale("log")
        axis.xaxis.get_major_locator().set_params(subs=(1, 2, 5), numticks=5)
        axis.xaxis.set_major_formatter("{x:g}")
        axis.xaxis.set_minor_formatter(lambda *_: "")
    else:
        axis.xaxis.get_major_locator().set_params(nbins=3)
