"""The difference of two electrodes regressed out of all, and stand-ins for it that must not matter.

Coefficients are least squares over a subject's own windows, each with zero mean; no label and no
other subject has a part in them. For given ones everything is linear in the signal, so that planted
truth goes the signal's way.
"""

import numpy as np

from eeglrp.arms.electrodes import positions
from eeglrp.errors import InputError
from eeglrp.ocular.heog import heog
from eeglrp.seeds import generator

#: Part of the pair's variance below which nothing but rounding is left of it.
_NOTHING = 1e-6


def fit_regression(signal, channels, options, *, key, seed, subject):
    """Fit the coefficients of an arm on a subject's own windows, whose labels are not looked at.

    Parameters
    ----------
    signal : array, shape (n_windows, n_channels, n_times)
        All windows of the subject.
    channels : sequence of str
    options : dict
        The arm's: `regress` and perhaps `placebo`.
    key : str
        Of the arm in the configuration, for messages.
    seed : int
        The study's.
    subject : str

    Returns
    -------
    dict
        JSON-ready: `coefficients` (electrode -> number), `heog` (how much of the pair beside the
        eyes is taken out of the regressor), number of `windows`.

    Raises
    ------
    InputError
        If an electrode of the pair is absent, or nothing is left of the pair to regress out.
    """
    regressors = references(
        signal, channels, options, key=key, seed=seed, subject=subject
    )
    power, crossed = moments(signal, regressors)
    share = 0.0
    if len(power) == 2 and power[1, 1]:
        share = power[0, 1] / power[1, 1]
    weights = np.array([1.0, -share])[: len(power)]
    power_left = weights @ power @ weights
    if power_left <= _NOTHING * power[0, 0]:
        problem = f"nothing is left of the pair to regress out ({subject})"
        remedy = "choose another pair or placebo"
        raise InputError("config", f"{key}.regress", problem, remedy)
    coefficients = (crossed @ weights / power_left).tolist()
    return {
        "coefficients": dict(zip(channels, coefficients, strict=True)),
        "heog": float(share),
        "windows": len(signal),
    }


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


def regress_out(signal, found, channels, fit):
    """Subtract from every electrode its coefficient times the reference.

    Parameters
    ----------
    signal : array, shape (n_windows, n_channels, n_times)
    found : array, shape (n_windows, n_references, n_times)
        From `references`; of planted truth where the truth is to go the signal's way.
    channels : sequence of str
    fit : dict
        Of `fit_regression`.

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
