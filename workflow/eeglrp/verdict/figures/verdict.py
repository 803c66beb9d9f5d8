"""What is supported of every model's decisions: questions down, models across."""

from eeglrp.drawing import SMALL, legend_below, panels, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import NUMBERS
from eeglrp.verdict.answers import NOT_SUPPORTED, SUPPORTED, UNDECIDED
from eeglrp.verdict.questions import BY_NAME
from eeglrp.verdict.routes import VERDICTS

CAPTION = """
What the arms, the shares of relevance and the trials say of each model, means
over seeds. Blue with a tick: supported, the interval of the mean difference
over subjects lies above zero and a sign-flip test gives a p below alpha.
Orange with a cross: not supported, the interval lies below the smallest
difference that matters. Grey with a question mark: this sample cannot tell.
Numbers: the two values compared, first : second, such as accuracy : chance. No
correction is made for the number of questions. Below the line: whether ocular
and sensorimotor signal carry the decision, and the verdict, by a rule that
uses some of the questions above; the configuration's README states it.
"""
TABLES = ("metrics/verdict.tsv",)
MISSING = "No verdict: no model of this study was tested on arms of its task."
#: Finding -> colour and symbol; the colours differ in lightness too.
LOOK = {
    SUPPORTED: ("#0b5c94", "✓"),
    NOT_SUPPORTED: ("#e8a33d", "✗"),
    UNDECIDED: ("#e4e6e8", "?"),
}
#: Verdicts of a model; those of the routes are findings as above.
VERDICT_LOOK = dict(
    zip(
        VERDICTS,
        ("#7a2f6f", "#1f7a5c", "#4a5a8a", "#b9b9b9", "#e4e6e8"),
        strict=True,
    )
)
ROUTES = {
    "ocular": "ocular signal carries the decision",
    "sensorimotor": "sensorimotor signal carries the decision",
    "overall": "verdict",
}
#: Models side by side in one panel.
_MOST = 7


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Verdicts of all seeds together, of questions that were asked of a model at least."""
    import pandas as pd

    from eeglrp.files import METRIC_COLUMNS, read_table
    from eeglrp.verdict.run import EXTRA

    columns = [*METRIC_COLUMNS, *EXTRA]
    frame = pd.concat(
        [read_table(path, columns) for path in tables], ignore_index=True
    )
    frame[list(NUMBERS)] = frame[list(NUMBERS)].astype(float)
    frame = frame[frame["seed"].isna() | (frame["seed"] == "")]
    asked = frame.loc[frame["n"] > 0, "question"]
    return frame[frame["question"].isin([*asked, *ROUTES])].reset_index(
        drop=True
    )


def plot(frame):
    """One column a model, one row a question; the verdict below."""
    models = [
        (task, regime)
        for task in ordered(frame["task"], TASKS)
        for regime in ordered(
            frame.loc[frame["task"] == task, "regime"], REGIMES
        )
    ]
    questions = [*ordered(frame["question"], BY_NAME)]
    blocks = [models[k : k + _MOST] for k in range(0, len(models), _MOST)]
    figure, axes = panels(len(blocks), 1, 0.19 * len(questions) + 0.5)
    for axis, block in zip(axes[:, 0], blocks, strict=True):
        _draw_block(axis, frame, block, questions)
    legend_below(figure, _legend())
    return figure


def _draw_block(axis, frame, models, questions):
    found = {(r.task, r.regime, r.question): r for r in frame.itertuples()}
    for column, model in enumerate(models):
        for row, question in enumerate(questions):
            one = found.get((*model, question))
            if one is None or (question in BY_NAME and not one.n):
                axis.text(
                    column,
                    row,
                    "–",
                    ha="center",
                    va="center",
                    color="0.5",
                    size=SMALL,
                )
            else:
                _draw_cell(axis, column, row, one)
    names = [
        BY_NAME[name].text if name in BY_NAME else ROUTES[name]
        for name in questions
    ]
    axis.set_yticks(range(len(questions)), names)
    several = len({task for task, _ in models}) > 1
    heads = [
        f"{label(task)}\n{label(regime)}" if several else label(regime)
        for task, regime in models
    ]
    axis.set_xticks(range(len(models)), heads)
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    # Few models do not become wide bars.
    axis.set_xlim(-0.5, max(len(models), 4) - 0.5)
    axis.set_ylim(len(questions) - 0.5, -0.5)
    axis.spines[:].set_visible(False)
    first_route = sum(name in BY_NAME for name in questions)
    axis.axhline(first_route - 0.5, color="0.2", linewidth=0.8)
    if not several:
        axis.set_title(label(models[0][0]))


def _draw_cell(axis, column, row, one):
    from matplotlib.patches import Rectangle

    overall = one.question == "overall"
    colour = VERDICT_LOOK[one.finding] if overall else LOOK[one.finding][0]
    axis.add_patch(
        Rectangle(
            (column - 0.49, row - 0.46), 0.98, 0.92, color=colour, linewidth=0
        )
    )
    ink = "white" if _dark(colour) else "black"
    axis.text(
        column,
        row,
        words(one),
        ha="center",
        va="center",
        color=ink,
        size=SMALL,
    )


def words(one):
    """Symbol and the two values compared, or the verdict in words."""
    if one.question == "overall":
        return one.finding
    symbol = LOOK[one.finding][1]
    # Of a route the value counts the answers it rests on.
    if one.value != one.value or one.chance != one.chance:
        return symbol
    return f"{symbol} {one.value:.2f} : {one.chance:.2f}".replace(" 0.", " .")


def _dark(colour):
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(colour)
    return 0.3 * red + 0.59 * green + 0.11 * blue < 0.55


def _legend():
    from matplotlib.patches import Patch

    looks = [
        Patch(color=colour, label=f"{sign} {name}")
        for name, (colour, sign) in LOOK.items()
    ]
    return [*looks, Patch(color="none", label="– not asked")]
