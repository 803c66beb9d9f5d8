"""Which components the arms with `ica` took for the eyes: their maps, one panel each."""

from eeglrp.drawing import SMALL, render
from eeglrp.labels import label
from eeglrp.scalp.draw import draw_scalp, montage_names
from eeglrp.tables import metric_table

CAPTION = """
Independent components that the arms with ``ica`` took out of the signal, one
panel a subject and component: its weight at each electrode, the largest being
1 or -1. A component goes when its course correlates by more than 0.4 with the
electrodes beside the eyes (heog) or above them (veog).
"""
TABLES = ("metrics/components.tsv",)
MISSING = "No component was removed: in no subject did one follow the electrodes of the eyes."
#: Panels in a row, and of one arm: a large study has hundreds of components.
COLUMNS, LARGEST = 8, 32
_EDGE, _TITLE = 0.9, 0.3
_LEVELS = 17
_KEYS = ["study", "task", "arm", "subject", "component"]


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Maps of the removed components that have a panel, and what each correlates with best.

    Returns
    -------
    DataFrame
        One row an electrode: study, task, arm, subject, component, electrode, value (weight),
        trace, correlation, panel (number), n_removed (of the arm).
    """
    frame = metric_table(
        tables, extra=("arm", "component", "electrode"), numbers=("component",)
    )
    maps = frame[frame["metric"] == "map"]
    scores = frame[frame["metric"].str.startswith("correlation ")]
    best = scores.loc[
        scores["value"].abs().groupby([scores[key] for key in _KEYS]).idxmax()
    ]
    best = best.assign(trace=best["metric"].str.removeprefix("correlation "))
    best = best.rename(columns={"value": "correlation"})[
        [*_KEYS, "trace", "correlation"]
    ]
    shown = maps[[*_KEYS, "electrode", "value"]].merge(best, on=_KEYS)
    panels = shown[_KEYS].drop_duplicates()
    of_arm = panels.groupby(["task", "arm"], sort=False)
    panels = panels.assign(
        panel=of_arm.cumcount(), n_removed=of_arm["arm"].transform("size")
    )
    shown = shown.merge(panels, on=_KEYS)
    return shown[shown["panel"] < LARGEST].reset_index(drop=True)


def plot(frame):
    """One block a task and arm."""
    import seaborn
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    blocks = list(frame.groupby(["task", "arm"], sort=False))
    rows = [-(-part["panel"].nunique() // COLUMNS) for _, part in blocks]
    columns = min(COLUMNS, max(part["panel"].nunique() for _, part in blocks))
    heights = [count * (_EDGE + _TITLE) + 0.3 for count in rows]
    size = (max(columns * _EDGE + 0.9, 4.0), sum(heights) + 0.2)
    figure = Figure(figsize=size, layout="constrained")
    colours = seaborn.color_palette("RdBu_r", as_cmap=True).resampled(_LEVELS)
    parts = figure.subfigures(
        len(blocks), 1, squeeze=False, height_ratios=heights
    )
    for place, ((task, arm), part), n_rows in zip(
        parts.flat, blocks, rows, strict=True
    ):
        axes = place.subplots(n_rows, columns, squeeze=False)
        place.suptitle(
            _heading(part, task, arm), size=SMALL + 1, weight="bold"
        )
        for axis in axes.flat[part["panel"].nunique() :]:
            axis.set_axis_off()
        for axis, (_, one) in zip(
            axes.flat, part.groupby("panel"), strict=False
        ):
            _draw_map(axis, one, colours)
        bar = place.colorbar(
            ScalarMappable(Normalize(-1, 1), colours), ax=axes, aspect=18
        )
        bar.set_label("weight / largest", size=SMALL)
        bar.outline.set_linewidth(0.5)
        bar.ax.tick_params(labelsize=SMALL, width=0.6, length=2)
    return figure


def _heading(frame, task, arm):
    shown, removed = frame["panel"].nunique(), frame["n_removed"].iloc[0]
    words = f"{label(task)}, arm {label(arm)}"
    return (
        words
        if shown == removed
        else f"{words}: {shown} of {removed} components removed"
    )


def _draw_map(axis, frame, colours):
    one = frame.iloc[0]
    title = (
        f"{one['subject']}, no. {one['component']:.0f}\n{one['trace']}: r = "
    )
    axis.set_title(f"{title}{one['correlation']:.2f}", size=SMALL)
    placed = frame[frame["electrode"].str.upper().isin(montage_names())]
    values, channels = placed["value"].to_numpy(), tuple(placed["electrode"])
    draw_scalp(axis, values, channels, colours, (-1, 1))
