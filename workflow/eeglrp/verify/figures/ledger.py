"""What the logit is made of: shares of the input, the embeddings, the biases and the softmax.

Only the input's share lies on electrodes and time; the rest is the model's own constants. A map
that holds a few per cent of the logit explains a few per cent of it.
"""

from eeglrp.drawing import colours, legend_below, panels, render
from eeglrp.labels import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """
What the explained output is made of: the signed share of each source in the
sum of the sources' magnitudes, mean over seeds. Only the input's share lies on
electrodes and time and is shown in maps; the other sources are constants of
the model. ``unexplained`` is what a method without conservation leaves over.
"""
TABLES = ("metrics/conservation.tsv",)
PREFIX = "share "
CLOSURE = "closure_error"
MISSING = "No ledger: no attribution of this study has been summarised."
#: A bar this short has no room for its number.
_ROOM = 0.12


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Signed share of every source, and the closure error, mean over seeds."""
    frame = metric_table(tables)
    shown = frame["metric"].str.startswith(PREFIX) | (
        frame["metric"] == CLOSURE
    )
    keys = ["study", "task", "regime", "method", "subject", "metric"]
    return over_seeds(frame[shown & frame["subject"].isin(("all", ""))], keys)


def plot(frame):
    """Rows tasks, columns regimes; one bar a method, negative shares to the left."""
    tasks, regimes = (
        ordered(frame["task"], TASKS),
        ordered(frame["regime"], REGIMES),
    )
    methods = ordered(frame["method"], METHODS)
    shares = frame[frame["metric"].str.startswith(PREFIX)]
    looks = colours(ordered(shares["metric"], [PREFIX + "input"]))
    height = 0.24 * len(methods) + 0.5
    figure, axes = panels(
        len(tasks), len(regimes), height, sharex=True, sharey=True
    )
    for line, task in zip(axes, tasks, strict=True):
        for axis, regime in zip(line, regimes, strict=True):
            here = shares[
                (shares["task"] == task) & (shares["regime"] == regime)
            ]
            _draw_bars(axis, here, methods, looks)
            axis.set_title(f"{label(task)}, {label(regime)}")
    axes[0, 0].set_yticks(
        range(len(methods)), [label(method) for method in methods]
    )
    axes[0, 0].set_ylim(len(methods) - 0.45, -0.55)
    axes[0, 0].xaxis.set_major_formatter("{x:.0%}")
    for axis in axes[-1]:
        axis.set_xlabel("share of all |sources|")
    legend_below(figure, _handles(looks), columns=5, title=_title(frame))
    return figure


def _draw_bars(axis, frame, methods, looks):
    wide = frame.pivot(index="method", columns="metric", values="value")
    wide = wide.reindex(index=methods, columns=list(looks)).fillna(0.0)
    places = range(len(methods))
    right, left = (
        wide.clip(lower=0).cumsum(axis=1),
        wide.clip(upper=0).cumsum(axis=1),
    )
    for source, colour in looks.items():
        value = wide[source]
        start = right[source].where(value > 0, left[source]) - value
        axis.barh(places, value, 0.75, start, color=colour, linewidth=0)
    for place, value in zip(places, wide[PREFIX + "input"], strict=True):
        if abs(value) > _ROOM:
            axis.text(
                value / 2,
                place,
                f"{value:.0%}",
                ha="center",
                va="center",
                color="white",
            )
    axis.axvline(0, color="0.2", linewidth=0.8)


def _handles(looks):
    from matplotlib.patches import Patch

    return [
        Patch(color=colour, label=label(name.removeprefix(PREFIX)))
        for name, colour in looks.items()
    ]


def _title(frame):
    errors = frame.loc[frame["metric"] == CLOSURE, "value"]
    worst = (
        f"; largest closure error {errors.max():.1g}" if len(errors) else ""
    )
    shares = frame[frame["metric"] != CLOSURE]
    return f"seeds averaged: {shares['n_seeds'].max()}, n ≤ {shares['n'].max():.0f} windows{worst}"
