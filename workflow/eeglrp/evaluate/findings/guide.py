"""What the guide to attribution methods says."""

from eeglrp.findings import Finding, cells
from eeglrp.labels import label

_SHOWN = {
    "wins": "wins",
    "wins truth": "planted truth",
    "wins faithfulness": "faithfulness",
    "auc over signal": "AUC over |signal|",
    "gradients": "time / gradient",
}


def guide_finding(frame):
    """The rule set with the most wins, those that cannot be told from it, and all methods."""
    wins = frame[frame["metric"] == "wins"].sort_values(
        "value", ascending=False
    )
    if wins.empty:
        return None
    found = {(row.method, row.metric): row for row in frame.itertuples()}
    rows = []
    for method in wins["method"]:
        own = {metric: found.get((method, metric)) for metric in _SHOWN}
        rows.append([(label(method), False), *cells(own, _SHOWN)])
    sentence = (
        "Wins: the share of the other methods that a method beats in the same model and subject. "
        f"{_best(frame)} Intervals over {wins['n'].max():.0f} pairs of task and subject."
    )
    return Finding(
        "Which method", sentence, ["method", *_SHOWN.values()], rows
    )


def _best(frame):
    rest = frame[frame["metric"] == "wins difference"]
    if rest.empty:
        return "No LRP rule set was compared."
    best = rest["against"].iloc[0]
    below = rest[rest["ci_high"] < 0]
    above = rest[rest["ci_low"] > 0]
    level = rest[(rest["ci_high"] >= 0) & (rest["ci_low"] <= 0)]
    parts = [f"Of the LRP rule sets {label(best)} wins most."]
    for part, words in (
        (above, "Ahead of it"),
        (level, "Not told from it"),
        (below, "Behind it"),
    ):
        if len(part):
            parts.append(f"{words}: {', '.join(map(label, part['method']))}.")
    return " ".join(parts)
