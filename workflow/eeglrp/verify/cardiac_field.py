"""Does relevance lie where the heart's field is? Topographies of relevance against two others.

One is the potential evoked at the R-peak, the other the activation pattern of a linear decoder
(Haufe et al. 2014, doi:10.1016/j.neuroimage.2013.10.067): see `eeglrp.verify.fields`.

Relevance that uses a field is positive at both of its poles, so that it is compared with the
field's magnitude first; the correlation with the signed field is there to tell the two apart. The
relevance compared is its locked part: what the average around R-peaks has beyond that around
surrogates.

Two nulls. `chance` and `p` are the same correlation for surrogate R-peaks. These lie in windows
that hold an R-peak of their own, close by in the R-peak task, so that a surrogate's map is often a
weak copy of the locked one, of either sign: a hard null for a measure that ignores size. `p_field`
keeps the relevance and puts in the field's place averages of the signal at random moments.
"""

import numpy as np

from eeglrp.seeds import generator
from eeglrp.statistics import mean_interval, percentile_interval
from eeglrp.tables import metric_frame, metric_row
from eeglrp.verify.fields import of_unit
from eeglrp.verify.map_locking import bootstrap, means
from eeglrp.verify.r_topography import lag_samples, peak_lag, with_pool

EXTRA = ("class", "channel", "lag", "p", "p_field")
KINDS = ("evoked", "pattern")


def table(found, fields, rate, names, job):
    """Correlations over electrodes of the R-locked relevance with the fields.

    Parameters
    ----------
    found : dict
        Subject -> `Locked` parts of the task's own condition (`r_topography.lock_subjects`).
    fields : Fields or None
        Of `training_fields`; `eeglrp.verify.fields.of_unit` says what a subject is compared with.
    rate : float
        In Hz.
    names : dict
        Study, task, regime, seed, method, class.
    job : eeglrp.verify.run.Job

    Returns
    -------
    DataFrame
        Metrics `correlation evoked` and `correlation pattern`, with the magnitude of the field, and
        the same with `signed`, at the lags of the pooled peak and 0. `all` is the mean over
        subjects, each with their own field; with `of mean map` relevance and field are pooled
        first. `p` and `p_field` are two-sided; `n` counts R-peaks.
    """
    units = with_pool(found)
    if not units or fields is None:
        return metric_frame([], EXTRA)
    lags = lag_samples(rate)
    peak = peak_lag(units["all"])
    zero = int(np.flatnonzero(lags == 0)[0])
    rows = []
    for lag in dict.fromkeys([peak, zero]):
        of_lag = names | {"lag": lags[lag] / rate}
        rows += _lag_rows(units, lag, fields, of_lag, job)
    return metric_frame(rows, EXTRA)


def _lag_rows(units, lag, fields, names, job):
    """Rows of every subject, of the mean over them, and of the pool."""
    correlations = {
        name: _unit(parts, lag, name, fields, job)
        for name, parts in units.items()
    }
    counts = {name: parts[0].n_events for name, parts in units.items()}
    of_pool = correlations.pop("all")
    rows = []
    for name, of_subject in correlations.items():
        ids = names | {"subject": name, "n": counts[name]}
        rows += _rows(of_subject, ids)
    everyone = names | {"subject": "all", "n": counts["all"]}
    if correlations:
        mean = _over_subjects(list(correlations.values()), job)
        rows += _rows(mean, everyone)
    of_mean_map = {
        f"{metric} of mean map": numbers for metric, numbers in of_pool.items()
    }
    return rows + _rows(of_mean_map, everyone)


def _unit(parts, lag, name, fields, job):
    """Metric -> value, surrogates, random fields, ends, of one subject or the pool."""
    value, null = means(parts)
    null = null[:, lag]
    centre = null.mean(0)
    rng = generator(job.seed, "bootstrap fields", job.task, name)
    drawn = bootstrap(parts, [lag], job.statistics["bootstrap"], rng)[:, 0]
    maps = (value[lag] - centre, null - centre, drawn - centre)
    confidence = job.statistics["confidence"]
    random = of_unit(fields.random, name, fields.rotating)
    correlations = {}
    for kind in KINDS:
        field = of_unit(getattr(fields, kind), name, fields.rotating)
        if field is None or random is None:
            continue
        metric = f"correlation {kind}"
        correlations[metric] = _with_field(
            *maps, np.abs(field), np.abs(random), confidence
        )
        correlations[f"{metric} signed"] = _with_field(
            *maps, field, random, confidence
        )
    return correlations


def _with_field(locked, null, drawn, field, random, confidence):
    """Correlations of a map and its surrogates with a field, and of the map with random fields."""
    value = correlate(locked[None], field)[0]
    of_surrogates = correlate(null, field)
    of_random_fields = correlate(random, locked)
    ends = percentile_interval(correlate(drawn, field), confidence)
    return value, of_surrogates, of_random_fields, ends


def correlate(maps, field):
    """Pearson correlation over electrodes of each map with the field; 0 for a flat one.

    Parameters
    ----------
    maps : array, shape (n, n_channels)
    field : array, shape (n_channels,)

    Returns
    -------
    array, shape (n,)
    """
    maps = maps - maps.mean(1, keepdims=True)
    field = field - field.mean()
    size = np.linalg.norm(maps, axis=1) * np.linalg.norm(field)
    # What is not known (NaN) stays so.
    flat = 0.0 * size
    return np.divide(maps @ field, size, out=flat, where=size > 0)


def _over_subjects(parts, job):
    """The same for the mean over subjects, whose surrogates are independent of one another."""
    n_bootstrap = job.statistics["bootstrap"]
    confidence = job.statistics["confidence"]
    mean = {}
    for metric in parts[0]:
        of_metric = [of_subject[metric] for of_subject in parts]
        values, nulls, randoms, _ = zip(*of_metric, strict=True)
        values = np.array(values)
        rng = generator(job.seed, "bootstrap fields", job.task, "all")
        ends = mean_interval(values[:, None], n_bootstrap, confidence, rng)
        mean[metric] = (
            values.mean(),
            np.mean(nulls, axis=0),
            np.mean(randoms, axis=0),
            np.ravel(ends),
        )
    return mean


def _rows(correlations, names):
    rows = []
    for metric, (value, null, random, ends) in correlations.items():
        numbers = {
            "value": value,
            "ci_low": ends[0],
            "ci_high": ends[1],
            "chance": null.mean(),
            "p": two_sided(value, null),
            "p_field": two_sided(value, random),
        }
        rows.append(metric_row(**names, metric=metric, **numbers))
    return rows


def two_sided(value, null):
    """Share of surrogates at least as far from the null's mean, the value itself among them."""
    centre = null.mean()
    distance = abs(value - centre)
    beyond = np.abs(null - centre) >= distance
    return (1 + beyond.sum()) / (1 + len(null))


def field_table(fields, names):
    """The fields themselves, one row an electrode: metrics `evoked` and `pattern`."""
    if fields is None:
        return metric_frame([], EXTRA)
    rows = []
    for kind in KINDS:
        for subject, field in getattr(fields, kind).items():
            for channel, value in zip(fields.channels, field, strict=True):
                row = metric_row(
                    **names,
                    subject=subject,
                    metric=kind,
                    channel=channel,
                    value=value,
                )
                rows.append(row)
    return metric_frame(rows, EXTRA)
