"""Rows of the metric tables."""

from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS

_NUMBERS = ("value", "ci_low", "ci_high", "chance", "n")


def metric_row(**fields):
    """One row of a metric table: absent names are empty, absent numbers are NaN."""
    blank = {column: float("nan") if column in _NUMBERS else "" for column in METRIC_COLUMNS}
    return blank | fields


def metric_frame(rows, extra=()):
    """Rows as a data frame with the contract's columns first, then the `extra` ones."""
    import pandas as pd

    columns = [*METRIC_COLUMNS, *extra]
    unknown = sorted({key for row in rows for key in row} - set(columns))
    if unknown:
        raise InputError("metrics", ", ".join(unknown), "unknown column", "name it in `extra`")
    return pd.DataFrame(rows, columns=columns)


def join_tables(tables):
    """Stack metric tables of several jobs into one, keeping the columns' order."""
    import pandas as pd

    filled = [table for table in tables if len(table)] or list(tables[:1])
    return pd.concat(filled, ignore_index=True)
