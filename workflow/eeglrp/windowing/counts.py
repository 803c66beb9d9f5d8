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


def with_rows(table, subject, rows):
    """A table of counts with rows (recording, item, name, count) put in front."""
    import pandas as pd

    if not rows:
        return table
    return pd.concat([counts_table(subject, rows), table], ignore_index=True)


def write_excluded(excluded, out):
    """Write a table of counts of subjects that a study leaves out.

    Parameters
    ----------
    excluded : list of (str, str)
        Subject and reason.
    out : Path
        `.tsv`.
    """
    import pandas as pd

    from eeglrp.files import write_table

    rows = [
        (subject, "", "subject_excluded", reason, 1)
        for subject, reason in excluded
    ]
    write_table(pd.DataFrame(rows, columns=COLUMNS), out)
