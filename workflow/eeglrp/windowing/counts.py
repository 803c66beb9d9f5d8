"""What became of recordings, channels and windows, in one table a subject."""

COLUMNS = ("subject", "recording", "item", "name", "count")


class CannotUse(Exception):
    """A recording that cannot serve; the study goes on and the table says why."""


def counted(item, names):
    """Rows (item, name, count), one for each different name, in order of appearance."""
    tally = {}
    for name in names:
        tally[name] = tally.get(name, 0) + 1
    rows = []
    for name, number in tally.items():
        rows.append((item, name, number))
    return rows


def counts_table(subject, rows):
    """Data frame with `COLUMNS` from rows (recording, item, name, count)."""
    import pandas as pd

    with_subject = [(subject, *row) for row in rows]
    return pd.DataFrame(with_subject, columns=COLUMNS)
