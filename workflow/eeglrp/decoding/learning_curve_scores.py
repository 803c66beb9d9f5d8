"""Balanced accuracy against the number of labelled training windows, and what pretraining adds."""

from eeglrp.decoding.scores import decoding_metrics
from eeglrp.files import read_table, write_table
from eeglrp.seeds import generator
from eeglrp.statistics import mean_interval
from eeglrp.tables import join_tables, metric_frame, metric_row

METRIC = "balanced_accuracy"
#: What pretraining is worth: the first regime minus the second.
PAIR = ("finetuned", "scratch")
DIFFERENCE = f"difference {PAIR[0]} - {PAIR[1]}"
#: Column with the number of windows that a model was trained on.
EXTRA = ("windows",)
_COLUMNS = ("sample", "subject", "split", "fold", "label", "prediction")


def score_learning_curves(predictions, study, statistics, seed, out):
    """Score models trained on parts of the training split, and on all of it, in one table.

    Parameters
    ----------
    predictions : sequence of dict
        `task`, `regime`, `seed` and `path` of each table of predictions; its rows of the training
        split are the windows that the fold's model was trained on.
    study : str
    statistics : dict
        `bootstrap`, `permutations`, `confidence`.
    seed : int
    out : Path
        The contract's columns and `windows`. Metrics: `balanced_accuracy` of every model, as in the
        table of decoding; `difference finetuned - scratch`, paired over subjects, seeds averaged.

    Raises
    ------
    InputError
        If a table lacks a column, or as `decoding_metrics`.
    """
    tables = [_scores(item, study, statistics, seed) for item in predictions]
    empty = metric_frame([], EXTRA)
    frame = join_tables([empty, *tables])
    gains = differences(frame, statistics, seed)
    write_table(join_tables([frame, gains]), out)


def _scores(item, study, statistics, seed):
    table = read_table(item["path"], _COLUMNS)
    ids = {name: item[name] for name in ("task", "regime", "seed")}
    # The stream of the table of decoding: the whole split has the same numbers there.
    rng = generator(seed, "decoding", *ids.values())
    metrics = decoding_metrics(table, statistics, rng, study=study, **ids)
    accuracies = metrics[metrics["metric"] == METRIC]
    of_folds = table.loc[table["split"] == "train", "fold"]
    n_windows = round(len(of_folds) / max(1, of_folds.nunique()))
    return accuracies.assign(windows=n_windows)


def differences(frame, statistics, seed):
    """Balanced accuracy after pretraining minus that without, at every number of windows.

    Parameters
    ----------
    frame : DataFrame
        Balanced accuracies of models, with the column `windows`.
    statistics : dict
        `bootstrap` and `confidence`.
    seed : int

    Returns
    -------
    DataFrame
        A row for each subject, and the mean as `all` with its bootstrap interval over subjects;
        `n` counts subjects. Empty unless both regimes were trained.
    """
    rows = []
    single = frame[frame["subject"] != "all"]
    for (study, task, n_windows), models in single.groupby(
        ["study", "task", "windows"], sort=False
    ):
        by_subject = models.groupby(["subject", "regime"])["value"]
        means = by_subject.mean().unstack().reindex(columns=PAIR)
        first, second = PAIR
        gain = means[first] - means[second]
        # The digits that a table holds, as in the table of comparisons.
        gain = gain.dropna().round(7)
        ids = {
            "study": study,
            "task": task,
            "regime": first,
            "metric": DIFFERENCE,
            "windows": n_windows,
        }
        rng = generator(seed, "learning curve", task, n_windows)
        rows += _rows(gain, statistics, rng, ids)
    return metric_frame(rows, EXTRA)


def _rows(gain, statistics, rng, ids):
    if gain.empty:
        return []
    values = gain.to_numpy()[:, None]
    low, high = mean_interval(
        values, statistics["bootstrap"], statistics["confidence"], rng
    )
    ends = {
        "value": values.mean(),
        "ci_low": low[0],
        "ci_high": high[0],
        "n": len(gain),
    }
    single = [
        metric_row(**ids, subject=name, value=value)
        for name, value in gain.items()
    ]
    return [*single, metric_row(**ids, subject="all", **ends)]
