"""What the logit is made of: shares of the input, the embeddings, the biases and the softmax.

Only the input's share lies on electrodes and time; the rest is the model's own constants. A map
that holds a few per cent of the logit explains a few per cent of it.
"""

from eeglrp.drawing import (
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
    shown = select(tables)
    render(plot, shown, MISSING, pdf, png, tsv)


def select(tables):
    """Signed share of every source, and the closure error, mean over seeds."""
    frame = metric_table(tables)
    is_share = frame["metric"].str.startswith(PREFIX)
    is_closure = frame["metric"] == CLOSURE
    of_all = frame["subject"].isin(("all", ""))
    shown = frame[(is_share | is_closure) & of_all]
    keys = ["study", "task", "regime", "method", "subject", "metric"]
    return over_seeds(shown, keys)


def plot(frame):
    """Rows tasks, columns regimes; one bar a method, negative shares to the left."""
    tasks = ordered(frame["task"], TASKS)
    regimes = ordered(frame["regime"], REGIMES)
    methods = ordered(frame["method"], METHODS)
    shares = frame[frame["metric"].str.startswith(PREFIX)]
    looks = colours(ordered(shares["metric"], [PREFIX + "input"]))
    height = 0.24 * len(methods) + 0.5
    figure, axes = panels(
        n_rows=len(tasks),
        n_columns=len(regimes),
        row_height=height,
        sharex=True,
        sharey=True,
    )
    for line, task in zip(axes, tasks, strict=True):
        of_task = shares[shares["task"] == task]
        for axis, regime in zip(line, regimes, strict=True):
            model = of_task[of_task["regime"] == regime]
            _draw_bars(axis, model, methods, looks)
            axis.set_title(f"{label(task)}, {label(regime)}")
    names = [label(method) for method in methods]
    axes[0, 0].set_yticks(range(len(methods)), names)
    axes[0, 0].set_ylim(len(methods) - 0.45, -0.55)
    axes[0, 0].xaxis.set_major_formatter("{x:.0%}")
    for axis in axes[-1]:
        axis.set_xlabel("share of all |sources|")
    hide_empty(axes, has_rows(shares, tasks, regimes))
    legend_below(figure, _handles(looks), columns=5, title=_title(frame))
    return figure


def _draw_bars(axis, frame, methods, looks):
    wide = frame.pivot(index="method", columns="metric", values="value")
    wide = wide.reindex(index=methods, columns=list(looks)).fillna(0.0)
    places = range(len(methods))
    right = wide.clip(lower=0).cumsum(axis=1)
    left = wide.clip(upper=0).cumsum(axis=1)
    for source, colour in looks.items():
        share = wide[source]
        end = right[source].where(share > 0, left[source])
        axis.barh(places, share, 0.75, end - share, color=colour, linewidth=0)
    for place, share in zip(places, wide[PREFIX + "input"], strict=True):
        if abs(share) > _ROOM:
            axis.text(
                share / 2,
                place,
                f"{share:.0%}",
                ha="center",
                va="center",
                color="white",
            )
    axis.axvline(0, color="0.2", linewidth=0.8)


def _handles(looks):
    from matplotlib.patches import Patch

    handles = []
    for name, colour in looks.items():
        source = label(name.removeprefix(PREFIX))
        handles.append(Patch(color=colour, label=source))
    return handles


def _title(frame):
    is_closure = frame["metric"] == CLOSURE
    errors = frame.loc[is_closure, "value"]
    worst = ""
    if len(errors):
        worst = f"; largest closure error {errors.max():.1g}"
    shares = frame[~is_closure]
    n_seeds = shares["n_seeds"].max()
    n = shares["n"].max()
    return f"seeds averaged: {n_seeds}, n ≤ {n:.0f} windows{worst}"
