"""Which strategies the maps of single trials fall into: one map and course a cluster and model.

Above each map its number of windows and subjects, accuracy, and what the eyes did; below it (beside
it, if no model has a second) when the relevance lies in the window. Maps are those of the whole
input; of arms, the last panel shows how many windows are left in ocular clusters.
"""

from eeglrp.drawing import MARKERS, SMALL, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.scalp.draw import draw_scalp, montage_names
from eeglrp.tables import metric_table

CAPTION = """\
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
form a group too; the last condition keeps these apart. One group that holds
all windows is not called so: it has no others to exceed. A group within
one subject is a property of that head. Where a task has arms, the last panel shows
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
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Clusters of every task and regime on the whole input, and what is left of them in arms.

    Of models that differ in seed alone, the first.
    """
    frame = metric_table(tables, extra=("arm", "cluster", "p"), numbers=("p",))
    cluster = frame["cluster"].astype(str)
    frame["cluster"] = cluster.str.removesuffix(".0")
    models = frame.groupby(["task", "regime", "arm"], sort=False)
    first = models["seed"].transform("first")
    last = MOST + 1
    numbers = [str(k) for k in range(1, last)]
    on_whole = frame["arm"] == WHOLE
    is_shown = frame["cluster"].isin([WHOLE, *numbers])
    of_arms = frame["metric"].isin(_OF_ARMS)
    chosen = on_whole & is_shown | of_arms
    chosen &= frame["seed"] == first
    return frame[chosen].reset_index(drop=True)


def plot(frame):
    """A row a task and regime, a column a cluster; the last rows show the arms of each task."""
    from matplotlib.figure import Figure

    whole = frame[frame["arm"] == WHOLE]
    models = _models(whole)
    is_arm = frame["arm"] != WHOLE
    armed = ordered(frame.loc[is_arm, "task"], TASKS)
    columns = _n_columns(frame)
    heights = _heights(frame, models, armed, columns)
    width = max(2, columns) * _WIDTH + 1.2
    size = (width, sum(heights) + 0.3)
    figure = Figure(figsize=size, layout="constrained")
    blocks = figure.subfigures(
        len(heights), 1, squeeze=False, height_ratios=heights
    )[:, 0]
    scale = _scale(_largest(frame, "map "))
    top = 1.15 * _largest(frame, "course ")
    for block, (task, regime) in zip(blocks, models, strict=False):
        of_task = whole[whole["task"] == task]
        model = of_task[of_task["regime"] == regime]
        name = (task, regime)
        _draw_model(block, model, name, columns, scale, top)
    of_arms = blocks[len(models) :]
    for block, task in zip(of_arms, armed, strict=True):
        of_task = frame[frame["task"] == task]
        _draw_arms(block, of_task, task)
    figure.supxlabel(_footnote(frame), size=SMALL)
    return figure


def _n_columns(frame):
    """Largest number of clusters that is shown."""
    is_cluster = frame["cluster"] != WHOLE
    numbers = frame.loc[is_cluster, "cluster"]
    largest = numbers.astype(int).max()
    return int(largest)


def _heights(frame, models, armed, columns):
    """Heights of the rows in inches: one a model, then one a task with arms."""
    course = _COURSE if columns > 1 else 0
    of_model = _MAP + course + 0.75
    n_regimes = frame["regime"].nunique()
    line = 0.05 + 0.13 * n_regimes
    heights = [of_model] * len(models)
    for task in armed:
        n_arms = len(_arms(frame, task))
        heights.append(line * n_arms + 0.75)
    return heights


def _largest(frame, prefix):
    """Largest value of the metrics that begin so."""
    metric = frame["metric"]
    chosen = metric.str.startswith(prefix)
    value = frame["value"]
    return value[chosen].max()


def _footnote(frame):
    method = label(frame["method"].iloc[0])
    words = f"{method}; the first seed of each regime"
    is_number = frame["metric"] == "n_clusters"
    numbers = frame.loc[is_number, "value"]
    largest = numbers.max()
    hidden = int(largest - MOST)
    if hidden > 0:
        words += f"; of more than {MOST} clusters the largest are shown"
    return words


def _models(whole):
    """Task and regime of every row of maps."""
    models = []
    for task in ordered(whole["task"], TASKS):
        of_task = whole["task"] == task
        regimes = whole.loc[of_task, "regime"]
        for regime in ordered(regimes, REGIMES):
            models.append((task, regime))
    return models


def _arms(frame, task):
    of_task = frame["task"] == task
    arms = frame.loc[of_task, "arm"]
    return ordered(arms, [WHOLE])


def _scale(largest):
    """Colours in steps, so that a reader can find one in the bar, and their limits."""
    import seaborn
    from matplotlib.colors import Normalize

    palette = seaborn.color_palette("rocket_r", as_cmap=True)
    upper = largest if largest > 0 else 1.0
    return Normalize(0.0, upper), palette.resampled(_LEVELS)


def _draw_model(block, frame, model, columns, scale, top):
    if columns > 1:
        heights = (_MAP, _COURSE)
        axes = block.subplots(2, columns, height_ratios=heights)
    else:
        # The course of a single cluster stands beside its map.
        axes = block.subplots(1, 2).T[:, None]
    maps, courses = axes
    headline = _headline(frame, model)
    block.suptitle(headline, weight="bold", size=SMALL + 0.5)
    for k in range(columns):
        name = str(k + 1)
        cluster = frame[frame["cluster"] == name]
        if cluster.empty:
            maps[k].set_axis_off()
            courses[k].set_axis_off()
            continue
        _draw_map(maps[k], cluster, scale)
        caption = _caption(cluster, name)
        maps[k].set_title(caption, size=SMALL)
        _draw_course(courses[k], cluster, top)
    courses[0].set_ylabel("share", size=SMALL)
    _draw_bar(block, maps, scale)


