"""Which class is taken for which: a confusion matrix for every task and decoder."""

from eeglrp.drawing import SMALL, panels, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """
Which class is taken for which on the test split: of the windows of each true
class (rows), the percentage that was predicted as each class (columns), over
all subjects, mean over seeds. Rows add up to 100. A decoder that knows nothing
has equal rows.
"""
TABLES = ("metrics/confusion.tsv",)
MISSING = "No confusion matrices: no model of this study has predicted a test window."
#: Decoders side by side.
_COLUMNS = 7


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Share of every class's windows by predicted class, mean over seeds."""
    frame = metric_table(tables, extra=("label", "prediction"))
    keys = [
        "study",
        "task",
        "regime",
        "subject",
        "metric",
        "label",
        "prediction",
    ]
    return over_seeds(frame, keys)


def plot(frame):
    """One matrix a decoder, task after task; true classes are rows, shares in percent."""
    pairs = [
        (task, regime)
        for task in ordered(frame["task"], TASKS)
        for regime in ordered(
            frame.loc[frame["task"] == task, "regime"], REGIMES
        )
    ]
    lines = _lines(pairs)
    largest = max(
        frame["label"].nunique() for _, frame in frame.groupby("task")
    )
    figure, axes = panels(len(lines), _COLUMNS, 0.6 + 0.18 * largest)
    for axis_line, line in zip(axes, lines, strict=True):
        for number, axis in enumerate(axis_line):
            if number < len(line):
                _draw_matrix(axis, frame, *line[number], first=number == 0)
            else:
                axis.set_axis_off()
    figure.supxlabel(
        "predicted class; numbers: % of the true class's test windows",
        size=SMALL + 1,
    )
    return figure


def _lines(pairs):
    """Rows of at most so many panels, each of one task."""
    lines = []
    for pair in pairs:
        if (
            not lines
            or lines[-1][0][0] != pair[0]
            or len(lines[-1]) == _COLUMNS
        ):
            lines.append([])
        lines[-1].append(pair)
    return lines


def _draw_matrix(axis, frame, task, regime, first):
    own = frame[(frame["task"] == task) & (frame["regime"] == regime)]
    classes = ordered([*own["prediction"]])
    shares = own.pivot_table(
        index="label", columns="prediction", values="value"
    )
    shares = shares.reindex(index=classes, columns=classes)
    axis.imshow(shares, vmin=0, vmax=1, cmap="Greys", aspect="auto")
    for (row, column), share in zip(
        _cells(len(classes)), shares.to_numpy().flat, strict=True
    ):
        colour = "white" if share > 0.6 else "black"
        words = "–" if share != share else f"{100 * share:.0f}"
        axis.text(
            column,
            row,
            words,
            ha="center",
            va="center",
            color=colour,
            size=SMALL,
        )
    names = [label(name) for name in classes]
    axis.set_xticks(range(len(classes)), names)
    axis.set_yticks(range(len(classes)), names if first else [])
    axis.tick_params(length=0)
    axis.set_title(label(regime), size=SMALL + 0.5)
    if first:
        axis.set_ylabel(f"{label(task)}\ntrue class")


def _cells(n):
    return [(row, column) for row in range(n) for column in range(n)]
