"""What the table of reliance says: which measures follow a model's true use of a confound."""

from eeglrp.findings import FEW_SUBJECTS, Finding, estimate
from eeglrp.labels import METHODS, YARDSTICKS, label, ordered
from eeglrp.reliance.figures.reliance import AUDIT, CONFOUNDS, LOSS, TITLES

_MEASURES = ("share", "topography", "absolute", "heog_loss")


def correlations_view(frame):
    """Rows of correlations alone, with the confound in the task's place."""
    is_correlation = frame["metric"].str.startswith(("pearson ", "spearman "))
    frame = frame[is_correlation]
    return frame.assign(task=frame["confound"])


def reliance_finding(frame):
    """Correlations with reliance, beside those of an audit, and whether HEOG regression fails."""
    frame = frame.fillna({"method": ""})
    pooled = frame[frame["subject"] == "all"]
    correlations = {
        (row.confound, row.method, row.metric): row
        for row in pooled.itertuples()
    }
    rows = []
    shares = {}
    for confound, method, measure in _order(pooled):
        rows.append(_cells(correlations, confound, method, measure))
        if measure == "share" and method not in YARDSTICKS:
            row = correlations[confound, method, f"pearson {measure}"]
            of_confound = shares.setdefault(confound, [])
            of_confound.append(f"{label(method)} {estimate(row)}")
    if not rows:
        return None
    words = [
        f"{label(confound)}: {', '.join(of_methods)}"
        for confound, of_methods in shares.items()
    ]
    sentence = (
        "Models were trained on recordings to which an event was added that goes with the label "
        "with a known probability. Their reliance on it is accuracy on windows where it always "
        "does minus accuracy where it goes either way. Correlation of the share of |relevance| at "
        "the event's electrodes with reliance, over models: "
        f"{'; '.join(words)}."
        f"{_audit_words()}{_regression_words(correlations)}{_few_subjects(frame)}"
    )
    columns = ["confound", "measure", "Pearson", "Spearman", "audit", "models"]
    return Finding("Does the share measure reliance?", sentence, columns, rows)


def _cells(correlations, confound, method, measure):
    """Cells of a row, and whether they are set in bold."""
    pearson = correlations[confound, method, f"pearson {measure}"]
    spearman = correlations.get((confound, method, f"spearman {measure}"))
    audit = AUDIT.get((confound, method, measure))
    if measure == "heog_loss":
        name = f"{LOSS}, accuracy lost"
    else:
        name = f"{label(method)}, {TITLES[measure]}"
    return [
        (label(confound), False),
        (name, False),
        (estimate(pearson), pearson.ci_low > 0),
        (estimate(spearman) if spearman else "", False),
        ("" if audit is None else f"{audit:.3f}", False),
        (f"{pearson.n:.0f}", False),
    ]


def _order(pooled):
    """Keys of every Pearson correlation, in their usual order."""
    is_pearson = pooled["metric"].str.startswith("pearson ")
    pearson = pooled[is_pearson]
    measures = pearson["metric"].str.removeprefix("pearson ")
    keys = zip(pearson["confound"], pearson["method"], measures, strict=True)
    confounds = ordered(pearson["confound"], CONFOUNDS)
    methods = ordered(pearson["method"], METHODS)

    def place(key):
        confound, method, measure = key
        return (
            confounds.index(confound),
            _MEASURES.index(measure),
            methods.index(method),
        )

    return sorted(keys, key=place)


def _audit_words():
    numbers = {key: f"{value:.3f}" for key, value in AUDIT.items()}
    share, alpha, absolute, loss = numbers.values()
    return (
        f" An audit of other decoders (Gao, 2026) found {share} (alpha {alpha}) for the share of "
        f"integrated gradients, {absolute} for its absolute amount and {loss} for the accuracy "
        "lost to HEOG regression."
    )


def _regression_words(correlations):
    """HEOG regression should see saccades, and be blind to a confound that is not ocular."""
    words = []
    for confound, expected in (("saccade", "should"), ("alpha", "should not")):
        row = correlations.get((confound, "", "pearson heog_loss"))
        if row is None:
            continue
        follows = "lies above 0" if row.ci_low > 0 else "does not lie above 0"
        words.append(
            f"with {confound} it {expected} follow reliance; {estimate(row)} {follows}"
        )
    if not words:
        return ""
    return f" The accuracy lost here: {'; '.join(words)}."


def _few_subjects(frame):
    is_subject = frame["subject"] != "all"
    number = frame.loc[is_subject, "subject"].nunique()
    if number >= FEW_SUBJECTS:
        return ""
    return f" Few subjects were tested ({number}): intervals over them are too narrow."