def _draw_bar(block, axes, scale):
    from matplotlib.cm import ScalarMappable

    colours = ScalarMappable(*scale)
    bar = block.colorbar(colours, ax=axes, aspect=14, format="{x:.0%}")
    bar.set_label("share of\n|relevance|", size=SMALL)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=SMALL, width=0.6, length=2)


def _headline(frame, model):
    """Name of the model, number of clusters, and how sure it is."""
    whole = frame[frame["cluster"] == WHOLE]
    whole = whole.set_index("metric")
    value = whole["value"]
    number = int(value["n_clusters"])
    words = "one cluster" if number == 1 else f"{number} clusters"
    if "eigengap" in whole.index:
        p = whole.loc["eigengap", "p"]
        words += f" (p = {p:.2g}"
        words += f", stability {value['stability']:.2f})"
    name = ", ".join(map(label, model))
    return f"{name}: {words}"


def _caption(frame, name):
    """What a cluster's windows have in common, in three lines."""
    by_metric = frame.set_index("metric")
    value = by_metric["value"]
    trials = f"{name}: {value['trials']:.0%} of windows"
    trials += f", {value['subjects']:.0f} subjects"
    if value.get("ocular") == 1:
        trials += " (ocular)"
    relevance = f"accuracy {value['accuracy']:.2f}"
    if "share ocular_frontal" in value.index:
        share = value["share ocular_frontal"]
        relevance += f", ocular share {share:.2f}"
    lines = [trials, relevance]
    if "heog" in value.index:
        size = value["heog size"]
        to_cue = round(value["heog"])
        lines.append(f"|HEOG| {size:.0f}, to the cue {to_cue} µV")
    return "\n".join(lines)


def _draw_map(axis, frame, scale):
    is_map = frame["metric"].str.startswith("map ")
    electrodes = frame[is_map]
    channel = electrodes["metric"].str.removeprefix("map ")
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
    limits = (norm.vmin, norm.vmax)
    values = electrodes.loc[placed, "value"].to_numpy()
    channels = tuple(channel[placed])
    draw_scalp(axis, values, channels, colours, limits)


def _draw_course(axis, frame, top):
    """Share of |relevance| in each bin of time, and what an even spread would give."""
    is_course = frame["metric"].str.startswith("course ")
    bins = frame[is_course]
    time = bins["metric"].str.removeprefix("course ")
    time = time.astype(float)
    width = 2 * time.min()
    even = bins["chance"].iloc[0]
    share = bins["value"]
    look = {"color": "0.55", "linewidth": 0}
    axis.bar(time, share, 0.9 * width, **look)
    axis.axhline(even, color="0.1", linewidth=0.7, linestyle=":")
    end = time.max() + width / 2
    axis.set_xlim(0, end)
    axis.set_ylim(0, top)
    axis.yaxis.set_major_formatter("{x:.0%}")
    axis.set_xlabel("time in the window (s)", size=SMALL)
    axis.spines[["top", "right"]].set_visible(False)


def _draw_arms(block, frame, task):
    """Share of the windows in ocular clusters, a line an arm; beside it the number of clusters."""
    axis = block.subplots()
    arms = _arms(frame, task)
    regimes = ordered(frame["regime"], REGIMES)
    by_name = frame.set_index(["arm", "regime", "metric"])
    value = by_name["value"].to_dict()
    step = 0.8 / len(regimes)
    middle = (len(regimes) - 1) / 2
    pairs = zip(regimes, MARKERS, strict=False)
    for number, (regime, marker) in enumerate(pairs):
        shift = (number - middle) * step
        _draw_regime(axis, value, regime, arms, shift, marker)
    names = [_input(arm) for arm in arms]
    n_arms = len(arms)
    axis.set_yticks(range(n_arms), names)
    axis.set_ylim(n_arms - 0.5, -0.5)
    axis.set_xlim(0, 1)
    axis.xaxis.set_major_formatter("{x:.0%}")
    words = "windows in ocular clusters; right: number of clusters\n"
    words += "(n/a: no electrode or every one is ocular-frontal, or gaze is unknown)"
    axis.set_xlabel(words, size=SMALL)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(loc="center left", bbox_to_anchor=(1.15, 0.5))
    title = f"{label(task)}, arms"
    block.suptitle(title, weight="bold", size=SMALL + 0.5)


def _input(arm):
    if arm == WHOLE:
        return "whole input"
    return label(arm)


def _draw_regime(axis, value, regime, arms, shift, marker):
    """Points of one regime, a line an arm, and numbers of clusters at the right."""
    of_ocular, of_number = _OF_ARMS
    shares, places = [], []
    for k, arm in enumerate(arms):
        share = value.get((arm, regime, of_ocular))
        if share is not None:
            shares.append(share)
            places.append(k + shift)
    look = {
        "color": "0.25",
        "markersize": 4,
        "clip_on": False,
        "label": label(regime),
    }
    axis.plot(shares, places, marker, **look)
    for k, arm in enumerate(arms):
        words = ""
        count = value.get((arm, regime, of_number))
        if count is not None:
            words = f"{count:.0f}"
            if (arm, regime, of_ocular) not in value:
                words += ", n/a"
        axis.text(1.02, k + shift, words, size=SMALL, va="center")
