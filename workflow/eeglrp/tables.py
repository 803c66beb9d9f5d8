"""Tidy tables of the study, one value a row: written by questions, read by figures and report."""

from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.labels import METHODS, ordered
from eeglrp.seeds import generator
from eeglrp.statistics import subject_estimates, three_answers

NUMBERS = ("value", "ci_low", "ci_high", "chance", "n")


def metric_row(**fields):
    """One row of a metric table: absent names are empty, absent numbers are NaN."""
    blank = dict.fromkeys(METRIC_COLUMNS, "")
    blank |= dict.fromkeys(NUMBERS, float("nan"))
    return blank | fields


def tested_mean(names, test, p, n, *, margin, confidence):
    """Row of a mean over subjects: its interval, corrected p value and answer.

    Parameters
    ----------
    names : dict
        Fields of the row that tell it from others.
    test : eeglrp.statistics.MeanTest
    p : float
        Corrected.
    n : int
        Subjects.
    margin : float
        Smallest effect that matters.
    confidence : float
    """
    answer = three_answers(test._replace(p=p), margin, 1 - confidence)
    return metric_row(
        **names,
        subject="all",
        value=test.mean,
        ci_low=test.low,
        ci_high=test.high,
        n=n,
        p=p,
        answer=answer,
    )


def metric_frame(rows, extra=()):
    """Rows as a data frame with the contract's columns first, then the `extra` ones."""
    import pandas as pd

    columns = [*METRIC_COLUMNS, *extra]
    unknown = sorted({key for row in rows for key in row} - set(columns))
    if unknown:
        field, remedy = ", ".join(unknown), "name it in `extra`"
        raise InputError("metrics", field, "unknown column", remedy)
    return pd.DataFrame(rows, columns=columns)


def with_folds(frame, subject, fold):
    """Fill in the column `fold` of a metric table: the fold whose models tested the subject.

    Subjects whom several folds tested, windows of each, have none.

    Parameters
    ----------
    frame : DataFrame
    subject, fold : array, shape (n_windows,)
        Of every tested window.

    Returns
    -------
    DataFrame
    """
    names = frame["subject"].astype(str)
    return frame.assign(fold=fold_of_each(names, subject, fold))


def fold_of_each(names, subject, fold):
    """Fold whose models tested each subject, as text; empty for one whom several tested, or none.

    Parameters
    ----------
    names : sequence of str
        Subjects.
    subject, fold : array, shape (n_windows,)
        Of every tested window.

    Returns
    -------
    list of str
    """
    folds = {}
    for name, number in zip(subject, fold, strict=True):
        of_subject = folds.setdefault(str(name), set())
        of_subject.add(str(int(number)))
    single = {}
    for name, of_subject in folds.items():
        if len(of_subject) == 1:
            (single[name],) = of_subject
    return [single.get(str(name), "") for name in names]


def folds_of(frame):
    """Fold of every subject of a metric table: Series of text, empty where it is not one."""
    folds = frame.groupby("subject")["fold"].first()
    known = folds.astype(object).where(folds.notna(), "")
    return known.map(_seed_name)


def join_tables(tables):
    """Stack metric tables of several jobs into one, keeping the columns' order."""
    import pandas as pd

    filled = [table for table in tables if len(table)] or list(tables[:1])
    return pd.concat(filled, ignore_index=True)


def estimate_rows(values, columns, subject, names, statistics, seed):
    """Rows of every subject and of all, for each column of values.

    Parameters
    ----------
    values : array, shape (n_windows, n_columns)
    columns : sequence of dict
        What each column means: `metric` and further fields of a row.
    subject : array of str, shape (n_windows,)
    names : dict
        Fields that all rows share: study, task, regime, seed, method ...
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
        Of the study. Equal groups of windows are resampled alike, so methods compare in pairs.
    """
    rng = generator(seed, "bootstrap", len(values))
    settings = (statistics["bootstrap"], statistics["confidence"])
    estimates = subject_estimates(values, subject, *settings, rng)
    return [
        metric_row(
            **(names | column),
            subject=estimate.subject,
            value=estimate.mean[k],
            ci_low=estimate.low[k],
            ci_high=estimate.high[k],
            n=estimate.n,
        )
        for estimate in estimates
        for k, column in enumerate(columns)
    ]


def metric_table(paths, extra=(), numbers=()):
    """Metric tables stacked into one; rows without a value are left out.

    Parameters
    ----------
    paths : sequence of Path
    extra : sequence of str
        Further columns that the tables must have.
    numbers : sequence of str
        Those of `extra` that hold numbers.

    Raises
    ------
    InputError
        If a column is missing or a column of numbers holds words.
    """
    import pandas as pd

    columns = [*METRIC_COLUMNS, *extra]
    frames = []
    for path in paths:
        table = read_table(path, columns)
        frames.append(_numeric(table, (*NUMBERS, *numbers), path))
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    frame = pd.concat(filled, ignore_index=True)
    frame["seed"] = [_seed_name(seed) for seed in frame["seed"]]
    return frame[frame["value"].notna()].reset_index(drop=True)


def _numeric(frame, columns, path):
    import pandas as pd

    for column in columns:
        try:
            frame[column] = pd.to_numeric(frame[column]).astype(float)
        except ValueError as error:
            remedy = "delete the table and rerun"
            raise InputError(path, column, str(error), remedy) from error
    return frame


def _seed_name(seed):
    """A seed or fold as text; pandas reads a column with gaps as floats."""
    if seed != seed or seed == "":
        return ""
    return str(int(float(seed)))


def over_seeds(frame, keys, more=()):
    """Mean over seeds, for each combination of `keys`.

    The ends of the interval are averaged as well: seeds share their test subjects, so more seeds
    do not make the uncertainty from the subjects smaller. `n` is the largest of the seeds.
    Further columns of numbers named in `more` are averaged too. New column `n_seeds`.
    """
    groups = frame.groupby(list(keys), sort=False, dropna=False)
    averaged = ["value", "ci_low", "ci_high", "chance", *more]
    means = groups[averaged].mean()
    means["n"] = groups["n"].max()
    means["n_seeds"] = groups["seed"].nunique()
    return means.reset_index()


def default_method(methods):
    """The method shown where there is room for one: LRP-γ if it was run."""
    in_order = ordered(methods, METHODS)
    return in_order[0] if in_order else None
