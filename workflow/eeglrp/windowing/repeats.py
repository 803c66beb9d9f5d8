"""Events given twice: one window each, and none where they contradict each other."""


def settle(rows, sampling_rate):
    """Events without those at the onset of another.

    Two onsets are the same where they round to one sample, half a sample apart at most.

    Parameters
    ----------
    rows : list of (onset, duration, label)
        In s.
    sampling_rate : float
        Of the recording, in Hz.

    Returns
    -------
    kept : list of (onset, duration, label)
        In order; of repeated ones the longest.
    reasons : list of str
        `repeated` for each event that is another's copy, `ambiguous` for each that has an onset
        with two labels.
    """
    tolerance = 0.5 / sampling_rate
    kept, reasons = [], []
    for group in _groups(sorted(rows), tolerance):
        if len({label for _, _, label in group}) > 1:
            reasons += ["ambiguous"] * len(group)
            continue
        kept.append(max(group, key=lambda row: row[1]))
        reasons += ["repeated"] * (len(group) - 1)
    return kept, reasons


def _groups(rows, tolerance):
    """Rows with the same onset, together."""
    groups = []
    for row in rows:
        if groups and row[0] - groups[-1][0][0] <= tolerance:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups
