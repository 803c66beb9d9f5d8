"""How strong a planted field must be to be decoded, and to be found by explanations.

Tasks that differ in the amplitude of one source, planted into recordings or simulated, make a
curve: balanced accuracy, and the AUC of relevance against the planted truth, over amplitude. The
mean over subjects gets a logistic function of the logarithm of amplitude, rising from chance
(Wichmann & Hill 2001, Percept Psychophys 63:1293, with the guess rate fixed at chance). AUC is read
on correctly decoded windows only, as in the table of localisation: of a model that decodes at
chance these are the lucky half.
"""

import numpy as np

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.seeds import generator
from eeglrp.statistics import percentile_interval, resampling_weights
from eeglrp.tables import metric_frame, metric_row

EXTRA = ("curve", "amplitude")
METRICS = ("balanced_accuracy", "auc")
#: Fits of a bootstrap: one costs milliseconds, not microseconds.
MOST_FITS = 300
#: A fit of three parameters needs more points than that.
_FEWEST_AMPLITUDES = 4
_KEYS = ["curve", "regime", "method", "metric"]


def score_psychometric(
    decoding, localisation, curves, statistics, seed, study, out
):
    """Write curves and thresholds from the tables of decoding and localisation.

    Parameters
    ----------
    decoding, localisation : Path
        Tables with the contract's columns.
    curves : dict of dict
        Name of a curve -> task -> amplitude in microvolt.
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
    study : str
    out : Path
        Contract's columns, `curve`, `amplitude`. Metrics `balanced_accuracy` and `auc` (seeds
        averaged; every subject, and their mean with its bootstrap interval; `n` counts subjects)
        at every amplitude; of every curve `<metric> onset`, the smallest amplitude from which on
        all intervals lie above chance, and `<metric> threshold`, the amplitude half-way between
        chance and the fitted ceiling, with its interval over subjects. Both are NaN for a curve
        that never leaves chance; a threshold wants four amplitudes, and is NaN for a curve that
        still rises at the largest one.

    Raises
    ------
    InputError
        If a column is missing.
    """
    import pandas as pd

    frames = [
        read_table(path, METRIC_COLUMNS) for path in (decoding, localisation)
    ]
    frame = select(
        pd.concat([one for one in frames if len(one)] or frames), curves
    )
    rows = []
    for keys, part in frame.groupby(_KEYS, sort=False):
        rng = generator(seed, "psychometric", *keys)
        rows += curve_rows(
            part, dict(zip(_KEYS, keys, strict=True)), statistics, rng
        )
    write_table(
        metric_frame([{"study": study} | row for row in rows], EXTRA), out
    )


def select(frame, curves):
    """Subjects' values of the tasks of the curves, averaged over seeds.

    Returns
    -------
    DataFrame
        Columns curve, regime, method, metric, task, amplitude, subject, value, chance.
    """
    place = {
        task: (curve, size)
        for curve in curves
        for task, size in curves[curve].items()
    }
    own = frame["task"].isin(list(place)) & frame["metric"].isin(METRICS)
    frame = frame[own & (frame["subject"] != "all") & frame["value"].notna()]
    frame = frame.fillna({"method": ""})
    frame = frame.assign(
        curve=[place[task][0] for task in frame["task"]],
        amplitude=[float(place[task][1]) for task in frame["task"]],
    )
    keys = [*_KEYS, "task", "amplitude", "subject"]
    return (
        frame.groupby(keys, sort=False)[["value", "chance"]]
        .mean()
        .reset_index()
    )


def curve_rows(part, names, statistics, rng):
    """Rows of one curve: its points, onset and threshold."""
    values = part.pivot(index="subject", columns="amplitude", values="value")
    chance = part.groupby("amplitude")["chance"].mean()
    task = dict(zip(part["amplitude"], part["task"], strict=True))
    rows = [
        metric_row(**names, **own)
        for own in part[
            ["task", "subject", "amplitude", "value", "chance"]
        ].to_dict("records")
    ]
    amplitude, chance = values.columns.to_numpy(), chance.to_numpy()
    samples = bootstrap_curves(values.to_numpy(), statistics["bootstrap"], rng)
    low, high = intervals(samples, statistics["confidence"])
    mean = np.nanmean(values.to_numpy(), axis=0)
    n = values.notna().sum().to_numpy()
    for k, size in enumerate(amplitude):
        own = {
            "task": task[size],
            "amplitude": size,
            "chance": chance[k],
            "n": n[k],
        }
        own |= {"value": mean[k], "ci_low": low[k], "ci_high": high[k]}
        rows.append(metric_row(**names, subject="all", **own))
    found = onset(amplitude, low, chance)
    ends = threshold(
        amplitude, mean, samples, chance, found, statistics["confidence"]
    )
    shared = names | {"subject": "all", "n": len(values)}
    rows.append(
        metric_row(
            **(shared | {"metric": f"{names['metric']} onset"}), value=found
        )
    )
    name = {"metric": f"{names['metric']} threshold"}
    ends = dict(zip(("value", "ci_low", "ci_high"), ends, strict=True))
    return [*rows, metric_row(**(shared | name), **ends)]


