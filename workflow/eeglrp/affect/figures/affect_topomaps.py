"""Where relevance for affect exceeds what no label explains, with the clusters that the test found.

Above, each electrode's share of the total |relevance|; below, what it has beyond the reference:
models of permuted labels where the study has any, untrained ones otherwise. Rings mark the region
named beforehand, filled dots the electrodes of clusters.
"""

from eeglrp.affect.maps_table import PREFERRED
from eeglrp.affect.maps_table import SHARE as REGION_SHARE
from eeglrp.drawing import SMALL, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.scalp.draw import draw_scalp, montage_names
from eeglrp.tables import metric_table, over_seeds

CAPTION = """\
Relevance for arousal and valence on the scalp, mean over subjects and seeds.
Upper row: share of an electrode in the total of absolute relevance. Lower row:
the same minus that of a reference which no label explains: models trained on
labels whose blocks changed places if the study trained any, otherwise
untrained models. Red: more than the reference.

Rings: the region named beforehand. Black dots: electrodes of clusters of more
relevance than the reference (cluster permutation test over electrodes,
subjects as the sample, p < 0.05 for the whole scalp of one model, in half of
the seeds or more). A cluster shows that a model's map differs from the
reference in the same way in all subjects; that it does so because of the
labels only models of permuted labels can tell.
"""
TABLES = (
    "metrics/topography.tsv",
    "metrics/affect_maps.tsv",
    "metrics/affect_cluster.tsv",
)
SHARE, GAIN = "share", "share beyond reference"
MISSING = (
    "No maps of affect: no model of arousal or valence has been explained."
)
#: What the reference is, in the footnote.
WORDS = {
    "permuted": "models trained on labels in another order",
    "untrained": "untrained models",
    "signal": "|signal|",
    "chance": "equal shares",
}
#: Level below which a cluster is marked.
ALPHA = 0.05
_MAP = 0.95
_LEVELS = 17
_KEYS = ["study", "task", "regime", "method", "metric", "channel"]


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Share and gain of every electrode, mean over subjects and seeds.

    Columns besides: `null` (the reference), `region` (1 in the region named beforehand) and
    `cluster` (part of the seeds in which a cluster of more relevance, p < 0.05, holds the
    electrode).
    """
    import pandas as pd

    topography, maps, tests = tables
    extra = ("null", "p", "channels")
    numbers = ("p",)
    tested = metric_table([tests], extra=extra, numbers=numbers)
    maps = metric_table([maps], extra=("source", "channel"))
    shares = metric_table([topography], extra=("class", "channel"))
    shares = _asked(shares, tested)
    frames = []
    groups = shares.groupby(["task", "regime"], sort=False)
    for (task, regime), of_model in groups:
        of_task = maps[maps["task"] == task]
        of_test = tested[tested["task"] == task]
        of_test = of_test[of_test["regime"] == regime]
        null, reference = _reference(of_task, regime)
        model = _model(of_model, of_test, null, reference)
        frames.append(model)
    if not frames:
        return shares
    return pd.concat(frames, ignore_index=True)


def _asked(shares, tested):
    """Shares of every subject, of the models that were tested."""
    chosen = shares["metric"] == SHARE
    chosen &= shares["class"] == "all"
    chosen &= shares["subject"] != "all"
    columns = ("task", "method", "regime")
    for column in columns:
        known = tested[column]
        chosen &= shares[column].isin(known)
    return shares[chosen]


def _model(shares, tested, null, reference):
    """Share and gain of one model over its seeds, with region and clusters."""
    import pandas as pd

    even = shares["chance"]
    if reference is not None:
        even = shares["channel"].map(reference)
    difference = shares["value"] - even
    gain = shares.assign(metric=GAIN, value=difference, chance=0.0)
    both = pd.concat([shares, gain])
    both = over_seeds(both, _KEYS)
    channel = both["channel"]
    region = channel.isin(_region(tested))
    marks = channel.map(_marks(tested, null))
    return both.assign(
        null=null,
        region=region.astype(int),
        cluster=marks.fillna(0.0),
    )


def _reference(maps, regime):
    """Name of the reference, and its shares by electrode; none for equal shares."""
    for name in PREFERRED:
        shares = maps[maps["source"] == name]
        if name == "permuted":
            shares = shares[shares["regime"] == regime]
        if len(shares):
            mean = shares.groupby("channel")["value"].mean()
            return name, mean
    return "chance", None


def _region(tested):
    """Electrodes of the region that was named beforehand."""
    shares = tested[tested["metric"] == REGION_SHARE]
    is_all = shares["null"] == "all"
    named = shares.loc[is_all, "channels"]
    words = " ".join(named.dropna())
    return set(words.split())


def _marks(tested, null):
    """Electrode -> part of the seeds in which a cluster of more relevance holds it."""
    is_cluster = tested["metric"] == "cluster"
    is_of_null = tested["null"] == null
    gains = tested["value"] > 0
    significant = tested["p"] < ALPHA
    clusters = tested[is_cluster & is_of_null & gains & significant]
    electrodes = clusters["channels"].str.split().explode()
    counts = electrodes.groupby(electrodes).size()
    of_region = tested["metric"] == REGION_SHARE
    seeds = tested.loc[of_region, "seed"]
    return counts / max(seeds.nunique(), 1)


def plot(frame):
    """One column a task and regime; shares above, gains below."""
    from matplotlib.figure import Figure

    models = _models(frame)
    width = len(models) * _MAP + 1.3
    size = (max(width, 4.0), 2 * _MAP + 0.85)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(2, len(models), squeeze=False)
    above, below = axes
    shares = frame[frame["metric"] == SHARE]
    gains = frame[frame["metric"] == GAIN]
    scale = _scale(shares, signed=False)
    _draw_row(above, shares, models, scale, marked=False)
    for axis, (task, regime) in zip(above, models, strict=True):
        title = f"{label(task)}\n{label(regime)}"
        axis.set_title(title, size=SMALL + 0.5)
    _colour_bar(figure, above, scale, "share of |relevance|")
    scale = _scale(gains, signed=True)
    _draw_row(below, gains, models, scale, marked=True)
    _colour_bar(figure, below, scale, "beyond reference")
    figure.supxlabel(_footnote(frame), size=SMALL)
    return figure


def _models(frame):
    """Task and regime of every column."""
    models = []
    for task in ordered(frame["task"], TASKS):
        of_task = frame["task"] == task
        regimes = frame.loc[of_task, "regime"]
        for regime in ordered(regimes, REGIMES):
            models.append((task, regime))
    return models


def _draw_row(axes, frame, models, scale, marked):
    for axis, (task, regime) in zip(axes, models, strict=True):
        is_task = frame["task"] == task
        is_regime = frame["regime"] == regime
        model = frame[is_task & is_regime]
        _draw_map(axis, model, scale, marked=marked)


def _scale(frame, signed):
    import seaborn
    from matplotlib.colors import Normalize

    largest = frame["value"].abs().max() or 1.0
    smallest = -largest if signed else 0.0
    palette = "RdBu_r" if signed else "rocket_r"
    colours = seaborn.color_palette(palette, as_cmap=True)
    norm = Normalize(smallest, largest)
    return norm, colours.resampled(_LEVELS)


def _draw_map(axis, frame, scale, marked):
    norm, colours = scale
    channel = frame["channel"].str.upper()
    in_montage = channel.isin(montage_names())
    placed = frame[in_montage]
    if placed.empty:
        axis.set_axis_off()
        return
    names = tuple(placed["channel"])
    values = placed["value"].to_numpy()
    limits = (norm.vmin, norm.vmax)
    draw_scalp(axis, values, names, colours, limits)
    points = _drawn_at(axis)
    ring = {
        "s": 16,
        "facecolors": "none",
        "edgecolors": "0.1",
        "linewidths": 0.7,
        "zorder": 5,
    }
    region = placed["region"].to_numpy() > 0
    axis.scatter(*points[region].T, **ring)
    if marked:
        dot = {"s": 9, "color": "black", "linewidths": 0, "zorder": 6}
        held = placed["cluster"].to_numpy() >= 0.5
        axis.scatter(*points[held].T, **dot)


def _drawn_at(axis):
    """Places (n_channels, 2) of the electrodes on a map that was drawn."""
    lines = (line for line in axis.lines if line.get_marker() == ".")
    electrodes = next(lines)
    return electrodes.get_xydata()


def _colour_bar(figure, axes, scale, words):
    from matplotlib.cm import ScalarMappable

    mappable = ScalarMappable(*scale)
    bar = figure.colorbar(
        mappable, ax=axes, shrink=0.8, aspect=16, format="{x:.0%}"
    )
    bar.set_label(words, size=SMALL)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=SMALL, width=0.6, length=2)
    bar.locator.set_params(nbins=5)
    bar.update_ticks()


def _footnote(frame):
    nulls = set(frame["null"])
    used = [WORDS[name] for name in PREFERRED if name in nulls]
    method = label(frame["method"].iloc[0])
    return (
        f"{method}; reference: {', '.join(used)}; rings: region named "
        f"beforehand; dots: cluster, p < {ALPHA} in half of the seeds"
    )
