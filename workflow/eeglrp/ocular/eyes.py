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
    frames = [pd.DataFrame({name: [] for name in columns})]
    for path in windows:
        with open_windows(path) as dataset:
            if dataset.sizes["sample"]:
                frames.append(pd.DataFrame(_of_subject(dataset)))
    return pd.concat(frames[1:] or frames, ignore_index=True)


def _of_subject(dataset):
    rate = dataset.attrs["sampling_rate"]
    start = dataset.attrs.get("settings", {}).get("start", 0.0)
    trace, label = stored_heog(dataset), dataset["label"].values
    found = saccades(trace, rate, start)
    return {
        "sample": dataset["sample"].values.astype(str),
        "subject": dataset["subject"].values.astype(str),
        "label": label,
        "heog": cue_signed(deflection(trace, rate, start), label),
        "saccade": found.found,
        "step": cue_signed(found.step, label),
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

    groups = pd.Series(np.asarray(values, float)).groupby(
        np.asarray(unit, str), sort=False
    )
    rank, size = groups.rank(method="first") - 0.5, groups.transform("size")
    return np.floor(3 * rank / size).to_numpy(int)


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
    quiet = np.flatnonzero(~saccade)
    unit = (trials["subject"] + " " + trials["label"].astype(str)).to_numpy(
        str
    )
    heog = trials["heog"].to_numpy(float)
    whole, still = tercile(heog, unit), np.full(len(trials), -1)
    still[quiet] = tercile(heog[quiet], unit[quiet])
    masks = {"all": np.ones(len(trials), bool)}
    masks |= {name: whole == k for k, name in enumerate(TERCILES)}
    masks |= {"saccade": saccade, NO_SACCADE: ~saccade}
    return masks | {
        f"{name} {NO_SACCADE}": still == k for k, name in enumerate(TERCILES)
    }
