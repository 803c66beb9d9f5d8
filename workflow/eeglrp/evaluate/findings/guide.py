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
    wins = frame[frame["metric"] == "wins"]
    wins = wins.sort_values("value", ascending=False)
    if wins.empty:
        return None
    by_key = {(row.method, row.metric): row for row in frame.itertuples()}
    rows = []
    for method in wins["method"]:
        metrics = {metric: by_key.get((method, metric)) for metric in _SHOWN}
        name = (label(method), False)
        numbers = cells(metrics, _SHOWN)
        rows.append([name, *numbers])
    sentence = (
        "Wins: the share of the other methods that a method beats in the same model and subject. "
        f"{_best(frame)} Intervals over {wins['n'].max():.0f} pairs of task and subject."
    )
    columns = ["method", *_SHOWN.values()]
    return Finding("Which method", sentence, columns, rows)


def _best(frame):
    rest = frame[frame["metric"] == "wins difference"]
    if rest.empty:
        return "No LRP rule set was compared."
    best = rest["against"].iloc[0]
    is_below = rest["ci_high"] < 0
    is_above = rest["ci_low"] > 0
    is_level = (rest["ci_high"] >= 0) & (rest["ci_low"] <= 0)
    groups = {
        "Ahead of it": rest.loc[is_above, "method"],
        "Not told from it": rest.loc[is_level, "method"],
        "Behind it": rest.loc[is_below, "method"],
    }
    sentences = [f"Of the LRP rule sets {label(best)} wins most."]
    for words, methods in groups.items():
        if len(methods):
            names = ", ".join(map(label, methods))
            sentences.append(f"{words}: {names}.")
    return " ".join(sentences)
