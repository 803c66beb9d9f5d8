import itertools

import pytest

from eeglrp.verdict.answers import (
    FINDINGS,
    NOT_SUPPORTED,
    SUPPORTED,
    UNDECIDED,
)
from eeglrp.verdict.routes import (
    VERDICTS,
    all_of,
    any_of,
    ocular,
    overall,
    sensorimotor,
)

YES, NO, OPEN = SUPPORTED, NOT_SUPPORTED, UNDECIDED
#: Both routes open: every condition holds.
OPEN_ROUTES = {
    "decodes": YES,
    "loss heog_regressed": YES,
    "frontal_only": YES,
    "left heog_regressed": YES,
    "sensorimotor_only": YES,
}


@pytest.mark.parametrize(
    ("findings", "every", "one"),
    [
        ([], OPEN, OPEN),
        ([YES, YES], YES, YES),
        ([YES, OPEN], OPEN, YES),
        ([YES, NO], NO, YES),
        ([OPEN, NO], NO, OPEN),
        ([NO, NO], NO, NO),
    ],
)
def test_how_findings_combine(findings, every, one):
    for order in itertools.permutations(findings):
        assert all_of(order) == every
        assert any_of(order) == one


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "both"),
        ({"decodes": NO}, "neither"),
        ({"decodes": OPEN}, "undecided"),
        ({"left heog_regressed": NO}, "ocular"),
        ({"sensorimotor_only": NO}, "ocular"),
        ({"loss heog_regressed": NO}, "sensorimotor"),
        ({"frontal_only": NO}, "sensorimotor"),
        ({"frontal_only": NO, "sensorimotor_only": NO}, "neither"),
        ({"frontal_only": OPEN}, "undecided"),
        ({"sensorimotor_only": OPEN}, "undecided"),
        ({"loss heog_regressed placebo": YES}, "both"),
        ({"loss heog_regressed placebo": NO}, "sensorimotor"),
        ({"loss heog_regressed placebo": OPEN}, "undecided"),
        # A second way of cleaning: one loss is enough, but accuracy has to last through both.
        (
            {"loss heog_regressed": NO, "loss ica": YES, "left ica": YES},
            "both",
        ),
        ({"loss ica": NO, "left ica": NO}, "ocular"),
        ({"loss ica": NO, "left ica": YES}, "both"),
    ],
)
def test_the_verdict_turns_on_each_condition(changes, verdict):
    assert overall(OPEN_ROUTES | changes) == verdict


@pytest.mark.parametrize("missing", ["loss heog_regressed", "frontal_only"])
def test_without_a_condition_the_ocular_route_is_undecided(missing):
    found = {name: one for name, one in OPEN_ROUTES.items() if name != missing}
    assert ocular(found) == OPEN
    assert overall(found) == "undecided"


@pytest.mark.parametrize(
    "missing", ["left heog_regressed", "sensorimotor_only"]
)
def test_without_a_condition_the_sensorimotor_route_is_undecided(missing):
    found = {name: one for name, one in OPEN_ROUTES.items() if name != missing}
    assert sensorimotor(found) == OPEN


def test_nothing_asked_is_undecided():
    assert overall({}) == "undecided"


def test_every_combination_has_one_of_the_verdicts():
    for findings in itertools.product(FINDINGS, repeat=len(OPEN_ROUTES)):
        found = dict(zip(OPEN_ROUTES, findings, strict=True))
        assert overall(found) in VERDICTS
        if overall(found) in ("ocular", "both"):
            assert found["loss heog_regressed"] == found["frontal_only"] == YES
        if overall(found) in ("sensorimotor", "both"):
            assert (
                found["left heog_regressed"]
                == found["sensorimotor_only"]
                == YES
            )
