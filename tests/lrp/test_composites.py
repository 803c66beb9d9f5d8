import json

import pytest

from eeglrp.errors import InputError
from eeglrp.lrp.composites import ATTN_LRP, COMPOSITES, make_rules, rule_table
from eeglrp.lrp.operations import OPERATIONS


@pytest.mark.parametrize("name", COMPOSITES)
def test_every_kind_of_operation_has_a_rule_and_no_other(name):
    rules = make_rules(name)
    assert set(rules) == set(OPERATIONS.values())
    assert all(callable(rule) for rule in rules.values())


@pytest.mark.parametrize("name", COMPOSITES)
def test_rule_sets_are_data(name):
    table = rule_table(name)
    assert json.loads(json.dumps(table)) == table


def test_attn_lrp_and_cp_lrp_differ_in_the_softmax_alone():
    differing = {k for k in ATTN_LRP if ATTN_LRP[k] != COMPOSITES["cp_lrp"][k]}
    assert differing == {"softmax"}


def test_a_table_of_ones_own_is_completed():
    table = rule_table({"linear": {"rule": "epsilon", "epsilon": 0.1}})
    assert table["softmax"] == "taylor"
    assert set(table) == set(ATTN_LRP)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("gama", "not a rule set"),
        ({"lineer": "gradient"}, "not a kind"),
        ({"linear": "gamma"}, "not a rule of this kind"),
        ({"linear": {"epsilon": 1}}, "not a rule of this kind"),
        ({"linear": {"rule": "epsilon"}}, "other parameters"),
        ({"linear": {"rule": "epsilon", "eps": 1}}, "other parameters"),
    ],
)
def test_mistakes_are_named(table, words):
    with pytest.raises(InputError, match=words):
        make_rules(table)
