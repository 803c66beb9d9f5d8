"""Whether masked-patch pretraining learned anything: its loss over epochs."""

from pathlib import Path

from eeglrp.figures.style import TASKS, colours, label, legend_below, ordered, panels, render
from eeglrp.files import read_table

TABLES = ("weights/{weights}-history.tsv",)
COLUMNS = ("epoch", "train_loss", "validation_loss")
MISSING = "No pretraining history: the backbone of this study came from a file or the hub."
#: Loss of a model that knows nothing but the average spectrum.
AVERAGE = 1.0
_PREFIX = "pretrained-"


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Every history, with the name of its weights from its path."""
    import pandas as pd

    frames = [_history(Path(path)) for path in dict.fromkeys(tables)]
    names = ["weights", *COLUMNS]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=names)


def _history(path):
    frame = read_table(path, COLUMNS)[list(COLUMNS)]
    frame.insert(0, "weights", path.name.removesuffix("-history.tsv"))
    return frame


def plot(frame):
    """Training and validation loss against the epoch, one panel a backbone."""
    names = ordered(frame["weights"], [_PREFIX + task for task in TASKS])
    figure, axes = panels(1, len(names), 2.0, min(7.2, 1.6 + 1.9 * len(names)), sharey=True)
    looks = colours(["train_loss", "validation_loss"])
    words = {"train_loss": "training windows", "validation_loss": "validation windows"}
    for axis, name in zip(axes[0], names, strict=True):
        history = frame[frame["weights"] == name].sort_values("epoch")
        lines = [
            axis.plot(history["epoch"], history[column], "o-", color=looks[column], ms=2.5)[0]
            for column in words
        ]
        axis.set_title(label(name.removeprefix(_PREFIX)))
        axis.set_xlabel("epoch")
        axis.xaxis.get_major_locator().set_params(integer=True, nbins=5)
        axis.axhline(AVERAGE, color="0.2", linewidth=1, linestyle=(0, (3, 2)))
    axes[0, 0].set_ylabel("loss on masked patches")
    for line, word in zip(lines, words.values(), strict=True):
        line.set_label(word)
    legend_below(figure, [*lines, _average_line()], columns=1 if len(names) == 1 else 3)
    return figure


def _average_line():
    from matplotlib.lines import Line2D

    words = "knowing the average only"
    return Line2D([], [], color="0.2", linewidth=1, linestyle=(0, (3, 2)), label=words)
