"""Which electrodes follow the heartbeat: z of the R-locked relevance beside the heart's own field.

Maps at the peak of each condition, electrodes beyond all surrogates ringed; in the last column the
cardiac field and the pattern of a linear decoder, from training windows. Below, the sum over
electrodes as a course.
"""

from eeglrp.drawing import PAGE_WIDTH, SMALL, colours, legend_below, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.scalp.draw import draw_scalp, montage_names
from eeglrp.tables import default_method, metric_table, over_seeds

CAPTION = """
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
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Maps at the peak and courses of the default method, mean over seeds, and the fields.

    `p` is the largest over seeds.
    """
    import pandas as pd

    relevance = metric_table(tables[:1], COURSE, COURSE[2:])
    relevance = relevance[relevance["subject"] == "all"]
    relevance = relevance[
        relevance["method"] == default_method(relevance["method"])
    ]
    if relevance.empty:
        return relevance
    maps = _over_seeds(
        relevance[relevance["metric"] == "peak"], _KEYS, ("z", "lag")
    )
    course = relevance[relevance["metric"] == "course"]
    course = _over_seeds(
        course, [*_KEYS, "lag"], ("z", "null_low", "null_high")
    )
    fields = metric_table(tables[1:], FIELD, FIELD[2:])
    of_fields = fields["metric"].isin(FIELDS) & (fields["subject"] == "all")
    fields = fields[of_fields & fields["task"].isin(maps["task"])]
    return pd.concat([maps, course, fields], ignore_index=True)


def _over_seeds(frame, keys, more):
    largest = frame.groupby(keys, sort=False)["p"].max().rename("p")
    return over_seeds(frame, keys, more=more).merge(largest, on=keys)


def plot(frame):
    """One block a task: a row a condition, a column a regime, then the fields; courses below."""
    from matplotlib.figure import Figure

    tasks = ordered(frame["task"], TASKS)
    blocks = [frame[frame["task"] == task] for task in tasks]
    regimes = max(len(_regimes(block)) for block in blocks)
    heights = [len(_conditions(block)) * _MAP + 2.3 for block in blocks]
    width = min(PAGE_WIDTH, 1.7 * regimes + 3.0)
    figure = Figure(figsize=(width, sum(heights) + 0.5), layout="constrained")
    parts = figure.subfigures(
        len(tasks), 1, squeeze=False, height_ratios=heights
    )[:, 0]
    colour = colours(_conditions(frame))
    for part, block, task in zip(parts, blocks, tasks, strict=True):
        _draw_task(part, block, task, colour)
    legend_below(figure, _legend(colour), columns=3)
    return figure


def _conditions(frame):
    return ordered(frame.loc[frame["metric"] == "peak", "class"])


def _regimes(frame):
    return ordered(frame.loc[frame["metric"] == "peak", "regime"], REGIMES)


def _draw_task(part, frame, task, colour):
    regimes, conditions = _regimes(frame), _conditions(frame)
    method = frame.loc[frame["metric"] == "peak", "method"].iloc[0]
    part.suptitle(
        f"{label(task)}, {label(method)}", weight="bold", size=SMALL + 1.5
    )
    rows, columns = len(conditions) + 1, len(regimes) + 1
    heights = [_MAP] * len(conditions) + [1.5]
    axes = part.subplots(rows, columns, squeeze=False, height_ratios=heights)
    scale = _scale(frame.loc[frame["metric"] == "peak", "z"].abs().max())
    for line, condition in zip(axes, conditions, strict=False):
        for axis, regime in zip(line, regimes, strict=False):
            of_map = _chosen(frame, "peak", regime, condition)
            _draw_map(axis, of_map, "z", scale, of_map["p"] < _ALPHA)
            axis.set_title(
                _heading(of_map, regime, condition == conditions[0]),
                size=SMALL,
            )
        line[0].set_ylabel(_in_words(condition), size=SMALL)
    for axis, (kind, (words, unit)) in zip(
        axes[:, -1], FIELDS.items(), strict=False
    ):
        _draw_field(axis, frame[frame["metric"] == kind], words, unit)
    for axis in axes[len(FIELDS) :, -1]:
        axis.set_axis_off()
    _colour_bar(part, axes[:-1], scale)
    for axis, regime in zip(axes[-1], regimes, strict=False):
        _draw_courses(axis, frame[frame["regime"] == regime], colour)
    axes[-1, 0].set_ylabel("relevance (logit)")


def _in_words(condition):
    """Name of a class, or of the difference of two."""
    return " − ".join(map(label, condition.split(" - ")))


def _chosen(frame, metric, regime, condition):
    wanted = (frame["metric"] == metric) & (frame["regime"] == regime)
    return frame[wanted & (frame["class"] == condition)]


def _heading(frame, regime, first):
    """Regime above the first map; the lag of the map above each."""
    lag = (
        f"{1000 * frame['lag'].mean():.0f} ms" if len(frame) else "not tested"
    )
    return f"{label(regime)}\n{lag}" if first else lag


def _scale(largest):
    """Colours in steps, so that a reader can find one in the bar, and their limits."""
    import seaborn
    from matplotlib.colors import Normalize

    largest = largest if largest > 0 else 1.0
    return Normalize(-largest, largest), seaborn.color_palette(
        "RdBu_r", as_cmap=True
    ).resampled(_LEVELS)


def _draw_map(axis, frame, column, scale, ringed=None):
    placed = frame["channel"].astype(str).str.upper().isin(montage_names())
    if not placed.any():
        axis.set_axis_off()
        return
    ring = {"marker": "o", "markerfacecolor": "w", "markeredgecolor": "k"}
    ring |= {"markersize": 3, "markeredgewidth": 0.5, "linewidth": 0}
    values, channels = (
        frame.loc[placed, column].to_numpy(),
        tuple(frame.loc[placed, "channel"]),
    )
    draw_scalp(
        axis, values, channels, scale[1], (scale[0].vmin, scale[0].vmax)
    )
    if ringed is not None and ringed[placed].any():
        # MNE's own mask would be thinned with the electrodes.
        points = next(
            c
            for c in axis.collections + axis.lines
            if _is_sensors(c, placed.sum())
        )
        at = points.get_xydata()[ringed[placed].to_numpy()]
        axis.plot(*at.T, **ring)


def _is_sensors(artist, n):
    return hasattr(artist, "get_xydata") and len(artist.get_xydata()) == n


def _draw_field(axis, frame, words, unit):
    largest = frame["value"].abs().max() if len(frame) else 0
    _draw_map(axis, frame, "value", _scale(largest))
    axis.set_title(
        f"{words}\n(±{largest:.2g} {unit})"
        if len(frame)
        else f"{words}: none",
        size=SMALL,
    )


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
    for condition, one in frame[frame["metric"] == "course"].groupby(
        "class", sort=False
    ):
        one = one.sort_values("lag")
        time = 1000 * one["lag"]
        ends = one["null_low"], one["null_high"]
        axis.fill_between(
            time, *ends, color=colour[condition], alpha=0.15, linewidth=0
        )
        axis.plot(time, one["value"], color=colour[condition])


def _legend(colour):
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    lines = [
        Line2D([], [], color=one, label=_in_words(name))
        for name, one in colour.items()
    ]
    band = Patch(
        color="0.6", alpha=0.3, linewidth=0, label="band of its surrogates"
    )
    ring = {
        "marker": "o",
        "markerfacecolor": "w",
        "markeredgecolor": "k",
        "linewidth": 0,
    }
    return [
        *lines,
        band,
        Line2D([], [], **ring, markersize=3, label="p < 0.05, corrected"),
    ]
