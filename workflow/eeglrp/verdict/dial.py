"""Verdicts on simulated recordings beside the truth: where they flip, how often they err."""

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.tables import metric_frame, metric_row
from eeglrp.verdict import run
from eeglrp.verdict.answers import SUPPORTED, UNDECIDED
from eeglrp.verdict.routes import VERDICTS

LEVEL = ("confound", "mu", "cohort", "truth")
EXTRA = ("question", "finding", *LEVEL)
#: Questions of the verdict that the dial shows beside the verdict itself.
SHOWN = (
    *(
        "decodes",
        "left heog_regressed",
        "frontal_only",
        "sensorimotor_only",
        "loss heog_regressed",
    ),
    *run.ROUTES,
)
#: Truths that one verdict answers; where both signals are there, either of them may be too weak.
_ENDS = ("ocular", "sensorimotor", "neither")


def write_dial(path, levels, confidence, out):
    """Write the table of the dial.

    Parameters
    ----------
    path : Path
        Table of verdicts.
    levels : dict of dict
        Task -> `confound`, `mu`, `cohort`, `truth`, as `levels.levels` gives them.
    confidence : float
    out : Path
        Contract's columns, `question`, `finding`, `confound`, `mu`, `cohort`, `truth`. First the
        rows of the table of verdicts in `SHOWN`, seeds averaged. Then of every level and regime
        `share <verdict>`, the share of cohorts with this verdict, and, where only one of the two
        signals is there, `error` (any other verdict than the truth, undecided apart), with Wilson's
        interval (1927, doi:10.1080/01621459.1927.10502953) and `n` the cohorts. Last `ocular from`,
        the smallest confound from which on most cohorts' ocular signal is supported, and
        `sensorimotor until`, the largest one up to which most cohorts' sensorimotor signal is; NaN
        where there is none.

    Raises
    ------
    InputError
        If a column is missing.
    """
    frame = read_table(path, [*METRIC_COLUMNS, *run.EXTRA])
    of_dial = frame["task"].isin(list(levels))
    shown = frame["question"].isin(SHOWN)
    frame = frame[of_dial & shown & frame["seed"].isna()]
    for key in LEVEL:
        of_task = [levels[task][key] for task in frame["task"]]
        frame = frame.assign(**{key: of_task})
    rows = frame[[*METRIC_COLUMNS, *EXTRA]].to_dict("records")
    models = frame.groupby(["study", "regime"], sort=False)
    for (study, regime), of_model in models:
        ids = {"study": study, "regime": regime, "subject": "all"}
        rows += level_rows(of_model, confidence, ids)
        rows += flip_rows(of_model, ids)
    write_table(metric_frame(rows, EXTRA), out)


def level_rows(frame, confidence, ids):
    """Shares of verdicts over the cohorts of each level, and errors."""
    rows = []
    overall = frame[frame["question"] == "overall"]
    levels = overall.groupby(["confound", "mu", "truth"])
    for (confound, mu, truth), cohorts in levels:
        level = ids | {
            "confound": confound,
            "mu": mu,
            "truth": truth,
            "question": "overall",
        }
        counts = _counts(cohorts["finding"], truth)
        for name, count in counts.items():
            numbers = share(count, len(cohorts), confidence)
            rows.append(metric_row(**level, metric=name, **numbers))
    return rows


def _counts(verdicts, truth):
    """Metric -> number of cohorts, of one level."""
    counts = {}
    for name in VERDICTS:
        counts[f"share {name}"] = int((verdicts == name).sum())
    if truth in _ENDS:
        is_error = ~verdicts.isin([truth, UNDECIDED])
        counts["error"] = int(is_error.sum())
    return counts


def share(count, n, confidence):
    """Share with Wilson's interval, as columns of a metric table."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(
        count, n, alpha=1 - confidence, method="wilson"
    )
    # Rounding may put an end just outside, or just inside.
    low = max(0.0, round(float(low), 12))
    high = min(1.0, round(float(high), 12))
    return {"value": count / n, "ci_low": low, "ci_high": high, "n": n}


def flip_rows(frame, ids):
    """Where, on the ladder of confounds, the two routes begin and end to be supported."""
    in_most_cohorts = {}
    for route, answers in frame.groupby("question"):
        supported = answers["finding"] == SUPPORTED
        of_confound = supported.groupby(answers["confound"]).mean()
        in_most_cohorts[route] = of_confound > 0.5
    nothing = float("nan")
    ends = {"ocular from": nothing, "sensorimotor until": nothing}
    if "ocular" in in_most_cohorts:
        ends["ocular from"] = _last_run(in_most_cohorts["ocular"][::-1])
    if "sensorimotor" in in_most_cohorts:
        ends["sensorimotor until"] = _last_run(in_most_cohorts["sensorimotor"])
    return [
        metric_row(**ids, metric=name, value=value)
        for name, value in ends.items()
    ]


def _last_run(holds):
    """Index of the last of the leading values that hold, NaN if the first does not."""
    last = float("nan")
    for confound, is_supported in holds.items():
        if not is_supported:
            break
        last = confound
    return last
