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
    own = (
        frame["task"].isin(list(levels))
        & frame["question"].isin(SHOWN)
        & frame["seed"].isna()
    )
    frame = frame[own]
    for key in LEVEL:
        frame = frame.assign(
            **{key: [levels[task][key] for task in frame["task"]]}
        )
    rows = frame[[*METRIC_COLUMNS, *EXTRA]].to_dict("records")
    for (study, regime), part in frame.groupby(
        ["study", "regime"], sort=False
    ):
        ids = {"study": study, "regime": regime, "subject": "all"}
        rows += level_rows(part, confidence, ids) + flip_rows(part, ids)
    write_table(metric_frame(rows, EXTRA), out)


def level_rows(frame, confidence, ids):
    """Shares of verdicts over the cohorts of each level, and errors."""
    rows = []
    overall = frame[frame["question"] == "overall"]
    for (confound, mu, truth), part in overall.groupby(
        ["confound", "mu", "truth"]
    ):
        place = ids | {
            "confound": confound,
            "mu": mu,
            "truth": truth,
            "question": "overall",
        }
        counts = {
            f"share {name}": int((part["finding"] == name).sum())
            for name in VERDICTS
        }
        if truth in _ENDS:
            counts["error"] = int(
                (~part["finding"].isin([truth, UNDECIDED])).sum()
            )
        rows += [
            metric_row(
                **place, metric=name, **share(count, len(part), confidence)
            )
            for name, count in counts.items()
        ]
    return rows


def share(count, n, confidence):
    """Share with Wilson's interval, as columns of a metric table."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(
        count, n, alpha=1 - confidence, method="wilson"
    )
    # Rounding may put an end just outside, or just inside.
    low, high = (
        max(0.0, round(float(low), 12)),
        min(1.0, round(float(high), 12)),
    )
    return {"value": count / n, "ci_low": low, "ci_high": high, "n": n}


def flip_rows(frame, ids):
    """Where, on the ladder of confounds, the two routes begin and end to be supported."""
    most = {
        route: (part["finding"] == SUPPORTED).groupby(part["confound"]).mean()
        > 0.5
        for route, part in frame.groupby("question")
    }
    nothing = float("nan")
    ends = {"ocular from": nothing, "sensorimotor until": nothing}
    if "ocular" in most:
        ends["ocular from"] = _last_run(most["ocular"][::-1])
    if "sensorimotor" in most:
        ends["sensorimotor until"] = _last_run(most["sensorimotor"])
    return [
        metric_row(**ids, metric=name, value=value)
        for name, value in ends.items()
    ]


def _last_run(holds):
    """Index of the last of the leading values that hold, NaN if the first does not."""
    last = float("nan")
    for confound, one in holds.items():
        if not one:
            break
        last = confound
    return last
