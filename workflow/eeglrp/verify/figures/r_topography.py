"""Which electrodes follow the heartbeat: z of the R-locked relevance beside the heart's own field.

Maps at the peak of each condition, electrodes beyond all surrogates ringed; in the last column the
cardiac field and the pattern of a linear decoder, from training windows. Below, the sum over
electrodes as a course.
"""

from eeglrp.drawing import PAGE_WIDTH, SMALL, colours, legend_below, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.scalp.draw import draw_scalp, montage_names
from eeglrp.tables import default_method, metric_table, over_seeds

CAPTION = """\
Relevance around the R-peak by electrode, towards one class throughout (the
last; where classes cannot be turned into one another, towards each window's
own). Maps: z against surrogates that exchange R-peak times between windows of
one subject and class, so that they keep their place on the sampling grid; each
seed at the lag of its largest absolute z; maps and the lags above them are
means over seeds. Rings: electrodes with p < 0.05 in every seed, corrected for
all electrodes and lags by the largest absolute z. Windows of a class are read
around the R-peaks they hold: in the R-peak task those of the class between
hold them near an end. The difference is that of the two averages. Last column:
the potential evoked at the R-peak and the activation pattern of a linear
discriminant (Haufe et al. 2014), both from training windows; their correlation
with the relevance is in the table cardiac_field.

Below: relevance summed over electrodes, by time from the R-peak, with the
simultaneous band of the surrogates of each course, mean over seeds.
"""
TABLES = ("metrics/r_topography.tsv", "metrics/cardiac_field.tsv")
MISSING = (
    "No relevance around the R-peak by electrode: no task of this study has windows with R-peak "
    "times, or none of them holds enough R-peaks in its test split."
)
COURSE = ("class", "channel", "lag", "null_low", "null_high", "z", "p")
FIELD = ("class", "channel", "lag", "p")
#: Fields of the last column: their name and unit.
FIELDS = {
    "evoked": ("cardiac field", "µV"),
    "pattern": ("LDA pattern", "µV/score"),
}
_KEYS = [
    "study",
    "task",
    "regime",
    "method",
    "subject",
    "metric",
    "class",
    "channel",
]
_MAP, _LEVELS, _ALPHA = 1.0, 17, 0.05


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    shown = select(tables)
    render(plot, shown, MISSING, pdf, png, tsv)


def select(tables):
    """Maps at the peak and courses of the default method, mean over seeds, and the fields.

    `p` is the largest over seeds.
    """
    import pandas as pd

    relevance = metric_table(tables[:1], COURSE, COURSE[2:])
    relevance = relevance[relevance["subject"] == "all"]
    method = default_method(relevance["method"])
    relevance = relevance[relevance["method"] == method]
    if relevance.empty:
        return relevance
    maps = relevance[relevance["metric"] == "peak"]
    maps = _over_seeds(maps, _KEYS, ("z", "lag"))
    course = relevance[relevance["metric"] == "course"]
    course = _over_seeds(
        course, [*_KEYS, "lag"], ("z", "null_low", "null_high")
    )
    fields = metric_table(tables[1:], FIELD, FIELD[2:])
    is_field = fields["metric"].isin(FIELDS)
    of_all = fields["subject"] == "all"
    of_task = fields["task"].isin(maps["task"])
    fields = fields[is_field & of_all & of_task]
    return pd.concat([maps, course, fields], ignore_index=True)


def _over_seeds(frame, keys, more):
    p = frame.groupby(keys, sort=False)["p"]
    largest = p.max().rename("p")
    means = over_seeds(frame, keys, more=more)
    return means.merge(largest, on=keys)


def plot(frame):
    """One block a task: a row a condition, a column a regime, then the fields; courses below."""
    from matplotlib.figure import Figure

    tasks = ordered(frame["task"], TASKS)
    of_tasks = [frame[frame["task"] == task] for task in tasks]
    n_regimes = max(len(_regimes(of_task)) for of_task in of_tasks)
    heights = [len(_conditions(of_task)) * _MAP + 2.3 for of_task in of_tasks]
    width = min(PAGE_WIDTH, 1.7 * n_regimes + 3.0)
    figure = Figure(figsize=(width, sum(heights) + 0.5), layout="constrained")
    blocks = figure.subfigures(
        len(tasks), 1, squeeze=False, height_ratios=heights
    )
    colour = colours(_conditions(frame))
    for block, of_task, task in zip(
        blocks[:, 0], of_tasks, tasks, strict=True
    ):
        _draw_task(block, of_task, task, colour)
    legend_below(figure, _legend(colour), columns=3)
    return figure


def _conditions(frame):
    """Classes and their difference, of the maps."""
    maps = frame[frame["metric"] == "peak"]
    return ordered(maps["class"])


def _regimes(frame):
    maps = frame[frame["metric"] == "peak"]
    return ordered(maps["regime"], REGIMES)


