"""Made-up tables of arms and trials whose verdict is known."""

import numpy as np

from eeglrp.tables import metric_frame, metric_row

N_SUBJECTS = 10


def arm_rows(
    arm, tested, accuracy, share=0.3, n=N_SUBJECTS, spread=0.03, seed=0, **ids
):
    """Rows of one arm; subjects differ by `spread`, the same way in every arm."""
    own = np.linspace(-spread, spread, n)
    names = {
        "study": "x",
        "task": "imagery",
        "regime": "scratch",
        "seed": seed,
    } | ids
    rows = []
    for k in range(n):
        who = names | {"subject": f"S{k:03d}", "arm": arm, "tested": tested}
        values = {"balanced_accuracy": (accuracy + own[k], 0.5)}
        values |= {"share ocular_frontal": (share + own[k] / 3, 0.21)}
        values |= {"share central": (0.4 - share + own[k] / 3, 0.16)}
        for metric, (value, chance) in values.items():
            method = "attn_lrp" if metric.startswith("share") else ""
            rows.append(
                metric_row(
                    **{
                        k: v
                        for k, v in who.items()
                        if k not in ("arm", "tested")
                    }
                )
                | {"arm": arm, "tested": tested, "p": np.nan, "method": method}
                | {"metric": metric, "value": value, "chance": chance, "n": 40}
            )
    return rows


def arms(accuracies, **options):
    """Table of arms: `accuracies` by (arm, tested)."""
    rows = [
        row
        for (arm, tested), accuracy in accuracies.items()
        for row in arm_rows(arm, tested, accuracy, **options)
    ]
    return metric_frame(rows, ("arm", "tested", "p"))


def trials(low, high, n=N_SUBJECTS, **ids):
    """Table of trials with accuracies in the lowest and the highest tercile."""
    names = {
        "study": "x",
        "task": "imagery",
        "regime": "scratch",
        "seed": 0,
    } | ids
    own = np.linspace(-0.02, 0.02, n)
    rows = [
        metric_row(
            **names,
            subject=f"S{k:03d}",
            metric="accuracy",
            value=value + own[k],
        )
        | {"group": group}
        for group, value in (("low", low), ("high", high))
        for k in range(n)
    ]
    return metric_frame(rows, ("group",))


def shares(share, signal, n=N_SUBJECTS, **ids):
    """Table of shares of the ocular-frontal electrodes, of the relevance and of |signal|."""
    names = {
        "study": "x",
        "task": "imagery",
        "regime": "scratch",
        "seed": 0,
    } | ids
    names = {"method": "attn_lrp"} | names
    own = np.linspace(-0.02, 0.02, n)
    rows = [
        metric_row(
            **names,
            subject=f"S{k:03d}",
            metric="share ocular_frontal",
            value=share + own[k],
        )
        | {"class": name, "signal": signal if name == "all" else 1.0}
        for name in ("left", "all")
        for k in range(n)
    ]
    return metric_frame(rows, ("class", "signal"))


#: A model that follows the eyes, one that follows mu, one that follows both.
EYES = {
    ("all", "own"): 0.9,
    ("heog_regressed", "only"): 0.51,
    ("heog_regressed", "own"): 0.5,
    ("frontal_only", "own"): 0.88,
    ("no_frontal", "own"): 0.7,
    ("sensorimotor", "own"): 0.62,
}
MU = {
    ("all", "own"): 0.9,
    ("heog_regressed", "only"): 0.9,
    ("heog_regressed", "own"): 0.91,
    ("frontal_only", "own"): 0.6,
    ("no_frontal", "own"): 0.9,
    ("sensorimotor", "own"): 0.88,
}
BOTH = EYES | {
    ("heog_regressed", "only"): 0.75,
    ("heog_regressed", "own"): 0.8,
}
