"""Which strategies the maps of single trials fall into: one map and course a cluster and model.

Above each map its number of windows and subjects, accuracy, and what the eyes did; below it (beside
it, if no model has a second) when the relevance lies in the window. Maps are those of the whole
input; of arms, the last panel shows how many windows are left in ocular clusters.
"""

from eeglrp.drawing import MARKERS, SMALL, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.scalp.draw import draw_scalp, montage_names
from eeglrp.tables import metric_table

CAPTION = """
Groups of windows with alike maps (spectral clustering of the share of absolute
relevance of each electrode in each half second, the mean of each class taken
away). The number of groups is where the eigenvalues of the maps' neighbourhood
graph leave their largest gap, and one where clouds of points without groups,
of the same covariance, leave as large a gap in more than one draw of twenty
(p). Stability: adjusted Rand index of groups found in random halves. Maps and
courses are means of a group; dotted: relevance spread evenly over time. To the
cue: deflection of the horizontal electro-oculogram, positive where gaze turned
to the cued side.

A group is called ocular if its ocular-frontal share lies above that of all
windows, its horizontal eye movements are larger than in the other windows of
the same subjects, and its gaze turns more to the cued side. Absolute relevance
follows large signals, so that saccades which tell nothing about the class may
form a group too; the last condition keeps these apart. A group within one
subject is a property of that head. Where a task has arms, the last panel shows
how many windows lie in ocular groups on each arm's input, with gaze read from
the whole input.
"""
TABLES = ("metrics/strategies.tsv",)
MISSING = (
    "No strategies: no task of this study has trials of left and right hands."
)
#: Clusters of a model that are shown, and the whole input's name among the arms.
MOST, WHOLE = 4, "all"
_MAP, _COURSE, _WIDTH = 1.0, 0.45, 2.1
#: What the panel of arms reads.
_OF_ARMS = ("ocular trials", "n_clusters")
_LEVELS = 17


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Clusters of every task and regime on the whole input, and what is left of them in arms.

    Of models that differ in seed alone, the first.
    """
    frame = metric_table(tables, extra=("arm", "cluster", "p"), numbers=("p",))
    frame["cluster"] = frame["cluster"].astype(str).str.removesuffix(".0")
    first = frame.groupby(["task", "regime", "arm"], sort=False)[
        "seed"
    ].transform("first")
    wanted = [WHOLE, *(str(k) for k in range(1, MOST + 1))]
    shown = (frame["arm"] == WHOLE) & frame["cluster"].isin(wanted) | frame[
        "metric"
    ].isin(_OF_ARMS)
    return frame[(frame["seed"] == first) & shown].reset_index(drop=True)


def plot(frame):
    """A row a task and regime, a column a cluster; the last rows show the arms of each task."""
    from matplotlib.figure import Figure

    models = _models(frame)
    armed = ordered(frame.loc[frame["arm"] != WHOLE, "task"], TASKS)
    columns = int(
        frame.loc[frame["cluster"] != WHOLE, "cluster"].astype(int).max()
    )
    heights = [_MAP + (_COURSE if columns > 1 else 0) + 0.75] * len(models)
    line = 0.05 + 0.13 * frame["regime"].nunique()
    heights += [line * len(_arms(frame, task)) + 0.75 for task in armed]
    size = (max(2, columns) * _WIDTH + 1.2, sum(heights) + 0.3)
    figure = Figure(figsize=size, layout="constrained")
    blocks = figure.subfigures(
        len(heights), 1, squeeze=False, height_ratios=heights
    )[:, 0]
    largest = frame.loc[frame["metric"].str.startswith("map "), "value"].max()
    scale = _scale(largest)
    top = frame.loc[frame["metric"].str.startswith("course "), "value"].max()
    for block, (task, regime) in zip(blocks, models, strict=False):
        own = (
            (frame["task"] == task)
            & (frame["regime"] == regime)
            & (frame["arm"] == WHOLE)
        )
        _draw_model(
            block, frame[own], (task, regime), columns, scale, 1.15 * top
        )
    for block, task in zip(blocks[len(models) :], armed, strict=True):
        _draw_arms(block, frame[frame["task"] == task], task)
    words = f"{label(frame['method'].iloc[0])}; the first seed of each regime"
    hidden = int(
        frame.loc[frame["metric"] == "n_clusters", "value"].max() - MOST
    )
    words += (
        f"; of more than {MOST} clusters the largest are shown"
        if hidden > 0
        else ""
    )
    figure.supxlabel(words, size=SMALL)
    return figure


def _models(frame):
    """Task and regime of every row of maps."""
    whole = frame[frame["arm"] == WHOLE]
    return [
        (task, regime)
        for task in ordered(whole["task"], TASKS)
        for regime in ordered(
            whole.loc[whole["task"] == task, "regime"], REGIMES
        )
    ]


def _arms(frame, task):
    return ordered(frame.loc[frame["task"] == task, "arm"], [WHOLE])


def _scale(largest):
    """Colours in steps, so that a reader can find one in the bar, and their limits."""
    import seaborn
    from matplotlib.colors import Normalize

    colours = seaborn.color_palette("rocket_r", as_cmap=True).resampled(
        _LEVELS
    )
    return Normalize(0.0, largest if largest > 0 else 1.0), colours


def _draw_model(block, frame, model, columns, scale, top):
    from matplotlib.cm import ScalarMappable

    if columns > 1:
        axes = block.subplots(2, columns, height_ratios=(_MAP, _COURSE))
    else:
        # The course of a single cluster stands beside its map.
        axes = block.subplots(1, 2).T[:, None]
    block.suptitle(_headline(frame, model), weight="bold", size=SMALL + 0.5)
    names = [str(k + 1) for k in range(columns)]
    for name, above, below in zip(names, axes[0], axes[1], strict=True):
        own = frame[frame["cluster"] == name]
        if own.empty:
            above.set_axis_off()
            below.set_axis_off()
            continue
        _draw_map(above, own, scale)
        above.set_title(_caption(own, name), size=SMALL)
        _draw_course(below, own, top)
    axes[1, 0].set_ylabel("share", size=SMALL)
    bar = block.colorbar(
        ScalarMappable(*scale), ax=axes[0], aspect=14, format="{x:.0%}"
    )
    bar.set_label("share of\n|relevance|", size=SMALL)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=SMALL, width=0.6, length=2)


def _headline(frame, model):
    """Name of the model, number of clusters, and how sure it is."""
    whole = frame[frame["cluster"] == WHOLE].set_index("metric")
    number = int(whole.loc["n_clusters", "value"])
    words = "one cluster" if number == 1 else f"{number} clusters"
    if "eigengap" in whole.index:
        words += f" (p = {whole.loc['eigengap', 'p']:.2g}"
        words += f", stability {whole.loc['stability', 'value']:.2f})"
    return f"{', '.join(map(label, model))}: {words}"


def _caption(frame, name):
    """What a cluster's windows have in common, in three lines."""
    value = frame.set_index("metric")["value"]
    lines = [
        f"{name}: {value['trials']:.0%} of windows, {value['subjects']:.0f} subjects"
    ]
    lines.append(f"accuracy {value['accuracy']:.2f}")
    if "share ocular_frontal" in value.index:
        lines[-1] += f", ocular share {value['share ocular_frontal']:.2f}"
    if "heog" in value.index:
        gaze = round(value["heog"])
        lines.append(f"|HEOG| {value['heog size']:.0f}, to the cue {gaze} µV")
    if value.get("ocular") == 1:
        lines[0] += " (ocular)"
    return "\n".join(lines)


