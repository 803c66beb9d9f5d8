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
        regressors = references(
            signal, channels, options, key=key, seed=seed, subject=subject
        )
        power, crossed = moments(signal[rows], regressors[rows])
        group = subject if by == "block" else POOLED
        of_group = sums.setdefault(group, [])
        of_group.append((path, channels, len(rows), power, crossed))
    fits = {group: _fit(stores, key, group) for group, stores in sums.items()}
    write_json(fits, out)


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
    names = options["regress"].split("-")
    left, right = positions(channels, names, f"{key}.regress")
    pair = signal[:, left].astype(np.float64) - signal[:, right]
    placebo = options.get("placebo")
    if placebo == "other_trial":
        others = other_trials(len(pair), seed, subject)
        pair = pair[others]
    elif placebo == "reversed":
        pair = pair[:, ::-1]
    elif placebo == "orthogonalised":
        beside_eyes = heog(signal.astype(np.float64), channels)
        return np.stack([pair, beside_eyes], 1)
    return pair[:, None]


def other_trials(n_windows, seed, subject):
    """For every window the number of another one, each taken once; drawn without labels.

    Raises
    ------
    InputError
        If there is one window only.
    """
    if n_windows == 1:
        problem = "has one window, and so no other trial"
        remedy = "leave the subject out"
        raise InputError("windows", f"subject {subject}", problem, remedy)
    rng = generator(seed, "other_trial", subject)
    order = rng.permutation(n_windows)
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
    # n: window, c: channel, r and s: reference, t: time.
    power = np.einsum("nrt,nst->rs", centred, centred)
    # The references' zero mean makes that of the signal unnecessary.
    crossed = np.einsum("nct,nrt->cr", signal, centred, optimize=True)
    return power, crossed


def _fit(stores, key, group):
    """Coefficients from the sums of one subject, or of all."""
    channels = _shared_channels(stores)
    n_windows = sum(store[2] for store in stores)
    power = sum(store[3] for store in stores)
    crossed = sum(store[4] for store in stores)
    share = 0.0
    if len(power) == 2 and power[1, 1]:
        share = power[0, 1] / power[1, 1]
    weights = np.array([1.0, -share])[: len(power)]
    power_left = weights @ power @ weights
    if power_left <= _NOTHING * power[0, 0]:
        problem = f"nothing is left of the pair to regress out ({group})"
        raise InputError(
            "config",
            f"{key}.regress",
            problem,
            "choose another pair or placebo",
        )
    coefficients = (crossed @ weights / power_left).tolist()
    return {
        "coefficients": dict(zip(channels, coefficients, strict=True)),
        "heog": float(share),
        "windows": int(n_windows),
    }


def _shared_channels(stores):
    """Electrodes of all stores; an error if they differ."""
    path, channels, *_ = stores[0]
    for other, names, *_ in stores:
        if names != channels:
            problem = f"differ from those of {path}"
            raise InputError(
                other,
                "channels",
                problem,
                "use recordings with the same electrodes",
            )
    return channels


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
    regressor = found[:, 0]
    if found.shape[1] == 2:
        regressor = regressor - fit["heog"] * found[:, 1]
    coefficients = np.array([fit["coefficients"][name] for name in channels])
    # (n_windows, n_channels, n_times)
    return signal - coefficients[:, None] * regressor[:, None]
