"""How relevance moves through the model: share of each region's tokens after each layer."""

from eeglrp.drawing import (
    MARKERS,
    colours,
    has_rows,
    hide_empty,
    legend_below,
    panels,
    render,
)
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import default_method, metric_table, over_seeds

CAPTION = """\
Share of absolute relevance by region after each layer of the model, mean over
seeds, with the bootstrap interval over subjects. Layer 0 is the embedding.
Triangles at the right edge: the region's share of the electrodes. Attention
mixes what the tokens hold: in deep layers a region is where information is
kept, not necessarily where it was recorded.
"""
TABLES = ("metrics/layers.tsv",)
METRIC = "share"
MISSING = (
    "No relevance by layer: no attribution of this study stored it (attribution.layers is off, "
    "or no method that was run has it)."
)


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    shown = select(tables)
    render(plot, shown, MISSING, pdf, png, tsv)


def select(tables):
    """Share of |relevance| by layer and region, default method, mean over seeds."""
    frame = metric_table(tables, extra=("layer", "region"), numbers=("layer",))
    chosen = (frame["subject"] == "all") & (frame["metric"] == METRIC)
    frame = frame[chosen]
    frame = frame[frame["method"] == default_method(frame["method"])]
    keys = [
        "study",
        "task",
        "regime",
        "method",
        "subject",
        "metric",
        "layer",
        "region",
    ]
    return over_seeds(frame, keys)


def plot(frame):
    """Rows tasks, columns regimes; one line a region with its interval."""
    tasks = ordered(frame["task"], TASKS)
    regimes = ordered(frame["regime"], REGIMES)
    looks = _looks(ordered(frame["region"]))
    figure, axes = panels(
        n_rows=len(tasks),
        n_columns=len(regimes),
        row_height=1.7,
        sharex=True,
        sharey="row",
    )
    for line, task in zip(axes, tasks, strict=True):
        of_task = frame[frame["task"] == task]
        for axis, regime in zip(line, regimes, strict=True):
            model = of_task[of_task["regime"] == regime]
            _draw_panel(axis, model, looks)
            axis.set_title(f"{label(task)}, {label(regime)}")
        line[0].set_ylabel("share of |relevance|")
        line[0].set_ylim(bottom=0)
        line[0].yaxis.set_major_formatter("{x:.0%}")
    for axis in axes[-1]:
        axis.set_xlabel("layer (0 = embedding)")
    hide_empty(axes, has_rows(frame, tasks, regimes))
    legend_below(figure, _legend(looks), columns=4, title=_title(frame))
    return figure


def _looks(regions):
    """Colour and marker of each region."""
    shades = colours(regions)
    looks = {}
    for region, marker in zip(regions, MARKERS, strict=False):
        looks[region] = {"color": shades[region], "marker": marker}
    return looks


def _draw_panel(axis, frame, looks):
    for region, look in looks.items():
        shares = frame[frame["region"] == region].sort_values("layer")
        layer = shares["layer"]
        axis.plot(
            layer,
            shares["value"],
            ms=3,
            mew=0,
            label=label(region),
            **look,
        )
        axis.fill_between(
            layer,
            shares["ci_low"],
            shares["ci_high"],
            color=look["color"],
            alpha=0.15,
            linewidth=0,
        )
        if len(shares):
            axis.plot(
                layer.max() + 0.3,
                shares["chance"].iloc[-1],
                "<",
                color=look["color"],
                ms=3.5,
                mew=0,
            )
    axis.xaxis.get_major_locator().set_params(integer=True)


def _legend(looks):
    from matplotlib.lines import Line2D

    regions = [
        Line2D([], [], markersize=3, label=label(region), **look)
        for region, look in looks.items()
    ]
    size = Line2D(
        [], [], color="0.35", marker="<", linestyle="", markersize=3.5
    )
    size.set_label("region's share of electrodes")
    return [*regions, size]


def _title(frame):
    method = label(frame["method"].iloc[0])
    n_seeds = frame["n_seeds"].max()
    n = frame["n"].max()
    return (
        f"{method}; seeds averaged: {n_seeds}, "
        f"n ≤ {n:.0f} windows; bands: intervals over subjects"
    )
