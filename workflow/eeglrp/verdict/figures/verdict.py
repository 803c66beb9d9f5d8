"""What is supported of every model's decisions: questions down, models across."""

from eeglrp.drawing import SMALL, legend_below, panels, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import NUMBERS
from eeglrp.verdict.answers import NOT_SUPPORTED, SUPPORTED, UNDECIDED
from eeglrp.verdict.questions import BY_NAME
from eeglrp.verdict.routes import VERDICTS

CAPTION = """\
What the arms, the shares of relevance and the trials say of each model, means
over seeds. Blue with a tick: supported, the interval of the mean difference
over subjects, which knows that those of a fold share its models, lies above
the smallest difference that matters. Orange with a cross: not supported, it
lies below. Grey with a question mark: this sample cannot tell.
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
_MOST = 6


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    shown = select(tables)
    render(plot, shown, MISSING, pdf, png, tsv)


def select(tables):
    """Verdicts of all seeds together, of questions that were asked of a model at least."""
    import pandas as pd

    from eeglrp.files import METRIC_COLUMNS, read_table
    from eeglrp.verdict.run import EXTRA

    columns = [*METRIC_COLUMNS, *EXTRA]
    frames = [read_table(path, columns) for path in tables]
    frame = pd.concat(frames, ignore_index=True)
    frame[list(NUMBERS)] = frame[list(NUMBERS)].astype(float)
    of_all_seeds = frame["seed"].isna() | (frame["seed"] == "")
    frame = frame[of_all_seeds]
    asked = frame.loc[frame["n"] > 0, "question"]
    shown = frame["question"].isin([*asked, *ROUTES])
    return frame[shown].reset_index(drop=True)


def models_of(frame):
    """Task and regime of every model, in the order they are shown in."""
    models = []
    for task in ordered(frame["task"], TASKS):
        regimes = frame.loc[frame["task"] == task, "regime"]
        models += [(task, regime) for regime in ordered(regimes, REGIMES)]
    return models


def answers_of(frame):
    """(task, regime, question) -> its row."""
    return {
        (row.task, row.regime, row.question): row for row in frame.itertuples()
    }


def plot(frame):
    """One column a model, one row a question; the verdict below."""
    models = models_of(frame)
    questions = ordered(frame["question"], BY_NAME)
    starts = range(0, len(models), _MOST)
    blocks = [models[start : start + _MOST] for start in starts]
    figure, axes = panels(
        n_rows=len(blocks),
        n_columns=1,
        row_height=0.19 * len(questions) + 0.5,
    )
    for axis, block in zip(axes[:, 0], blocks, strict=True):
        _draw_block(axis, frame, block, questions)
    legend_below(figure, _legend())
    return figure


def _draw_block(axis, frame, models, questions):
    answers = answers_of(frame)
    for column, model in enumerate(models):
        for row, question in enumerate(questions):
            answer = answers.get((*model, question))
            if answer is None or (question in BY_NAME and not answer.n):
                _draw_dash(axis, column, row)
            else:
                _draw_cell(axis, column, row, answer)
    _label_block(axis, models, questions)
    axis.tick_params(length=0)
    # Few models do not become wide bars.
    axis.set_xlim(-0.5, max(len(models), 4) - 0.5)
    axis.set_ylim(len(questions) - 0.5, -0.5)
    axis.spines[:].set_visible(False)
    first_route = sum(name in BY_NAME for name in questions)
    line = {"color": "0.2", "linewidth": 0.8}
    axis.hlines(first_route - 0.5, -0.5, len(models) - 0.5, **line)


def _label_block(axis, models, questions):
    names = [
        BY_NAME[name].text if name in BY_NAME else ROUTES[name]
        for name in questions
    ]
    axis.set_yticks(range(len(questions)), names)
    # A network stands above how it was trained: columns are narrow.
    heads = [label(regime).replace(", ", "\n") for _, regime in models]
    if len({task for task, _ in models}) > 1:
        heads = [
            f"{label(task)}\n{head}"
            for (task, _), head in zip(models, heads, strict=True)
        ]
    else:
        axis.set_title(label(models[0][0]))
    axis.set_xticks(range(len(models)), heads)
    axis.xaxis.tick_top()


def _draw_dash(axis, column, row):
    axis.text(
        column,
        row,
        "–",
        ha="center",
        va="center",
        color="0.5",
        size=SMALL,
    )


def _draw_cell(axis, column, row, answer):
    from matplotlib.patches import Rectangle

    if answer.question == "overall":
        colour = VERDICT_LOOK[answer.finding]
    else:
        colour, _ = LOOK[answer.finding]
    corner = (column - 0.49, row - 0.46)
    axis.add_patch(Rectangle(corner, 0.98, 0.92, color=colour, linewidth=0))
    ink = "white" if _dark(colour) else "black"
    axis.text(
        column,
        row,
        words(answer),
        ha="center",
        va="center",
        color=ink,
        size=SMALL,
    )


def words(one):
    """Symbol and the two values compared, or the verdict in words."""
    if one.question == "overall":
        return one.finding
    _, symbol = LOOK[one.finding]
    # Of a route the value counts the answers it rests on.
    if one.value != one.value or one.chance != one.chance:
        return symbol
    compared = f"{one.value:.2f} : {one.chance:.2f}"
    return f"{symbol} {compared}".replace(" 0.", " .")


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
