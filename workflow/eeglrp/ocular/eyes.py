"""What the eyes did in every window of a task."""

import numpy as np

from eeglrp.ocular.heog import cue_signed, deflection, stored_heog
from eeglrp.ocular.saccades import saccades
from eeglrp.store import open_windows

#: Terciles of the cue-signed HEOG, from gaze away from the cued side to gaze towards it.
TERCILES = ("low", "middle", "high")
NO_SACCADE = "no saccade"


def eye_table(windows):
    """Gaze and saccades in every window.

    Parameters
    ----------
    windows : sequence of Path
        Windows stores, one a subject, of a task with the classes left and right in this order.

    Returns
    -------
    DataFrame
        Columns sample, subject, label, `heog` (cue-signed, in microvolt: positive for gaze towards
        the label's side), `saccade` (whether there is one), `step` (its size, signed likewise).

    Raises
    ------
    NoGaze
        If the montage has no pair of electrodes beside the eyes, or the windows are too late or
        too short.
    """
    import pandas as pd

    columns = ("sample", "subject", "label", "heog", "saccade", "step")
    nothing = pd.DataFrame({name: [] for name in columns})
    frames = []
    for path in windows:
        with open_windows(path) as dataset:
            if dataset.sizes["sample"]:
                of_subject = _of_subject(dataset)
                frames.append(pd.DataFrame(of_subject))
    return pd.concat(frames or [nothing], ignore_index=True)


def _of_subject(dataset):
    rate = dataset.attrs["sampling_rate"]
    settings = dataset.attrs.get("settings", {})
    start = settings.get("start", 0.0)
    label = dataset["label"].values
    trace = stored_heog(dataset)
    detected = saccades(trace, rate, start)
    gaze = deflection(trace, rate, start)
    return {
        "sample": dataset["sample"].values.astype(str),
        "subject": dataset["subject"].values.astype(str),
        "label": label,
        "heog": cue_signed(gaze, label),
        "saccade": detected.found,
        "step": cue_signed(detected.step, label),
    }


def tercile(values, unit):
    """Third of its unit that each value belongs to by rank: 0, 1 or 2, (n,).

    Units are subjects and classes, so that every tercile holds both classes alike: gaze that is
    always turned to one side, in a model that prefers one class, then makes no gradient.

    Parameters
    ----------
    values : array, shape (n,)
    unit : sequence, length n
        Name of the unit of each value.
    """
    import pandas as pd

    unit = np.asarray(unit, str)
    values = np.asarray(values, float)
    values = pd.Series(values)
    groups = values.groupby(unit, sort=False)
    rank = groups.rank(method="first") - 0.5
    size = groups.transform("size")
    third = np.floor(3 * rank / size)
    return third.to_numpy(int)


def eye_groups(trials):
    """Groups of trials by gaze and saccade.

    Parameters
    ----------
    trials : DataFrame
        Columns subject, label, heog, saccade.

    Returns
    -------
    dict of str to array of bool, shape (n_trials,)
        `all`, the terciles, `saccade`, `no saccade`, and the terciles among trials without one
        (`low no saccade`, ...).
    """
    saccade = trials["saccade"].to_numpy(bool)
    heog = trials["heog"].to_numpy(float)
    label = trials["label"].astype(str)
    unit = trials["subject"] + " " + label
    unit = unit.to_numpy(str)
    of_all = tercile(heog, unit)
    quiet = np.flatnonzero(~saccade)
    of_quiet = np.full(len(trials), -1)
    unit_of_quiet = unit[quiet]
    of_quiet[quiet] = tercile(heog[quiet], unit_of_quiet)
    masks = {"all": np.ones(len(trials), bool)}
    for k, name in enumerate(TERCILES):
        masks[name] = of_all == k
    masks["saccade"] = saccade
    masks[NO_SACCADE] = ~saccade
    for k, name in enumerate(TERCILES):
        group = f"{name} {NO_SACCADE}"
        masks[group] = of_quiet == k
    return masks
