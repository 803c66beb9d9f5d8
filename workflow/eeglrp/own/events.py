"""Which events could be classes, and how long their windows may be. A guess that the file says."""

import re
from collections import Counter
from itertools import combinations

import numpy as np

from eeglrp.recordings.joints import is_joint

#: Marks, which are no events.
_MARKS = re.compile(r"BAD|EDGE|n/a", re.IGNORECASE)
#: An event that a subject has less often is too rare to be a class.
_FEWEST = 5
_LONGEST = 4


def counts_by_subject(surveyed):
    """Subject -> events by description, joints left out."""
    counts = {}
    for row in surveyed:
        names = [text for *_, text in row.events if _is_event(text)]
        counts.setdefault(row.subject, Counter()).update(names)
    return counts


def _is_event(text):
    return not (_MARKS.match(text) or is_joint(text))


def propose_classes(counts):
    """Two descriptions that most subjects have often enough: left and right, or equally many.

    Parameters
    ----------
    counts : dict
        As of `counts_by_subject`.

    Returns
    -------
    dict
        Description -> class; empty if fewer than two descriptions are frequent.
    """
    subjects, total = Counter(), Counter()
    for events in counts.values():
        total += events
        subjects.update(
            name for name, number in events.items() if number >= _FEWEST
        )
    frequent = [
        name for name, number in subjects.items() if number > len(counts) / 2
    ]
    sided = [_first(frequent, side) for side in ("left", "right")]
    if all(sided):
        return dict(zip(sided, ("left", "right"), strict=True))
    if len(frequent) < 2:
        return {}
    pairs = combinations(sorted(frequent), 2)
    chosen = min(pairs, key=lambda pair: _imbalance(total, pair))
    return {name: _class_name(name) for name in chosen}


def _imbalance(total, pair):
    """How unequal two numbers of events are; of equal pairs, the more frequent comes first."""
    fewer, more = sorted(total[name] for name in pair)
    return more / fewer, -more


def _first(names, side):
    for name in names:
        if re.search(rf"(?<![a-z]){side}(?![a-z])", name, re.IGNORECASE):
            return name
    return None


def _class_name(text):
    word = re.sub(r"\W+", "_", text.rpartition("/")[2].strip())
    return word.strip("_") or "event"


def propose_length(surveyed, classes):
    """Whole seconds from a cue to the next event of any kind, 1 to 4."""
    gaps = []
    for row in surveyed:
        onsets = np.array([event[0] for event in row.events])
        cued = [event[0] for event in row.events if event[2] in classes]
        for onset in cued:
            later = onsets[onsets > onset + 0.05]
            gaps += [later.min() - onset] if len(later) else []
    if not gaps:
        return 1
    return int(np.clip(np.quantile(gaps, 0.05) + 0.01, 1, _LONGEST))
