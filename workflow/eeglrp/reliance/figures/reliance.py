"""Does a share of relevance measure reliance? Measures against the known reliance of models.

Above, every model; below, the correlation over models, beside what an audit of other models and
methods found on the same kind of confounds (Gao, 2026, preregistered).
"""

from eeglrp.drawing import PAGE_WIDTH, colours, legend_below, render
from eeglrp.labels import METHODS, YARDSTICKS, label, ordered
from eeglrp.reliance.measures import EXTRA
from eeglrp.tables import metric_table

CAPTION = """\
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
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Every model's reliance, shares and HEOG loss, means over subjects; and all correlations."""
    frame = metric_table(tables, EXTRA, ["probability"])
    frame = frame.fillna({"method": ""})
    metric = frame["metric"]
    is_of_model = metric.isin(["reliance", "share", "heog_loss"])
    is_correlation = metric.str.startswith(("pearson ", "spearman "))
    is_pooled = frame["subject"] == "all"
    shown = frame[(is_of_model | is_correlation) & is_pooled]
    return shown.reset_index(drop=True)


def plot(frame):
    """Scatter panels, one a method, then a panel of correlations for each measure."""
    from matplotlib.figure import Figure

    methods = _methods(frame)
    confounds = ordered(frame["confound"], CONFOUNDS)
    with_loss = bool((frame["metric"] == "heog_loss").any())
    n_panels = len(methods) + with_loss
    n_rows = -(-n_panels // _COLUMNS)
    heights = [1.45 * n_rows, 0.19 * len(methods) + 0.9]
    size = (PAGE_WIDTH, sum(heights) + 0.7)
    figure = Figure(figsize=size, layout="constrained")
    above, below = figure.add_gridspec(2, 1, height_ratios=heights)
    grid = above.subgridspec(n_rows, _COLUMNS)
    _draw_models(figure, grid, frame, methods, confounds, with_loss)
    grid = below.subgridspec(1, len(TITLES))
    _draw_correlations(figure, grid, frame, methods, confounds)
    for axis in figure.axes:
        axis.spines[["top", "right"]].set_visible(False)
    legend_below(figure, _legend(frame, confounds), columns=5)
    return figure


def _methods(frame):
    """Methods in their usual order, the signal last."""
    is_share = frame["metric"] == "share"
    names = ordered(frame.loc[is_share, "method"], METHODS)
    methods = [name for name in names if name not in YARDSTICKS]
    yardsticks = [name for name in names if name in YARDSTICKS]
    return methods + yardsticks


def _draw_models(figure, grid, frame, methods, confounds, with_loss):
    names = [(method, "share") for method in methods]
    if with_loss:
        names.append(("", "heog_loss"))
    models = _models(frame)
    shades = _shades(frame)
    first = None
    for number, (method, metric) in enumerate(names):
        row, column = divmod(number, _COLUMNS)
        shared = first if metric == "share" else None
        axis = figure.add_subplot(
            grid[row, column], sharex=first, sharey=shared
        )
        first = first or axis
        is_method = models["method"] == method
        is_metric = models["metric"] == metric
        _scatter(axis, models[is_method & is_metric], confounds, shades)
        if metric == "heog_loss":
            axis.set_title(LOSS)
            axis.axhline(0, color="0.85", linewidth=0.7, zorder=0)
            axis.set_ylabel("accuracy lost")
        else:
            axis.set_title(label(method))
            if column:
                axis.tick_params(labelleft=False)
            else:
                axis.set_ylabel("share of |R|")
        if number >= len(names) - _COLUMNS:
            axis.set_xlabel("reliance")
        else:
            axis.tick_params(labelbottom=False)


def _scatter(axis, models, confounds, shades):
    """One point a model, its marker that of the confound."""
    for confound, marker in zip(confounds, _MARKERS, strict=False):
        points = models[models["confound"] == confound]
        colour = points["probability"].map(shades)
        axis.scatter(
            points["reliance"],
            points["value"],
            s=11,
            marker=marker,
            alpha=0.9,
            color=list(colour),
        )
    axis.axvline(0, color="0.85", linewidth=0.7, zorder=0)


def _models(frame):
    """Measures of every model with its reliance beside them."""
    metric = frame["metric"]
    is_measure = metric.isin(["share", "heog_loss"])
    is_truth = metric == "reliance"
    keys = ["task", "regime", "seed", "confound"]
    truth = frame.loc[is_truth, [*keys, "value"]]
    truth = truth.rename(columns={"value": "reliance"})
    return frame[is_measure].merge(truth, on=keys)


def _shades(frame):
    """A colour for each probability, darker where the event goes with the label more often."""
    import seaborn

    probabilities = frame["probability"].dropna()
    levels = sorted(probabilities.unique())
    shades = seaborn.color_palette("viridis_r", max(len(levels), 2))
    return dict(zip(levels, shades, strict=False))


def _draw_correlations(figure, grid, frame, methods, confounds):
    axes = []
    for column, (measure, title) in enumerate(TITLES.items()):
        shared = axes[0] if axes else None
        axis = figure.add_subplot(grid[column], sharey=shared)
        axes.append(axis)
        for confound in confounds:
            of_confound = frame[frame["confound"] == confound]
            _draw_confound(
                axis, of_confound, confound, measure, methods, confounds
            )
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
    names = [label(method) for method in methods]
    if (frame["metric"] == "pearson heog_loss").any():
        names.append(f"{LOSS}, loss")
    axes[0].set_yticks(range(len(names)), names)
    axes[0].set_ylim(len(names) - 0.5, -0.5)


def _draw_confound(axis, frame, confound, measure, methods, confounds):
    """Correlations of one measure with their intervals, and the audit's, from top to bottom."""
    number = confounds.index(confound)
    middle = (len(confounds) - 1) / 2
    step = 0.5 / max(len(confounds), 1)
    shift = (number - middle) * step
    look = (_MARKERS[number], colours(confounds)[confound])
    of_measure = frame[frame["metric"] == f"pearson {measure}"]
    for place, method in enumerate(methods):
        y = place + shift
        correlation = of_measure[of_measure["method"] == method]
        audit = AUDIT.get((confound, method, measure))
        if len(correlation):
            _draw_correlation(axis, correlation, audit, y, *look)
    if measure == "share":
        y = len(methods) + shift
        correlation = frame[frame["metric"] == "pearson heog_loss"]
        audit = AUDIT.get((confound, "", "heog_loss"))
        _draw_correlation(axis, correlation, audit, y, *look)


def _draw_correlation(axis, correlation, audit, y, marker, colour):
    """A correlation with its interval, and the audit's as a star."""
    heights = [y] * len(correlation)
    low = correlation["ci_low"]
    high = correlation["ci_high"]
    axis.hlines(heights, low, high, color=colour)
    value = correlation["value"]
    axis.plot(value, heights, marker, color=colour, ms=3)
    if audit is not None:
        axis.plot(audit, y, "*", mfc="white", mec=colour, ms=7, mew=0.9)


def _legend(frame, confounds):
    from matplotlib.lines import Line2D

    point = {"marker": "o", "markersize": 4, "linestyle": ""}
    handles = []
    for level, shade in _shades(frame).items():
        words = f"with the label: {level:.0%}"
        handles.append(Line2D([], [], color=shade, label=words, **point))
    looks = colours(confounds)
    for name, marker in zip(confounds, _MARKERS, strict=False):
        look = {"color": looks[name], "marker": marker, "ms": 4, "lw": 1}
        handles.append(Line2D([], [], label=label(name), **look))
    star = {
        "marker": "*",
        "linestyle": "",
        "ms": 7,
        "mfc": "white",
        "mec": "0.3",
    }
    return [*handles, Line2D([], [], label="audit (Gao, 2026)", **star)]
