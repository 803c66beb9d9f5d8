"""Every question of every model, answered from the metric tables."""

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.tables import folds_of, join_tables, metric_frame, metric_row
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


def write_verdict(tables, statistics, study, out):
    """Write the table of verdicts.

    Parameters
    ----------
    tables : dict of str to list of Path
        Tables of each task: `arms`, and `shares`, `trials` and `strategies` where there are any.
        Of `shares` only the method counts that the arms were explained by.
    statistics : dict
        `confidence` and `smallest_effect`.
    study : str
    out : Path
        Contract's columns, `question`, `finding`, `p` (`eeglrp.statistics.mean_test`, not corrected
        for the number of questions), `why`; one row a task, model and question, for each seed and,
        with an empty seed, for the mean over seeds. `chance` is what the value is held against,
        `n` counts subjects (of clusters: windows). `ocular`, `sensorimotor` and `overall` are
        answered from the other questions, and their value is how many of these could be asked;
        `finding` of `overall` is one of `routes.VERDICTS`.

    Raises
    ------
    InputError
        If a table lacks a column.
    """
    frames = {name: _read(name, paths) for name, paths in tables.items()}
    if "shares" in frames:
        methods = frames["arms"]["method"].dropna()
        of_methods = frames["shares"]["method"].isin(methods)
        frames["shares"] = frames["shares"][of_methods]
    rows = []
    for task, regime in _models(frames["arms"]):
        of_model = {
            name: _of_model(frame, task, regime)
            for name, frame in frames.items()
        }
        for model_seed in ["", *_seeds(of_model["arms"])]:
            of_seed = {
                name: _of_seed(frame, model_seed)
                for name, frame in of_model.items()
            }
            ids = {
                "study": study,
                "task": task,
                "regime": regime,
                "seed": model_seed,
            }
            rows += model_rows(of_seed, statistics, ids)
    write_table(metric_frame(rows, EXTRA), out)


def _read(name, paths):
    """Tables of all tasks, stacked."""
    columns = [*METRIC_COLUMNS, *COLUMNS[name]]
    of_tasks = [read_table(path, columns) for path in paths]
    return join_tables(of_tasks)


def model_rows(frames, statistics, ids):
    """Rows of one model from its part of the tables, several seeds averaged."""
    rows, findings = [], {}
    for question in QUESTIONS:
        reply, method = ask(question, frames, statistics)
        if reply.n:
            findings[question.name] = reply.finding
        rows.append(_question_row(question, reply, method, ids))
    for name, rule in ROUTES.items():
        route = {
            "subject": "all",
            "metric": "verdict",
            "value": len(findings),
            "question": name,
            "finding": rule(findings),
            "why": "from the questions above",
        }
        rows.append(metric_row(**ids, **route))
    return rows


def _question_row(question, reply, method, ids):
    return metric_row(
        **ids,
        method=method,
        subject="all",
        metric=question.metric,
        value=reply.value,
        ci_low=reply.low,
        ci_high=reply.high,
        n=reply.n,
        chance=reply.reference,
        p=reply.p,
        question=question.name,
        finding=reply.finding,
        why=reply.why,
    )


def ask(question, frames, statistics):
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
    rows = chosen(frame, question.first)
    method = next(iter(rows["method"]), "")
    first = by_subject(rows, "value")
    second = _second(question, frame, rows)
    if first.empty:
        return _without(question.first), method
    if second.empty:
        return _without(question.second), method
    paired = _paired(first, second)
    if paired.empty:
        return Answer(UNDECIDED, "no subject in common"), method
    fold = folds_of(rows).reindex(paired.index).fillna("")
    margin = statistics["smallest_effect"][question.effect]
    confidence = statistics["confidence"]
    values = paired["first"], paired["second"], fold.to_numpy(str)
    return answer(*values, margin, confidence), method


def _second(question, frame, rows):
    """What the values of `rows` are held against, by subject."""
    if question.second in (CHANCE, SIGNAL):
        return by_subject(rows, question.second)
    if question.second:
        return by_subject(chosen(frame, question.second), "value")
    return 0.0 * by_subject(rows, "value")


def _without(columns):
    """The answer where rows are missing."""
    return Answer(UNDECIDED, f"no {_words(columns)}")


def ask_clusters(question, frame):
    """The same for a question about clusters."""
    frame = frame[frame["value"].notna()]
    first = chosen(frame, question.first)
    if first.empty:
        return _without(question.first), ""
    second = None
    if question.second:
        second = chosen(frame, question.second)
        if second.empty:
            return _without(question.second), ""
    return answer_clusters(first, second), first["method"].iloc[0]


def chosen(frame, columns):
    """Rows with these values in these columns; all placebo arms where one is asked for."""
    for column, value in columns.items():
        names = frame[column].astype(str)
        if column == "arm" and value == PLACEBOS:
            wanted = names.str.startswith(PLACEBOS)
        else:
            wanted = names == value
        frame = frame[wanted]
    return frame


def by_subject(frame, column):
    """Mean of each subject, over seeds and placebos; subjects without a value are left out."""
    known = frame[frame["value"].notna()]
    return known.groupby("subject")[column].mean()


def _paired(first, second):
    import pandas as pd

    return pd.DataFrame({"first": first, "second": second}).dropna()


def _words(columns):
    """What rows are missing, such as `arm ica, tested only`."""
    if not isinstance(columns, dict):
        return f"value of {columns}"
    wanted = [f"{column} {value}" for column, value in columns.items()]
    return ", ".join(wanted)


def _models(frame):
    """Task and regime of every model, as they come."""
    models = zip(frame["task"], frame["regime"], strict=True)
    return list(dict.fromkeys(models))


def _of_model(frame, task, regime):
    of_task = frame["task"] == task
    of_regime = frame["regime"] == regime
    return frame[of_task & of_regime]


def _seeds(frame):
    seeds = frame["seed"].dropna()
    numbers = {int(seed) for seed in seeds if seed != ""}
    return sorted(numbers)


def _of_seed(frame, seed):
    """Rows of one seed, or of all where `seed` is empty."""
    if seed == "":
        return frame
    return frame[frame["seed"] == seed]
