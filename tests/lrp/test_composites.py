import json
import subprocess
import sys

import pytest

from eeglrp.errors import InputError
from eeglrp.lrp.composites import (
    ATTN_LRP,
    COMPOSITES,
    CP_LRP,
    RULES,
    absorbing,
    parameters_of,
    rule_table,
)
from eeglrp.lrp.operations import OPERATIONS
from eeglrp.lrp.rulebook import make_rules


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


def test_every_rule_of_every_kind_can_be_made():
    given = {"epsilon": 0.1, "gamma": 0.2}
    for kind, known in RULES.items():
        for name, parameters in known.items():
            needed = {
                key: given[key]
                for key, value in parameters.items()
                if value is None
            }
            (rule,) = {
                kind: make_rules({kind: {"rule": name, **needed}})[kind]
            }.values()
            assert callable(rule)


def test_a_table_names_the_rule_set_that_completes_it():
    assert rule_table({"base": "cp_lrp"}) == CP_LRP
    nested = rule_table(
        {
            "base": {"base": "cp_lrp", "linear": "z_plus"},
            "convolution": "z_plus",
        }
    )
    assert nested == COMPOSITES["z_plus"]


def test_patterns_end_with_the_rule_of_the_base():
    entry = {"head": "z_plus", "blocks.*": {"rule": "gamma", "gamma": 1.0}}
    table = rule_table({"linear": entry})
    assert list(table["linear"]) == ["head", "blocks.*", "*"]
    assert table["linear"]["*"] == "gradient"
    again = rule_table(
        {"base": {"linear": entry}, "linear": {"head": "gradient"}}
    )
    assert list(again["linear"].items())[0] == ("head", "gradient")
    assert again["linear"]["blocks.*"] == entry["blocks.*"]


def test_parameters_have_defaults():
    assert parameters_of("linear", {"rule": "gamma", "gamma": 1}) == {
        "gamma": 1,
        "epsilon": 0.0,
    }
    assert parameters_of("convolution", "alpha_beta")["alpha"] == 2


@pytest.mark.parametrize(
    ("rule_set", "expected"),
    [
        ("attn_lrp", False),
        ("gamma", False),
        ("epsilon", True),
        ("z_plus", True),
        ("alpha_beta", True),
        ({"linear": {"rule": "z_plus", "epsilon": 0}}, True),
        ({"linear": {"rule": "epsilon", "epsilon": 0}}, False),
        (
            {
                "linear": {
                    "head": {"rule": "gamma", "gamma": 1, "epsilon": 0.1}
                }
            },
            True,
        ),
    ],
)
def test_rule_sets_that_absorb_relevance_are_known(rule_set, expected):
    assert absorbing(rule_set) is expected


def test_tables_are_read_without_torch():
    program = (
        "import sys, eeglrp.lrp.composites; sys.exit('torch' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], check=False).returncode
        == 0
    )


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("gama", "not a rule set"),
        ({"base": "gama"}, "not a rule set"),
        ({"lineer": "gradient"}, "not a kind"),
        ({"linear": "gama"}, "not a rule of this kind"),
        ({"softmax": "gamma"}, "not a rule of this kind"),
        ({"linear": "gamma"}, "gamma: is None"),
        ({"linear": {"epsilon": 1}}, "not a rule of this kind"),
        ({"linear": {"rule": "epsilon"}}, "epsilon: is None"),
        ({"linear": {"rule": "epsilon", "eps": 1}}, "not a parameter"),
        ({"linear": {"rule": "gradient", "epsilon": 1}}, "leave it out"),
        ({"linear": {"rule": "epsilon", "epsilon": -1}}, "0 or more"),
        ({"linear": {"rule": "epsilon", "epsilon": "small"}}, "is small"),
        ({"linear": {"rule": "epsilon", "epsilon": float("nan")}}, "is nan"),
        (
            {"linear": {"rule": "alpha_beta", "alpha": 2, "beta": 0}},
            "choose beta = alpha - 1",
        ),
        ({"linear": {"head": "gama"}}, "not a rule of this kind"),
        ({"linear": {}}, "is empty"),
        (
            {"linear": {"head": {"block": "gradient"}}},
            "'block'.* is not a rule of this kind",
        ),
        ({"linear": 3}, "not a rule of this kind"),
    ],
)
def test_mistakes_are_named(table, words):
    with pytest.raises(InputError, match=words):
        make_rules(table)
