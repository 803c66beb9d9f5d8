"""Faults of a table of events: onsets outside the recording, and words misspelt."""

import re
from difflib import get_close_matches

from eeglrp.errors import InputError
from eeglrp.jobs import logger

#: As alike as `left_hand` and `left_hnd`.
_ALIKE = 0.8


def events_outside(raw, path):
    """Events that lie before or after a recording; those that began before it are taken out of it.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        Its annotations are changed in place.
    path : Path
        The table of events.

    Returns
    -------
    int

    Raises
    ------
    InputError
        If most of the events lie outside: their onsets are not in s, or the recording is not
        whole.
    """
    onset, duration = _times(path)
    length = raw.n_times / raw.info["sfreq"]
    n_outside = int(((onset < 0) | (onset >= length)).sum())
    if 2 * n_outside > len(onset):
        problem = f"{n_outside} of {len(onset)} events lie outside the recording's {length:g} s"
        remedy = "give onsets in s from the first sample (not ms or samples), "
        remedy += "or exclude a recording that is cut short"
        raise InputError(path, "onset", problem, remedy)
    end = onset + duration
    began_before = (onset < 0) & (end > 0)
    _delete_early(raw, end[began_before])
    if n_outside:
        logger.warning("%s: %d events outside the recording", path, n_outside)
    return n_outside


def _times(path):
    """Onsets and durations in s, of all events with an onset; 0 where there is no duration."""
    import pandas as pd

    options = {"sep": "\t", "dtype": str, "encoding": "utf-8-sig"}
    try:
        # Times are ASCII, whatever the words are.
        table = pd.read_csv(path, **options, encoding_errors="replace")
    except ValueError as error:
        problem, remedy = f"cannot be read ({error})", "write the file again"
        raise InputError(path, "table", problem, remedy) from error
    columns = {}
    for name in ("onset", "duration"):
        texts = table.get(name, pd.Series(index=table.index, dtype=str))
        columns[name] = pd.to_numeric(texts, errors="coerce")
    known = columns["onset"].notna()
    duration = columns["duration"].fillna(0.0)
    return columns["onset"][known].to_numpy(), duration[known].to_numpy()


def _delete_early(raw, ends):
    """Take out events whose beginning MNE moved to the first sample: their cue was earlier."""
    notes = raw.annotations
    onset = notes.onset - raw.first_time
    early = [
        number
        for number, length in enumerate(notes.duration)
        if abs(onset[number]) < 1e-6 and (abs(ends - length) < 1e-6).any()
    ]
    if early:
        notes.delete(early)


def absent_events(events, descriptions, place):
    """Keys of `events` that a subject's recordings do not have.

    Parameters
    ----------
    events : dict
        Event description to class.
    descriptions : set of str
        Of all recordings of the subject.
    place : Path
        Named in errors.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        If one is nearly that of an event that no key names.
    """
    absent = [key for key in events if key not in descriptions]
    nameless = {text.lower(): text for text in descriptions - set(events)}
    for key in absent:
        alike = get_close_matches(key.lower(), nameless, cutoff=_ALIKE)
        # Stimulus/S  1 is no misspelling of Stimulus/S  2.
        alike = [text for text in alike if _digits(text) == _digits(key)]
        if alike:
            problem = "is no event of the recordings"
            remedy = f"did you mean {nameless[alike[0]]}?"
            raise InputError(place, f"events: {key}", problem, remedy)
    return absent


def _digits(text):
    return re.findall(r"\d+", text)
