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
        Of `training_fields`. A subject without training windows is compared with the field of all.
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
    rows = []
    for lag in dict.fromkeys(
        [peak_lag(units["all"]), int(np.flatnonzero(lags == 0)[0])]
    ):
        own = names | {"lag": lags[lag] / rate}
        correlations = {
            name: _unit(parts, lag, name, fields, job)
            for name, parts in units.items()
        }
        counts = {name: parts[0].n_events for name, parts in units.items()}
        pooled_map = correlations.pop("all")
        for name, of_unit in correlations.items():
            rows += _rows(of_unit, own | {"subject": name, "n": counts[name]})
        everyone = own | {"subject": "all", "n": counts["all"]}
        if correlations:
            rows += _rows(
                _over_subjects(list(correlations.values()), job), everyone
            )
        rows += _rows(
            {f"{key} of mean map": one for key, one in pooled_map.items()},
            everyone,
        )
    return metric_frame(rows, EXTRA)


def _unit(parts, lag, name, fields, job):
    """Metric -> value, surrogates, random fields, ends, of one subject or the pool."""
    value, null = (each[..., lag, :] for each in means(parts))
    centre = null.mean(0)
    rng = generator(job.seed, "bootstrap fields", job.task, name)
    drawn = bootstrap(parts, [lag], job.statistics["bootstrap"], rng)[:, 0]
    locked, random = (
        value - centre,
        fields.random.get(name, fields.random.get("all")),
    )
    found = {}
    for kind in KINDS:
        of_kind = getattr(fields, kind)
        field = of_kind.get(name, of_kind.get("all"))
        if field is None or random is None:
            continue
        for word, shape in (("", np.abs), (" signed", np.asarray)):
            shown = shape(field)
            ends = percentile_interval(
                correlate(drawn - centre, shown), job.statistics["confidence"]
            )
            nulls = (
                correlate(null - centre, shown),
                correlate(shape(random), locked),
            )
            found[f"correlation {kind}{word}"] = (
                correlate(locked[None], shown)[0],
                *nulls,
                ends,
            )
    return found


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
    return np.divide(maps @ field, size, out=0.0 * size, where=size > 0)


def _over_subjects(parts, job):
    """The same for the mean over subjects, whose surrogates are independent of one another."""
    found = {}
    for metric in parts[0]:
        values = np.array([of_unit[metric][0] for of_unit in parts])
        nulls = [
            np.mean([of_unit[metric][k] for of_unit in parts], axis=0)
            for k in (1, 2)
        ]
        rng = generator(job.seed, "bootstrap fields", job.task, "all")
        settings = (
            job.statistics["bootstrap"],
            job.statistics["confidence"],
            rng,
        )
        ends = np.ravel(mean_interval(values[:, None], *settings))
        found[metric] = values.mean(), *nulls, ends
    return found


def _rows(correlations, names):
    rows = []
    for metric, (value, null, random, ends) in correlations.items():
        numbers = {
            "value": value,
            "ci_low": ends[0],
            "ci_high": ends[1],
            "chance": null.mean(),
        }
        numbers |= {
            "p": two_sided(value, null),
            "p_field": two_sided(value, random),
        }
        rows.append(metric_row(**names, metric=metric, **numbers))
    return rows


def two_sided(value, null):
    """Share of surrogates at least as far from the null's mean, the value itself among them."""
    beyond = np.abs(null - null.mean()) >= abs(value - null.mean())
    return (1 + beyond.sum()) / (1 + len(null))


def field_table(fields, names):
    """The fields themselves, one row an electrode: metrics `evoked` and `pattern`."""
    if fields is None:
        return metric_frame([], EXTRA)
    rows = [
        metric_row(
            **names, subject=subject, metric=kind, channel=channel, value=value
        )
        for kind in KINDS
        for subject, field in getattr(fields, kind).items()
        for channel, value in zip(fields.channels, field, strict=True)
    ]
    return metric_frame(rows, EXTRA)
