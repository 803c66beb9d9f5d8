"""What masked-patch pretraining learned: its loss, and hidden spectra beside simple predictions.

A loss that falls does not say that anything was learned beyond averages. So the share of variance
explained stands beside that of two predictors which know averages only.
"""

from pathlib import Path

from eeglrp.drawing import colours, legend_below, panels, render
from eeglrp.files import read_table
from eeglrp.labels import TASKS, label, ordered

CAPTION = """
Self-supervised pretraining of the backbone on unlabelled windows. Left: loss
of masked-patch prediction on training and validation windows. Middle: share of
variance of the hidden patches' log spectrum that is explained in the
validation windows, about the mean of the training windows (R² 0), by
frequency. Right: the same by electrode, network against linear regression. Two
simple predictors show what a network has to beat: each electrode's average
over the training windows, and a ridge regression from averages of the patches
left visible in the same window. The validation windows also chose the epoch. A
spectrum of 0.2 s is noisy: no predictor can reach 1.
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
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Losses by epoch; R squared by frequency, by electrode and pooled."""
    import pandas as pd

    paths = [Path(path) for path in dict.fromkeys(tables)]
    frames = [
        _losses(p) if p.name.endswith(_HISTORY) else _explained(p)
        for p in paths
    ]
    return (
        pd.concat(frames, ignore_index=True)
        if frames
        else pd.DataFrame(columns=COLUMNS)
    )


def _losses(path):
    frame = read_table(path, HISTORY_COLUMNS).melt(
        "epoch", list(LOSSES), "series"
    )
    frame["weights"] = path.name.removesuffix(_HISTORY)
    return frame.reindex(columns=COLUMNS)


def _explained(path):
    frame = read_table(path, SPECTRA_COLUMNS)
    frame = frame.rename(columns={"predictor": "series", "r_squared": "value"})
    return frame[frame["series"].isin(PREDICTORS)].reindex(columns=COLUMNS)


def plot(frame):
    """Rows backbones; columns loss, R squared by frequency, R squared by electrode."""
    names = ordered(frame["weights"], [_PREFIX + task for task in TASKS])
    sizes = {"width_ratios": [1, 1.35, 1]}
    height = 1.5 if len(names) > 1 else 1.9
    figure, axes = panels(
        len(names), 3, height, sharex="col", sharey="col", gridspec_kw=sizes
    )
    looks = colours([*LOSSES, *PREDICTORS])
    for line, name in zip(axes, names, strict=True):
        here = frame[frame["weights"] == name]
        _draw_losses(line[0], here, looks)
        _draw_frequencies(line[1], here, looks)
        _draw_electrodes(line[2], here, looks)
        line[0].set_title(
            label(name.removeprefix(_PREFIX)), loc="left", weight="bold"
        )
    axes[-1, 0].set_xlabel("epoch")
    axes[-1, 1].set_xlabel("frequency (Hz)")
    axes[-1, 2].set_xlabel("R², linear regression")
    legend_below(figure, _legend(looks), columns=3)
    return figure


def _draw_losses(axis, frame, looks):
    for name in LOSSES:
        of_series = frame[frame["series"] == name].sort_values("epoch")
        axis.plot(
            of_series["epoch"],
            of_series["value"],
            "o-",
            color=looks[name],
            ms=2.5,
        )
    axis.xaxis.get_major_locator().set_params(integer=True, nbins=5)
    axis.axhline(AVERAGE, **_AVERAGE_LOOK)
    axis.set_ylabel("loss")


def _draw_frequencies(axis, frame, looks):
    frame = frame[(frame["channel"] == "all") & (frame["frequency"] != "all")]
    for name in PREDICTORS:
        of_series = frame[frame["series"] == name]
        frequency = of_series["frequency"].astype(float)
        axis.plot(
            frequency, of_series["value"], "o-", color=looks[name], ms=2.5
        )
    axis.axhline(0, **_AVERAGE_LOOK)
    axis.set_ylabel("R²")
    if len(frame):
        axis.set_title(f"n = {frame['n'].max():,.0f} hidden patches")


def _draw_electrodes(axis, frame, looks):
    """Network against linear regression, one point an electrode: above the line it adds."""
    frame = frame[frame["frequency"] == "all"]
    wide = frame.pivot(index="channel", columns="series", values="value")
    wide = wide.reindex(columns=list(PREDICTORS))
    one, all_ = (
        wide.drop(index="all", errors="ignore"),
        wide[wide.index == "all"],
    )
    axis.plot(one["linear"], one["network"], ".", color=looks["network"], ms=4)
    axis.plot(all_["linear"], all_["network"], "D", color="0.1", ms=4)
    axis.axline((0, 0), slope=1, color="0.6", linewidth=0.8, zorder=0)
    axis.set_ylabel("R², network")


_AVERAGE_LOOK = {"color": "0.2", "linewidth": 1, "linestyle": (0, (3, 2))}


def _legend(looks):
    from matplotlib.lines import Line2D

    words = LOSSES | PREDICTORS
    lines = [
        Line2D(
            [], [], color=looks[name], marker="o", ms=2.5, label=words[name]
        )
        for name in words
    ]
    average = Line2D([], [], **_AVERAGE_LOOK, label="knowing the average only")
    dot = Line2D(
        [],
        [],
        color=looks["network"],
        marker=".",
        ms=4,
        ls="",
        label="one electrode",
    )
    pooled = Line2D(
        [], [], color="0.1", marker="D", ms=4, ls="", label="all electrodes"
    )
    equal = Line2D(
        [], [], color="0.6", linewidth=0.8, label="network equals regression"
    )
    return [*lines, average, dot, pooled, equal]