def _draw_map(axis, frame, scale):
    own = frame[frame["metric"].str.startswith("map ")]
    channel = own["metric"].str.removeprefix("map ")
    placed = channel.str.upper().isin(montage_names())
    if placed.sum() < 3:
        axis.set_axis_off()
        axis.text(
            0.5,
            0.5,
            "too few electrodes",
            ha="center",
            transform=axis.transAxes,
        )
        return
    norm, colours = scale
    values, channels = (
        own.loc[placed, "value"].to_numpy(),
        tuple(channel[placed]),
    )
    draw_scalp(axis, values, channels, colours, (norm.vmin, norm.vmax))


def _draw_course(axis, frame, top):
    """Share of |relevance| in each bin of time, and what an even spread would give."""
    own = frame[frame["metric"].str.startswith("course ")]
    time = own["metric"].str.removeprefix("course ").astype(float)
    width = 2 * time.min()
    axis.bar(time, own["value"], 0.9 * width, color="0.55", linewidth=0)
    axis.axhline(
        own["chance"].iloc[0], color="0.1", linewidth=0.7, linestyle=":"
    )
    axis.set_xlim(0, time.max() + width / 2)
    axis.set_ylim(0, top)
    axis.yaxis.set_major_formatter("{x:.0%}")
    axis.set_xlabel("time in the window (s)", size=SMALL)
    axis.spines[["top", "right"]].set_visible(False)


def _draw_arms(block, frame, task):
    """Share of the windows in ocular clusters, a line an arm; beside it the number of clusters."""
    axis, arms = block.subplots(), _arms(frame, task)
    regimes = ordered(frame["regime"], REGIMES)
    value = frame.set_index(["arm", "regime", "metric"])["value"].to_dict()
    step = 0.8 / len(regimes)
    for number, (regime, marker) in enumerate(
        zip(regimes, MARKERS, strict=False)
    ):
        looks = {"color": "0.25", "markersize": 4, "clip_on": False}
        shift = (number - (len(regimes) - 1) / 2) * step
        places = [
            k + shift
            for k, arm in enumerate(arms)
            if (arm, regime, _OF_ARMS[0]) in value
        ]
        shares = [value.get((arm, regime, _OF_ARMS[0])) for arm in arms]
        shares = [share for share in shares if share is not None]
        axis.plot(shares, places, marker, label=label(regime), **looks)
        for k, arm in enumerate(arms):
            count = value.get((arm, regime, _OF_ARMS[1]))
            known = (arm, regime, _OF_ARMS[0]) in value
            words = (
                ""
                if count is None
                else f"{count:.0f}" + ("" if known else ", n/a")
            )
            axis.text(1.02, k + shift, words, size=SMALL, va="center")
    axis.set_yticks(
        range(len(arms)),
        ["whole input" if a == WHOLE else label(a) for a in arms],
    )
    axis.set_ylim(len(arms) - 0.5, -0.5)
    axis.set_xlim(0, 1)
    axis.xaxis.set_major_formatter("{x:.0%}")
    words = "(n/a: no electrode or every one is ocular-frontal, or gaze is unknown)"
    axis.set_xlabel(
        f"windows in ocular clusters; right: number of clusters\n{words}",
        size=SMALL,
    )
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(loc="center left", bbox_to_anchor=(1.15, 0.5))
    block.suptitle(f"{label(task)}, arms", weight="bold", size=SMALL + 0.5)
