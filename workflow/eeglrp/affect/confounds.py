"""What else relevance for affect may be: muscle, eyes, heart; and whether it stays without them.

Muscle shows at temporal electrodes and above 30 Hz, eye movements at frontal ones and below 4 Hz,
the heart where its field is strongest. The relevance of a region is told apart by frequency band
(`eeglrp.verify.bands`), and, where an ECG says when the heart beat, by whether it is locked to it
(`eeglrp.verify.r_peak`). All of it is looked at on the whole input and on every other that the
study has: arms of the task, and the task with channels regressed out.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from eeglrp.affect.confound_rows import corrected, interval, store_rows
from eeglrp.arms.expand import WHOLE
from eeglrp.arms.files import OWN
from eeglrp.attribution.stores import window_events
from eeglrp.files import write_table
from eeglrp.jobs import progress
from eeglrp.seeds import generator
from eeglrp.statistics import sign_flip_test
from eeglrp.tables import metric_frame, metric_row
from eeglrp.verify.fields import training_fields
from eeglrp.verify.run import Job
from eeglrp.verify.signals import signal_reader

#: Columns beyond the contract's.
EXTRA = ("condition", "tested", "part", "enrichment", "signal", "p")
#: The heart's field is strongest at this part of the electrodes.
_CARDIAC = 1 / 3


def write_confounds(
    cases, inputs, out, *, study, task, method, affect, job, statistics
):
    """Write the table of confounds of a task.

    Parameters
    ----------
    cases : sequence of dict
        `eeglrp.affect.conditions.Condition` as dictionaries.
    inputs : dict
        Task of a case -> its `windows` stores and table of `splits`.
    out : Path
    study, task, method : str
    affect : dict
        `region`.
    job : dict
        `kind`, `classes`, `verify`, `seed`, as `eeglrp.verify.run.Job` has them.
    statistics : dict

    Notes
    -----
    Columns of the contract and `EXTRA`. `part` is `central`, `muscle`, `ocular` or `cardiac` (only
    where R-peaks are known). Metrics: `share` of |relevance| (`chance` that of the electrodes,
    `signal` that of |signal|, `p` of the difference from the signal's, corrected over parts);
    `share <band>` of the part's net relevance (`chance` that of white noise times signal, `p`
    corrected over bands); `enrichment change` against the whole input (`p` corrected over
    conditions); `r_locked_z`, `r_locked_p` of the part's relevance around R-peaks.

    Raises
    ------
    InputError
        If a store is broken, or explains a window that the windows stores do not hold.
    """
    rows, jobs, readers = [], {}, {}
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        for name, files in inputs.items():
            jobs[name] = _job(study, name, files, job, statistics)
            # Inputs have windows of the same names.
            place = _folder(folder, name)
            readers[name] = signal_reader(
                files["windows"], files["splits"], place
            )
        whole = inputs[task]
        fields = training_fields(whole["windows"], whole["splits"], jobs[task])
        heart = cardiac(fields)
        for case in progress(cases, f"confounds {task}"):
            names = {"study": study, "task": task, "method": method}
            for key in ("regime", "seed", "condition", "tested"):
                names[key] = case[key]
            rows += store_rows(
                case["store"],
                readers[case["task"]],
                heart,
                affect["region"],
                names,
                jobs[case["task"]],
            )
    rows += change_rows(rows, statistics, job["seed"])
    write_table(metric_frame(rows, EXTRA), out)


def _job(study, name, files, job, statistics):
    """The verification's settings for one input."""
    events = window_events(files["windows"])
    keys = ("kind", "classes", "verify", "seed")
    shared = {key: job[key] for key in keys}
    return Job(study, name, statistics=statistics, events=events, **shared)


def _folder(folder, name):
    path = Path(folder) / name
    path.mkdir()
    return path


def cardiac(fields):
    """Electrodes where the field of the heart is strongest, in the training windows of all.

    Parameters
    ----------
    fields : eeglrp.verify.fields.Fields or None

    Returns
    -------
    set of str
        A third of the electrodes; empty where no R-peak is known.
    """
    if fields is None or "all" not in fields.evoked:
        return set()
    strength = np.abs(fields.evoked["all"])
    n_electrodes = len(strength)
    count = max(1, round(_CARDIAC * n_electrodes))
    by_strength = np.argsort(-strength)
    strongest = by_strength[:count]
    channels = np.array(fields.channels)
    return set(channels[strongest])


def change_rows(rows, statistics, seed):
    """What enrichment loses or gains against the whole input, paired over subjects.

    Enrichment, not the share: without some electrodes, the shares of all others grow.

    Parameters
    ----------
    rows : list of dict
        All rows `share`, of every subject.
    statistics : dict
    seed : int
        The study's.

    Returns
    -------
    list of dict
        One row a condition, model and part.
    """
    of_subjects = [
        row
        for row in rows
        if row["metric"] == "share" and row["subject"] != "all"
    ]
    # Place (condition, tested, regime, seed, part) and subject -> enrichment.
    enrichment = {
        (*_place(row), row["subject"]): row["enrichment"]
        for row in of_subjects
    }
    places = dict.fromkeys(key[:-1] for key in enrichment)
    changes = {}
    for place in places:
        if place[0] == WHOLE:
            continue
        pairs = _pairs(enrichment, place)
        if pairs:
            like = of_subjects[0]
            changed = _change(place, pairs, like, statistics, seed)
            model = place[2:]
            changes.setdefault(model, []).append(changed)
    adjusted = []
    for family in changes.values():
        adjusted += corrected(family)
    return adjusted


def _pairs(enrichment, place):
    """Enrichment of every subject at a place, and on the whole input."""
    whole = (WHOLE, OWN, *place[2:])
    pairs = []
    for key, value in enrichment.items():
        *elsewhere, subject = key
        on_whole = (*whole, subject)
        if tuple(elsewhere) == place and on_whole in enrichment:
            before = enrichment[on_whole]
            pairs.append((value, before))
    return pairs


def _place(row):
    keys = ("condition", "tested", "regime", "seed", "part")
    return tuple(row[key] for key in keys)


def _change(place, pairs, like, statistics, seed):
    """Row of all subjects: what they gain at a place, in mean."""
    at_place, on_whole = np.array(pairs).T
    difference = at_place - on_whole
    low, high = interval(difference, statistics, seed)
    rng = generator(seed, "shares", len(difference))
    condition, tested, regime, number, part = place
    return metric_row(
        condition=condition,
        tested=tested,
        regime=regime,
        seed=number,
        part=part,
        study=like["study"],
        task=like["task"],
        method=like["method"],
        value=difference.mean(),
        ci_low=low,
        ci_high=high,
        n=len(pairs),
        p=sign_flip_test(difference, rng).p,
        chance=0.0,
        enrichment=at_place.mean(),
        subject="all",
        metric="enrichment change",
    )
