"""Which attribution method to use: wins over the other methods, trust and cost, side by side."""

from eeglrp.drawing import panels, render
from eeglrp.labels import METHODS, YARDSTICKS, label, ordered
from eeglrp.tables import metric_table

CAPTION = r"""Which attribution method to use, over all tasks of the study, in models that
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
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Every metric of the guide that has a column, occluders told apart."""
    frame = metric_table(tables, extra=("against",))
    kind = frame["metric"].map(_kind)
    has_column = kind.isin(TITLES)
    shown = frame[has_column]
    return shown.assign(column=kind[has_column])


def _kind(metric):
    if metric.startswith("srg above random "):
        return "srg above random"
    return metric


def plot(frame):
    """Methods from top to bottom, most wins first; one column a question."""
    columns = ordered(frame["column"], TITLES)
    methods = _by_wins(frame)
    height = 0.16 * len(methods) + 0.55
    n_rows = -(-len(columns) // _ACROSS)
    n_columns = min(_ACROSS, len(columns))
    figure, axes = panels(n_rows, n_columns, height, sharey=True)
    for axis in axes.flat[len(columns) :]:
        axis.remove()
    for axis, column in zip(axes.flat, columns, strict=False):
        of_column = frame[frame["column"] == column]
        _draw_column(axis, of_column, methods)
        axis.set_title(TITLES[column])
        _scale(axis, column)
    names = [label(method) for method in methods]
    corner = axes[0, 0]
    corner.set_yticks(range(len(names)), names)
    corner.set_ylim(len(names) - 0.4, -0.6)
    return figure


def _by_wins(frame):
    """Methods by their wins, then those without, then the yardsticks."""
    wins = frame[frame["metric"] == "wins"]
    wins = wins.sort_values("value", ascending=False)
    others = ordered(frame["method"], METHODS)
    in_order = [*wins["method"], *others]
    names = dict.fromkeys(in_order)
    methods = [name for name in names if name not in YARDSTICKS]
    yardsticks = [name for name in names if name in YARDSTICKS]
    return methods + yardsticks


def _draw_column(axis, frame, methods):
    metrics = list(frame.groupby("metric", sort=False))
    several = len(metrics) > 1
    shades = _shades(len(metrics))
    step = 0.6 / len(metrics)
    middle = (len(metrics) - 1) / 2
    for number, (metric, rows) in enumerate(metrics):
        colour = shades[number]
        shift = (number - middle) * step
        y = rows["method"].map(methods.index) + shift
        axis.hlines(
            y, rows["ci_low"], rows["ci_high"], color=colour, linewidth=1
        )
        name = metric.rsplit(" ", 1)[-1]
        axis.plot(
            rows["value"], y, "o", color=colour, markersize=3.2, label=name
        )
    if frame["chance"].notna().any():
        chance = frame["chance"].mean()
        axis.axvline(chance, color="0.2", linewidth=0.8, linestyle=":")
    if several:
        axis.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.12),
            ncols=2,
            handlelength=0.6,
        )
    axis.grid(axis="both", color="0.92", linewidth=0.6)
    axis.set_axisbelow(True)


def _shades(number):
    """Colours of so many metrics; a single one is dark grey."""
    import seaborn

    if number == 1:
        return ["0.2"]
    return seaborn.color_palette("colorblind")


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
