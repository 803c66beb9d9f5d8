"""Every question of every model, answered from the metric tables."""

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.seeds import generator
from eeglrp.tables import join_tables, metric_frame, metric_row
from eeglrp.verdict.answers import UNDECIDED, Answer, answer
from eeglrp.verdict.clusters import answer_clusters
from eeglrp.verdict.questions import (
    CHANCE,
    CLUSTERS,
    PLACEBOS,
    QUESTIONS,
    SIGNAL,
)
from eeglrp.verdict.routes import ocular, overall, sensorimotor

EXTRA = ("question", "finding", "p", "why")
#: Columns of each table beyond the contract's.
COLUMNS = {"arms": ("arm", "tested"), "trials": ("group",), CLUSTERS: ("arm",)}
COLUMNS["shares"] = ("class", SIGNAL)
ROUTES = {"ocular": ocular, "sensorimotor": sensorimotor, "overall": overall}


def write_verdict(tables, margin, statistics, seed, study, out):
    """Write the table of verdicts.

    Parameters
    ----------
    tables : dict of str to list of Path
        Tables of each task: `arms`, and `shares`, `trials` and `strategies` where there are any.
        Of `shares` only the method counts that the arms were explained by.
    margin : float
        Smallest difference of accuracies that matters.
    statistics : dict
        `bootstrap` and `confidence`.
    seed : int
    study : str
    out : Path
        Contract's columns, `question`, `finding`, `p` (sign-flip test, not corrected for the number
        of questions), `why`; one row a task, model and question, for each seed and, with an empty
        seed, for the mean over seeds. `chance` is what the value is held against, `n` counts
        subjects (of clusters: windows). `ocular`, `sensorimotor` and `overall` are answered from
        the other questions, and their value is how many of these could be asked; `finding` of
        `overall` is one of `routes.VERDICTS`.

    Raises
    ------
    InputError
        If a table lacks a column.
    """
    frames = {
        name: join_tables(
            [
                read_table(path, [*METRIC_COLUMNS, *COLUMNS[name]])
                for path in paths
            ]
        )
        for name, paths in tables.items()
    }
    if "shares" in frames:
        own = frames["shares"]["method"].isin(
            frames["arms"]["method"].dropna()
        )
        frames["shares"] = frames["shares"][own]
    rows = []
    for task, regime in _models(frames["arms"]):
        own = {
            name: _of_model(frame, task, regime)
            for name, frame in frames.items()
        }
        for model_seed in ["", *_seeds(own["arms"])]:
            ids = {
                "study": study,
                "task": task,
                "regime": regime,
                "seed": model_seed,
            }
            parts = {
                name: _of_seed(frame, model_seed)
                for name, frame in own.items()
            }
            rows += model_rows(parts, margin, statistics, seed, ids)
    write_table(metric_frame(rows, EXTRA), out)


def model_rows(frames, margin, statistics, seed, ids):
    """Rows of one model from its part of the tables, several seeds averaged."""
    rows, found = [], {}
    for question in QUESTIONS:
        rng = generator(seed, "verdict", *ids.values(), question.name)
        one, method = ask(question, frames, margin, statistics, rng)
        if one.n:
            found[question.name] = one.finding
        numbers = {
            "value": one.value,
            "ci_low": one.low,
            "ci_high": one.high,
            "n": one.n,
        }
        numbers |= {"chance": one.reference, "p": one.p}
        words = {
            "question": question.name,
            "finding": one.finding,
            "why": one.why,
        }
        names = {"method": method, "subject": "all", "metric": question.metric}
        rows.append(metric_row(**ids, **names, **numbers, **words))
    for name, rule in ROUTES.items():
        words = {
            "question": name,
            "finding": rule(found),
            "why": "from the questions above",
        }
        names = {"subject": "all", "metric": "verdict", "value": len(found)}
        rows.append(metric_row(**ids, **names, **words))
    return rows


def ask(question, frames, margin, statistics, rng):
    """Answer of one question, and the attribution method whose relevance it used.

    A question about rows that the study lacks is undecided, with n = 0.
    """
    if question.table not in frames:
        return Answer(UNDECIDED, f"no table {question.table}"), ""
    frame = frames[question.table]
    frame = frame[frame["metric"] == question.metric]
    if question.table == CLUSTERS:
        return ask_clusters(question, frame)
    frame = frame[frame["subject"] != "all"]
    first = chosen(frame, question.first)
    if question.second in (CHANCE, SIGNAL):
        second = by_subject(first, question.second)
    elif question.second:
        second = by_subject(chosen(frame, question.second), "value")
    else:
        second = 0.0 * by_subject(first, "value")
    method = next(iter(first["method"]), "")
    both = {"first": by_subject(first, "value"), "second": second}
    missing = [
        _words(getattr(question, name)) for name in both if both[name].empty
    ]
    paired = _paired(**both)
    if missing or paired.empty:
        return Answer(
            UNDECIDED, f"no {missing[0] if missing else 'subject in common'}"
        ), method
    edge = margin if question.margin else 0.0
    return answer(
        paired["first"], paired["second"], edge, statistics, rng
    ), method


def ask_clusters(question, frame):
    """The same for a question about clusters."""
    frame = frame[frame["value"].notna()]
    first = chosen(frame, question.first)
    second = chosen(frame, question.second) if question.second else None
    parts = {"first": first, "second": second}
    for name, part in parts.items():
        if part is not None and part.empty:
            return Answer(
                UNDECIDED, f"no {_words(getattr(question, name))}"
            ), ""
    return answer_clusters(first, second), first["method"].iloc[0]


def chosen(frame, columns):
    """Rows with these values in these columns; all placebo arms where one is asked for."""
    for column, value in columns.items():
        names = frame[column].astype(str)
        placebo = column == "arm" and value == PLACEBOS
        frame = frame[
            names.str.startswith(PLACEBOS) if placebo else names == value
        ]
    return frame


def by_subject(frame, column):
    """Mean of each subject, over seeds and placebos; subjects without a value are left out."""
    return frame[frame["value"].notna()].groupby("subject")[column].mean()


def _paired(first, second):
    import pandas as pd

    return pd.DataFrame({"first": first, "second": second}).dropna()


def _words(columns):
    """What rows are missing, such as `arm ica, tested only`."""
    if not isinstance(columns, dict):
        return f"value of {columns}"
    return ", ".join(f"{column} {value}" for column, value in columns.items())


def _models(frame):
    return list(
        dict.fromkeys(zip(frame["task"], frame["regime"], strict=True))
    )


def _of_model(frame, task, regime):
    return frame[(frame["task"] == task) & (frame["regime"] == regime)]


def _seeds(frame):
    return sorted({int(seed) for seed in frame["seed"].dropna() if seed != ""})


def _of_seed(frame, seed):
    """Rows of one seed, or of all where `seed` is empty."""
    return frame if seed == "" else frame[frame["seed"] == seed]
