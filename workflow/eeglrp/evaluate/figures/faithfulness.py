"""Whether the score falls when relevant pieces are hidden, and stays when irrelevant ones are.

The area between the two curves (SRG) is what the order by relevance tells about the model beyond
a random order, for which it is 0.
"""

from eeglrp.drawing import legend_below, panels, regime_colours, render
from eeglrp.labels import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.tables import default_method, metric_table, over_seeds

CAPTION = """\
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
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """SRG of each seed and means over seeds, and the mean curves of one method and occluder."""
    import pandas as pd

    table = metric_table([tables[0]], extra=("occluder",))
    curves = metric_table([tables[1]], extra=("occluder",))
    if "fraction" not in curves:
        curves = curves.assign(fraction=float("nan"))
    is_srg = table["metric"] == SRG
    is_pooled = table["subject"] == "all"
    srg = table[is_srg & is_pooled]
    srg = srg.assign(fraction=float("nan"))
    if srg.empty:
        return srg
    curves = _shown_curves(curves, srg)
    mean_srg = over_seeds(srg, _KEYS).assign(seed="mean")
    mean_curves = over_seeds(curves, _KEYS).assign(seed="mean")
    return pd.concat([srg, mean_srg, mean_curves], ignore_index=True)


def _shown_curves(curves, srg):
    """Curves of the default method and of random orders, by the first occluder."""
    method = default_method(srg["method"])
    occluder = ordered(srg["occluder"], OCCLUDERS)[0]
    is_method = curves["method"].isin(("random", method))
    is_occluder = curves["occluder"] == occluder
    return curves[is_method & is_occluder]


def plot(frame):
    """Rows tasks; curves in the first column, then SRG by method, one column an occluder."""
    tasks = ordered(frame["task"], TASKS)
    occluders = ordered(frame["occluder"], OCCLUDERS)
    is_srg = frame["metric"] == SRG
    scores = frame[is_srg]
    curves = frame[~is_srg]
    methods = ordered(scores["method"], METHODS)
    regimes = ordered(frame["regime"], REGIMES)
    colour = regime_colours(regimes)
    looks = {regime: colour[regime] for regime in regimes}
    row = 0.09 + 0.04 * len(regimes)
    height = max(row * len(methods), 0.9) + 0.75
    figure, axes = panels(len(tasks), 1 + len(occluders), height)
    names = [label(method) for method in methods]
    for line, task in zip(axes, tasks, strict=True):
        first, *others = line
        of_task = scores[scores["task"] == task]
        n_windows = of_task["n"].max()
        curves_of_task = curves[curves["task"] == task]
        _draw_curves(first, curves_of_task, looks)
        first.set_title(f"{label(task)}\nn = {n_windows:.0f} windows")
        for axis, occluder in zip(others, occluders, strict=True):
            of_occluder = of_task[of_task["occluder"] == occluder]
            _draw_scores(axis, of_occluder, methods, looks)
            axis.set_title(OCCLUDERS.get(occluder, occluder))
        others[0].set_yticks(range(len(names)), names)
    legend_below(figure, _legend(looks, curves), columns=4)
    return figure


def _draw_curves(axis, frame, looks):
    for (regime, metric), line in frame.groupby(
        ["regime", "metric"], sort=False
    ):
        line = line.sort_values("fraction")
        style, _ = CURVES[metric]
        axis.plot(
            line["fraction"],
            line["value"],
            linestyle=style,
            color=looks[regime],
            linewidth=1,
        )
    axis.axhline(0, color="0.85", linewidth=0.6, zorder=0)
    axis.set_xlim(0, 1)
    axis.xaxis.set_major_formatter("{x:.0%}")
    axis.set_xlabel("hidden pieces")
    axis.set_ylabel("score (logit)")


def _draw_scores(axis, frame, methods, looks):
    step = 0.72 / len(looks)
    middle = (len(looks) - 1) / 2
    place = {method: number for number, method in enumerate(methods)}
    for number, (regime, colour) in enumerate(looks.items()):
        of_regime = frame[frame["regime"] == regime]
        shift = (number - middle) * step
        y = of_regime["method"].map(place) + shift
        _draw_regime(axis, of_regime, y, colour)
    axis.axvline(0, color="0.2", linewidth=1, zorder=0)
    axis.grid(axis="x", color="0.92", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.set_ylim(len(methods) - 0.4, -0.6)
    axis.set_yticks([])
    axis.set_xlabel("SRG (logit)")
    axis.xaxis.get_major_locator().set_params(nbins=4)


def _draw_regime(axis, frame, y, colour):
    """Single seeds, and their mean with its interval, each at its height `y`."""
    is_mean = frame["seed"] == "mean"
    seeds = frame.loc[~is_mean, "value"]
    look = {"color": colour, "markersize": 4, "markeredgewidth": 0.7}
    axis.plot(seeds, y[~is_mean], "|", **look)
    mean = frame[is_mean]
    y = y[is_mean]
    axis.hlines(y, mean["ci_low"], mean["ci_high"], color=colour, linewidth=1)
    axis.plot(mean["value"], y, "o", color=colour, markersize=3.2)


def _legend(looks, curves):
    from matplotlib.lines import Line2D

    point = {"marker": "o", "markersize": 3.2, "linewidth": 1}
    handles = []
    for regime, colour in looks.items():
        look = {"color": colour, **point}
        handles.append(Line2D([], [], label=label(regime), **look))
    tick = {"marker": "|", "linestyle": ""}
    seed = {"color": "0.4", "markersize": 4, **tick}
    handles.append(Line2D([], [], label="one seed", **seed))
    chance = {"color": "0.2", "markersize": 7, **tick}
    handles.append(Line2D([], [], label="SRG of random orders", **chance))
    of_methods = curves[curves["method"] != "random"]
    method = label(default_method(of_methods["method"]))
    for style, name in CURVES.values():
        words = name if name == "random order" else f"{name} ({method})"
        look = {"color": "0.4", "linewidth": 1, "linestyle": style}
        handles.append(Line2D([], [], label=words, **look))
    return handles
