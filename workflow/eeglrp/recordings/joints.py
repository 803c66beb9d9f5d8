"""Joints in a recording, where pieces meet that were not recorded in one go.

EEGLAB calls them `boundary` (its duration is what was cut out, and no longer in the file),
BrainVision `New Segment`. MNE filters the pieces apart where it finds `EDGE`, and no window lies
over one.
"""

import re

JOINT = "EDGE boundary"
_NAMES = re.compile(r"(boundary|new segment)(/.*)?", re.IGNORECASE)


def is_joint(description):
    """Whether an event's description is a joint's."""
    return _NAMES.fullmatch(description.strip()) is not None


def mark_joints(raw, others=()):
    """Turn a recording's joints into marks without duration, in place.

    Parameters
    ----------
    raw : mne.io.BaseRaw
    others : sequence of float
        Further joints, in s from the first sample.

    Returns
    -------
    int
        How many joints there are. One at the first or after the last sample joins nothing.
    """
    notes = raw.annotations
    named = [
        number
        for number, text in enumerate(notes.description)
        if is_joint(str(text))
    ]
    onsets = [notes.onset[number] - raw.first_time for number in named]
    if named:
        notes.delete(named)
    rate = raw.info["sfreq"]
    samples = {_sample(onset, rate) for onset in [*onsets, *others]}
    inside = sorted(k for k in samples if 0 < k < raw.n_times)
    for sample in inside:
        notes.append(raw.first_time + sample / rate, 0.0, JOINT)
    return len(inside)


def _sample(onset, rate):
    """First sample after a joint; EEGLAB writes joints half-way between two samples."""
    return int(onset * rate + 0.5 + 1e-6)


def joints_in_file(path):
    """Joints that a recording's own markers tell of, in s from the first sample.

    A table of events takes the place of these markers, and often leaves joints out.

    Parameters
    ----------
    path : Path
        `.set` or `.vhdr`; other formats have none.

    Returns
    -------
    list of float
    """
    import mne

    from eeglrp.recordings.brainvision import marker_file

    source = path if path.suffix == ".set" else None
    if path.suffix == ".vhdr":
        source = marker_file(path)
    if source is None or not source.is_file():
        return []
    notes = mne.read_annotations(source)
    rows = zip(notes.onset, notes.description, strict=True)
    return [float(onset) for onset, text in rows if is_joint(str(text))]
