"""The table of reliance: every model's truth and measures, and how the measures follow the truth.

Correlations run over all models of a confound, whatever their regime, seed and probability.
"""

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.reliance.correlation import correlate
from eeglrp.reliance.measures import EXTRA, MEASURES
from eeglrp.seeds import generator
from eeglrp.tables import join_tables, metric_frame, metric_row

TRUTH = "reliance"
LOSS = "heog_loss"
_MODEL = ["task", "regime", "seed"]


def write_reliance(parts, statistics, seed, out):
    """Join the tables of the tasks and add the correlations.

    Parameters
    ----------
    parts : sequence of Path
        Of `eeglrp.reliance.models.measure_models`.
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
    out : Path
        The same columns. Added rows: metrics `pearson <measure>` and `spearman <measure>` of every
        confound and method, task and regime empty; `n` counts models.

    Raises
    ------
    InputError
        If a column is missing.
    """
    columns = [*METRIC_COLUMNS, *EXTRA]
    tables = [read_table(part, columns) for part in parts]
    frame = join_tables(tables)
    rows = correlation_rows(frame, statistics, seed)
    correlations = metric_frame(rows, EXTRA)
    write_table(join_tables([frame, correlations]), out)


def correlation_rows(frame, statistics, seed):
    """Rows of the correlations of every measure with the truth."""
    rows = []
    single = frame[frame["subject"] != "all"]
    for confound, models in single.groupby("confound", sort=False):
        truth = _matrix(models[models["metric"] == TRUTH])
        measured = models[models["metric"].isin([*MEASURES, LOSS])]
        for (method, metric), values in measured.groupby(
            ["method", "metric"], sort=False
        ):
            ids = {
                "study": models["study"].iloc[0],
                "method": method,
                "confound": confound,
            }
            measure = _matrix(values)
            rows += _measure_rows(
                measure, truth, metric, statistics, seed, ids
            )
    return rows


def _measure_rows(measure, truth, metric, statistics, seed, ids):
    """Rows of the correlations of one measure with the truth."""
    # Equal streams: the measures of a confound are compared on the same draws.
    rng = generator(seed, "reliance", ids["confound"])
    x, y = _aligned(measure, truth)
    correlations = correlate(
        x, y, statistics["bootstrap"], statistics["confidence"], rng
    )
    rows = []
    for kind, (value, low, high) in correlations.items():
        row = metric_row(
            **ids,
            metric=f"{kind} {metric}",
            subject="all",
            value=value,
            ci_low=low,
            ci_high=high,
            chance=0.0,
            n=len(x),
        )
        rows.append(row)
    return rows


def _matrix(frame):
    """Values with a row a model and a column a subject."""
    return frame.pivot(index=_MODEL, columns="subject", values="value")


def _aligned(measure, truth):
    """Models that both hold, in one order, and subjects that all these models have."""
    models = truth.index.intersection(measure.index, sort=False)
    subjects = truth.columns.intersection(measure.columns)
    x = measure.loc[models, subjects]
    y = truth.loc[models, subjects]
    has_measure = x.notna().all()
    has_truth = y.notna().all()
    complete = has_measure & has_truth
    x = x.loc[:, complete].to_numpy()
    y = y.loc[:, complete].to_numpy()
    return x, y
