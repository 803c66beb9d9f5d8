"""How training went: loss and balanced accuracy over epochs, with the epoch that was kept."""

from pathlib import Path

from eeglrp.drawing import legend_below, panels, regime_colours, render
from eeglrp.files import read_table
from eeglrp.labels import REGIMES, TASKS, label, ordered

CAPTION = """\
Training histories of all models: cross-entropy on the training split (dotted)
and on the validation split, and balanced accuracy on the validation split. The
point marks the epoch that was kept. One line a model of a fold
and seed. The test split plays no part here.
"""
TABLES = ("models/{task}/{regime}/fold-{fold}/seed-{seed}-history.tsv",)
COLUMNS = (
    "epoch",
    "train_loss",
    "validation_loss",
    "validation_balanced_accuracy",
)
MISSING = "No training histories: no model of this study has been trained."


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Every history, with task, regime, fold and seed from its path."""
    import pandas as pd

    frames = [_history(Path(path)) for path in tables]
    if not frames:
        return pd.DataFrame(
            columns=["task", "regime", "fold", "seed", *COLUMNS]
        )
    return pd.concat(frames, ignore_index=True)


def _history(path):
    seed = path.name.removeprefix("seed-").removesuffix("-history.tsv")
    frame = read_table(path, COLUMNS)[list(COLUMNS)]
    folder = path.parent
    frame.insert(0, "seed", seed)
    frame.insert(0, "fold", folder.name.removeprefix("fold-"))
    frame.insert(0, "regime", folder.parent.name)
    frame.insert(0, "task", folder.parent.parent.name)
    return frame


def plot(frame):
    """One column a task: losses above, balanced accuracy on the validation split below."""
    tasks = ordered(frame["task"], TASKS)
    width = min(7.2, 1.2 + 2.2 * len(tasks))
    figure, axes = panels(
        2, len(tasks), 1.9, width, sharex="col", sharey="row"
    )
    for column, task in zip(axes.T, tasks, strict=True):
        top, bottom = column
        of_task = frame[frame["task"] == task]
        for _, model in of_task.groupby(
            ["regime", "fold", "seed"], sort=False
        ):
            _draw_model(top, bottom, model.sort_values("epoch"))
        top.set_title(label(task))
        bottom.set_xlabel("epoch")
        bottom.xaxis.get_major_locator().set_params(integer=True)
    axes[0, 0].set_ylabel("cross-entropy")
    axes[1, 0].set_ylabel("balanced accuracy,\nvalidation split")
    regimes = ordered(frame["regime"], REGIMES)
    columns = 3 if len(tasks) < 3 else 6
    legend_below(figure, _legend(regimes), columns=columns)
    return figure


def _draw_model(top, bottom, model):
    regime = model["regime"].iloc[0]
    colour = regime_colours([regime])[regime]
    look = {"color": colour, "linewidth": 0.9, "alpha": 0.8}
    epoch = model["epoch"]
    top.plot(epoch, model["train_loss"], linestyle=":", **look)
    top.plot(epoch, model["validation_loss"], **look)
    bottom.plot(epoch, model["validation_balanced_accuracy"], **look)
    by_quality = model.sort_values(
        ["validation_balanced_accuracy", "validation_loss"],
        ascending=[False, True],
    )
    kept = by_quality.iloc[0]
    accuracy = kept["validation_balanced_accuracy"]
    bottom.plot(kept["epoch"], accuracy, "o", color=colour, ms=3)


def _legend(regimes):
    from matplotlib.lines import Line2D

    looks = regime_colours(regimes)
    lines = [
        Line2D([], [], color=looks[name], label=label(name))
        for name in regimes
    ]
    grey = {"color": "0.35"}
    point = {"marker": "o", "linestyle": "", "markersize": 3}
    return [
        *lines,
        Line2D([], [], label="validation", **grey),
        Line2D([], [], linestyle=":", label="training", **grey),
        Line2D([], [], label="epoch kept", **point, **grey),
    ]
