"""From values per window to rows of a metric table."""

from eeglrp.metrics import metric_row
from eeglrp.seeds import generator
from eeglrp.statistics import subject_estimates


def estimate_rows(values, columns, subject, names, statistics, seed):
    """Rows of every subject and of all, for each column of values.

    Parameters
    ----------
    values : array, shape (n_windows, n_columns)
    columns : sequence of dict
        What each column means: `metric` and further fields of a row.
    subject : array of str, shape (n_windows,)
    names : dict
        Fields that all rows share: study, task, regime, seed, method ...
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
        Of the study. Equal groups of windows are resampled alike, so methods compare in pairs.
    """
    rng = generator(seed, "bootstrap", len(values))
    settings = statistics["bootstrap"], statistics["confidence"]
    return [
        metric_row(
            **(names | column),
            subject=estimate.subject,
            value=estimate.mean[k],
            ci_low=estimate.low[k],
            ci_high=estimate.high[k],
            n=estimate.n,
        )
        for estimate in subject_estimates(values, subject, *settings, rng)
        for k, column in enumerate(columns)
    ]
