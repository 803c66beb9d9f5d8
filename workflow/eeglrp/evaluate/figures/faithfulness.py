"""Whether the score falls when relevant pieces are hidden, and stays when irrelevant ones are.

The area between the two curves (SRG) is what the order by relevance tells about the model beyond
a random order, for which it is 0.
"""

from eeglrp.drawing import legend_below, panels, regime_colours, render
from eeglrp.labels import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.tables import default_method, metric_table, over_seeds

CAPTION = """
Pieces of the signal, ordered by their relevance, are hidden from the model.
Left: the score of the explained class, mean over seeds, while more and more
pieces are hidden, for one method and the first way of hiding; a faithful order
lets the solid line fall at once and the dashed one stay. Right: the area
between the two lines (SRG) by method and way of hiding; points: mean over
seeds with the bootstrap interval over subjects; ticks: single seeds; black:
random orders, for which it is 0.

Logits of differently trained models have scales of their own: compare methods
within one model, and models by the normalised area in the table. What is found
depends on what takes a piece's place: a flat signal is itself a signal, which
can speak for a class that shows in the absence of a rhythm, while a piece left
out says nothing.
"""
TABLES = ("metrics/faithfulness.tsv", "metrics/faithfulness_curves.tsv")
SRG = "srg"
#: Metric of the curves -> line style and name.
CURVES = {
    "curve morf": ("-", "most relevant hidden first"),
    "curve lerf": ((0, (4, 1.5)), "least relevant first"),
    "curve random": ((0, (1, 1.2)), "random order"),
}
OCCLUDERS = {
    "removal": "left out",
    "zero": "set to zero",
    "mean": "set to mean",
    "other": "of other window",
}
MISSING = (
    "No faithfulness: no explained window of this study has been perturbed."
)
_KEYS = [
    "study",
    "task",
    "regime",
    "method",
    "subject",
    "metric",
    "occluder",
    "fraction",
]


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """SRG of each seed and means over seeds, and the mean curves of one method and occluder."""
    import pandas as pd

    table, curves = (
        metric_table([path], extra=("occluder",)) for path in tables
    )
    if "fraction" not in curves:
        curves = curves.assign(fraction=float("nan"))
    table = table[(table["metric"] == SRG) & (table["subject"] == "all")]
    table = table.assign(fraction=float("nan"))
    if table.empty:
        return table
    shown = curves["method"].isin(("random", default_method(table["method"])))
    shown &= curves["occluder"] == ordered(table["occluder"], OCCLUDERS)[0]
    means = [
        over_seeds(part, _KEYS).assign(seed="mean")
        for part in (table, curves[shown])
    ]
    return pd.concat([table, *means], ignore_index=True)


def plot(frame):
    """Rows tasks; curves in the first column, then SRG by method, one column an occluder."""
    tasks, occluders = (
        ordered(frame["task"], TASKS),
        ordered(frame["occluder"], OCCLUDERS),
    )
    scores, curves = (
        frame[frame["metric"] == SRG],
        frame[frame["metric"] != SRG],
    )
    methods, regimes = (
        ordered(scores["method"], METHODS),
        ordered(frame["regime"], REGIMES),
    )
    colour = regime_colours(regimes)
    looks = {regime: colour[regime] for regime in regimes}
    height = max((0.09 + 0.04 * len(regimes)) * len(methods), 0.9) + 0.75
    figure, axes = panels(len(tasks), 1 + len(occluders), height)
    for line, task in zip(axes, tasks, strict=True):
        own, of_task = (
            curves[curves["task"] == task],
            scores[scores["task"] == task],
        )
        _draw_curves(line[0], own, looks)
        windows = of_task["n"].max()
        line[0].set_title(f"{label(task)}\nn = {windows:.0f} windows")
        for axis, occluder in zip(line[1:], occluders, strict=True):
            _draw_scores(
                axis, of_task[of_task["occluder"] == occluder], methods, looks
            )
            axis.set_title(OCCLUDERS.get(occluder, occluder))
        line[1].set_yticks(
            range(len(methods)), [label(method) for method in methods]
        )
    legend_below(figure, _legend(looks, curves), columns=4)
    return figure


def _draw_curves(axis, frame, looks):
    for (regime, metric), line in frame.groupby(
        ["regime", "metric"], sort=False
    ):
        line = line.sort_values("fraction")
        style = {
            "linestyle": CURVES[metric][0],
            "color": looks[regime],
            "linewidth": 1,
        }
        axis.plot(line["fraction"], line["value"], **style)
    axis.axhline(0, color="0.85", linewidth=0.6, zorder=0)
    axis.set_xlim(0, 1)
    axis.xaxis.set_major_formatter("{x:.0%}")
    axis.set_xlabel("hidden pieces")
    axis.set_ylabel("score (logit)")


def _draw_scores(axis, frame, methods, looks):
    step = 0.72 / len(looks)
    place = {method: number for number, method in enumerate(methods)}
    for number, (regime, colour) in enumerate(looks.items()):
        own = frame[frame["regime"] == regime]
        y = own["method"].map(place) + (number - (len(looks) - 1) / 2) * step
        mean = own["seed"] == "mean"
        seeds = {"color": colour, "markersize": 4, "markeredgewidth": 0.7}
        axis.plot(own["value"][~mean], y[~mean], "|", **seeds)
        axis.hlines(
            y[mean],
            own["ci_low"][mean],
            own["ci_high"][mean],
            color=colour,
            linewidth=1,
        )
        axis.plot(
            own["value"][mean], y[mean], "o", color=colour, markersize=3.2
        )
    axis.axvline(0, color="0.2", linewidth=1, zorder=0)
    axis.grid(axis="x", color="0.92", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.set_ylim(len(methods) - 0.4, -0.6)
    axis.set_yticks([])
    axis.set_xlabel("SRG (logit)")
    axis.xaxis.get_major_locator().set_params(nbins=4)


def _legend(looks, curves):
    from matplotlib.lines import Line2D

    method = label(
        default_method(m for m in curves["method"] if m != "random")
    )
    handles = [
        Line2D(
            [],
            [],
            color=colour,
            marker="o",
            markersize=3.2,
            linewidth=1,
            label=label(regime),
        )
        for regime, colour in looks.items()
    ]
    grey = {"color": "0.4", "markersize": 4}
    handles.append(
        Line2D([], [], marker="|", linestyle="", label="one seed", **grey)
    )
    chance = {"color": "0.2", "marker": "|", "linestyle": "", "markersize": 7}
    handles.append(Line2D([], [], label="SRG of random orders", **chance))
    for style, name in CURVES.values():
        words = name if name == "random order" else f"{name} ({method})"
        handles.append(
            Line2D(
                [], [], color="0.4", linewidth=1, linestyle=style, label=words
            )
        )
    return handles
