"""What the table of reliance says: which measures follow a model's true use of a confound."""

from eeglrp.findings import FEW_SUBJECTS, Finding, estimate
from eeglrp.labels import METHODS, YARDSTICKS, label, ordered
from eeglrp.reliance.figures.reliance import AUDIT, CONFOUNDS, LOSS, TITLES

_MEASURES = ("share", "topography", "absolute", "heog_loss")


def correlations_view(frame):
    """Rows of correlations alone, with the confound in the task's place."""
    frame = frame[frame["metric"].str.startswith(("pearson ", "spearman "))]
    return frame.assign(task=frame["confound"])


def reliance_finding(frame):
    """Correlations with reliance, beside those of an audit, and whether HEOG regression fails."""
    frame = frame.fillna({"method": ""})
    pooled = frame[frame["subject"] == "all"]
    found = {(r.confound, r.method, r.metric): r for r in pooled.itertuples()}
    rows, shares = [], {}
    for confound, method, measure in _order(pooled):
        row = found[confound, method, f"pearson {measure}"]
        rank = found.get((confound, method, f"spearman {measure}"))
        who = (
            f"{LOSS}, accuracy lost"
            if measure == "heog_loss"
            else f"{label(method)}, {TITLES[measure]}"
        )
        audit = AUDIT.get((confound, method, measure))
        texts = (
            label(confound),
            who,
            estimate(row),
            estimate(rank) if rank else "",
        )
        above = row.ci_low > 0
        cells = [(text, above and k == 2) for k, text in enumerate(texts)]
        size = [
            ("" if audit is None else f"{audit:.3f}", False),
            (f"{row.n:.0f}", False),
        ]
        rows.append(cells + size)
        if measure == "share" and method not in YARDSTICKS:
            shares.setdefault(confound, []).append(
                f"{label(method)} {estimate(row)}"
            )
    if not rows:
        return None
    sentence = (
        "Models were trained on recordings to which an event was added that goes with the label "
        "with a known probability. Their reliance on it is accuracy on windows where it always "
        "does minus accuracy where it goes either way. Correlation of the share of |relevance| at "
        "the event's electrodes with reliance, over models: "
        f"{'; '.join(f'{label(name)}: {_list(parts)}' for name, parts in shares.items())}."
        f"{_audit_words()}{_regression_words(found)}{_few_subjects(frame)}"
    )
    columns = ["confound", "measure", "Pearson", "Spearman", "audit", "models"]
    return Finding("Does the share measure reliance?", sentence, columns, rows)


def _order(pooled):
    """Keys of every Pearson correlation, in their usual order."""
    own = pooled[pooled["metric"].str.startswith("pearson ")]
    measures = own["metric"].str.removeprefix("pearson ")
    keys = zip(own["confound"], own["method"], measures, strict=True)
    orders = (
        ordered(own["confound"], CONFOUNDS),
        ordered(own["method"], METHODS),
    )
    place = {name: k for order in orders for k, name in enumerate(order)}
    return sorted(
        keys, key=lambda k: (place[k[0]], _MEASURES.index(k[2]), place[k[1]])
    )


def _list(parts):
    return ", ".join(parts)


def _audit_words():
    numbers = {key: f"{value:.3f}" for key, value in AUDIT.items()}
    share, alpha, absolute, loss = numbers.values()
    return (
        f" An audit of other decoders (Gao, 2026) found {share} (alpha {alpha}) for the share of "
        f"integrated gradients, {absolute} for its absolute amount and {loss} for the accuracy "
        "lost to HEOG regression."
    )


def _regression_words(found):
    """HEOG regression should see saccades, and be blind to a confound that is not ocular."""
    words = []
    for confound, expected in (("saccade", "should"), ("alpha", "should not")):
        row = found.get((confound, "", "pearson heog_loss"))
        if row is not None:
            follows = (
                "lies above 0" if row.ci_low > 0 else "does not lie above 0"
            )
            words.append(
                f"with {confound} it {expected} follow reliance; {estimate(row)} {follows}"
            )
    return f" The accuracy lost here: {'; '.join(words)}." if words else ""


def _few_subjects(frame):
    number = frame.loc[frame["subject"] != "all", "subject"].nunique()
    if number >= FEW_SUBJECTS:
        return ""
    return f" Few subjects were tested ({number}): intervals over them are too narrow."
