"""What a question of the study says about itself in its `question.py`."""

from collections.abc import Callable
from typing import NamedTuple


def always(config):
    """Whether a configuration asks for it: every one does."""
    return True


class Table(NamedTuple):
    """A table of results that the report shows.

    Attributes
    ----------
    heading : str
    columns : tuple of str
        Columns beyond the common ones.
    asked : callable
        Of the configuration: whether a study writes the table.
    finding : callable, optional
        Of the table: a `Finding`, or None if there is nothing to say.
    view : callable, optional
        Of the table: the rows that the report shows, if not all.
    shown : bool
        False if the finding shows all of its rows.
    folded : bool
        Whether the rows of `view` are hidden until a reader unfolds them.
    """

    heading: str
    columns: tuple = ()
    asked: Callable = always
    finding: Callable | None = None
    view: Callable | None = None
    shown: bool = True
    folded: bool = True


class Question(NamedTuple):
    """A question of the study.

    Attributes
    ----------
    tables : dict of str to Table
        By the name of the file, in the order of the report.
    figures : dict of str to callable
        Names of the modules in `figures/`; whether a configuration asks for them.
    metrics : dict of str to str
        Column headings of metrics whose own name is not enough.
    """

    tables: dict
    figures: dict
    metrics: dict