def _draw_task(part, frame, task, colour):
    regimes = _regimes(frame)
    conditions = _conditions(frame)
    maps = frame[frame["metric"] == "peak"]
    method = maps["method"].iloc[0]
    part.suptitle(
        f"{label(task)}, {label(method)}", weight="bold", size=SMALL + 1.5
    )
    axes = part.subplots(
        len(conditions) + 1,
        len(regimes) + 1,
        squeeze=False,
        height_ratios=[_MAP] * len(conditions) + [1.5],
    )
    scale = _scale(maps["z"].abs().max())
    for line, condition in zip(axes, conditions, strict=False):
        of_line = maps[maps["class"] == condition]
        first = condition == conditions[0]
        for axis, regime in zip(line, regimes, strict=False):
            of_map = of_line[of_line["regime"] == regime]
            _draw_map(axis, of_map, "z", scale, of_map["p"] < _ALPHA)
            axis.set_title(_heading(of_map, regime, first), size=SMALL)
        line[0].set_ylabel(_in_words(condition), size=SMALL)
    _draw_fields(axes[:, -1], frame)
    _colour_bar(part, axes[:-1], scale)
    for axis, regime in zip(axes[-1], regimes, strict=False):
        _draw_courses(axis, frame[frame["regime"] == regime], colour)
    axes[-1, 0].set_ylabel("relevance (logit)")


def _in_words(condition):
    """Name of a class, or of the difference of two."""
    names = condition.split(" - ")
    return " − ".join(map(label, names))


def _heading(frame, regime, first):
    """Regime above the first map; the lag of the map above each."""
    lag = "not tested"
    if len(frame):
        lag = f"{1000 * frame['lag'].mean():.0f} ms"
    return f"{label(regime)}\n{lag}" if first else lag


def _scale(largest):
    """Colours in steps, so that a reader can find one in the bar, and their limits."""
    import seaborn
    from matplotlib.colors import Normalize

    largest = largest if largest > 0 else 1.0
    palette = seaborn.color_palette("RdBu_r", as_cmap=True)
    return Normalize(-largest, largest), palette.resampled(_LEVELS)


def _draw_map(axis, frame, column, scale, ringed=None):
    has_place = frame["channel"].astype(str).str.upper().isin(montage_names())
    placed = frame[has_place]
    if placed.empty:
        axis.set_axis_off()
        return
    norm, palette = scale
    values = placed[column].to_numpy()
    channels = tuple(placed["channel"])
    draw_scalp(axis, values, channels, palette, (norm.vmin, norm.vmax))
    if ringed is not None and ringed[has_place].any():
        _draw_rings(axis, ringed[has_place].to_numpy())


def _draw_rings(axis, ringed):
    """Rings around some of the electrodes; MNE's own mask would be thinned with these."""
    artists = axis.collections + axis.lines
    electrodes = next(
        artist for artist in artists if _is_sensors(artist, len(ringed))
    )
    places = electrodes.get_xydata()[ringed]
    axis.plot(
        *places.T,
        marker="o",
        markerfacecolor="w",
        markeredgecolor="k",
        markersize=3,
        markeredgewidth=0.5,
        linewidth=0,
    )


def _is_sensors(artist, n):
    if not hasattr(artist, "get_xydata"):
        return False
    return len(artist.get_xydata()) == n


def _draw_fields(axes, frame):
    """Fields from top to bottom; what is left of the column stays empty."""
    for axis, kind in zip(axes, FIELDS, strict=False):
        words, unit = FIELDS[kind]
        _draw_field(axis, frame[frame["metric"] == kind], words, unit)
    for axis in axes[len(FIELDS) :]:
        axis.set_axis_off()


def _draw_field(axis, frame, words, unit):
    largest, heading = 0, f"{words}: none"
    if len(frame):
        largest = frame["value"].abs().max()
        heading = f"{words}\n(±{largest:.2g} {unit})"
    _draw_map(axis, frame, "value", _scale(largest))
    axis.set_title(heading, size=SMALL)


def _colour_bar(part, axes, scale):
    from matplotlib.cm import ScalarMappable

    bar = part.colorbar(
        ScalarMappable(*scale), ax=axes, shrink=0.8, aspect=18, format="%.0f"
    )
    bar.set_label("z against surrogates (relevance)", size=SMALL)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=SMALL, width=0.6, length=2)


def _draw_courses(axis, frame, colour):
    axis.spines[["top", "right"]].set_visible(False)
    axis.axvline(0, color="0.5", linewidth=0.7, linestyle=":")
    axis.set_xlabel("time (ms)")
    courses = frame[frame["metric"] == "course"]
    for condition, course in courses.groupby("class", sort=False):
        course = course.sort_values("lag")
        time = 1000 * course["lag"]
        axis.fill_between(
            time,
            course["null_low"],
            course["null_high"],
            color=colour[condition],
            alpha=0.15,
            linewidth=0,
        )
        axis.plot(time, course["value"], color=colour[condition])


def _legend(colour):
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    lines = [
        Line2D([], [], color=shade, label=_in_words(name))
        for name, shade in colour.items()
    ]
    band = Patch(
        color="0.6", alpha=0.3, linewidth=0, label="band of its surrogates"
    )
    ring = Line2D(
        [],
        [],
        marker="o",
        markerfacecolor="w",
        markeredgecolor="k",
        linewidth=0,
        markersize=3,
        label="p < 0.05, corrected",
    )
    return [*lines, band, ring]
