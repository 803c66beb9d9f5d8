"""Does a share of relevance measure reliance? Measures against the known reliance of models.

Above, every model; below, the correlation over models, beside what an audit of other models and
methods found on the same kind of confounds (Gao, 2026, preregistered).
"""

from eeglrp.drawing import PAGE_WIDTH, colours, legend_below, render
from eeglrp.labels import METHODS, YARDSTICKS, label, ordered
from eeglrp.reliance.models import EXTRA
from eeglrp.tables import metric_table

CAPTION = """
Does relevance measure how much a model relies on a confound? Saccades or
posterior alpha were added to recordings and went with the label with a known
probability. Above: reliance, accuracy on windows where the event always goes
with the label minus accuracy on windows where it goes either way, against the
share of |relevance| at the confound's electrodes (saccade: ocular and frontal;
alpha: parietal and occipital) and against the accuracy lost when HEOG is
regressed out of the test windows. One point a model, mean over subjects.

Below: Pearson correlation over models; the measure comes from one half of the
subjects, the reliance from the other, averaged over splits. Bars: bootstrap
interval over subjects and models. ``|signal|`` is the share of the signal
itself, which knows nothing of the model and hardly differs between tasks: what
correlates are its last digits. Stars: what an audit of other decoders found
for integrated gradients and for HEOG regression.
"""
TABLES = ("metrics/reliance.tsv",)
MISSING = (
    "No reliance: no task of this study is tested on windows in which a planted event always goes "
    "with the label, and on others in which it goes either way (`also_test`, as in "
    "config/reliance.yaml)."
)
#: Pearson correlation with reliance in the audit: (confound, method, measure).
AUDIT = {
    ("saccade", "integrated_gradients", "share"): 0.834,
    ("alpha", "integrated_gradients", "share"): 0.805,
    ("saccade", "integrated_gradients", "absolute"): 0.201,
    ("saccade", "", "heog_loss"): 0.899,
}
TITLES = {
    "share": "share at its electrodes",
    "topography": "likeness to its field",
    "absolute": "absolute amount",
}
LOSS = "HEOG regression"
CONFOUNDS = ("saccade", "alpha")
_MARKERS = "osD^"
#: Panels beside each other.
_COLUMNS = 5


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Every model's reliance, shares and HEOG loss, means over subjects; and all correlations."""
    frame = metric_table(tables, EXTRA, ["probability"]).fillna({"method": ""})
    of_model = frame["metric"].isin(["reliance", "share", "heog_loss"])
    kept = of_model | frame["metric"].str.startswith(("pearson ", "spearman "))
    return frame[kept & (frame["subject"] == "all")].reset_index(drop=True)


