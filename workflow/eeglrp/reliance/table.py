"""The table of reliance: every model's truth and measures, and how the measures follow the truth.

Correlations run over all models of a confound, whatever their regime, seed and probability.
"""

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.reliance.correlation import correlate
from eeglrp.reliance.measures import MEASURES
from eeglrp.reliance.models import EXTRA
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
    frame = join_tables([read_table(part, columns) for part in parts])
    rows = correlation_rows(frame, statistics, seed)
    write_table(join_tables([frame, metric_frame(rows, EXTRA)]), out)


def correlation_rows(frame, statistics, seed):
    """Rows of the correlations of every measure with the truth."""
    rows = []
    single = frame[frame["subject"] != "all"]
    for confound, own in single.groupby("confound", sort=False):
        truth = _matrix(own[own["metric"] == TRUTH])
        measured = own[own["metric"].isin([*MEASURES, LOSS])]
        for (method, metric), part in measured.groupby(
            ["method", "metric"], sort=False
        ):
            # Equal streams: the measures of a confound are compared on the same draws.
            rng = generator(seed, "reliance", confound)
            x, y = _aligned(_matrix(part), truth)
            found = correlate(
                x, y, statistics["bootstrap"], statistics["confidence"], rng
            )
            names = {
                "study": own["study"].iloc[0],
                "method": method,
                "confound": confound,
            }
            for kind, (value, low, high) in found.items():
                ends = {
                    "value": value,
                    "ci_low": low,
                    "ci_high": high,
                    "chance": 0.0,
                }
                own_names = names | {
                    "metric": f"{kind} {metric}",
                    "subject": "all",
                }
                rows.append(metric_row(**own_names, **ends, n=len(x)))
    return rows


def _matrix(frame):
    """Values with a row a model and a column a subject."""
    return frame.pivot(index=_MODEL, columns="subject", values="value")


def _aligned(measure, truth):
    """Models that both hold, in one order, and subjects that all these models have."""
    models = truth.index.intersection(measure.index, sort=False)
    subjects = truth.columns.intersection(measure.columns)
    x, y = measure.loc[models, subjects], truth.loc[models, subjects]
    known = x.notna().all() & y.notna().all()
    return x.loc[:, known].to_numpy(), y.loc[:, known].to_numpy()
