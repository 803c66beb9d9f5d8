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
    filled = [frame for frame in frames if len(frame)]
    points = select(pd.concat(filled or frames), curves)
    rows = []
    for keys, curve in points.groupby(_KEYS, sort=False):
        names = dict(zip(_KEYS, keys, strict=True))
        rng = generator(seed, "psychometric", *keys)
        rows += curve_rows(curve, names, statistics, rng)
    rows = [row | {"study": study} for row in rows]
    write_table(metric_frame(rows, EXTRA), out)


def select(frame, curves):
    """Subjects' values of the tasks of the curves, averaged over seeds.

    Returns
    -------
    DataFrame
        Columns curve, regime, method, metric, task, amplitude, subject, value, chance.
    """
    curve_of = {}
    amplitude_of = {}
    for curve, amplitudes in curves.items():
        for task, amplitude in amplitudes.items():
            curve_of[task] = curve
            amplitude_of[task] = float(amplitude)
    is_of_curve = frame["task"].isin(list(curve_of))
    is_metric = frame["metric"].isin(METRICS)
    is_subject = frame["subject"] != "all"
    is_known = frame["value"].notna()
    frame = frame[is_of_curve & is_metric & is_subject & is_known]
    frame = frame.fillna({"method": ""})
    frame = frame.assign(
        curve=[curve_of[task] for task in frame["task"]],
        amplitude=[amplitude_of[task] for task in frame["task"]],
    )
    keys = [*_KEYS, "task", "amplitude", "subject"]
    points = frame.groupby(keys, sort=False)[["value", "chance"]]
    return points.mean().reset_index()


def curve_rows(part, names, statistics, rng):
    """Rows of one curve: its points, onset and threshold."""
    values = part.pivot(index="subject", columns="amplitude", values="value")
    amplitude = values.columns.to_numpy()
    chance = part.groupby("amplitude")["chance"].mean().to_numpy()
    points = part[["task", "subject", "amplitude", "value", "chance"]]
    rows = [
        metric_row(**names, **point) for point in points.to_dict("records")
    ]
    samples = bootstrap_curves(values.to_numpy(), statistics["bootstrap"], rng)
    low, high = intervals(samples, statistics["confidence"])
    mean = np.nanmean(values.to_numpy(), axis=0)
    n_subjects = values.notna().sum().to_numpy()
    task = dict(zip(part["amplitude"], part["task"], strict=True))
    for k, size in enumerate(amplitude):
        row = metric_row(
            **names,
            subject="all",
            task=task[size],
            amplitude=size,
            chance=chance[k],
            n=n_subjects[k],
            value=mean[k],
            ci_low=low[k],
            ci_high=high[k],
        )
        rows.append(row)
    start = onset(amplitude, low, chance)
    ends = threshold(
        amplitude, mean, samples, chance, start, statistics["confidence"]
    )
    return [*rows, *_end_rows(start, ends, names, len(values))]


def _end_rows(start, ends, names, n_subjects):
    """Rows of a curve's onset and of its threshold with its interval."""
    metric = names["metric"]
    shared = names | {"subject": "all", "n": n_subjects}
    of_onset = shared | {"metric": f"{metric} onset"}
    of_threshold = shared | {"metric": f"{metric} threshold"}
    value, low, high = ends
    return [
        metric_row(**of_onset, value=start),
        metric_row(**of_threshold, value=value, ci_low=low, ci_high=high),
    ]


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
    n_subjects, n_amplitudes = values.shape
    if n_subjects < 2:
        return np.empty((0, n_amplitudes))
    is_present = np.isfinite(values)
    filled = np.where(is_present, values, 0.0)
    totals = []
    counts = []
    for weights in resampling_weights(n_subjects, n_bootstrap, rng):
        totals.append(weights @ filled)
        counts.append(weights @ is_present)
    total = np.concatenate(totals)
    count = np.concatenate(counts)
    unknown = np.full(total.shape, np.nan)
    return np.divide(total, count, out=unknown, where=count > 0)


def intervals(samples, confidence):
    """Ends of the interval at every amplitude; NaN without samples."""
    n_samples, n_amplitudes = samples.shape
    if not n_samples:
        return np.full((2, n_amplitudes), np.nan)
    ends = []
    for heights in samples.T:
        known = heights[np.isfinite(heights)]
        ends.append(percentile_interval(known, confidence))
    return np.array(ends).T


def onset(amplitude, low, chance):
    """Smallest amplitude from which on all intervals lie above chance, or NaN.

    Parameters
    ----------
    amplitude, low, chance : array, shape (n_amplitudes,)
        Ascending amplitudes, lower ends of the intervals, chance levels.
    """
    is_above = low > chance
    not_above = np.flatnonzero(~is_above)
    first = not_above[-1] + 1 if len(not_above) else 0
    if first == len(amplitude):
        return float("nan")
    return float(amplitude[first])


def threshold(amplitude, mean, samples, chance, found, confidence):
    """Threshold of the mean curve, and ends of its interval over bootstrap curves.

    NaN for a curve that leaves chance nowhere or at the largest amplitude alone, or whose half-way
    point lies at the edge of the amplitudes: its ceiling, or its rise, was not seen.
    """
    unseen = (float("nan"),) * 3
    value = half_way(amplitude, mean, chance)
    edges = amplitude[[0, -1]]
    is_before_last = found < edges[-1]
    if not is_before_last or np.isnan(value):
        return unseen
    if np.isclose(value, edges, 1e-3).any():
        return unseen
    drawn = np.array(
        [half_way(amplitude, curve, chance) for curve in samples[:MOST_FITS]]
    )
    drawn = drawn[np.isfinite(drawn)]
    ends = (float("nan"),) * 2
    if len(drawn):
        ends = percentile_interval(drawn, confidence)
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

    is_known = np.isfinite(curve)
    if is_known.sum() < _FEWEST_AMPLITUDES:
        return float("nan")
    size = np.log2(amplitude[is_known])
    above = (curve - chance)[is_known]
    # Ceiling, centre and slope of the logistic function.
    lowest = [0.0, size.min(), 0.2]
    highest = [1 - chance.mean(), size.max(), 20.0]
    likely = [above.max(), size.mean(), 2.0]
    least = np.add(lowest, 1e-6)
    most = np.add(highest, -1e-6)
    start = np.clip(likely, least, most)
    limits = lowest, highest
    try:
        best, _ = curve_fit(logistic, size, above, start, bounds=limits)
    except RuntimeError:
        return float("nan")
    return float(2 ** best[1])


def logistic(size, ceiling, centre, slope):
    """Height above chance at a logarithm (base 2) of amplitude."""
    distance = size - centre
    decay = np.exp(-slope * distance)
    return ceiling / (1 + decay)
