"""The questions of the verdict as data: which number of which table is held against which other.

Every question is a difference of two values of each subject, the `first` minus the `second`. Arms
are recognised by their names, of which a study may have any.
"""

from typing import NamedTuple

OWN, ONLY = {"tested": "own"}, {"tested": "only"}
ALL = {"arm": "all", **OWN}
#: Arms whose names start so are placebos; their mean stands for them.
PLACEBOS = "placebo"
#: Arms that take the eyes' signal out and leave the electrodes.
CLEANED = {"heog_regressed": "HEOG regressed out", "ica": "eye ICs removed"}
#: How a difference to chance, and to the same share of |signal|, is written in `second`.
CHANCE, SIGNAL = "chance", "signal"
ACCURACY = "balanced_accuracy"


class Question(NamedTuple):
    """One question.

    `first` and `second` choose rows of the table by its columns; `second` may be `CHANCE` or
    `SIGNAL` (the columns of these names in the rows of `first`) or None (zero). `effect` names
    the smallest effect that matters: that of an accuracy, or of a share.
    """

    name: str
    text: str
    table: str
    metric: str
    first: dict
    second: dict | str | None = None
    effect: str = "accuracy"


def _above_chance(name, text, arm, tested):
    return Question(
        name,
        text,
        table="arms",
        metric=ACCURACY,
        first={"arm": arm, **tested},
        second=CHANCE,
    )


def _loss(name, text, arm, tested, of=ALL):
    return Question(
        name,
        text,
        table="arms",
        metric=ACCURACY,
        first=of,
        second={"arm": arm, **tested},
    )


def _of_cleaned(arm, words):
    """What is asked of each arm without the eyes' signal."""
    tested = f"tested with {words}"
    trained = f"trained with {words}"
    placebos = {"arm": PLACEBOS, **ONLY}
    return [
        _loss(f"loss {arm}", f"{tested}: accuracy falls", arm, ONLY),
        _loss(
            f"loss {arm} placebo",
            "... more than with placebos",
            arm,
            ONLY,
            placebos,
        ),
        _above_chance(f"left {arm}", f"{tested}: above chance", arm, ONLY),
        _loss(f"loss {arm} trained", f"{trained}: accuracy falls", arm, OWN),
        _above_chance(
            f"left {arm} trained", f"{trained}: above chance", arm, OWN
        ),
        Question(
            f"share {arm}",
            f"{tested}: ocular share falls",
            table="arms",
            metric="share ocular_frontal",
            first=ALL,
            second={"arm": arm, **ONLY},
            effect="share",
        ),
    ]


def _enriched(region, words):
    """A map is large where the signal is, so the electrodes' number alone is too low a bar."""
    metric = f"share {region}"
    electrodes = Question(
        f"enriched {region}",
        f"{words} relevance above its electrodes' share",
        table="arms",
        metric=metric,
        first=ALL,
        second=CHANCE,
        effect="share",
    )
    signal = Question(
        f"enriched {region} signal",
        f"{words} relevance above its share of |signal|",
        table="shares",
        metric=metric,
        first={"class": "all"},
        second=SIGNAL,
        effect="share",
    )
    return [electrodes, signal]


QUESTIONS = (
    _above_chance("decodes", "whole input: above chance", "all", OWN),
    *(
        question
        for arm, words in CLEANED.items()
        for question in _of_cleaned(arm, words)
    ),
    _loss(
        "loss no_frontal",
        "trained without frontal electrodes: accuracy falls",
        "no_frontal",
        OWN,
    ),
    _loss(
        "loss placebo", "tested with placebos: accuracy falls", PLACEBOS, ONLY
    ),
    _above_chance(
        "left late",
        "trained without the first part: above chance",
        "late",
        OWN,
    ),
    _above_chance(
        "left heog_regressed_late",
        "... with HEOG regressed out too: above chance",
        "heog_regressed_late",
        OWN,
    ),
    _above_chance(
        "left cleaned_late",
        "... and eye ICs removed: above chance",
        "cleaned_late",
        OWN,
    ),
    _above_chance(
        "frontal_only",
        "trained on frontal electrodes: above chance",
        "frontal_only",
        OWN,
    ),
    _above_chance(
        "sensorimotor_only",
        "trained on sensorimotor electrodes: above chance",
        "sensorimotor",
        OWN,
    ),
    _above_chance(
        "sensorimotor_regressed",
        "... with HEOG regressed out: above chance",
        "sensorimotor_regressed",
        OWN,
    ),
    _loss(
        "loss sensorimotor_regressed",
        "... with HEOG regressed out: accuracy falls",
        "sensorimotor_regressed",
        OWN,
        {"arm": "sensorimotor", **OWN},
    ),
    *_enriched("ocular_frontal", "ocular-frontal"),
    *_enriched("central", "central"),
    Question(
        "gradient",
        "accuracy grows with gaze towards the cued side",
        "trials",
        "accuracy",
        {"group": "high"},
        {"group": "low"},
    ),
    Question(
        "gradient no saccade",
        "... in trials without a saccade",
        "trials",
        "accuracy",
        {"group": "high no saccade"},
        {"group": "low no saccade"},
    ),
)
#: Table of clusters, whose questions are answered by `clusters.answer_clusters`.
CLUSTERS = "strategies"
QUESTIONS += (
    Question(
        "cluster",
        "a cluster of ocular trials",
        CLUSTERS,
        "ocular trials",
        {"arm": "all"},
        None,
    ),
    *(
        Question(
            f"cluster {arm}",
            f"... and none with {words}",
            CLUSTERS,
            "ocular trials",
            {"arm": "all"},
            {"arm": arm},
        )
        for arm, words in CLEANED.items()
    ),
)
BY_NAME = {question.name: question for question in QUESTIONS}
