"""The verdicts in words: of every model, and of simulated ones whose truth is known."""

from eeglrp.findings import Finding
from eeglrp.labels import REGIMES, label, ordered
from eeglrp.verdict.answers import NOT_SUPPORTED, SUPPORTED, UNDECIDED
from eeglrp.verdict.figures.verdict import ROUTES, answers_of, models_of
from eeglrp.verdict.questions import BY_NAME, QUESTIONS


def verdict_finding(frame):
    """The verdict of every model, and every answer behind it."""
    known = frame["question"].isin([*BY_NAME, *ROUTES])
    of_all_seeds = frame["seed"].isna() | (frame["seed"] == "")
    frame = frame[known & of_all_seeds]
    if frame.empty:
        return None
    answers = answers_of(frame)
    verdicts = [_verdict(model, answers) for model in models_of(frame)]
    sentence = (
        "What carries the decisions, by the rule of the configuration's README: "
        f"{'; '.join(verdicts)}."
    )
    sentence += _open_questions(frame)
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
    return Finding("Verdict", sentence, columns, _rows(frame))


def _verdict(model, answers):
    """A model's verdict, and the two answers that make it; or that it does not decode."""
    overall = answers[*model, "overall"].finding
    decodes = answers.get((*model, "decodes"))
    if decodes is not None and decodes.finding == NOT_SUPPORTED:
        return f"{_in_words(model)}: {overall}, as it does not decode"
    routes = [
        f"{route} signal {answers[*model, route].finding}"
        for route in ROUTES
        if route != "overall" and (*model, route) in answers
    ]
    behind = f" ({', '.join(routes)})" if routes else ""
    return f"{_in_words(model)}: {overall}{behind}"


def _in_words(model):
    task, regime = model
    return f"{label(task)}, {label(regime)}"


def _rows(frame):
    """One row a model and question that was asked of it."""
    answers = answers_of(frame)
    texts = {question.name: question.text for question in QUESTIONS} | ROUTES
    rows = []
    for task, regime in models_of(frame):
        for name, text in texts.items():
            answer = answers.get((task, regime, name))
            if not _asked(answer):
                continue
            heads = (label(task), label(regime), text)
            cells = [(head, False) for head in heads]
            rows.append(cells + _cells(answer))
    return rows


def _asked(answer):
    if answer is None:
        return False
    return answer.n > 0 or answer.question in ROUTES


def _cells(answer):
    """Cells from the finding on; the second of each says whether it is bold."""
    finding = (answer.finding, answer.finding == SUPPORTED)
    if answer.question in ROUTES:
        return [finding, *[("", False)] * 5]
    value = f"{answer.value:.2f}"
    low = f"{answer.ci_low:.2f}"
    high = f"{answer.ci_high:.2f}"
    if "nan" not in low:
        value += f" [{low}, {high}]"
    p = "" if answer.p != answer.p else f"{answer.p:.2g}"
    return [
        finding,
        (value, False),
        (f"{answer.chance:.2f}", False),
        (p, False),
        (f"{answer.n:.0f}", False),
        (answer.why, False),
    ]


def _open_questions(frame):
    """How many of the answers are none."""
    asked = frame[frame["n"] > 0]
    supported = int((asked["finding"] == SUPPORTED).sum())
    not_supported = int((asked["finding"] == NOT_SUPPORTED).sum())
    left = len(asked) - (supported + not_supported)
    return (
        f" Of {len(asked)} questions to these models {supported} are supported, "
        f"{not_supported} not supported and {left} {UNDECIDED}; "
        "p values are those of no difference at all, not corrected for their number."
    )


def dial_finding(frame):
    """Verdicts beside the truth, by level, and where they flip."""
    overall = frame[frame["question"] == "overall"]
    is_share = overall["metric"].str.startswith("share ")
    if not is_share.any():
        return None
    sentences, rows = [], []
    for regime in ordered(frame["regime"], REGIMES):
        sentences.append(_of_regime(frame[frame["regime"] == regime], regime))
        rows += _level_rows(overall[overall["regime"] == regime], regime)
    columns = [
        "model",
        "saccades follow the cue",
        "loss of mu",
        "truth",
        "verdicts (cohorts)",
        "errors",
    ]
    return Finding("The dial", " ".join(sentences), columns, rows)


def _level_rows(frame, regime):
    rows = []
    levels = frame.groupby(["confound", "mu", "truth"])
    for (confound, mu, truth), counts in levels:
        verdicts, errors = _level(counts)
        cells = (
            label(regime),
            f"{confound:g}",
            f"{mu:g}",
            truth,
            verdicts,
            errors,
        )
        rows.append([(text, False) for text in cells])
    return rows


def _level(part):
    """Verdicts that occurred, with the number of cohorts, and the rate of errors."""
    rows = {row.metric: row for row in part.itertuples()}
    verdicts = [
        f"{name.removeprefix('share ')} {round(row.value * row.n)}"
        for name, row in rows.items()
        if name.startswith("share ") and row.value
    ]
    errors = _rate(rows["error"]) if "error" in rows else ""
    return ", ".join(verdicts), errors


def _rate(row):
    count = round(row.value * row.n)
    rate = f"{row.value:.2f}"
    low = f"{row.ci_low:.2f}"
    high = f"{row.ci_high:.2f}"
    return f"{count} of {row.n:.0f} ({rate} [{low}, {high}])"


def _of_regime(frame, regime):
    ends = dict.fromkeys(_FLIPS, float("nan"))
    for row in frame.itertuples():
        if row.metric in _FLIPS:
            ends[row.metric] = row.value
    ocular, sensorimotor = [
        words.format(_confound(ends[name])) for name, words in _FLIPS.items()
    ]
    return (
        f"{label(regime)}: as saccades follow the cue with a higher probability and mu gets "
        f"weaker, {ocular}, and {sensorimotor}."
    )


def _confound(value):
    if value != value:
        return "no level"
    return f"{value:g}"


_FLIPS = {
    "ocular from": "ocular signal is found to carry the decision in most cohorts from {} on",
    "sensorimotor until": "sensorimotor signal up to {}",
}
