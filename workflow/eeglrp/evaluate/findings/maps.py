"""What the tables on the maps themselves say: randomised weights, and agreement of models."""

from eeglrp.findings import Finding, estimate
from eeglrp.labels import METHODS, TASKS, label, ordered
from eeglrp.tables import default_method, over_seeds

_SIGNED, _ABSOLUTE = "spearman cascading", "spearman_absolute cascading"


def sanity_finding(frame):
    """How alike maps are when no weight is left of the trained model."""
    frame = all_random(frame)
    frame = frame[frame["subject"] == "all"]
    parts = []
    for method in ordered(frame["method"], METHODS):
        own = frame[frame["method"] == method]
        signed, absolute = (
            own[own["metric"] == name] for name in (_SIGNED, _ABSOLUTE)
        )
        if len(signed) and len(absolute):
            parts.append(
                f"{label(method)} {_range(signed['value'])} ({_range(absolute['value'])} for "
                f"|relevance|, where maps of different windows reach {_range(absolute['chance'])})"
            )
    if not parts:
        return None
    sentence = (
        "Rank correlation of maps with those of the same model after all its weights were replaced "
        f"by random ones, over all models: {'; '.join(parts)}. A method whose maps stay the same "
        "does not show what a model learned; among those that pass, this is no ranking."
    )
    return Finding("Random weights", sentence, [], [])


def all_random(frame):
    """Rows of a sanity table without those of single units and of partly random models."""
    of_kind = frame["metric"].isin((_SIGNED, _ABSOLUTE))
    deepest = frame[of_kind].groupby("task")["depth"].transform("max")
    last = of_kind & (frame["depth"] == deepest.reindex(frame.index))
    return frame[last | frame["metric"].str.contains("sensitivity|labels")]


def _range(values):
    return f"{values.min():.2f} to {values.max():.2f}"


def stability_finding(frame):
    """Whether fine-tuned and scratch models look at the same: beside seeds and other windows."""
    frame = frame[(frame["subject"] == "all") & (frame["level"] == "map")]
    frame = frame[frame["metric"] == "spearman"]
    method = default_method(frame["method"])
    frame = frame[frame["method"] == method]
    rows, beyond, short = [], [], []
    for task in ordered(frame["task"], TASKS):
        cells = _regime_pairs(frame[frame["task"] == task])
        across = cells.get(("finetuned", "scratch"))
        if across is None:
            continue
        seeds = [cells.get((name, name)) for name in ("finetuned", "scratch")]
        rows.append(
            [
                (label(task), False),
                _cell(across),
                *map(_cell, seeds),
                _chance(across),
            ]
        )
        if across.ci_low > across.chance:
            beyond.append(label(task))
        if any(
            one is not None and across.ci_high < one.ci_low for one in seeds
        ):
            short.append(label(task))
    if not rows:
        return None
    sentence = (
        f"Rank correlation of maps ({label(method)}) of fine-tuned and scratch models, on windows "
        "that both classify right. Above that of maps of different windows of one class: "
        f"{', '.join(beyond) or 'nowhere'}. Below that of the seeds of fine-tuned or of scratch "
        f"models: {', '.join(short) or 'nowhere'}. Fine-tuned models share the weights they start "
        "from."
    )
    columns = [
        "task",
        "fine-tuned and scratch",
        "fine-tuned seeds",
        "scratch seeds",
    ]
    return Finding(
        "Same score, same map?",
        sentence,
        [*columns, "different windows"],
        rows,
    )


def _regime_pairs(frame):
    """(regime, regime) -> mean over pairs of seeds."""
    mean = over_seeds(frame, ["regime", "against"])
    return {
        tuple(sorted((row.regime, row.against))): row
        for row in mean.itertuples()
    }


def _cell(row):
    return (
        ("", False)
        if row is None
        else (estimate(row), bool(row.ci_low > row.chance))
    )


def _chance(row):
    return (f"{row.chance:.2f}", False)


def _by_level(frame):
    return frame.assign(metric=frame["metric"] + " " + frame["level"])


def _by_method_pair(frame):
    pairs = zip(frame["method"], frame["against"], strict=True)
    words = [f"{label(first)} and {label(second)}" for first, second in pairs]
    return _by_level(frame).assign(method=words)


def _by_regime_pair(frame):
    pairs = zip(frame["regime"], frame["against"], strict=True)
    words = [f"{label(first)} and {label(second)}" for first, second in pairs]
    return _by_level(frame).assign(regime=words)


#: Table -> what the report shows of it, in the contract's columns alone.
VIEWS = {
    "sanity": all_random,
    "complexity": _by_level,
    "agreement": _by_method_pair,
    "stability": _by_regime_pair,
}
