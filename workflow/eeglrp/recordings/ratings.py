"""Continuous ratings of a BIDS recording, from time series beside it or from its own channels.

The module is imported while the graph of jobs is built, so it imports nothing heavy.
"""

import math
from numbers import Real

from eeglrp.errors import InputError
from eeglrp.jobs import logger
from eeglrp.recordings.series import AGAIN, find_series, read_rows


def read_continuous(eeg, root, columns, duration):
    """Ratings of a recording from its time series.

    Parameters
    ----------
    eeg, root : Path
        The recording, and the dataset's folder.
    columns : dict
        Rating -> column.
    duration : float
        Of the recording, in s.

    Returns
    -------
    dict
        As `Recording.ratings`, of the ratings whose column is in a series.

    Raises
    ------
    InputError
        If a description lacks a key, a table does not fit it or holds words, a column is in two
        series, or a series shares no time with the recording.
    """
    beside = find_series(eeg, root)
    ratings = {}
    for rating, column in columns.items():
        holding = [series for series in beside if column in series.names]
        if len(holding) > 1:
            problem = f"is a column of {holding[0].path.name} too"
            remedy = "rename one of the columns"
            raise InputError(holding[1].path, column, problem, remedy)
        if holding:
            ratings[rating] = _timed(holding[0], column, duration)
    return ratings


def undescribed(eeg, root):
    """Names of the tables beside a recording of which no column is known, for messages."""
    return [
        series.path.name
        for series in find_series(eeg, root)
        if not series.names
    ]


def _timed(series, column, duration):
    """Times in s, and values, of one column."""
    import numpy as np

    rate, start = _sampling(series)
    values = _values(series, column)
    times = start + np.arange(len(values)) / rate
    first, last = times[0], times[-1]
    if last < 0 or first >= duration:
        problem = f"runs from {first:g} to {last:g} s, the recording from 0 to {duration:g}"
        remedy = f"correct StartTime or SamplingFrequency in {series.description.name}"
        raise InputError(series.path, column, problem, remedy)
    if first > 0 or last + 1 / rate < duration:
        logger.warning("%s: the recording outlasts its ratings", series.path)
    return times, values


def _sampling(series):
    """Sampling rate in Hz, and start in s."""
    file, header = series.description, series.header
    missing = [
        key for key in ("SamplingFrequency", "StartTime") if key not in header
    ]
    if missing:
        problem = f"missing for {series.path.name}"
        remedy = "add them, as BIDS asks for"
        raise InputError(file, ", ".join(missing), problem, remedy)
    rate, start = header["SamplingFrequency"], header["StartTime"]
    if not _is_finite(rate) or rate <= 0:
        problem = f"{rate!r} is not a number above 0"
        remedy = "give samples a second"
        raise InputError(file, "SamplingFrequency", problem, remedy)
    if not _is_finite(start):
        problem = f"{start!r} is not a number"
        remedy = "give s from the recording's first sample"
        raise InputError(file, "StartTime", problem, remedy)
    return float(rate), float(start)


def _is_finite(value):
    return (
        isinstance(value, Real)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def _values(series, column):
    """One column, NaN where it says n/a or is not finite."""
    import numpy as np

    table = read_rows(series.path)
    names = series.names
    if len(table) and table.iloc[0].tolist() == names:
        table = table.iloc[1:]
    if table.empty:
        raise InputError(series.path, "table", "holds no samples", AGAIN)
    if table.shape[1] != len(names):
        problem = f"has {table.shape[1]} columns, {series.description.name} names {len(names)}"
        raise InputError(series.path, "table", problem, "correct one of them")
    try:
        values = table[names.index(column)].to_numpy(float, na_value=np.nan)
    except ValueError as error:
        problem = f"not a number ({error})"
        remedy = "write numbers or n/a"
        raise InputError(series.path, column, problem, remedy) from error
    return np.where(np.isfinite(values), values, np.nan)


def rating_text(ratings):
    """Ratings as the text of an annotation, with all their digits: `arousal=6.5 valence=3`."""
    parts = []
    for name, value in sorted(ratings.items()):
        digits = repr(float(value)).removesuffix(".0")
        parts.append(f"{name}={digits}")
    return " ".join(parts)


def channel_ratings(raw, columns):
    """Ratings that were recorded as channels, which the recording then loses, in place.

    Parameters
    ----------
    raw : mne.io.BaseRaw
    columns : dict
        Rating -> channel.

    Returns
    -------
    dict
        As `Recording.ratings`, in the unit that MNE reads: volt where the channel says so.
    """
    channels = {
        rating: name
        for rating, name in columns.items()
        if name in raw.ch_names
    }
    ratings = {}
    for rating, name in channels.items():
        values = raw.get_data(picks=[name])[0]
        ratings[rating] = (raw.times.copy(), values)
    raw.drop_channels(sorted(set(channels.values())))
    return ratings
