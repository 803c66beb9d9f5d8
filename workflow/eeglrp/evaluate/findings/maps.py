"""What the tables on the maps themselves say: randomised weights, and agreement of models."""

from eeglrp.findings import Finding, estimate
from eeglrp.labels import METHODS, TASKS, label, ordered
from eeglrp.tables import default_method, over_seeds

_SIGNED, _ABSOLUTE = "spearman cascading", "spearman_absolute cascading"


def sanity_finding(frame):
    """How alike maps are when no weight is left of the trained model."""
    frame = all_random(frame)
    frame = frame[frame["subject"] == "all"]
    similarities = []
    for method in ordered(frame["method"], METHODS):
        of_method = frame[frame["method"] == method]
        signed = of_method[of_method["metric"] == _SIGNED]
        absolute = of_method[of_method["metric"] == _ABSOLUTE]
        if len(signed) and len(absolute):
            similarities.append(
                f"{label(method)} {_range(signed['value'])} ({_range(absolute['value'])} for "
                f"|relevance|, where maps of different windows reach {_range(absolute['chance'])})"
            )
    if not similarities:
        return None
    sentence = (
        "Rank correlation of maps with those of the same model after all its weights were replaced "
        f"by random ones, over all models: {'; '.join(similarities)}. A method whose maps stay the "
        "same does not show what a model learned; among those that pass, this is no ranking."
    )
    return Finding("Random weights", sentence, [], [])


def all_random(frame):
    """Rows of a sanity table without those of single units and of partly random models."""
    metric = frame["metric"]
    is_cascading = metric.isin((_SIGNED, _ABSOLUTE))
    depth = frame[is_cascading].groupby("task")["depth"]
    deepest = depth.transform("max").reindex(frame.index)
    is_all_random = is_cascading & (frame["depth"] == deepest)
    is_other = metric.str.contains("sensitivity|labels")
    return frame[is_all_random | is_other]


def _range(values):
    low = values.min()
    high = values.max()
    return f"{low:.2f} to {high:.2f}"


def stability_finding(frame):
    """Whether fine-tuned and scratch models look at the same: beside seeds and other windows."""
    is_pooled = frame["subject"] == "all"
    is_map = frame["level"] == "map"
    is_spearman = frame["metric"] == "spearman"
    frame = frame[is_pooled & is_map & is_spearman]
    method = default_method(frame["method"])
    frame = frame[frame["method"] == method]
    rows = []
    beyond = []
    short = []
    for task in ordered(frame["task"], TASKS):
        pairs = _regime_pairs(frame[frame["task"] == task])
        across = pairs.get(("finetuned", "scratch"))
        if across is None:
            continue
        finetuned = pairs.get(("finetuned", "finetuned"))
        scratch = pairs.get(("scratch", "scratch"))
        rows.append(
            [
                (label(task), False),
                _cell(across),
                _cell(finetuned),
                _cell(scratch),
                _chance(across),
            ]
        )
        if across.ci_low > across.chance:
            beyond.append(label(task))
        if _is_below(across, finetuned) or _is_below(across, scratch):
            short.append(label(task))
    if not rows:
        return None
    sentence = _stability_sentence(method, beyond, short)
    columns = [
        "task",
        "fine-tuned and scratch",
        "fine-tuned seeds",
        "scratch seeds",
        "different windows",
    ]
    return Finding("Same score, same map?", sentence, columns, rows)


def _stability_sentence(method, beyond, short):
    return (
        f"Rank correlation of maps ({label(method)}) of fine-tuned and scratch models, on windows "
        "that both classify right. Above that of maps of different windows of one class: "
        f"{', '.join(beyond) or 'nowhere'}. Below that of the seeds of fine-tuned or of scratch "
        f"models: {', '.join(short) or 'nowhere'}. Fine-tuned models share the weights they start "
        "from."
    )


def _is_below(across, seeds):
    """Whether the interval over regimes lies below that of the seeds of one."""
    if seeds is None:
        return False
    return across.ci_high < seeds.ci_low


def _regime_pairs(frame):
    """(regime, regime) -> mean over pairs of seeds."""
    mean = over_seeds(frame, ["regime", "against"])
    pairs = {}
    for row in mean.itertuples():
        pair = tuple(sorted((row.regime, row.against)))
        pairs[pair] = row
    return pairs


def _cell(row):
    if row is None:
        return ("", False)
    is_above = bool(row.ci_low > row.chance)
    return (estimate(row), is_above)


def _chance(row):
    return (f"{row.chance:.2f}", False)


def _by_level(frame):
    metric = frame["metric"] + " " + frame["level"]
    return frame.assign(metric=metric)


def _by_method_pair(frame):
    words = _pair_words(frame["method"], frame["against"])
    return _by_level(frame).assign(method=words)


def _by_regime_pair(frame):
    words = _pair_words(frame["regime"], frame["against"])
    return _by_level(frame).assign(regime=words)


def _pair_words(firsts, seconds):
    words = []
    for first, second in zip(firsts, seconds, strict=True):
        words.append(f"{label(first)} and {label(second)}")
    return words


#: Table -> what the report shows of it, in the contract's columns alone.
VIEWS = {
    "sanity": all_random,
    "complexity": _by_level,
    "agreement": _by_method_pair,
    "stability": _by_regime_pair,
}
