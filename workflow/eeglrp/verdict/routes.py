"""From answers to the verdict of a model, by a rule that was fixed before any result was seen.

Ocular signal carries the decision if the model's accuracy falls when it is tested on input without
the eyes' signal (HEOG regressed out or eye components removed; more than with placebos, where there
are any), and frontal electrodes alone suffice. Sensorimotor signal carries it if accuracy stays
above chance when the model is tested so (in every such arm), and sensorimotor electrodes alone
suffice. Neither condition is enough alone: saccades reach central electrodes, mu frontal ones.

The verdict is `ocular`, `sensorimotor`, `both` or `neither` as these two are supported or not;
`undecided` as soon as one of them is, or if it is unknown whether the model decodes; `neither` for
a model that does not.
"""

from eeglrp.verdict.answers import NOT_SUPPORTED, SUPPORTED, UNDECIDED
from eeglrp.verdict.questions import CLEANED

VERDICTS = ("ocular", "sensorimotor", "both", "neither", "undecided")
_OVERALL = {
    (SUPPORTED, NOT_SUPPORTED): "ocular",
    (NOT_SUPPORTED, SUPPORTED): "sensorimotor",
    (SUPPORTED, SUPPORTED): "both",
    (NOT_SUPPORTED, NOT_SUPPORTED): "neither",
}


def all_of(findings):
    """Supported if all are; not supported if one is not; nothing to go by is undecided."""
    findings = set(findings)
    if NOT_SUPPORTED in findings:
        return NOT_SUPPORTED
    if findings == {SUPPORTED}:
        return SUPPORTED
    return UNDECIDED


def any_of(findings):
    """Supported if one is; not supported if all are not; nothing to go by is undecided."""
    findings = set(findings)
    if SUPPORTED in findings:
        return SUPPORTED
    if findings == {NOT_SUPPORTED}:
        return NOT_SUPPORTED
    return UNDECIDED


def ocular(found):
    """Whether ocular signal carries the decision.

    Parameters
    ----------
    found : dict of str to str
        Question -> finding, of the questions that could be asked.
    """
    arms = [arm for arm in CLEANED if f"loss {arm}" in found]
    losses = [_loss(arm, found) for arm in arms]
    frontal_only = found.get("frontal_only", UNDECIDED)
    return all_of([any_of(losses), frontal_only])


def _loss(arm, found):
    """Whether accuracy falls on an arm, and more than with placebos where there are any."""
    names = (f"loss {arm}", f"loss {arm} placebo")
    findings = [found[name] for name in names if name in found]
    return all_of(findings)


def sensorimotor(found):
    """Whether sensorimotor signal carries the decision."""
    names = [f"left {arm}" for arm in CLEANED]
    left = [found[name] for name in names if name in found]
    sensorimotor_only = found.get("sensorimotor_only", UNDECIDED)
    return all_of([all_of(left), sensorimotor_only])


def overall(found):
    """One of `VERDICTS`."""
    decodes = found.get("decodes", UNDECIDED)
    if decodes == NOT_SUPPORTED:
        return "neither"
    if decodes == UNDECIDED:
        return "undecided"
    carriers = ocular(found), sensorimotor(found)
    return _OVERALL.get(carriers, "undecided")
