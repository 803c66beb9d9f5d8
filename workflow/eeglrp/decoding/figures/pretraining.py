"""What masked-patch pretraining learned: its loss, and hidden spectra beside simple predictions.

A loss that falls does not say that anything was learned beyond averages. So the share of variance
explained stands beside that of two predictors which know averages only.
"""

from pathlib import Path

from eeglrp.drawing import colours, legend_below, panels, render
from eeglrp.files import read_table
from eeglrp.labels import TASKS, label, ordered

CAPTION = """\
Self-supervised pretraining of the backbone on unlabelled windows. Left: loss
of masked-patch prediction on training and validation windows. Middle: share of
variance of the hidden patches' log spectrum that is explained in the
validation windows, about the mean of the training windows (R² 0), by
frequency. Right: the same by electrode, network against linear regression. Two
simple predictors show what a network has to beat: each electrode's average
over the training windows, and a ridge regression from averages of the patches
left visible in the same window. The validation windows also chose the epoch.
Means over folds, each with a backbone of its own. A spectrum of 0.2 s is
noisy: no predictor can reach 1.
"""
TABLES = ("weights/{weights}-history.tsv", "weights/{weights}-spectra.tsv")
HISTORY_COLUMNS = ("epoch", "train_loss", "validation_loss")
SPECTRA_COLUMNS = (
    "weights",
    "predictor",
    "frequency",
    "channel",
    "r_squared",
    "n",
)
COLUMNS = ("weights", "series", "epoch", "frequency", "channel", "value", "n")
MISSING = "No pretraining history: the backbone of this study came from a file or the hub."
#: Series of the left panels, and predictors of the others, in the words of the legend.
LOSSES = {
    "train_loss": "loss, training windows",
    "validation_loss": "loss, validation windows",
}
PREDICTORS = {
    "network": "R², network",
    "linear": "R², linear regression on visible averages",
    "electrode_average": "R², electrode's average",
}
#: Loss of a model that knows nothing but the average spectrum; its R squared is 0.
AVERAGE = 1.0
_PREFIX, _HISTORY = "pretrained-", "-history.tsv"


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Losses by epoch; R squared by frequency, by electrode and pooled; mean over folds."""
    import pandas as pd

    frames = []
    for path in map(Path, dict.fromkeys(tables)):
        is_history = path.name.endswith(_HISTORY)
        frames.append(_losses(path) if is_history else _explained(path))
    if not frames:
        return pd.DataFrame(columns=COLUMNS)
    of_folds = pd.concat(frames, ignore_index=True)
    keys = ["weights", "series", "epoch", "frequency", "channel"]
    groups = of_folds.groupby(keys, dropna=False, sort=False)
    means = groups["value"].mean().to_frame()
    # A loss has no number.
    means["n"] = groups["n"].sum(min_count=1)
    return means.reset_index()[list(COLUMNS)]


def _losses(path):
    frame = read_table(path, HISTORY_COLUMNS)
    frame = frame.melt("epoch", list(LOSSES), "series")
    frame["weights"] = path.parent.name
    return frame.reindex(columns=COLUMNS)


def _explained(path):
    frame = read_table(path, SPECTRA_COLUMNS)
    frame = frame.rename(columns={"predictor": "series", "r_squared": "value"})
    frame = frame[frame["series"].isin(PREDICTORS)]
    frame["weights"] = path.parent.name
    return frame.reindex(columns=COLUMNS)


def plot(frame):
    """Rows backbones; columns loss, R squared by frequency, R squared by electrode."""
    usual = [_PREFIX + task for task in TASKS]
    names = ordered(frame["weights"], usual)
    height = 1.5 if len(names) > 1 else 1.9
    figure, axes = panels(
        len(names),
        3,
        height,
        sharex="col",
        sharey="col",
        gridspec_kw={"width_ratios": [1, 1.35, 1]},
    )
    looks = colours([*LOSSES, *PREDICTORS])
    for line, name in zip(axes, names, strict=True):
        of_weights = frame[frame["weights"] == name]
        _draw_losses(line[0], of_weights, looks)
        _draw_frequencies(line[1], of_weights, looks)
        _draw_electrodes(line[2], of_weights, looks)
        task = label(name.removeprefix(_PREFIX))
        line[0].set_title(task, loc="left", weight="bold")
    axes[-1, 0].set_xlabel("epoch")
    axes[-1, 1].set_xlabel("frequency (Hz)")
    axes[-1, 2].set_xlabel("R², linear regression")
    legend_below(figure, _legend(looks), columns=3)
    return figure


def _draw_losses(axis, frame, looks):
    for name in LOSSES:
        of_series = frame[frame["series"] == name]
        of_series = of_series.sort_values("epoch")
        epoch = of_series["epoch"]
        loss = of_series["value"]
        axis.plot(epoch, loss, "o-", color=looks[name], ms=2.5)
    axis.xaxis.get_major_locator().set_params(integer=True, nbins=5)
    axis.axhline(AVERAGE, **_AVERAGE_LOOK)
    axis.set_ylabel("loss")


def _draw_frequencies(axis, frame, looks):
    is_of_all = frame["channel"] == "all"
    is_of_one = frame["frequency"] != "all"
    frame = frame[is_of_all & is_of_one]
    for name in PREDICTORS:
        of_series = frame[frame["series"] == name]
        frequency = of_series["frequency"].astype(float)
        r_squared = of_series["value"]
        axis.plot(frequency, r_squared, "o-", color=looks[name], ms=2.5)
    axis.axhline(0, **_AVERAGE_LOOK)
    axis.set_ylabel("R²")
    if len(frame):
        n_patches = frame["n"].max()
        axis.set_title(f"n = {n_patches:,.0f} hidden patches")


def _draw_electrodes(axis, frame, looks):
    """Network against linear regression, one point an electrode: above the line it adds."""
    frame = frame[frame["frequency"] == "all"]
    wide = frame.pivot(index="channel", columns="series", values="value")
    wide = wide.reindex(columns=list(PREDICTORS))
    is_pooled = wide.index == "all"
    electrodes = wide[~is_pooled]
    pooled = wide[is_pooled]
    axis.plot(
        electrodes["linear"],
        electrodes["network"],
        ".",
        color=looks["network"],
        ms=4,
    )
    axis.plot(pooled["linear"], pooled["network"], "D", color="0.1", ms=4)
    axis.axline((0, 0), slope=1, color="0.6", linewidth=0.8, zorder=0)
    axis.set_ylabel("R², network")


_AVERAGE_LOOK = {"color": "0.2", "linewidth": 1, "linestyle": (0, (3, 2))}


def _legend(looks):
    from matplotlib.lines import Line2D

    lines = []
    for name, words in (LOSSES | PREDICTORS).items():
        look = {"color": looks[name], "marker": "o", "ms": 2.5}
        lines.append(Line2D([], [], label=words, **look))
    network = {"color": looks["network"], "marker": "."}
    pooled = {"color": "0.1", "marker": "D"}
    points = {"ms": 4, "ls": ""}
    diagonal = {"color": "0.6", "linewidth": 0.8}
    return [
        *lines,
        Line2D([], [], label="knowing the average only", **_AVERAGE_LOOK),
        Line2D([], [], label="one electrode", **network, **points),
        Line2D([], [], label="all electrodes", **pooled, **points),
        Line2D([], [], label="network equals regression", **diagonal),
    ]
