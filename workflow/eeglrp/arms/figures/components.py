"""Which components the arms with `ica` took for the eyes: their maps, one panel each."""

from eeglrp.drawing import SMALL, render
from eeglrp.labels import label
from eeglrp.scalp.draw import draw_scalp, montage_names
from eeglrp.tables import metric_table

CAPTION = """\
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
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


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
    maps = frame.loc[frame["metric"] == "map", [*_KEYS, "electrode", "value"]]
    shown = maps.merge(_best_traces(frame), on=_KEYS)
    panels = shown[_KEYS].drop_duplicates()
    of_arm = panels.groupby(["task", "arm"], sort=False)
    panels = panels.assign(
        panel=of_arm.cumcount(), n_removed=of_arm["arm"].transform("size")
    )
    shown = shown.merge(panels, on=_KEYS)
    return shown[shown["panel"] < LARGEST].reset_index(drop=True)


def _best_traces(frame):
    """The trace that a component correlates with best, and that correlation."""
    scores = frame[frame["metric"].str.startswith("correlation ")]
    sizes = scores["value"].abs()
    of_component = sizes.groupby([scores[key] for key in _KEYS])
    best = scores.loc[of_component.idxmax()]
    trace = best["metric"].str.removeprefix("correlation ")
    best = best.assign(trace=trace)
    best = best.rename(columns={"value": "correlation"})
    return best[[*_KEYS, "trace", "correlation"]]


def plot(frame):
    """One block a task and arm."""
    import seaborn
    from matplotlib.figure import Figure

    blocks = list(frame.groupby(["task", "arm"], sort=False))
    n_panels = [of_arm["panel"].nunique() for _, of_arm in blocks]
    n_rows = [-(-number // COLUMNS) for number in n_panels]
    n_columns = min(COLUMNS, max(n_panels))
    heights = [number * (_EDGE + _TITLE) + 0.3 for number in n_rows]
    size = (max(n_columns * _EDGE + 0.9, 4.0), sum(heights) + 0.2)
    figure = Figure(figsize=size, layout="constrained")
    colours = seaborn.color_palette("RdBu_r", as_cmap=True).resampled(_LEVELS)
    places = figure.subfigures(
        len(blocks), 1, squeeze=False, height_ratios=heights
    )
    for place, ((task, arm), of_arm), rows in zip(
        places.flat, blocks, n_rows, strict=True
    ):
        axes = place.subplots(rows, n_columns, squeeze=False)
        heading = _heading(of_arm, task, arm)
        place.suptitle(heading, size=SMALL + 1, weight="bold")
        _draw_maps(axes, of_arm, colours)
        _colour_bar(place, axes, colours)
    return figure


def _draw_maps(axes, frame, colours):
    n_panels = frame["panel"].nunique()
    for axis in axes.flat[n_panels:]:
        axis.set_axis_off()
    for axis, (_, component) in zip(
        axes.flat, frame.groupby("panel"), strict=False
    ):
        _draw_map(axis, component, colours)


def _colour_bar(place, axes, colours):
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    scale = ScalarMappable(Normalize(-1, 1), colours)
    bar = place.colorbar(scale, ax=axes, aspect=18)
    bar.set_label("weight / largest", size=SMALL)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=SMALL, width=0.6, length=2)


def _heading(frame, task, arm):
    shown = frame["panel"].nunique()
    removed = frame["n_removed"].iloc[0]
    words = f"{label(task)}, arm {label(arm)}"
    if shown != removed:
        words += f": {shown} of {removed} components removed"
    return words


def _draw_map(axis, frame, colours):
    first = frame.iloc[0]
    name = f"{first['subject']}, no. {first['component']:.0f}"
    words = f"{first['trace']}: r = {first['correlation']:.2f}"
    axis.set_title(f"{name}\n{words}", size=SMALL)
    is_placed = frame["electrode"].str.upper().isin(montage_names())
    placed = frame[is_placed]
    values = placed["value"].to_numpy()
    channels = tuple(placed["electrode"])
    draw_scalp(axis, values, channels, colours, (-1, 1))