def bootstrap_curves(values, n_bootstrap, rng):
    """Mean curves of subjects drawn with replacement; values that are missing are left out.

    Parameters
    ----------
    values : array, shape (n_subjects, n_amplitudes)
        NaN where a subject has no value.

    Returns
    -------
    array, shape (n_bootstrap, n_amplitudes)
        NaN where none of the subjects drawn has a value. Empty for a single subject.
    """
    if len(values) < 2:
        return np.empty((0, values.shape[1]))
    present = np.isfinite(values)
    filled = np.where(present, values, 0.0)
    blocks = [
        (weights @ filled, weights @ present)
        for weights in resampling_weights(len(values), n_bootstrap, rng)
    ]
    total, count = (np.concatenate(part) for part in zip(*blocks, strict=True))
    return np.divide(
        total, count, out=np.full(total.shape, np.nan), where=count > 0
    )


def intervals(samples, confidence):
    """Ends of the interval at every amplitude; NaN without samples."""
    if not len(samples):
        return np.full((2, samples.shape[1]), np.nan)
    return np.array(
        [percentile_interval(s[np.isfinite(s)], confidence) for s in samples.T]
    ).T


def onset(amplitude, low, chance):
    """Smallest amplitude from which on all intervals lie above chance, or NaN.

    Parameters
    ----------
    amplitude, low, chance : array, shape (n_amplitudes,)
        Ascending amplitudes, lower ends of the intervals, chance levels.
    """
    below = np.flatnonzero(~(low > chance))
    first = below[-1] + 1 if len(below) else 0
    return float(amplitude[first]) if first < len(amplitude) else float("nan")


def threshold(amplitude, mean, samples, chance, found, confidence):
    """Threshold of the mean curve, and ends of its interval over bootstrap curves.

    NaN for a curve that leaves chance nowhere or at the largest amplitude alone, or whose half-way
    point lies at the edge of the amplitudes: its ceiling, or its rise, was not seen.
    """
    value = half_way(amplitude, mean, chance)
    edges = amplitude[[0, -1]]
    if (
        not found < edges[-1]
        or np.isnan(value)
        or np.isclose(value, edges, 1e-3).any()
    ):
        return (float("nan"),) * 3
    drawn = [
        half_way(amplitude, curve, chance) for curve in samples[:MOST_FITS]
    ]
    drawn = np.array(drawn)[np.isfinite(drawn)]
    ends = (
        percentile_interval(drawn, confidence)
        if len(drawn)
        else (float("nan"),) * 2
    )
    return (value, *ends)


def half_way(amplitude, curve, chance):
    """Amplitude half-way between chance and ceiling of the logistic function that fits a curve.

    Parameters
    ----------
    amplitude : array, shape (n,)
        In microvolt, above 0.
    curve, chance : array, shape (n,)

    Returns
    -------
    float
        Within the amplitudes given, since beyond them nothing was measured; NaN where fewer than
        four points are finite or no fit was found.
    """
    from scipy.optimize import curve_fit

    finite = np.isfinite(curve)
    if finite.sum() < _FEWEST_AMPLITUDES:
        return float("nan")
    size, above = np.log2(amplitude[finite]), (curve - chance)[finite]
    limits = [0.0, size.min(), 0.2], [1 - chance.mean(), size.max(), 20.0]
    start = np.clip(
        [above.max(), size.mean(), 2.0], *np.add(limits, [[1e-6], [-1e-6]])
    )
    try:
        best, _ = curve_fit(logistic, size, above, start, bounds=limits)
    except RuntimeError:
        return float("nan")
    return float(2 ** best[1])


def logistic(size, ceiling, centre, slope):
    """Height above chance at a logarithm (base 2) of amplitude."""
    return ceiling / (1 + np.exp(-slope * (size - centre)))