def plot(frame):
    """Scatter panels, one a method, then a panel of correlations for each measure."""
    from matplotlib.figure import Figure

    methods, confounds = _methods(frame), ordered(frame["confound"], CONFOUNDS)
    with_loss = bool((frame["metric"] == "heog_loss").any())
    n_panels = len(methods) + with_loss
    n_rows = -(-n_panels // _COLUMNS)
    height = 0.19 * len(methods) + 0.9
    size = (PAGE_WIDTH, 1.45 * n_rows + height + 0.7)
    figure = Figure(figsize=size, layout="constrained")
    above, below = figure.add_gridspec(
        2, 1, height_ratios=[1.45 * n_rows, height]
    )
    grid = above.subgridspec(n_rows, _COLUMNS)
    _draw_models(figure, grid, frame, methods, confounds, with_loss)
    _draw_correlations(
        figure, below.subgridspec(1, len(TITLES)), frame, methods, confounds
    )
    for axis in figure.axes:
        axis.spines[["top", "right"]].set_visible(False)
    legend_below(figure, _legend(frame, confounds), columns=5)
    return figure


def _methods(frame):
    """Methods in their usual order, the signal last."""
    names = ordered(frame.loc[frame["metric"] == "share", "method"], METHODS)
    return [name for name in names if name not in YARDSTICKS] + [
        name for name in names if name in YARDSTICKS
    ]


def _draw_models(figure, grid, frame, methods, confounds, with_loss):
    names = [(method, "share") for method in methods] + [
        ("", "heog_loss")
    ] * with_loss
    models = _models(frame)
    first = None
    for number, (method, metric) in enumerate(names):
        place = divmod(number, _COLUMNS)
        shared = first if metric == "share" else None
        axis = figure.add_subplot(grid[place], sharex=first, sharey=shared)
        first = first or axis
        own = models[
            (models["method"] == method) & (models["metric"] == metric)
        ]
        for confound, marker in zip(confounds, _MARKERS, strict=False):
            part = own[own["confound"] == confound]
            look = {"color": list(part["probability"].map(_shades(frame)))}
            axis.scatter(
                part["reliance"],
                part["value"],
                s=11,
                marker=marker,
                alpha=0.9,
                **look,
            )
        axis.axvline(0, color="0.85", linewidth=0.7, zorder=0)
        axis.set_title(LOSS if metric == "heog_loss" else label(method))
        if metric == "heog_loss":
            axis.axhline(0, color="0.85", linewidth=0.7, zorder=0)
            axis.set_ylabel("accuracy lost")
        elif place[1]:
            axis.tick_params(labelleft=False)
        else:
            axis.set_ylabel("share of |R|")
        if number >= len(names) - _COLUMNS:
            axis.set_xlabel("reliance")
        else:
            axis.tick_params(labelbottom=False)


def _models(frame):
    """Measures of every model with its reliance beside them."""
    keys = ["task", "regime", "seed", "confound"]
    truth = frame[frame["metric"] == "reliance"].rename(
        columns={"value": "reliance"}
    )
    return frame[frame["metric"].isin(["share", "heog_loss"])].merge(
        truth[[*keys, "reliance"]], on=keys
    )


def _shades(frame):
    """A colour for each probability, darker where the event goes with the label more often."""
    import seaborn

    levels = sorted(frame["probability"].dropna().unique())
    shades = seaborn.color_palette("viridis_r", max(len(levels), 2))
    return dict(zip(levels, shades, strict=False))


def _draw_correlations(figure, grid, frame, methods, confounds):
    looks = colours(confounds)
    step = 0.5 / max(len(confounds), 1)
    axes = []
    for column, (measure, title) in enumerate(TITLES.items()):
        axis = figure.add_subplot(
            grid[column], sharey=axes[0] if axes else None
        )
        axes.append(axis)
        for number, confound in enumerate(confounds):
            shift = (number - (len(confounds) - 1) / 2) * step
            part = frame[frame["confound"] == confound]
            own = part[part["metric"] == f"pearson {measure}"].set_index(
                "method"
            )
            rows = [
                (method, measure, own.loc[[method]])
                for method in methods
                if method in own.index
            ]
            if measure == "share":
                rows.append(
                    (
                        "",
                        "heog_loss",
                        part[part["metric"] == "pearson heog_loss"],
                    )
                )
            for method, metric, row in rows:
                y = (methods.index(method) if method else len(methods)) + shift
                axis.hlines(
                    [y] * len(row),
                    row["ci_low"],
                    row["ci_high"],
                    color=looks[confound],
                )
                axis.plot(
                    row["value"],
                    [y] * len(row),
                    _MARKERS[number],
                    color=looks[confound],
                    ms=3,
                )
                audit = AUDIT.get((confound, method, metric))
                if audit is not None:
                    look = {
                        "mfc": "white",
                        "mec": looks[confound],
                        "ms": 4.5,
                        "mew": 0.9,
                    }
                    axis.plot(audit, y, "*", **look | {"ms": 7})
        axis.axvline(
            0, color="0.2", linewidth=1, linestyle=(0, (3, 2)), zorder=0
        )
        axis.grid(axis="x", color="0.93", linewidth=0.6)
        axis.set_axisbelow(True)
        axis.set(
            title=title, xlabel="correlation with reliance", xlim=(-1.05, 1.05)
        )
        if column:
            axis.tick_params(labelleft=False)
    with_loss = bool((frame["metric"] == "pearson heog_loss").any())
    names = [label(method) for method in methods] + [
        f"{LOSS}, loss"
    ] * with_loss
    axes[0].set_yticks(range(len(names)), names)
    axes[0].set_ylim(len(names) - 0.5, -0.5)


def _legend(frame, confounds):
    from matplotlib.lines import Line2D

    looks = colours(confounds)
    empty = {"linestyle": "", "markersize": 4}
    shades = [
        Line2D(
            [],
            [],
            color=shade,
            marker="o",
            label=f"with the label: {level:.0%}",
            **empty,
        )
        for level, shade in _shades(frame).items()
        if level == level
    ]
    kinds = [
        Line2D(
            [],
            [],
            color=looks[name],
            marker=_MARKERS[k],
            ms=4,
            lw=1,
            label=label(name),
        )
        for k, name in enumerate(confounds)
    ]
    star = {
        "marker": "*",
        "linestyle": "",
        "ms": 7,
        "mfc": "white",
        "mec": "0.3",
    }
    return [*shades, *kinds, Line2D([], [], label="audit (Gao, 2026)", **star)]
