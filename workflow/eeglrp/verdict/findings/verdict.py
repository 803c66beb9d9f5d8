"""The verdicts in words: of every model, and of simulated ones whose truth is known."""

from eeglrp.findings import Finding
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.verdict.answers import NOT_SUPPORTED, SUPPORTED, UNDECIDED
from eeglrp.verdict.figures.verdict import ROUTES
from eeglrp.verdict.questions import BY_NAME, QUESTIONS


def verdict_finding(frame):
    """The verdict of every model, and every answer behind it."""
    known = frame["question"].isin([*BY_NAME, *ROUTES])
    frame = frame[known & (frame["seed"].isna() | (frame["seed"] == ""))]
    if frame.empty:
        return None
    models = [
        (task, regime)
        for task in ordered(frame["task"], TASKS)
        for regime in ordered(
            frame.loc[frame["task"] == task, "regime"], REGIMES
        )
    ]
    found = {(r.task, r.regime, r.question): r for r in frame.itertuples()}
    verdicts = "; ".join(
        f"{label(task)}, {label(regime)}: {found[task, regime, 'overall'].finding}"
        for task, regime in models
    )
    sentence = f"What carries the decisions, by the rule of the configuration's README: {verdicts}."
    sentence += _open_questions(frame)
    names = {question.name: question.text for question in QUESTIONS} | ROUTES
    rows = [
        [(label(task), False), (label(regime), False), (words, False)]
        + _cells(found[task, regime, name])
        for task, regime in models
        for name, words in names.items()
        if _asked(found.get((task, regime, name)))
    ]
    columns = [
        "task",
        "model",
        "question",
        "finding",
        "value",
        "held against",
        "p",
        "n",
        "why",
    ]
    return Finding("Verdict", sentence, columns, rows)


def _asked(one):
    return one is not None and (one.n > 0 or one.question in ROUTES)


def _cells(one):
    if one.question in ROUTES:
        return [(one.finding, one.finding == SUPPORTED), *[("", False)] * 5]
    numbers = "nan" not in f"{one.ci_low:.2f}"
    interval = f" [{one.ci_low:.2f}, {one.ci_high:.2f}]" if numbers else ""
    p = "" if one.p != one.p else f"{one.p:.2g}"
    return [
        (one.finding, one.finding == SUPPORTED),
        (f"{one.value:.2f}{interval}", False),
        (f"{one.chance:.2f}", False),
        (p, False),
        (f"{one.n:.0f}", False),
        (one.why, False),
    ]


def _open_questions(frame):
    """How many of the answers are none."""
    asked = frame[frame["n"] > 0]
    counts = {
        name: int((asked["finding"] == name).sum())
        for name in (SUPPORTED, NOT_SUPPORTED)
    }
    left = len(asked) - sum(counts.values())
    return (
        f" Of {len(asked)} questions to these models {counts[SUPPORTED]} are supported, "
        f"{counts[NOT_SUPPORTED]} not supported and {left} {UNDECIDED}; "
        "p values are not corrected for their number."
    )


def dial_finding(frame):
    """Verdicts beside the truth, by level, and where they flip."""
    overall = frame[frame["question"] == "overall"]
    shares = overall[overall["metric"].str.startswith("share ")]
    if shares.empty:
        return None
    regimes = ordered(frame["regime"], REGIMES)
    sentence = " ".join(
        _of_regime(frame[frame["regime"] == regime], regime)
        for regime in regimes
    )
    rows = []
    for regime in regimes:
        own = overall[overall["regime"] == regime]
        for (confound, mu, truth), part in own.groupby(
            ["confound", "mu", "truth"]
        ):
            cells = (
                label(regime),
                f"{confound:g}",
                f"{mu:g}",
                truth,
                *_level(part),
            )
            rows.append([(text, False) for text in cells])
    columns = [
        "model",
        "saccades follow the cue",
        "loss of mu",
        "truth",
        "verdicts (cohorts)",
    ]
    return Finding("The dial", sentence, [*columns, "errors"], rows)


def _level(part):
    """Verdicts that occurred, with the number of cohorts, and the rate of errors."""
    found = {row.metric: row for row in part.itertuples()}
    verdicts = [
        f"{name.removeprefix('share ')} {round(row.value * row.n)}"
        for name, row in found.items()
        if name.startswith("share ") and row.value
    ]
    error = found.get("error")
    words = "" if error is None else _rate(error)
    return ", ".join(verdicts), words


def _rate(row):
    return (
        f"{round(row.value * row.n)} of {row.n:.0f} "
        f"({row.value:.2f} [{row.ci_low:.2f}, {row.ci_high:.2f}])"
    )


def _of_regime(frame, regime):
    found = {
        row.metric: row.value
        for row in frame.itertuples()
        if row.metric in _FLIPS
    }
    parts = [
        words.format("no level" if value != value else f"{value:g}")
        for name, words in _FLIPS.items()
        for value in [found.get(name, float("nan"))]
    ]
    return (
        f"{label(regime)}: as saccades follow the cue with a higher probability and mu gets "
        f"weaker, {parts[0]}, and {parts[1]}."
    )


_FLIPS = {
    "ocular from": "ocular signal is found to carry the decision in most cohorts from {} on",
    "sensorimotor until": "sensorimotor signal up to {}",
}
