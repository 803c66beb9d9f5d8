"""The difference of two electrodes regressed out of all, and stand-ins for it that must not matter.

Coefficients are least squares over training windows, each window with zero mean. For given ones
everything is linear in the signal, so that planted truth goes the signal's way.
"""

import numpy as np

from eeglrp.arms.electrodes import positions
from eeglrp.errors import InputError
from eeglrp.files import read_table, write_json
from eeglrp.ocular.heog import heog
from eeglrp.seeds import generator
from eeglrp.store import open_windows, window_array

#: Name of the coefficients that all subjects share.
POOLED = "all"
#: Part of the pair's variance below which nothing but rounding is left of it.
_NOTHING = 1e-6


def fit_regression(windows, splits, options, out, *, key, by, seed):
    """Fit the coefficients of an arm on training windows and write them.

    Parameters
    ----------
    windows : sequence of Path
        Stores of the task that the arm belongs to, one a subject.
    splits : Path
        Its table of splits.
    options : dict
        The arm's: `regress` and perhaps `placebo`.
    out : Path
        JSON: name of a subject, or `all` -> `coefficients` (electrode -> number), `heog` (how much
        of the pair beside the eyes is taken out of the regressor), number of `windows`.
    key : str
        Of the arm in the configuration, for messages.
    by : str
        `block`: coefficients for each subject; `subject`: one set, of all training subjects.
    seed : int
        The study's.

    Raises
    ------
    InputError
        If an electrode of the pair is absent, nothing is left of the pair to regress out, or
        stores that share coefficients differ in their electrodes.
    """
    table = read_table(splits, ("sample", "split"))
    train = set(table.loc[table["split"] == "train", "sample"])
    sums = {}
    for path in windows:
        with open_windows(path) as dataset:
            rows = [
                k
                for k, name in enumerate(dataset["sample"].values)
                if str(name) in train
            ]
            if not rows:
                continue
            subject = str(dataset["subject"].values[0])
            channels = tuple(str(name) for name in dataset["channel"].values)
            signal = window_array(dataset)
        found = references(
            signal, channels, options, key=key, seed=seed, subject=subject
        )
        sums.setdefault(subject if by == "block" else POOLED, []).append(
            (path, channels, len(rows), *moments(signal[rows], found[rows]))
        )
    write_json(
        {group: _fit(parts, key, group) for group, parts in sums.items()}, out
    )


def references(signal, channels, options, *, key, seed, subject):
    """The pair or its stand-in, and for `orthogonalised` the pair beside the eyes too.

    Parameters
    ----------
    signal : array, shape (n_windows, n_channels, n_times)
        All windows of one subject, in the order of the store.
    channels : sequence of str
    options : dict
        `regress` and perhaps `placebo`.
    key, seed, subject
        For messages, and to draw other trials: no window gets its own.

    Returns
    -------
    array of float64, shape (n_windows, 1 or 2, n_times)

    Raises
    ------
    InputError
        If an electrode is absent, or there is no other trial.
    """
    left, right = positions(
        channels, options["regress"].split("-"), f"{key}.regress"
    )
    pair = signal[:, left].astype(np.float64) - signal[:, right]
    placebo = options.get("placebo")
    if placebo == "other_trial":
        pair = pair[other_trials(len(pair), seed, subject)]
    elif placebo == "reversed":
        pair = pair[:, ::-1]
    elif placebo == "orthogonalised":
        return np.stack([pair, heog(signal.astype(np.float64), channels)], 1)
    return pair[:, None]


def other_trials(n_windows, seed, subject):
    """For every window the number of another one, each taken once; drawn without labels.

    Raises
    ------
    InputError
        If there is one window only.
    """
    if n_windows == 1:
        problem, remedy = (
            "has one window, and so no other trial",
            "leave the subject out",
        )
        raise InputError("windows", f"subject {subject}", problem, remedy)
    order = generator(seed, "other_trial", subject).permutation(n_windows)
    partner = np.empty(n_windows, int)
    partner[order] = np.roll(order, 1)
    return partner


def moments(signal, found):
    """Sums of products of references with each other and with the signal; windows have zero mean.

    Parameters
    ----------
    signal : array, shape (n_windows, n_channels, n_times)
    found : array, shape (n_windows, n_references, n_times)

    Returns
    -------
    array, shape (n_references, n_references)
    array, shape (n_channels, n_references)
    """
    centred = found - found.mean(-1, keepdims=True)
    own = np.einsum("nrt,nst->rs", centred, centred)
    # The references' zero mean makes that of the signal unnecessary.
    return own, np.einsum("nct,nrt->cr", signal, centred, optimize=True)


def _fit(parts, key, group):
    """Coefficients from the sums of one subject, or of all."""
    path, channels = parts[0][:2]
    for other, names, *_ in parts:
        if names != channels:
            problem = f"differ from those of {path}"
            raise InputError(
                other,
                "channels",
                problem,
                "use recordings with the same electrodes",
            )
    own, crossed = (sum(part[k] for part in parts) for k in (3, 4))
    share = own[0, 1] / own[1, 1] if len(own) == 2 and own[1, 1] else 0.0
    weights = np.array([1.0, -share])[: len(own)]
    power = weights @ own @ weights
    if power <= _NOTHING * own[0, 0]:
        problem = f"nothing is left of the pair to regress out ({group})"
        raise InputError(
            "config",
            f"{key}.regress",
            problem,
            "choose another pair or placebo",
        )
    coefficients = dict(
        zip(channels, (crossed @ weights / power).tolist(), strict=True)
    )
    windows = int(sum(part[2] for part in parts))
    return {
        "coefficients": coefficients,
        "heog": float(share),
        "windows": windows,
    }


def regress_out(signal, found, channels, fit):
    """Subtract from every electrode its coefficient times the reference.

    Parameters
    ----------
    signal : array, shape (n_windows, n_channels, n_times)
    found : array, shape (n_windows, n_references, n_times)
        From `references`; of planted truth where the truth is to go the signal's way.
    channels : sequence of str
    fit : dict
        What `fit_regression` wrote for the subject, or for all.

    Returns
    -------
    array like `signal`, float64
    """
    regressor = (
        found[:, 0] - fit["heog"] * found[:, 1]
        if found.shape[1] == 2
        else found[:, 0]
    )
    coefficients = np.array([fit["coefficients"][name] for name in channels])
    return signal - coefficients[:, None] * regressor[:, None]
