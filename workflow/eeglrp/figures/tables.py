"""What figures and report do with metric tables: read several, choose, average over seeds."""

from eeglrp.errors import InputError
from eeglrp.figures.style import METHODS, ordered
from eeglrp.files import METRIC_COLUMNS, read_table

NUMBERS = ("value", "ci_low", "ci_high", "chance", "n")


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
    frames = [_numeric(read_table(path, columns), (*NUMBERS, *numbers), path) for path in paths]
    frame = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    frame["seed"] = [_seed_name(seed) for seed in frame["seed"]]
    return frame[frame["value"].notna()].reset_index(drop=True)


def _numeric(frame, columns, path):
    import pandas as pd

    for column in columns:
        try:
            frame[column] = pd.to_numeric(frame[column]).astype(float)
        except ValueError as error:
            raise InputError(path, column, str(error), "delete the table and rerun") from error
    return frame


def _seed_name(seed):
    """A seed as text; pandas reads a column with gaps as floats."""
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
    means = groups[["value", "ci_low", "ci_high", "chance", *more]].mean()
    means["n"] = groups["n"].max()
    means["n_seeds"] = groups["seed"].nunique()
    return means.reset_index()


def default_method(methods):
    """The method shown where there is room for one: LRP-γ if it was run."""
    return next(iter(ordered(methods, METHODS)), None)
